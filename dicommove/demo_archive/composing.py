"""Making Part 10 files of synthetic instances: from keywords and plain values to bytes (PS3.5 7.1, PS3.10 7.1)."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, TypeAlias

from pydicom.charset import python_encoding
from pydicom.datadict import tag_for_keyword

from ..terms import EXPLICIT_VR_LITTLE_ENDIAN, IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from .elements import Element, Elements, encode_elements, text_element, vr_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Attributes", "compose", "part10", "uid_of"]

Value: TypeAlias = "str | int | float | bytes | Element | list[str] | list[int] | list[float] | list[Attributes] | None"
Attributes: TypeAlias = "Mapping[str, Value]"
"""Values by keyword; None is a zero-length value, a list several, a list of mappings a sequence."""

_FORMATS = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "FL": "f", "FD": "d"}
_SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX = 0x00080016, 0x00080018, 0x00020010


def uid_of(*names: object) -> str:
    """UID that stays the same for the same names, derived as from a UUID (PS3.5 B.2).

    Examples
    --------
    >>> uid_of("0004711", "CT") == uid_of("0004711", "CT"), len(uid_of("0004711")) <= 64
    (True, True)
    """
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def compose(attributes: Attributes, charset: str = "") -> Elements:
    r"""Elements of a data set from keywords and values.

    Parameters
    ----------
    attributes : Attributes
        Values by keyword; an `Element` is taken as it is.
    charset : str
        Specific Character Set that text is encoded in, its last value; empty is ASCII.

    Examples
    --------
    >>> compose({"Rows": 2, "ImageType": ["ORIGINAL", "PRIMARY"]})[0x00080008].value
    b'ORIGINAL\\PRIMARY'
    """
    encoding = python_encoding[charset.rsplit("\\", maxsplit=1)[-1]] if charset else "ascii"
    elements: Elements = {}
    for keyword, value in attributes.items():
        tag = tag_for_keyword(keyword)
        if tag is None:
            raise KeyError(keyword)
        elements[tag] = _element(vr_of(tag), value, encoding, charset)
    return elements


def _element(vr: str, value: Value, encoding: str, charset: str) -> Element:
    if isinstance(value, Element):
        return value
    if vr == "SQ":
        return Element("SQ", tuple(compose(item, charset) for item in value or ()))  # type: ignore[arg-type,union-attr]  # mappings
    if value is None:
        return Element(vr, b"")
    if isinstance(value, bytes):
        return Element(vr, value + b"\0" * (len(value) % 2))
    values = value if isinstance(value, list) else [value]
    if vr in _FORMATS:
        return Element(vr, struct.pack(f"<{len(values)}{_FORMATS[vr]}", *values))
    return text_element(vr, "\\".join(_text(v) for v in values), encoding)


def _text(value: object) -> str:
    """A number at most 16 characters long, as DS demands (PS3.5 6.2)."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def part10(elements: Elements, transfer_syntax_uid: str = EXPLICIT_VR_LITTLE_ENDIAN, *, explicit: bool = True) -> bytes:
    """Encode a whole Part 10 file in little endian (PS3.10 7.1)."""
    meta = {
        0x00020001: Element("OB", b"\0\1"),
        0x00020002: elements[_SOP_CLASS],
        0x00020003: elements[_SOP_INSTANCE],
        _TRANSFER_SYNTAX: text_element("UI", transfer_syntax_uid),
        0x00020012: text_element("UI", IMPLEMENTATION_CLASS_UID),
        0x00020013: text_element("SH", IMPLEMENTATION_VERSION_NAME),
    }
    body = encode_elements(meta, explicit=True)
    length = encode_elements({0x00020000: Element("UL", struct.pack("<L", len(body)))}, explicit=True)
    return bytes(128) + b"DICM" + length + body + encode_elements(elements, explicit=explicit)
