"""Hostile data sets: what is none is refused, a broken one is refused or kept byte for byte."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from . import wire
from .broken import (
    INSTANCE,
    ITEM,
    META,
    MODALITY,
    SEQUENCE_END,
    STUDY,
    cut_after_the_uid,
    elements_of,
    fresh,
    leading,
    of,
    sequence,
)
from .doubtful import NO_INSTANCE, Doubts, before, changed

cases = Doubts()

cases.refused("empty", "sends data sets of no bytes, and of one", NO_INSTANCE, lambda: [of(b""), of(b"\0"), of(b"\x08")])
cases.refused(
    "random_bytes",
    "sends random bytes",
    NO_INSTANCE,
    lambda: [of(random.Random(seed).randbytes(40 + 700 * seed)) for seed in range(40)],
)
cases.refused(
    "one_byte_repeated",
    "sends 300,000 times the same byte",
    NO_INSTANCE,
    lambda: [of(bytes([byte]) * 300_000) for byte in (0, 1, 8, 32, 65, 127, 128, 255)],
)
cases.refused(
    "other_files",
    "sends a picture, a page, a program, an archive",
    NO_INSTANCE,
    lambda: [
        of(head + bytes(range(256)) * 20)
        for head in (b"\xff\xd8\xff\xe0\0\x10JFIF", b"<!DOCTYPE html>", b"\x7fELF\2\1\1", b"PK\3\4", b"%PDF-1.7", b"{", b"MZ")
    ],
)
cases.refused(
    "cut_before_the_uid",
    "cuts the data set off at each byte up to its SOP Instance UID",
    NO_INSTANCE,
    lambda: [of(wire.instance(3).data[:size]) for size in range(1, wire.instance(3).data.index(b"1.2.3.1.3") + 9)],
)
cases.damaged(
    "cut_after_the_uid",
    "cuts data sets off at each byte after their SOP Instance UID, up to the last that a path is made of",
    lambda: [cut_after_the_uid(number) for number in range(3, 100)],
)
cases.kept(
    "cut_in_the_pixels",
    "cuts data sets off within their pixel data",
    lambda: fresh(10, lambda one, n: replace(one, data=one.data[: -1 - 600 * n])),
)
cases.refused(
    "whole_files",
    "sends a whole file, with preamble and File Meta Information, in the place of a data set",
    NO_INSTANCE,
    lambda: [
        of(preamble + b"DICM" + meta + wire.instance(3).data)
        for preamble in (bytes(128), b"\x20" * 128, b"II*\0" + bytes(124))
        for meta in (b"", META)
    ],
)
cases.kept(
    "file_meta_inside",
    "has File Meta Information, or a command set, before the data set: left out, or readers would believe it",
    lambda: [
        leading(wire.instance(10), META),
        leading(wire.instance(11), wire.element(0x00000000, "UL", bytes(4)), wire.element(0x00001000, "UI", "9.9.9")),
        leading(wire.instance(12), wire.element(0x00020010, "UI", wire.BIG_ENDIAN), wire.element(0x00060001, "LO", "x" * 500)),
        leading(wire.instance(13), wire.element(0x00020102, "OB", bytes(60_000))),
        leading(wire.instance(15), *(wire.element(0x00020100 + n, "OB", bytes(n)) for n in range(300))),
    ],
)
cases.refused(
    "too_much_file_meta_inside",
    "has more than 64 KB of File Meta Information before the data set, or a sequence that does not end",
    NO_INSTANCE,
    lambda: [
        leading(wire.instance(3), wire.element(0x00020102, "OB", bytes(100_000))),
        leading(wire.instance(3), wire.element(0x00020102, "OB", bytes(1_000_000))),
        leading(wire.instance(3), *(wire.element(0x00020100 + n, "OB", bytes(n)) for n in range(1000))),
        leading(wire.instance(3), sequence(0x00020110, (ITEM + bytes(4)) * 10_000 + SEQUENCE_END + bytes(4))),
    ],
)
cases.kept(
    "file_meta_in_the_middle",
    "has File Meta Information and command elements in the middle and at the end",
    lambda: fresh(
        10,
        lambda one, n: (
            before(one, STUDY, META) if n % 2 else replace(one, data=one.data + META + wire.element(0x00001000, "UI", "9.9.9"))
        ),
    ),
    right=("complete",),
    api=("complete", "partial"),
)
cases.either(
    "other_order",
    "has its elements in falling order, or the UID behind the pixel data",
    lambda: [
        replace(wire.instance(10), data=b"".join(reversed(elements_of(wire.instance(10))))),
        changed(replace(wire.instance(11), data=wire.instance(11).data), INSTANCE),
        replace(
            changed(wire.instance(12), INSTANCE),
            data=changed(wire.instance(12), INSTANCE).data + wire.element(INSTANCE, "UI", "1.2.3.1.12"),
        ),
    ],
)
cases.damaged(
    "twice_the_same",
    "has elements twice, the UIDs among them, with the same and with other values",
    lambda: [
        before(wire.instance(3), INSTANCE, wire.element(INSTANCE, "UI", "1.2.3.1.3")),
        before(wire.instance(11), STUDY, wire.element(STUDY, "UI", "1.2.4")),
        before(wire.instance(12), MODALITY, wire.element(MODALITY, "CS", "../..")),
        before(wire.instance(13), 0x00100010, wire.element(0x00100010, "PN", "OTHER") * 2000),
    ],
)


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_data_sets(case, subject, faults):
    """Refused, or kept as they came."""
    assert faults(case, subject) == []
