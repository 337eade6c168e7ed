"""Pieces of data sets that no writer should write (PS3.5 7): sequences without an end, lengths that lie, things out of place."""

from __future__ import annotations

import struct
from dataclasses import replace

from . import wire

INSTANCE, MODALITY, STUDY, PIXELS = 0x00080018, 0x00080060, 0x0020000D, 0x7FE00010
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = (struct.pack("<HH", 0xFFFE, element) for element in (0xE000, 0xE00D, 0xE0DD))
BEFORE_THE_UID, AFTER_THE_UID = 0x00080006, 0x00081115
META = (
    wire.element(0x00020000, "UL", struct.pack("<I", 60))
    + wire.element(0x00020003, "UI", "9.9.9")
    + wire.element(0x00020010, "UI", wire.DEFLATED)
)


def of(data, number=3):
    """An instance of such a data set."""
    return replace(wire.instance(number), data=data)


def said_to_be(syntax, one):
    """An instance in another transfer syntax than it has."""
    return replace(one, syntax=syntax)


def fresh(first, make):
    """Instances of their own UIDs, each made otherwise: ``make(instance, nth)``."""
    return [make(wire.instance(number), number - first) for number in range(first, first + 4)]


def sequence(tag, content, *, length=UNDEFINED):
    """A sequence; ``length`` lies about it, and undefined has no end here."""
    return struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, b"SQ", 0, length) + content


def cut_after_the_uid(number):
    """An instance of which, beyond its UID, as many bytes are there as its number says."""
    one = wire.instance(number)
    return replace(one, data=one.data[: one.data.index(one.uid.encode()) + 10 + number])


def nested(tag, levels, *, closed=True):
    """Sequences within sequences, each of undefined length."""
    opened = sequence(tag, ITEM + struct.pack("<I", UNDEFINED))
    end = (ITEM_END + bytes(4) + SEQUENCE_END + bytes(4)) if closed else b""
    return opened * levels + end * levels


def raw(tag, vr, length, value=b""):
    """An element whose header is as it is told, whatever is right."""
    return struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr) + length + value


def short(length):
    """A length of two bytes."""
    return struct.pack("<H", length)


def long(length):
    """Two reserved bytes and a length of four."""
    return struct.pack("<HI", 0, length)


def leading(one, *elements):
    """The instance with elements before its first, which are left out of the file (PS3.10 7.1)."""
    return replace(one, data=b"".join(elements) + one.data, stored=one.data)


def elements_of(one):
    """The elements of an instance, whole."""
    found, at = [], 0
    while at < len(one.data):
        vr, length = struct.unpack_from("<2sH", one.data, at + 4)
        size = 12 + struct.unpack_from("<I", one.data, at + 8)[0] if vr == b"OW" else 8 + length
        found.append(one.data[at : at + size])
        at += size
    return found
