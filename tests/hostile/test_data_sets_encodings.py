"""Data sets that are encoded otherwise than agreed on: other VRs and byte orders, character sets that lie, broken fragments."""

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
    fresh,
    long,
    raw,
    said_to_be,
    short,
)
from .doubtful import NO_INSTANCE, Doubts, before, changed
from .encodings import big_endian, encapsulated, implicit

cases = Doubts()
JPEG, PATIENT, NAME = "1.2.840.10008.1.2.4.50", 0x00100020, 0x00100010


def pixels_of(one, content, syntax=JPEG):
    """The instance with other pixel data, to its end."""
    return replace(one, data=one.data[: one.data.index(b"\xe0\x7f\x10\0OW")] + content, syntax=syntax)


FRAGMENT = ITEM + struct.pack("<I", 8) + b"\xff\xd8\xff\xd9" * 2
OFFSETS, END = ITEM + bytes(4), SEQUENCE_END + bytes(4)
OPENED = raw(PIXELS, b"OB", long(0xFFFFFFFF))

cases.damaged(
    "implicit_as_explicit",
    "sends Implicit VR where Explicit was agreed on, and the reverse",
    lambda: [
        said_to_be(wire.EXPLICIT, implicit(wire.instance(3))),
        said_to_be(wire.IMPLICIT, wire.instance(10)),
        said_to_be(JPEG, implicit(wire.instance(11))),
    ],
)
cases.refused(
    "other_byte_order",
    "sends big endian where little was agreed on, and the reverse",
    NO_INSTANCE,
    lambda: [
        said_to_be(wire.EXPLICIT, big_endian(wire.instance(3))),
        said_to_be(wire.IMPLICIT, big_endian(wire.instance(3))),
        said_to_be(wire.BIG_ENDIAN, wire.instance(3)),
        said_to_be(wire.BIG_ENDIAN, implicit(wire.instance(3))),
        said_to_be(wire.DEFLATED, big_endian(wire.instance(3))),
    ],
)
cases.damaged(
    "changes_its_mind",
    "goes on in another encoding in the middle",
    lambda: [
        replace(one, data=one.data[:at] + rest.data[rest.data.index(b"P1") - 8 :])
        for one, rest in [(wire.instance(number), implicit(wire.instance(number))) for number in (3, 10)]
        for at in [one.data.index(b"P1") - 8]
    ],
)
cases.either(
    "uid_of_another_vr",
    "writes its SOP Instance UID as another VR",
    lambda: [
        changed(one, INSTANCE, raw(INSTANCE, vr, (long if vr in {b"OB", b"UN", b"SQ", b"UT"} else short)(10), one.uid.encode()))
        for number, vr in enumerate((b"LO", b"US", b"PN", b"AT", b"FD", b"OB", b"UN", b"UT", b"SQ", b"ZZ"), 10)
        for one in [wire.instance(number)]
    ],
)
cases.either(
    "unknown_vrs",
    "has VRs that nobody knows, with lengths of two bytes and of four, before the UID",
    lambda: [
        before(wire.instance(number), INSTANCE, raw(BEFORE_THE_UID, vr, length, b"abcd"))
        for number, (vr, length) in enumerate([(vr, size(4)) for vr in (b"ZZ", b"QQ", b"XX") for size in (short, long)], 10)
    ],
)
cases.refused(
    "vrs_of_no_letters",
    "has VRs of control bytes, signs and small letters before the UID",
    NO_INSTANCE,
    lambda: [
        before(wire.instance(3), INSTANCE, raw(BEFORE_THE_UID, vr, short(4), b"abcd"))
        for vr in (b"\0\0", b"\x1b[", b"??", b"ob", b"U ", b"\xff\xff", b"\n\n", b"1I")
    ],
)
cases.damaged(
    "vrs_of_no_letters_later",
    "has VRs of control bytes, signs and small letters after the UID",
    lambda: fresh(
        3, lambda one, n: before(one, STUDY, raw(AFTER_THE_UID, (b"\0\0", b"\x1b[", b"ob", b"\xff\xff")[n], short(4), b"abcd"))
    ),
)
cases.kept(
    "wrong_vrs",
    "writes numbers as text and text as numbers",
    lambda: [
        changed(wire.instance(number), tag, raw(tag, vr, short(len(value)), value))
        for number, (tag, vr, value) in enumerate(
            (
                (STUDY, b"US", b"\1\2\3"),
                (0x00200013, b"FD", b"\xff" * 8),
                (0x00200013, b"DS", b"NaN "),
                (PATIENT, b"AT", b"odd"),
                (NAME, b"SL", b"\xff" * 7),
                (MODALITY, b"DA", b"99999999"),
                (MODALITY, b"PN", b"=^=^=\\\\^"),
            ),
            10,
        )
    ],
    right=("complete", "partial"),
    api=("complete",),
)
cases.kept(
    "character_sets",
    "has names in character sets that they are not in, that nobody knows, or that are none",
    lambda: [
        changed(
            before(wire.instance(number), 0x00080016, wire.element(0x00080005, "CS", claimed)),
            NAME,
            wire.element(NAME, "PN", name),
        )
        for number, (claimed, name) in enumerate(
            (
                ("ISO_IR 192", b"\xff\xfe\xed\xa0\x80"),
                ("\\ISO 2022 IR 87", b"\x1b$B\x1b$)C\x1b(J\xff\x1b"),
                ("ISO_IR 999", b"\xe4\xf6"),
                ("ISO_IR 13\\ISO_IR 192\\GB18030", b"\x81\x30\x81"),
                (b"\x1b[2J\0\xff", b"A"),
                ("\\" * 5000, b"\x1b" * 5000),
                ("utf_16", b"\xff\xfe"),
                ("idna", b"xn--" + b"a" * 9000),
                ("zlib", b"x"),
                ("../../x", b"../../../x"),
                ("ISO_IR 192", "\u202e/..\u2028\x00".encode() * 500),
            ),
            10,
        )
    ],
    options={"layout": "{PatientName}/{instance}.dcm"},
)
cases.kept(
    "odd_lengths",
    "has elements of odd length, empty ones, wrong group lengths, and trailing padding",
    lambda: [
        changed(wire.instance(10), PATIENT, raw(PATIENT, b"LO", short(3), b"P12")),
        before(wire.instance(11), MODALITY, raw(0x00080050, b"SH", short(0)), raw(0x00080052, b"CS", short(1), b"X")),
        replace(wire.instance(12), data=wire.element(0x00080000, "UL", b"\xff" * 4) + wire.instance(12).data),
        before(wire.instance(13), NAME, wire.element(0x00100000, "UL", bytes(4)), wire.element(0x00100001, "UL", b"")),
        replace(wire.instance(14), data=wire.instance(14).data + wire.element(0xFFFCFFFC, "OB", bytes(1000))),
        replace(wire.instance(15), data=wire.instance(15).data + b"garbage after the end"),
    ],
)
cases.kept(
    "hardly_anything",
    "has nothing but its UIDs, everything else empty, or everything else private",
    lambda: [
        replace(wire.instance(10), data=wire.element(INSTANCE, "UI", "1.2.3.1.10")),
        replace(wire.instance(11), data=wire.element(0x00080016, "UI", wire.CT) + wire.element(INSTANCE, "UI", "1.2.3.1.11")),
        replace(
            wire.instance(12),
            data=wire.element(INSTANCE, "UI", "1.2.3.1.12") + b"".join(wire.element(tag, "LO") for tag in (NAME, PATIENT, STUDY)),
        ),
        replace(
            wire.instance(13),
            data=wire.element(INSTANCE, "UI", "1.2.3.1.13")
            + b"".join(
                wire.element(group << 16 | n, "UN", bytes(n)) for group in (9, 0x11, 0x7FE1) for n in (0x10, 0xFF, 0x1001)
            ),
        ),
    ],
)
cases.kept(
    "broken_fragments",
    "has compressed pixel data whose fragments do not fit, do not end, or are none",
    lambda: [
        pixels_of(wire.instance(number), OPENED + content)
        for number, content in enumerate(
            (
                b"",
                OFFSETS,
                FRAGMENT,
                OFFSETS + FRAGMENT,
                OFFSETS + FRAGMENT[:11],
                OFFSETS + ITEM + b"\xff\xff\xff\xff" + FRAGMENT + ITEM_END + bytes(4) + END,
                OFFSETS + ITEM + b"\xfe\xff\xff\xff" + END,
                OFFSETS + FRAGMENT + SEQUENCE_END + b"\1\0\0\0x",
                END,
                b"\xff\xd8\xff\xd9" * 100,
                ITEM + struct.pack("<I", 4) + b"\xff" * 4 + FRAGMENT + END,
            ),
            10,
        )
    ],
)
cases.kept(
    "the_wrong_kind_of_pixels",
    "has fragments in a native transfer syntax, and native pixel data in a compressed one",
    lambda: [
        said_to_be(wire.EXPLICIT, encapsulated(wire.instance(10), JPEG, b"\xff\xd8")),
        said_to_be(JPEG, wire.instance(11)),
        replace(
            implicit(wire.instance(12)),
            data=implicit(wire.instance(12)).data[:-2008] + b"\xe0\x7f\x10\0\xff\xff\xff\xff" + OFFSETS,
        ),
    ],
)


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_encodings(case, subject, faults):
    """Refused, or kept as they came."""
    assert faults(case, subject) == []
