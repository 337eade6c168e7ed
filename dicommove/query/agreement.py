"""Whether an answer agrees with the question: a match is compared again with its keys (PS3.4 C.2.2.2). Pure.

Archives ignore keys that they do not support, match by prefix, or without regard to case: what contradicts its key is no
match, and what cannot be told is unverified.
"""

from __future__ import annotations

import json
import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from .attributes import attribute_of_tag
from .literals import TEXT_WITH_BACKSLASH, WILDCARD_VRS
from .moments import date_times_agree, dates_agree, times_agree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Verdict", "verdict"]


class Verdict(StrEnum):
    """What comparing an answer with one key says."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    UNVERIFIED = "unverified"


def verdict(path: tuple[int, ...], vr: str, asked: str, match: Mapping[str, str]) -> Verdict:
    r"""Compare one key with a match.

    Parameters
    ----------
    path : tuple of int
        Tags of the key from the outermost in.
    vr : str
        Value Representation of the last one.
    asked : str
        The key's DICOM text: a value, a range, a wildcard, a list of UIDs joined by ``\``, or values joined by it that must all
        be there (Multiple Value Matching, PS3.4 C.2.2.2.8); empty is universal.
    match : Mapping
        Keyword to text, as it came.

    Examples
    --------
    >>> verdict((0x00080020,), "DA", "20240101-20240331", {"StudyDate": "20240117"})
    <Verdict.AGREES: 'agrees'>
    >>> verdict((0x00080061,), "CS", "CT", {"ModalitiesInStudy": "MR\\SR"})
    <Verdict.CONTRADICTS: 'contradicts'>
    >>> verdict((0x00080061,), "CS", "CT", {})
    <Verdict.UNVERIFIED: 'unverified'>
    """
    if not asked.strip() or set(asked) == {"*"}:
        return Verdict.AGREES
    text = match.get(attribute_of_tag(path[0]).label)
    values = [] if not text else _item_values(text, path[1:]) if len(path) > 1 else _parts(text, vr)
    values = [value.strip("\0 ") for value in values if value.strip("\0 ")]
    if not values:
        return Verdict.UNVERIFIED
    fits = _comparison(vr)
    wanted = [any(fits(one.strip(), value) for value in values) for one in _parts(asked, vr)]
    agrees = any(wanted) if vr == "UI" else all(wanted)
    return Verdict.AGREES if agrees else Verdict.CONTRADICTS


def _parts(text: str, vr: str) -> list[str]:
    """The values of a text; in long texts the backslash separates nothing (PS3.5 6.2)."""
    return [text] if vr in TEXT_WITH_BACKSLASH else text.split("\\")


def _comparison(vr: str) -> Callable[[str, str], bool]:
    temporal = {"DA": dates_agree, "TM": times_agree, "DT": date_times_agree}
    if vr in temporal:
        return temporal[vr]
    if vr in ("IS", "DS", "US", "SS", "UL", "SL", "FL", "FD"):
        return _same_number
    if vr == "PN":
        return _same_name
    return _like if vr in WILDCARD_VRS else _same


def _same(asked: str, value: str) -> bool:
    return asked == value


def _same_number(asked: str, value: str) -> bool:
    try:
        return float(asked) == float(value)
    except ValueError:
        return asked == value


def _like(asked: str, value: str) -> bool:
    """``*`` stands for any characters, ``?`` for one (PS3.4 C.2.2.2.4); an accent may be written in two ways."""
    pattern = _pattern(unicodedata.normalize("NFC", asked))
    return pattern.fullmatch(unicodedata.normalize("NFC", value)) is not None


@lru_cache(maxsize=256)
def _pattern(asked: str) -> re.Pattern[str]:
    """A pattern that takes linear time whatever the value: each part between asterisks is found once (an atomic group)."""
    first, *others = ["".join("." if one == "?" else re.escape(one) for one in part) for part in asked.split("*")]
    if not others:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{part})" for part in others[:-1] if part)
    return re.compile(f"{first}{middle}.*{others[-1]}", re.DOTALL)


def _same_name(asked: str, value: str) -> bool:
    """Names may be matched without regard to case and accents (PS3.4 C.2.2.2.1), and by any component group."""
    groups = [_folded(group) for group in value.split("=")]
    wanted = [_folded(group) for group in asked.split("=")]
    if len(wanted) == 1:
        return any(_like(wanted[0], group) for group in groups)
    return all(not one or (place < len(groups) and _like(one, groups[place])) for place, one in enumerate(wanted))


def _folded(group: str) -> str:
    plain = unicodedata.normalize("NFKD", group).casefold()
    return "".join(character for character in plain if not unicodedata.combining(character)).rstrip("^ ")


def _item_values(text: str, path: Iterable[int]) -> list[str]:
    """Values of an attribute within the items of a sequence, from its DICOM JSON text (PS3.18 F)."""
    try:
        items = json.loads(text)
    except ValueError:
        return []
    for tag in path:
        elements = [item.get(f"{tag:08X}", {}) for item in items if isinstance(item, dict)]
        items = [value for element in elements if isinstance(element, dict) for value in element.get("Value") or ()]
    return [_item_text(item) for item in items if item is not None]


def _item_text(item: object) -> str:
    """A name is an object of its component groups; all else is a text or a number."""
    if not isinstance(item, dict):
        return str(item)
    return "=".join(str(item.get(group, "")) for group in ("Alphabetic", "Ideographic", "Phonetic")).rstrip("=")
