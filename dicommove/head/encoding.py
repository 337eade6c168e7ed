"""Headers of data elements in the three native encodings, and the way through nested sequences (PS3.5 7.1, 7.5, A.1 to A.3)."""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import TypeAlias

__all__ = [
    "SHORT_HEADERS",
    "SHORT_VRS",
    "UNDEFINED",
    "Data",
    "EncodingError",
    "Header",
    "Nesting",
    "explicit_big",
    "explicit_little",
    "guess_header",
    "implicit_little",
]

Data: TypeAlias = bytes | bytearray | memoryview
Header: TypeAlias = tuple[int, bytes, int, int]
"""Tag, VR as written, offset of the value, length of the value (all in bytes)."""
ReadHeader: TypeAlias = Callable[[Data, int, int], Header | None]
"""(data, position, size) to a header, or None when it is not whole yet."""

UNDEFINED = 0xFFFFFFFF
_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_SHORT = frozenset(
    {
        *(b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT"),
        *(b"PN", b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"),
    }
)
SHORT_VRS = {vr: vr.decode("ascii") for vr in _SHORT}
"""The VRs whose elements have a header of eight bytes, as bytes and as text (PS3.5 table 7.1-2)."""
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DEEPEST = 64  # deeper nesting than any IOD has; a bound for what a sender can make us remember


class EncodingError(ValueError):
    """The bytes cannot be what the transfer syntax says."""


def _explicit(order: str) -> ReadHeader:
    short, long = Struct(f"{order}HH2sH").unpack_from, Struct(f"{order}I").unpack_from

    def read(data: Data, position: int, size: int) -> Header | None:
        if size - position < 8:
            return None
        group, element, vr, length = short(data, position)
        tag = group << 16 | element
        if vr in _SHORT:
            return tag, vr, position + 8, length
        if group == 0xFFFE:
            return tag, b"", position + 8, long(data, position + 4)[0]
        if vr not in _LONG:
            if not (vr.isalpha() and vr.isupper()):
                raise EncodingError(f"({group:04X},{element:04X}) has no Value Representation (PS3.5 7.1.2)")
            return tag, vr, position + 8, length
        return (tag, vr, position + 12, long(data, position + 8)[0]) if size - position >= 12 else None

    return read


explicit_little = _explicit("<")
explicit_big = _explicit(">")
SHORT_HEADERS = {read: Struct(f"{order}HH2sH").unpack_from for order, read in (("<", explicit_little), (">", explicit_big))}
"""For each explicit encoding: group, element, VR and length of an element whose VR is one of `SHORT_VRS`."""
_implicit = Struct("<HHI").unpack_from


def implicit_little(data: Data, position: int, size: int) -> Header | None:
    r"""Read the header of an element in Implicit VR Little Endian (PS3.5 7.1.3).

    Examples
    --------
    >>> implicit_little(b"\x08\0\x60\0\x02\0\0\0CT", 0, 10)
    (524384, b'', 8, 2)
    """
    if size - position < 8:
        return None
    group, element, length = _implicit(data, position)
    return group << 16 | element, b"", position + 8, length


def guess_header(negotiated: ReadHeader, data: Data) -> tuple[ReadHeader, str]:
    r"""Which encoding the first element really has, and a sentence when it is not the one that was agreed on.

    Some senders encode implicitly what they announced as explicit, or the reverse: VR letters in the place of a length would make
    a first element of over 16 KB, which no data set has.

    Examples
    --------
    >>> guess_header(explicit_little, b"\x08\0\x05\0\x0a\0\0\0ISO_IR 100")[1]
    'encoded in Implicit VR although agreed to be explicit'
    """
    vr = bytes(data[4:6])
    known = vr in _SHORT or vr in _LONG
    if negotiated is implicit_little and known:
        return explicit_little, "encoded in Explicit VR although agreed to be implicit"
    if negotiated is explicit_little and not vr.isalpha() and int.from_bytes(data[4:8], "little") < 0x4141:
        return implicit_little, "encoded in Implicit VR although agreed to be explicit"
    return negotiated, ""


class Nesting:
    """Where a scan stands within sequences of undefined length: a stack of sequences and items (PS3.5 7.5).

    Attributes
    ----------
    depth : int
        0 at the top level of the data set.
    """

    def __init__(self) -> None:
        self.depth = 0
        self._implicit_from = 0  # depth from which on a UN of undefined length makes everything implicit (PS3.5 6.2.2); 0: none

    def header(self, negotiated: ReadHeader) -> ReadHeader:
        """How headers are read here."""
        return implicit_little if self._implicit_from else negotiated

    def enter(self, vr: bytes) -> None:
        """Go into an element of undefined length."""
        if self.depth >= _DEEPEST:
            raise EncodingError(f"sequences nested more than {_DEEPEST} deep")
        self.depth += 1
        if vr == b"UN" and not self._implicit_from:
            self._implicit_from = self.depth

    def step(self, tag: int, vr: bytes, body: int, length: int) -> int:
        """Take one header within a sequence or item; return where the next one begins.

        Odd depths stand in a sequence, among items; even ones in an item of undefined length, among elements.
        """
        among_items = self.depth & 1
        if tag == (_SEQUENCE_END if among_items else _ITEM_END):
            self._leave()
            return body
        if among_items != (tag == _ITEM) or (tag >> 16 == 0xFFFE and not among_items):
            raise EncodingError("an item or delimiter where none may be (PS3.5 7.5)")
        if length != UNDEFINED:
            return body + length
        self.enter(vr)
        return body

    def _leave(self) -> None:
        if self._implicit_from == self.depth:
            self._implicit_from = 0
        self.depth -= 1
