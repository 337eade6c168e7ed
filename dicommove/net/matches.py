"""What a C-FIND answer says, as a row of text: keyword to value, verbatim (PS3.4 C.4.1.1.3.2).

Pure: bytes in, text out. Nothing raises or warns about the values of a peer.
"""

from __future__ import annotations

import base64
import json
import struct
from functools import lru_cache
from typing import TypeAlias

from pydicom.datadict import keyword_for_tag

from ..head import decode_text
from .elements import DataSetError, Element, read_elements

__all__ = ["Match", "key_for", "read_match"]

Match: TypeAlias = dict[str, str]
"""Keyword (or ``"(gggg,eeee)"`` where there is none) to text; values joined by a backslash, a sequence as DICOM JSON."""

_SPECIFIC_CHARACTER_SET = 0x00080005
_NUMBERS = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "FL": "f", "FD": "d", "SV": "q", "UV": "Q"}
_BINARY = frozenset({"OB", "OD", "OF", "OL", "OV", "OW"})
_ONE_VALUE = frozenset({"LT", "ST", "UR", "UT"})
_NAME_PARTS = ("Alphabetic", "Ideographic", "Phonetic")


@lru_cache(maxsize=4096)
def key_for(tag: int) -> str:
    """Name an attribute in a row: its keyword, or ``"(gggg,eeee)"`` when it is private or of a repeating group.

    Examples
    --------
    >>> key_for(0x0020000D), key_for(0x00091001), key_for(0x60020010)
    ('StudyInstanceUID', '(0009,1001)', '(6002,0010)')
    """
    repeating = 0x5000 <= tag >> 16 <= 0x60FF
    return (not repeating and keyword_for_tag(tag)) or f"({tag >> 16:04x},{tag & 0xFFFF:04x})"


def read_match(data: bytes, *, explicit: bool) -> tuple[Match, bool]:
    r"""Read one answer.

    Parameters
    ----------
    data : bytes
        The Identifier as it came, in little endian.
    explicit : bool
        Whether the transfer syntax is Explicit VR.

    Returns
    -------
    tuple of Match and bool
        The row (an attribute that is absent is not in it, one without a value is ``""``), and whether all of it could be read.

    Examples
    --------
    >>> read_match(bytes.fromhex("08006100" "08000000") + b"CT\\MR\\SR", explicit=False)
    ({'ModalitiesInStudy': 'CT\\MR\\SR'}, True)
    """
    try:
        elements, whole = read_elements(data, explicit=explicit), True
    except DataSetError as fault:
        elements, whole = fault.elements, False
    character_set = _character_set(elements, "")
    return {key_for(e.tag): _text(e, character_set) for e in elements if e.tag & 0xFFFF}, whole  # (gggg,0000) is a group length


def _character_set(elements: tuple[Element, ...], inherited: str) -> str:
    """Specific Character Set of a data set or an item; an item without one inherits it (PS3.5 6.1.1)."""
    own = next((e.value for e in elements if e.tag == _SPECIFIC_CHARACTER_SET), None)
    return inherited if own is None else decode_text(own, "CS")


def _text(element: Element, character_set: str) -> str:
    if element.items is not None:
        return json.dumps(_json_items(element.items, character_set), ensure_ascii=False)
    if element.vr in _NUMBERS or element.vr == "AT":
        return "\\".join(str(number) for number in _numbers(element))
    if element.vr in _BINARY:
        return base64.b64encode(element.value).decode()
    return decode_text(element.value, "LO" if element.vr == "UN" else element.vr, character_set)


def _numbers(element: Element) -> list[int | float | str]:
    if element.vr == "AT":
        return [f"{group:04X}{number:04X}" for group, number in struct.iter_unpack("<HH", _cut(element.value, 4))]
    code = "<" + _NUMBERS[element.vr]
    return [value for (value,) in struct.iter_unpack(code, _cut(element.value, struct.calcsize(code)))]


def _cut(value: bytes, size: int) -> bytes:
    """Leave out an incomplete number at the end."""
    return value[: len(value) // size * size]


def _json_items(items: tuple[tuple[Element, ...], ...], inherited: str) -> list[dict[str, object]]:
    """Items in the DICOM JSON Model (PS3.18 F.2)."""
    rows: list[dict[str, object]] = []
    for item in items:
        character_set = _character_set(item, inherited)
        rows.append({f"{e.tag:08X}": _json_element(e, character_set) for e in item if e.tag & 0xFFFF})
    return rows


def _json_element(element: Element, character_set: str) -> dict[str, object]:
    described: dict[str, object] = {"vr": element.vr}
    if element.items is not None:
        described["Value"] = _json_items(element.items, character_set)
    elif element.vr in _NUMBERS or element.vr == "AT":
        described["Value"] = [_finite(number) for number in _numbers(element)]
    elif element.vr in _BINARY:
        described["InlineBinary"] = base64.b64encode(element.value).decode()
    elif text := _text(element, character_set):
        parts = [text] if element.vr in _ONE_VALUE else text.split("\\")
        described["Value"] = [_json_value(part, element.vr) for part in parts]
    return described


def _finite(number: float | str) -> float | str:
    """JSON has no NaN and no infinity; PS3.18 F.2.3 writes them as text."""
    return str(number) if isinstance(number, float) and (number - number) != 0 else number


def _json_value(text: str, vr: str) -> object:
    text = text.strip(" ") if vr in {"IS", "DS", "CS", "UI"} else text
    if not text:
        return None
    if vr == "PN":
        return {name: part for name, part in zip(_NAME_PARTS, text.split("="), strict=False) if part}
    return _number_or_text(text, vr)


def _number_or_text(text: str, vr: str) -> object:
    if vr not in {"IS", "DS"}:
        return text
    try:
        return int(text) if vr == "IS" else _finite(float(text))
    except ValueError:
        return text
