"""Whether an answer agrees with the question: a match is compared again with its keys (PS3.4 C.2.2.2). Pure.

Archives ignore keys that they do not support, match by prefix, or without regard to case: what contradicts its key is no
match, and what cannot be told is unverified.
"""

from __future__ import annotations

import json
import re
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING

from .attributes import attribute_of_tag
from .literals import WILDCARD_VRS

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
        The key's DICOM text: a value, a range, a wildcard, or a list of UIDs joined by ``\``; empty is universal.
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
    values = [] if not text else _item_values(text, path[1:]) if len(path) > 1 else text.split("\\")
    values = [value.strip("\0 ") for value in values if value.strip("\0 ")]
    if not values:
        return Verdict.UNVERIFIED
    wanted = asked.split("\\")
    fits = _comparison(vr)
    agrees = any(fits(one.strip(), value) for one in wanted for value in values)
    return Verdict.AGREES if agrees else Verdict.CONTRADICTS


def _comparison(vr: str) -> Callable[[str, str], bool]:
    if vr in ("DA", "TM", "DT"):
        return _within_range
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
    """``*`` stands for any characters, ``?`` for one (PS3.4 C.2.2.2.4); trailing spaces are not significant."""
    pattern = "".join({"*": ".*", "?": "."}.get(character) or re.escape(character) for character in asked)
    return re.fullmatch(pattern, value, re.DOTALL) is not None


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


def _within_range(asked: str, value: str) -> bool:
    """A date or time within a range, its ends included (PS3.4 C.2.2.2.5); a shorter one stands for all that begin with it."""
    plain = value.replace(".", "", 2) if re.fullmatch(r"\d{4}\.\d\d\.\d\d", value) else value
    if not re.fullmatch(r"[0-9.+:]+", plain):
        return False
    first, is_range, last = asked.partition("-")
    if not is_range:
        return plain.startswith(asked) or asked.startswith(plain)
    return (not first or plain >= first or first.startswith(plain)) and (not last or plain <= last or plain.startswith(last))


def _item_values(text: str, path: Iterable[int]) -> list[str]:
    """Values of an attribute within the items of a sequence, from its DICOM JSON text (PS3.18 F)."""
    try:
        items = json.loads(text)
    except ValueError:
        return []
    for tag in path:
        elements = [item.get(f"{tag:08X}", {}) for item in items if isinstance(item, dict)]
        items = [value for element in elements if isinstance(element, dict) for value in element.get("Value") or ()]
    return [str(item.get("Alphabetic", "")) if isinstance(item, dict) else str(item) for item in items]
