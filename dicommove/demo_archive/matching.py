r"""Attribute matching: whether a stored attribute matches a key (PS3.4 C.2.2.2).

Pure: nothing here knows of levels or of the network; a key is text, a stored attribute its values as text.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .header import Header

__all__ = ["matches", "matches_sequence"]

_WILDCARD_VRS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
_RANGE_VRS = frozenset({"DA", "DT", "TM"})
_NUMBER_VRS = frozenset({"DS", "IS"})
_DT = r"\d{4,14}(?:\.\d{1,6})?(?:[+-]\d{4})?"
_RANGE = {
    "DA": re.compile(r"([\d.]*)-([\d.]*)"),
    "TM": re.compile(r"([\d.:]*)-([\d.:]*)"),
    "DT": re.compile(rf"({_DT})?-({_DT})?"),
}
_SINGLE_DT = re.compile(_DT)


def matches(vr: str, key: str, stored: Sequence[str]) -> bool:
    r"""Whether one of the stored values matches a key.

    Parameters
    ----------
    vr : str
        Value Representation of the attribute.
    key : str
        The key as text: empty or ``*`` is universal; several UIDs are joined by ``\``.
    stored : sequence of str
        Values of the stored attribute; empty when it is absent or has none.

    Examples
    --------
    >>> matches("PN", "meier*", ("MEIER^ANNA",)), matches("CS", "ct", ("CT",)), matches("DA", "20240101-", ("20231231",))
    (True, False, False)
    """
    if key == "" or (vr in _WILDCARD_VRS and set(key) == {"*"}):
        return True
    match_one = _matcher(vr, key)
    return any(match_one(value) for value in stored if value)


def matches_sequence(key: Header, stored: Sequence[Header], vr_of: dict[int, str] | None = None) -> bool:
    """Whether one of the stored items matches every key of the item that was asked for (PS3.4 C.2.2.2.6).

    Parameters
    ----------
    key : Header
        The one item of the key; empty is universal.
    stored : sequence of Header
        The stored items.
    vr_of : dict, optional
        VRs by tag that win over those of the key.
    """
    wanted = [tag for tag in key.elements if key.values(tag) or key.items(tag)]
    return not wanted or any(all(_item_matches(key, item, tag, vr_of or {}) for tag in wanted) for item in stored)


def _item_matches(key: Header, item: Header, tag: int, vr_of: dict[int, str]) -> bool:
    if nested := key.items(tag):
        return matches_sequence(nested[0], item.items(tag), vr_of)
    return matches(vr_of.get(tag, key.elements[tag].vr), key.text(tag), item.values(tag))


class _Matcher:
    """One key made ready: called with each stored value."""

    def __init__(self, vr: str, key: str) -> None:
        self.vr = vr
        self.key = key

    def __call__(self, value: str) -> bool:
        return value == self.key


class _UidList(_Matcher):
    def __call__(self, value: str) -> bool:
        return value in self.key.split("\\")


class _Number(_Matcher):
    def __call__(self, value: str) -> bool:
        try:
            return Decimal(value) == Decimal(self.key)
        except InvalidOperation:
            return value == self.key


class _Text(_Matcher):
    """Single value or wildcard matching; case counts (PS3.4 C.2.2.2.1, C.2.2.2.4)."""

    def __init__(self, vr: str, key: str) -> None:
        super().__init__(vr, key)
        self.pattern = _pattern(_folded(vr, key))

    def __call__(self, value: str) -> bool:
        return self.pattern.fullmatch(_folded(self.vr, value)) is not None


class _Name(_Text):
    """A key without ``=`` may match any component group; with it, each group that it gives (PS3.5 6.2.1)."""

    def __call__(self, value: str) -> bool:
        groups = value.split("=")
        if "=" not in self.key:
            return any(super(_Name, self).__call__(group) for group in groups)
        wanted = self.key.split("=")
        groups += [""] * (len(wanted) - len(groups))
        return all(matches("PN", want, (group,)) for want, group in zip(wanted, groups, strict=False))


class _Range(_Matcher):
    """Both ends belong to it, either may be open (PS3.4 C.2.2.2.5)."""

    def __init__(self, vr: str, key: str, first: str | None, last: str | None) -> None:
        super().__init__(vr, key)
        self.first = _moment(vr, first or "", "0") if first else ""
        self.last = _moment(vr, last or "", "9") if last else "\x7f"

    def __call__(self, value: str) -> bool:
        return self.first <= _moment(self.vr, value, "0") <= self.last


@lru_cache(maxsize=256)
def _matcher(vr: str, key: str) -> _Matcher:
    if vr in _RANGE_VRS:
        return _range(vr, key)
    if vr == "UI":
        return _UidList(vr, key)
    if vr == "PN":
        return _Name(vr, key)
    if vr in _WILDCARD_VRS:
        return _Text(vr, key)
    return _Number(vr, key) if vr in _NUMBER_VRS else _Matcher(vr, key)


def _range(vr: str, key: str) -> _Matcher:
    """A date-time's hyphen may begin its offset from UTC: what can be read as one value is one."""
    single = vr == "DT" and _SINGLE_DT.fullmatch(key)
    found = None if single else _RANGE[vr].fullmatch(key)
    if found and any(found.groups()):
        return _Range(vr, key, *found.groups())
    return _Range(vr, key, key, key)


def _moment(vr: str, text: str, fill: str) -> str:
    """Date or time as digits that sort: ``YYYY.MM.DD`` and ``HH:MM`` of old objects too, what is not given filled."""
    if vr == "DA":
        return text.replace(".", "")
    if vr == "DT":
        text = re.sub(r"[+-]\d{4}$", "", text)
    whole, _, fraction = text.replace(":", "").partition(".")
    return whole.ljust(6 if vr == "TM" else 14, fill) + fraction.ljust(6, fill)


def _folded(vr: str, text: str) -> str:
    """Composed Unicode; names without case and without trailing empty components (PS3.4 C.2.2.2.1 lets the archive choose)."""
    text = unicodedata.normalize("NFC", text)
    return text.rstrip("^ ").casefold() if vr == "PN" else text


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    """A pattern that takes linear time whatever the key: each part between asterisks is found once (an atomic group)."""
    first, *others = ["".join("." if c == "?" else re.escape(c) for c in part) for part in text.split("*")]
    if not others:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{part})" for part in others[:-1] if part)
    return re.compile(f"{first}{middle}.*{others[-1]}", re.DOTALL)
