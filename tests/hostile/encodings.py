"""The same instance in other transfer syntaxes (PS3.5 annex A), by hand."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from . import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIXELS = 0x7FE00010
_LONG = (b"OB", b"OW", b"SQ", b"UN", b"UT")


def elements(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Tag, VR and value of each element of a data set in Explicit VR Little Endian without sequences."""
    at = 0
    while at < len(data):
        group, number, vr, length = struct.unpack_from("<HH2sH", data, at)
        at += 8
        if vr in _LONG:
            (length,) = struct.unpack_from("<I", data, at)
            at += 4
        yield group << 16 | number, vr, data[at : at + length]
        at += length


def implicit(one: wire.Instance, more: bytes = b"") -> wire.Instance:
    """In Implicit VR Little Endian; ``more`` comes before the Patient's Name."""
    data = b""
    for tag, _, value in elements(one.data):
        data += more if tag == 0x00100010 else b""
        data += struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value
    return replace(one, data=data, syntax=wire.IMPLICIT)


def big_endian(one: wire.Instance) -> wire.Instance:
    """In Explicit VR Big Endian (retired)."""
    data = b""
    for tag, vr, value in elements(one.data):
        size = struct.pack(">HI", 0, len(value)) if vr in _LONG else struct.pack(">H", len(value))
        data += struct.pack(">HH2s", tag >> 16, tag & 0xFFFF, vr) + size + value
    return replace(one, data=data, syntax=wire.BIG_ENDIAN)


def deflated(one: wire.Instance) -> wire.Instance:
    """In Deflated Explicit VR Little Endian (PS3.5 A.5): even length."""
    deflate = zlib.compressobj(wbits=-15)
    return replace(one, data=wire.padded(deflate.compress(one.data) + deflate.flush()), syntax=wire.DEFLATED)


def encapsulated(one: wire.Instance, syntax: str, *fragments: bytes) -> wire.Instance:
    """With encapsulated pixel data (PS3.5 A.4)."""
    data = b"".join(wire.element(tag, vr.decode(), value) for tag, vr, value in elements(one.data) if tag != _PIXELS)
    items = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(each)) + each for each in (b"", *map(wire.padded, fragments)))
    pixels = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF) + items + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return replace(one, data=data + pixels, syntax=syntax)
