"""The elements of an encoded data set, as they stand: no value is decoded, checked or warned about.

What belongs here: the structure of PS3.5 section 7, read from bytes that may be hostile.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache

from pydicom.datadict import dictionary_VR

__all__ = ["DataSetError", "Element", "read_elements"]

MAX_DEPTH = 16
"""How deep sequences may be nested; no Information Model comes near it."""
MAX_ELEMENTS = 20_000
"""Elements and items of one data set that are read: an Identifier has some dozens, and a second is enough for this many."""

_UNDEFINED = 0xFFFFFFFF
_LITTLE_HEADER, _BIG_HEADER = struct.Struct("<HHL").unpack_from, struct.Struct(">HHL").unpack_from
_LITTLE_LENGTH, _BIG_LENGTH = struct.Struct("<L").unpack_from, struct.Struct(">L").unpack_from
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_SHORT_LENGTH = frozenset(
    {"AE", "AS", "AT", "CS", "DA", "DS", "DT", "FL", "FD", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US"}
)


class DataSetError(ValueError):
    """The bytes are no data set; ``elements`` holds what came before the fault."""

    def __init__(self, message: str, elements: tuple[Element, ...] = ()) -> None:
        super().__init__(message)
        self.elements = elements


@dataclass(frozen=True, slots=True)
class Element:
    """One element: tag, VR, and either its bytes or (for a sequence) its items.

    Attributes
    ----------
    tag : int
        Group and element, ``0x00100010``.
    vr : str
        As encoded, or from the dictionary when the transfer syntax is implicit; ``"UN"`` when unknown.
    value : bytes
        The value as it stands, padding included; empty for a sequence.
    items : tuple of tuple of Element, or None
        The items of a sequence; None when it is none.
    """

    tag: int
    vr: str
    value: bytes
    items: tuple[tuple[Element, ...], ...] | None = None


def read_elements(data: bytes, *, explicit: bool, big_endian: bool = False) -> tuple[Element, ...]:
    r"""Read the elements of a data set, in the order of the bytes.

    Some peers answer in Implicit VR where Explicit VR was agreed; the first element shows it, and it is read as it is.

    Parameters
    ----------
    data : bytes
        The encoded data set, without preamble or File Meta Information.
    explicit : bool
        Whether the negotiated transfer syntax is one of Explicit VR; else Implicit.
    big_endian : bool
        Whether it is Explicit VR Big Endian (PS3.5 A.3, retired).

    Raises
    ------
    DataSetError
        When an element does not end where its length says, sequences are nested too deep, or there are too many elements.

    Examples
    --------
    >>> read_elements(bytes.fromhex("08005000" "04000000") + b"A1  ", explicit=False)
    (Element(tag=524368, vr='SH', value=b'A1  ', items=None),)
    """
    reader = _Reader(data, explicit=explicit and data[4:6].isalpha() and data[4:6].isupper(), big_endian=big_endian)
    found: list[Element] = []
    try:
        reader.read(len(data), 0, found)
    except (DataSetError, struct.error) as error:
        raise DataSetError(f"no data set: {error}", tuple(found)) from None
    return tuple(found)


@lru_cache(maxsize=4096)
def _vr_of(tag: int) -> str:
    try:
        return dictionary_VR(tag)[:2]  # "US or SS" and the like: the first
    except KeyError:
        return "UN"


class _Reader:
    """Position and bytes of one data set; ``explicit`` may differ inside a sequence of VR UN (PS3.5 6.2.2)."""

    def __init__(self, data: bytes, *, explicit: bool, big_endian: bool = False) -> None:
        self.data = data
        self.explicit = explicit
        self._header_at = _BIG_HEADER if big_endian else _LITTLE_HEADER
        self._length_at = _BIG_LENGTH if big_endian else _LITTLE_LENGTH
        self._short = 0 if big_endian else 16  # where, within the 32 bits after the tag, a length of 16 bits stands
        self.at = 0
        self._left = MAX_ELEMENTS

    def read(self, end: int, depth: int, into: list[Element]) -> None:
        """Read elements up to a position, or to a delimiter; what was read before a fault is in the list."""
        if depth > MAX_DEPTH:
            raise DataSetError(f"sequences nested more than {MAX_DEPTH} deep")
        while self.at < end:
            tag, vr, length = self._header()
            if tag in {_ITEM_END, _SEQUENCE_END}:
                return
            self._count()
            into.append(self._element(tag, vr, length, end, depth))

    def _count(self) -> None:
        """Take note of one more element or item."""
        self._left -= 1
        if self._left < 0:
            raise DataSetError(f"more than {MAX_ELEMENTS} elements and items")

    def _element(self, tag: int, vr: str, length: int, end: int, depth: int) -> Element:
        if length == _UNDEFINED:
            return Element(tag, "SQ", b"", self._items(end, depth, implicit=vr == "UN"))
        stop = self.at + length
        if stop > end:
            raise DataSetError(f"an element of {length} bytes where {end - self.at} are left")
        if vr == "SQ":
            return Element(tag, vr, b"", self._items(stop, depth, implicit=False))
        value = self.data[self.at : stop]
        self.at = stop
        return Element(tag, vr, value)

    def _items(self, end: int, depth: int, *, implicit: bool) -> tuple[tuple[Element, ...], ...]:
        outer, self.explicit = self.explicit, self.explicit and not implicit
        items = []
        while self.at < end:
            group, number, length = self._header_at(self.data, self.at)
            self.at += 8
            if (tag := group << 16 | number) != _ITEM:
                if tag == _SEQUENCE_END:
                    break
                raise DataSetError("a sequence without items")
            stop = end if length == _UNDEFINED else self.at + length
            if stop > end:
                raise DataSetError("an item that is longer than its sequence")
            self._count()
            item: list[Element] = []
            self.read(stop, depth + 1, item)
            items.append(tuple(item))
        self.explicit = outer
        return tuple(items)

    def _header(self) -> tuple[int, str, int]:
        group, number, length = self._header_at(self.data, self.at)
        tag = group << 16 | number
        if group == 0xFFFE or not self.explicit:
            self.at += 8
            return tag, _vr_of(tag), length
        vr = self.data[self.at + 4 : self.at + 6].decode("latin-1")
        if vr in _SHORT_LENGTH:
            self.at += 8
            return tag, vr, length >> self._short & 0xFFFF
        if not (vr.isalpha() and vr.isupper()):
            raise DataSetError("an element without a VR")
        (length,) = self._length_at(self.data, self.at + 8)  # every other VR, future ones too, has 32 bits (PS3.5 7.1.2)
        self.at += 12
        return tag, vr, length
