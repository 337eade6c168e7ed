"""Data sets whose structure lies: nesting, lengths, sequences without an end; in bounded time and memory."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from . import wire
from .broken import (
    AFTER_THE_UID,
    BEFORE_THE_UID,
    INSTANCE,
    ITEM,
    ITEM_END,
    MODALITY,
    PIXELS,
    SEQUENCE_END,
    STUDY,
    UNDEFINED,
    fresh,
    long,
    nested,
    raw,
    sequence,
    short,
)
from .doubtful import NO_INSTANCE, Doubts, before, changed

cases = Doubts()

cases.refused(
    "nested_before_the_uid",
    "nests 10,000 sequences before the UID, closed and not closed",
    NO_INSTANCE,
    lambda: [before(wire.instance(3), INSTANCE, nested(BEFORE_THE_UID, 10_000, closed=closed)) for closed in (True, False)],
)
cases.damaged(
    "nested_after_the_uid",
    "nests 10,000 and 100,000 sequences after the UID, closed and not closed",
    lambda: fresh(3, lambda one, n: before(one, STUDY, nested(AFTER_THE_UID, 10_000 * (1 + 9 * (n % 2)), closed=n < 2))),
)
cases.kept(
    "nested_as_allowed",
    "nests sequences 20 deep, which is odd and legal, before the UID and after it",
    lambda: fresh(10, lambda one, n: before(one, (INSTANCE, STUDY)[n % 2], nested((BEFORE_THE_UID, AFTER_THE_UID)[n % 2], 20))),
)
cases.refused(
    "never_closed_before_the_uid",
    "opens a sequence of undefined length before the UID and never closes it",
    NO_INSTANCE,
    lambda: [
        before(wire.instance(3), INSTANCE, sequence(BEFORE_THE_UID, content))
        for content in (b"", ITEM + struct.pack("<I", UNDEFINED), ITEM + bytes(4), ITEM + struct.pack("<I", 0xFFFFFFFE))
    ],
)
cases.damaged(
    "never_closed_after_the_uid",
    "opens a sequence of undefined length after the UID and never closes it",
    lambda: fresh(
        3,
        lambda one, n: before(
            one,
            STUDY,
            sequence(AFTER_THE_UID, (b"", ITEM + struct.pack("<I", UNDEFINED), ITEM + bytes(4), ITEM + b"\xfe\xff\xff\xff")[n]),
        ),
    ),
)
cases.refused(
    "only_in_a_sequence",
    "has its SOP Instance UID in an item of a sequence only",
    NO_INSTANCE,
    lambda: [
        changed(wire.instance(3), INSTANCE, sequence(BEFORE_THE_UID, ITEM + length + item + end, length=whole))
        for item in [wire.element(INSTANCE, "UI", "1.2.3.1.3")]
        for length, end, whole in (
            (struct.pack("<I", len(item)), b"", len(item) + 8),
            (struct.pack("<I", UNDEFINED), ITEM_END + bytes(4) + SEQUENCE_END + bytes(4), UNDEFINED),
        )
    ],
)
cases.kept(
    "others_in_a_sequence",
    "has the SOP Instance UIDs of others in items, and its own where it belongs",
    lambda: fresh(
        10,
        lambda one, n: before(
            one,
            STUDY,
            sequence(AFTER_THE_UID, ITEM + struct.pack("<I", 18) + wire.element(INSTANCE, "UI", f"1.2.3.1.{n}"), length=26),
        ),
    ),
)
cases.kept(
    "60000_elements",
    "has 60,000 private elements after the UID, without a creator, or 60,000 items",
    lambda: [
        before(wire.instance(10), 0x00100010, *(wire.element(0x00090000 + n, "LO", "x") for n in range(0x1000, 0x1000 + 60_000))),
        before(wire.instance(11), STUDY, sequence(AFTER_THE_UID, (ITEM + bytes(4)) * 60_000 + SEQUENCE_END + bytes(4))),
        before(wire.instance(12), PIXELS, *(wire.element(0x00290000 + n, "UN", b"xx") for n in range(0x1000, 0x1000 + 60_000))),
    ],
)
cases.refused(
    "four_gigabytes_before_the_uid",
    "has an element that claims 4 GB before the UID",
    NO_INSTANCE,
    lambda: [
        before(wire.instance(3), INSTANCE, raw(BEFORE_THE_UID, vr, length))
        for vr in (b"OB", b"UT", b"UN", b"SQ")
        for length in (long(0xFFFFFFFE), long(0x80000000), long(60_000))
    ],
)
cases.damaged(
    "four_gigabytes_after_the_uid",
    "has an element that claims 4 GB, or more than there is, after the UID",
    lambda: fresh(
        3, lambda one, n: before(one, STUDY, raw(0x00091010, (b"OB", b"UT")[n % 2], long((0xFFFFFFFE, 60_000)[n // 2])))
    ),
)
cases.kept(
    "four_gigabytes_of_pixels",
    "has pixel data that claim 4 GB",
    lambda: fresh(
        10, lambda one, n: replace(one, data=one.data[: one.data.index(b"OW")] + b"OW\0\0" + struct.pack("<I", 0xFFFFFFF0 + n))
    ),
)
cases.refused(
    "long_uid",
    "has a SOP Instance UID that claims 65,534 bytes, 4 GB, or an undefined length",
    NO_INSTANCE,
    lambda: [
        changed(wire.instance(3), INSTANCE, raw(INSTANCE, vr, length, b"1.2.3.1.3\0"))
        for vr, length in (
            (b"UI", short(65_534)),
            (b"UI", short(65_535)),
            (b"UN", long(0xFFFFFFFE)),
            (b"UN", long(UNDEFINED)),
            (b"UI", short(300)),
        )
    ],
)
cases.damaged(
    "delimiters_at_the_top",
    "has items and delimiters where only elements may be",
    lambda: fresh(
        3,
        lambda one, n: before(
            one, MODALITY, (ITEM, ITEM_END, SEQUENCE_END, ITEM)[n] + struct.pack("<I", (0, 0, 0, UNDEFINED)[n])
        ),
    ),
)


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_structures(case, subject, faults):
    """Refused, or kept as they came."""
    assert faults(case, subject) == []
