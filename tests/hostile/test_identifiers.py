"""Hostile UIDs of instances: a safe path or a refusal, and never two of them in one place."""

from __future__ import annotations

import pytest

from . import wire
from .doubtful import CONTRADICTS, NO_INSTANCE, Doubts, changed, delivered, named, with_uid

cases = Doubts()
INSTANCE, CLASS = 0x00080018, 0x00080016

cases.refused(
    "separators",
    "names instances with separators of folders",
    NO_INSTANCE,
    lambda: named(
        "../../../etc/passwd", "/etc/passwd", "1.2/3", "..\\..\\x", "1.2.3/", "/", "\\", "\\\\host\\share\\1", "../neighbour"
    ),
)
cases.refused(
    "two_values",
    "names two instances at once",
    NO_INSTANCE,
    lambda: named("1.2.3.1.1\\1.2.3.1.2", "1.2.3.1.9\\", "\\1.2.3.1.9", "1.2.3.1.9\\1.2.3.1.9"),
)
cases.refused("nul", "has NUL within a UID", NO_INSTANCE, lambda: named(b"1.2.3\0.9", b"1.2.3.1.9\0.dcm", b"1.2.3.1.9\0\0/\0."))
cases.refused(
    "lines",
    "has line ends, tabs and blanks within a UID",
    NO_INSTANCE,
    lambda: named("1.2.3\n", "1.2.3\r\n.4", "\n", "1.2\t3", "1.2. 3", "1.2.3.1.9\nI: Storing DICOM file: CT.1", "1.2.3\x0b\x0c"),
)
cases.refused(
    "control_characters",
    "has control characters in a UID",
    NO_INSTANCE,
    lambda: named("\x1b[2J\x1b[31m", b"\x9b2J", "1.2.3\x07", "1.2\x7f", "1.2\x08\x08", b"\x1b]0;owned\x07"),
)
cases.refused(
    "other_scripts",
    "has digits of other scripts, and bytes that are no text, in a UID",
    NO_INSTANCE,
    lambda: named(
        "\uff11.\uff12",
        "\u0661.\u0662",
        "1\u20242",
        "1.2.\u202e3",
        "1.2\u200b.3",
        b"\xff\xfe\x31",
        b"\xc0\xae\xc0\xae\xc0\xaf",
        b"1.2.\xe9",
    ),
)
cases.refused(
    "drives",
    "names drives, streams and devices of Windows",
    NO_INSTANCE,
    lambda: named("C:1.2.3", "C:\\1.2.3", "1.2.3:stream", "1.2.3::$DATA", "\\\\.\\NUL", "\\\\?\\C:\\1"),
)
cases.refused(
    "signs",
    "has signs that shells, templates, URLs and file systems read",
    NO_INSTANCE,
    lambda: named(
        "1.2.*", "1.2.?", "$(touch x)", "`id`", "1;id", "1|id", "%2e%2e%2f", "{study}", "%s%n", "~root", "~", "1'2", '1"2', "<1>"
    ),
)
cases.refused(
    "too_long",
    "has UIDs of 65, 66, 1,000 and 4,000 characters",
    NO_INSTANCE,
    lambda: named(*("1." + "2" * (size - 2) for size in (65, 66, 1000, 4000)), "1" * 65, "../" * 300),
)
cases.refused(
    "none", "has an empty UID, and one of padding alone", NO_INSTANCE, lambda: named("", " ", b"\0", b"\0\0\0\0", "    ")
)
cases.refused(
    "none_in_the_data_set",
    "names an instance in the command and none in the data set",
    NO_INSTANCE,
    lambda: [changed(wire.instance(9), INSTANCE), changed(wire.instance(9), INSTANCE, wire.element(INSTANCE, "UI"))],
)
cases.refused(
    "bad_in_the_data_set",
    "names an instance in the command, and in the data set something that is none",
    NO_INSTANCE,
    lambda: [
        wire.Instance("1.2.3.1.9", with_uid(uid))
        for uid in ("../../x", b"1.2.3.1.9\0.1", "1.2.3.1.9\n", "1.2.3.1.9\\1.2.3.1.9", "1" * 65, "9" * 60_000, b"\xff", " \0 ")
    ],
)
cases.refused(
    "other_in_the_data_set",
    "has another instance in the data set than in the command",
    CONTRADICTS,
    lambda: [
        wire.Instance("1.2.3.1.9", with_uid(uid))
        for uid in ("1.2.3.1.10", "1.2.3.1.90", "1.2.3.1", "1.2.3.1.1", "1.2.3.1.9.", "1.2.3.1.09", "a1.2.3.1.9")
    ],
)
cases.refused(
    "other_case",
    "has a UID in the data set that differs from the command in letter case only",
    CONTRADICTS,
    lambda: [wire.Instance("1.2.3.a", with_uid("1.2.3.A")), wire.Instance("1.2.3.A", with_uid("1.2.3.a"))],
)
cases.refused(
    "expected_name",
    "gives the data set of another instance under the UID of one that is expected",
    CONTRADICTS,
    lambda: [wire.Instance("1.2.3.1.2", wire.instance(8).data), wire.Instance("1.2.3.1.3", wire.instance(7).data)],
)
cases.refused(
    "other_class_in_the_data_set",
    "has another SOP Class in the data set than in the command",
    CONTRADICTS,
    lambda: [
        wire.Instance("1.2.3.1.9", wire.instance(9, sop_class=other).data)
        for other in (wire.MR, wire.CT + ".1", wire.CT[:-2], wire.VERIFICATION, "../../x", "1" * 65)
    ],
)
cases.either(
    "no_class_in_the_data_set",
    "has no SOP Class in the data set",
    lambda: [changed(wire.instance(8), CLASS), changed(wire.instance(9), CLASS, wire.element(CLASS, "UI"))],
)
cases.refused(
    "two_instances",
    "has two SOP Instance UIDs in a data set, of which one is that of the command",
    CONTRADICTS,
    lambda: [
        changed(wire.instance(8), INSTANCE, *(wire.element(INSTANCE, "UI", uid) for uid in uids))
        for uids in (
            ("1.2.3.1.8", "1.2.3.1.9"),
            ("1.2.3.1.9", "1.2.3.1.8"),
            ("1.2.3.1.8", "1.2.3.1.9", "1.2.3.1.8"),
            ("", "1.2.3.1.8"),
        )
    ],
)
cases.refused(
    "two_classes",
    "has two SOP Classes in a data set, of which one is that of the command",
    CONTRADICTS,
    lambda: [
        changed(wire.instance(8), CLASS, *(wire.element(CLASS, "UI", uid) for uid in uids))
        for uids in ((wire.CT, wire.MR), (wire.MR, wire.CT))
    ],
)
cases.kept(
    "devices",
    "names instances as Windows names devices",
    lambda: named("CON", "NUL", "aux", "COM1", "nul.1.2", "lpt1.3", "Prn", "CONIN-", "CLOCK-"),
)
cases.kept(
    "dots",
    "names instances by dots, dashes and options",
    lambda: named(".", "..", "...", ".hidden", "-rf", "--help", "_", "-", ".dicommove", ".git", "1..2", ".1.2", "1.2.", "1.2.."),
)
cases.kept(
    "longest",
    "has UIDs of 64 characters that differ in the last one, or in letter case, only",
    lambda: named(*("1." + "2" * 61 + last for last in "345"), *("x" * 63 + last for last in "yYzZ"), "." * 64, "-" * 64),
)
cases.kept(
    "own_names",
    "names instances as our own files are named",
    lambda: named("journal", "journal.sqlite", "incoming", "conflicts", "CT.1.2.3.1.1", "claims", "lock", "1.2.3.1.1.dcm"),
)
cases.kept(
    "imitated_names",
    "names instances as the safe names of others end",
    lambda: named("1.2.A", "1.2.A-zi6jr4f5wwcp2jmt", "1.2.a", "1.2.a-zi6jr4f5wwcp2jmt", "1.2.A-ZI6JR4F5WWCP2JMT"),
)
cases.kept(
    "blanks_before",
    "has blanks before the UID of one that is there, and other bytes",
    lambda: [(wire.Instance("1.2.3.1.1", with_uid(b"  1.2.3.1.1")), {0x1000: b" 1.2.3.1.1"})],
    right=("partial",),
)


@cases("delivers under a UID what is of another one, is answered so, and says that all went well", "partial", kept=2)
def believes_itself(talk):
    """Its word against what arrived."""
    talk.send_instances(1, 2)
    assert delivered(talk, [wire.Instance("1.2.3.1.3", wire.instance(4).data)]) == [0xA900]
    talk.end(completed=3)


@cases("is refused for a hostile UID, and sends the instance again under its own", "complete", kept=3)
def better_the_second_time(talk):
    """What was refused stands in nobody's way."""
    third = wire.instance(3)
    assert delivered(talk, [wire.Instance("../../3", third.data), (third, {0x1000: "1.2.3.1.33"})]) == [0xC000, 0xA900]
    assert talk.send_instances(3, 1, 2) == [0, 0, 0]
    talk.end(completed=3)


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_identifiers_of_instances(case, subject, faults):
    """Safe, or refused; never merged."""
    assert faults(case, subject) == []
