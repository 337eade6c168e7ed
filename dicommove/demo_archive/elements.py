"""Data elements as bytes, read and written back verbatim; nothing is converted, so nothing can be lost or warned about.

What belongs here: PS3.5 chapter 7 in the small, for headers that a query can ask about, Identifiers and command sets.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pydicom.datadict import dictionary_has_tag, dictionary_VR

if TYPE_CHECKING:
    from mmap import mmap

__all__ = ["Element", "Elements", "ElementsError", "encode_elements", "parse_elements", "position_of", "text_element", "vr_of"]

_LONG_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
_WORD_SIZE = {"US": 2, "SS": 2, "OW": 2, "AT": 2, "UL": 4, "SL": 4, "FL": 4, "OF": 4, "OL": 4, "FD": 8, "OD": 8, "UV": 8, "SV": 8}
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_PIXELS = 0x7FE00000
_DEEPEST = 16
_LONGEST_SHORT = 0xFFFE


class ElementsError(ValueError):
    """The bytes are no data elements: truncated, nested without end, or something else."""


class Element(NamedTuple):
    """One data element: its VR, and its bytes in little endian or its items."""

    vr: str
    value: bytes | tuple[Elements, ...]


Elements: TypeAlias = dict[int, Element]
"""Data elements by tag, in ascending order as read."""


def text_element(vr: str, text: str, encoding: str = "ascii") -> Element:
    r"""Make an element of text, padded to even length (PS3.5 6.2).

    Examples
    --------
    >>> text_element("UI", "1.2.3")
    Element(vr='UI', value=b'1.2.3\x00')
    """
    value = text.encode(encoding)
    return Element(vr, value + (b"\0" if vr == "UI" else b" ") * (len(value) % 2))


def parse_elements(
    data: bytes | memoryview | mmap, *, explicit: bool, little: bool = True, longest: int | None = None
) -> Elements:
    """Read data elements up to the pixels (PS3.5 7.1).

    Parameters
    ----------
    data : bytes, memoryview or mmap
        The encoded data set.
    explicit, little : bool
        Whether VRs are written, and the byte order; words come out in little endian.
    longest : int, optional
        Values of more bytes are left out (None: kept whatever their length).

    Raises
    ------
    ElementsError
        The bytes end inside an element, or are no elements.

    Examples
    --------
    >>> parse_elements(bytes.fromhex("08006000 4353 0200") + b"CT", explicit=True)
    {524384: Element(vr='CS', value=b'CT')}
    """
    try:
        with memoryview(data) as view:
            return _Reader(view, explicit, little, longest).elements(0, len(view), 0)[0]
    except struct.error as error:
        raise ElementsError("ends inside an element") from error


def position_of(data: bytes, tag: int, *, explicit: bool, little: bool = True) -> tuple[int, int]:
    """Where an element of the outermost level begins and ends, in bytes; both are where it would belong when it is absent.

    Raises
    ------
    ElementsError
        The bytes end inside an element, or are no elements.

    Examples
    --------
    >>> data = encode_elements({0x00080060: Element("CS", b"CT")}, explicit=True)
    >>> position_of(data, 0x00080060, explicit=True), position_of(data, 0x00080070, explicit=True)
    ((0, 10), (10, 10))
    """
    try:
        with memoryview(data) as view:
            return _Reader(view, explicit, little, 0).position(tag)
    except struct.error as error:
        raise ElementsError("ends inside an element") from error


def vr_of(tag: int) -> str:
    """VR of an attribute by the data dictionary (PS3.6), UN when it is not there; of two that it allows, the usual one.

    Examples
    --------
    >>> vr_of(0x00100010), vr_of(0x00280106), vr_of(0x54001010), vr_of(0x00091001)
    ('PN', 'US', 'OW', 'UN')
    """
    if tag & 0xFFFF == 0:
        return "UL"
    vr = dictionary_VR(tag) if dictionary_has_tag(tag) else "UN"
    return vr if len(vr) == 2 else "OW" if "OW" in vr else "US"


class _Reader:
    """Walks over one encoded data set; positions are bytes from its start."""

    def __init__(self, view: memoryview, explicit: bool, little: bool, longest: int | None) -> None:
        self.view = view
        self.explicit = explicit
        self.little = little
        self.longest = longest
        order = "<" if little else ">"
        self._tag = struct.Struct(order + "HH")
        self._short = struct.Struct(order + "H")
        self._long = struct.Struct(order + "L")

    def elements(self, at: int, end: int, depth: int) -> tuple[Elements, int]:
        """Read elements from `at` to `end` or to an item's delimiter; gives them and where they end."""
        if depth > _DEEPEST:
            raise ElementsError("nested too deep")
        found: Elements = {}
        while at + 8 <= end:
            tag = self._tag_at(at)
            if tag == _ITEM_END:
                return found, at + 8
            if tag >> 16 == _PIXELS >> 16 and not depth:
                break
            vr, length, at = self._head(tag, at)
            value, at = self._value(vr, length, at, end, depth)
            if value is not None:
                found[tag] = value
        return found, at

    def position(self, wanted: int) -> tuple[int, int]:
        start, end = 0, len(self.view)
        while start + 8 <= end and (tag := self._tag_at(start)) <= wanted:
            vr, length, at = self._head(tag, start)
            _, at = self._value(vr, length, at, end, 0)
            if tag == wanted:
                return start, at
            start = at
        return start, start

    def _tag_at(self, at: int) -> int:
        group, element = self._tag.unpack_from(self.view, at)
        return int(group) << 16 | int(element)

    def _head(self, tag: int, at: int) -> tuple[str, int, int]:
        if not self.explicit:
            return vr_of(tag), int(self._long.unpack_from(self.view, at + 4)[0]), at + 8
        vr = str(self.view[at + 4 : at + 6], "latin-1")
        if not (vr.isalpha() and vr.isupper()):
            raise ElementsError("an element without a VR")
        if vr not in _LONG_VRS:
            return vr, int(self._short.unpack_from(self.view, at + 6)[0]), at + 8
        if at + 12 > len(self.view):
            raise ElementsError("ends inside an element")
        return vr, int(self._long.unpack_from(self.view, at + 8)[0]), at + 12

    def _value(self, vr: str, length: int, at: int, end: int, depth: int) -> tuple[Element | None, int]:
        if vr == "SQ" or length == _UNDEFINED:
            items, at = self._items(at, end if length == _UNDEFINED else at + length, depth)
            return Element("SQ", items), at
        if at + length > end:
            raise ElementsError("ends inside a value")
        if self.longest is not None and length > self.longest:
            return None, at + length
        return Element(vr, self._bytes(vr, at, length)), at + length

    def _items(self, at: int, end: int, depth: int) -> tuple[tuple[Elements, ...], int]:
        if end > len(self.view):
            raise ElementsError("ends inside a sequence")
        items = []
        while at + 8 <= end:
            tag, length = self._tag_at(at), int(self._long.unpack_from(self.view, at + 4)[0])
            at += 8
            if tag == _SEQUENCE_END:
                break
            if tag != _ITEM:
                raise ElementsError("a sequence of something else than items")
            item, at = self.elements(at, end if length == _UNDEFINED else min(at + length, end), depth + 1)
            items.append(item)
        return tuple(items), at

    def _bytes(self, vr: str, at: int, length: int) -> bytes:
        value = bytes(self.view[at : at + length])
        size = _WORD_SIZE.get(vr, 1)
        if self.little or size == 1:
            return value
        return b"".join(value[i : i + size][::-1] for i in range(0, length, size))


def encode_elements(elements: Elements, *, explicit: bool) -> bytes:
    """Write data elements in little endian, in ascending order of their tags (PS3.5 7.1).

    Examples
    --------
    >>> encode_elements({0x00080060: Element("CS", b"CT")}, explicit=False).hex(" ", 2)
    '0800 6000 0200 0000 4354'
    """
    parts = []
    for tag in sorted(elements):
        vr, value = elements[tag]
        body = value if isinstance(value, bytes) else _encode_items(value, explicit=explicit)
        parts += [_encode_head(tag, vr, len(body), explicit=explicit), body]
    return b"".join(parts)


def _encode_head(tag: int, vr: str, length: int, *, explicit: bool) -> bytes:
    group, element = tag >> 16, tag & 0xFFFF
    if not explicit:
        return struct.pack("<HHL", group, element, length)
    if length > _LONGEST_SHORT:
        # A list of some thousand UIDs: PS3.5 6.2.2 writes such a value as UN.
        vr = "UN"
    if vr in _LONG_VRS:
        return struct.pack("<HH2s2xL", group, element, vr.encode(), length)
    return struct.pack("<HH2sH", group, element, vr.encode(), length)


def _encode_items(items: tuple[Elements, ...], *, explicit: bool) -> bytes:
    bodies = [encode_elements(item, explicit=explicit) for item in items]
    return b"".join(struct.pack("<HHL", 0xFFFE, 0xE000, len(body)) + body for body in bodies)
