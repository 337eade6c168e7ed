"""Deflated data sets: bombs, damage, and what is not deflated at all; bounded in time and memory."""

from __future__ import annotations

import zlib
from dataclasses import replace

import pytest

from . import wire
from .broken import BEFORE_THE_UID, META, STUDY, leading, long, of, raw, said_to_be
from .doubtful import NO_INSTANCE, Doubts, before
from .encodings import deflated

cases = Doubts()
GIGABYTE = 1 << 30


def bomb(plain):
    """The bytes and a gigabyte of zeros after them, deflated to a megabyte."""
    deflate = zlib.compressobj(wbits=-15)
    start = deflate.compress(plain) + deflate.flush(zlib.Z_FULL_FLUSH)
    megabyte = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return wire.padded(start + megabyte * (GIGABYTE >> 20) + deflate.flush())


def deflating(data, number=3, *, wbits=-15):
    """An instance in the deflated transfer syntax, of deflated bytes of any kind."""
    deflate = zlib.compressobj(wbits=wbits)
    return replace(wire.instance(number), data=wire.padded(deflate.compress(data) + deflate.flush()), syntax=wire.DEFLATED)


cases.refused(
    "deflate_bomb_before_the_uid",
    "deflates a gigabyte of zeros to a megabyte, before the UID",
    NO_INSTANCE,
    lambda: [
        replace(wire.instance(3), data=bomb(raw(BEFORE_THE_UID, b"UT", long(GIGABYTE))), syntax=wire.DEFLATED),
        replace(wire.instance(3), data=bomb(b""), syntax=wire.DEFLATED),
    ],
)
cases.kept(
    "deflate_bomb_in_the_pixels",
    "deflates a gigabyte of black pixels to a megabyte",
    lambda: [
        replace(one, data=bomb(one.data[: one.data.index(b"OW")] + b"OW" + long(GIGABYTE)), syntax=wire.DEFLATED)
        for one in [wire.instance(10)]
    ],
)
cases.refused(
    "not_deflated",
    "agrees on deflated and sends plain, wrapped, twice deflated or random bytes; or deflates where nobody agreed on it",
    NO_INSTANCE,
    lambda: [
        said_to_be(wire.DEFLATED, wire.instance(3)),
        deflating(wire.instance(3).data, wbits=15),
        deflating(wire.instance(3).data, wbits=31),
        deflating(deflated(wire.instance(3)).data),
        said_to_be(wire.DEFLATED, of(bytes(range(256)) * 9)),
        said_to_be(wire.EXPLICIT, deflated(wire.instance(3))),
        deflating(b""),
        deflating(META + wire.instance(3).data),
        replace(deflated(wire.instance(3)), data=deflated(wire.instance(3)).data[:12]),
    ],
)
cases.damaged(
    "deflated_and_damaged",
    "deflates, and damages what comes after the beginning",
    lambda: [
        replace(one, data=one.data[: len(one.data) // 2 - n] + b"\xff" * 600 + one.data[len(one.data) // 2 :])
        for n, number in enumerate((3, 10, 11))
        for one in [
            deflated(
                replace(
                    wire.instance(number),
                    data=before(wire.instance(number), STUDY, wire.element(0x00091010, "OB", bytes(range(256)) * 40)).data,
                )
            )
        ]
    ],
)
cases.kept(
    "more_after_the_stream",
    "has more bytes after the end of the deflated stream, or file meta before the data set",
    lambda: [
        replace(deflated(wire.instance(10)), data=deflated(wire.instance(10)).data + bytes(range(256)) * 10),
        leading(wire.instance(11), META),
    ],
)


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_deflated(case, subject, faults):
    """Refused, or kept as they came."""
    assert faults(case, subject) == []
