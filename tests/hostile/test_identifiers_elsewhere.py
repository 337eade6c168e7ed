"""Hostile identifiers around instances: in commands, contexts and titles, and those of study and series, which make paths."""

from __future__ import annotations

import contextlib
import struct
from dataclasses import replace

import pytest

from . import wire
from .connection import EndedError
from .doubtful import CONTRADICTS, NO_INSTANCE, NOT_KEPT, OTHER_CLASS, Doubts, changed, delivered

cases = Doubts()
STUDY, SERIES, MODALITY, PATIENT, NUMBER = 0x0020000D, 0x0020000E, 0x00080060, 0x00100020, 0x00200013
NOT_STORAGE = (
    "1.2.840.10008.5.1.4.1.2.2.1",
    "1.2.840.10008.5.1.4.1.2.2.2",
    "1.2.840.10008.5.1.4.31",
    "1.2.840.10008.1.20.1",
    "1.2.840.10008.3.1.2.3.3",
    "1.2.840.10008.5.1.1.9",
    "1.2.840.10008.5.1.4.34.6.1",
    "1.2.840.10008.1.3.10",
)
"""Query, retrieve, worklist, storage commitment, procedure steps, print, unified worklist, media directory."""
HOSTILE = (
    "../../x",
    "/etc/x",
    "..",
    ".",
    "C:\\x",
    "CON",
    "NUL.1",
    b"a\0b",
    "a\nb",
    "\x1b[2J",
    b"\xff\xfe",
    "x" * 5000,
    "~",
    "-rf",
    "\u202ex",
    " ",
)


def everywhere(value, number):
    """An instance whose patient, study, series, modality and numbers are all the value."""
    one = wire.instance(f"1.2.3.1.{number}")
    for tag, vr in ((STUDY, "UI"), (SERIES, "UI"), (MODALITY, "CS"), (PATIENT, "LO"), (NUMBER, "IS")):
        one = changed(one, tag, wire.element(tag, vr, value))
    return one


def twice(element, *values):
    """A C-STORE-RQ with an element that stands there more than once."""
    fields = wire.read_command(wire.c_store("1.2.3.1.3"))
    rest = wire.command_set({number: each for number, each in fields.items() if number not in (0, element)})[12:]
    return rest + b"".join(struct.pack("<HHI", 0, element, len(wire.padded(each))) + wire.padded(each) for each in values)


cases.refused(
    "no_uid_in_the_command",
    "has an empty UID in the command, and the right one in the data set",
    NO_INSTANCE,
    lambda: [(wire.instance(3), {0x1000: value}) for value in ("", b"\0\0", "  ")] + [(wire.instance(3), {0x0002: ""})],
)
cases.refused(
    "hostile_in_the_command",
    "has a hostile UID in the command, and the right one in the data set",
    NO_INSTANCE,
    lambda: [(wire.instance(3), {0x1000: value}) for value in ("../../x", "1.2.3.1.3\\1.2.3.1.3", b"1.2.3.1.3\0.4", "9" * 7000)],
)
cases.refused(
    "other_context",
    "stores one SOP Class over the context of another",
    OTHER_CLASS,
    lambda: [
        (replace(wire.instance(3, sop_class=wire.MR), sop_class=wire.CT), {0x0002: wire.MR}),
        (wire.instance(3), {0x0002: wire.MR}),
        (wire.instance(3), {0x0002: wire.VERIFICATION}),
        (replace(wire.instance(3), sop_class=wire.VERIFICATION), {}),
        (replace(wire.instance(3), sop_class=wire.VERIFICATION), {0x0002: wire.CT}),
    ],
)
cases.refused(
    "hostile_class",
    "names a SOP Class that is a path, a line or a text",
    {*NO_INSTANCE, *OTHER_CLASS},
    lambda: [
        (wire.instance(3), {0x0002: value}) for value in ("../../x", "CT Image", b"\x1b[2J", "1" * 65, wire.CT + "\\" + wire.MR)
    ],
)


@cases("has UIDs of 8,192, 60,000 and 10,000,000 characters in its command", "complete", kept=3)
def huge_in_the_command(talk):
    """No command set is that long: A-ABORT, and the next sender is served."""
    for element in (0x0002, 0x1000):
        for size in (8_192, 60_000, 10_000_000):
            with talk.story.sender().associate() as sender:
                with contextlib.suppress(EndedError):
                    sender.send(wire.p_data(1, wire.c_store("1", more={element: "1" * size}), command=True))
                assert sender.aborted()[0] == 0
    assert talk.send_instances(1, 2, 3) == [0, 0, 0]
    talk.end(completed=3)


@cases("proposes services that are not storage, of which each is told so, beside one that is", "complete", kept=3)
def not_storage(talk):
    """Abstract syntax not supported, 3 (PS3.8 9.3.3.2)."""
    contexts = [(2 * n + 1, each, (wire.EXPLICIT,)) for n, each in enumerate((wire.CT, *NOT_STORAGE))]
    with talk.story.sender().associate(contexts=contexts) as sender:
        assert {sender.contexts[number][0] for number, each, _ in contexts if each != wire.CT} == {3}
        assert [sender.store(wire.instance(n)) for n in (1, 2, 3)] == [0, 0, 0]
        sender.release()
    talk.end(completed=3)


@cases("proposes SOP Classes and transfer syntaxes that are no UIDs", "complete", kept=3)
def hostile_contexts(talk):
    """Rejected, or what comes over them is: a file would name them."""
    abstract = ("../../x", "", "CT Image Storage", "1" * 65, "\x1b[2J", "1.2\n3", "9" * 5000)
    syntaxes = ("../../x", "", "\x1b[2J", "1" * 65, "1.2\n3")
    contexts = [(2 * n + 3, each, (wire.EXPLICIT,)) for n, each in enumerate(abstract)]
    contexts += [(2 * n + 101, wire.CT, (each,)) for n, each in enumerate(syntaxes)]
    with talk.story.sender().associate(contexts=[(1, wire.CT, (wire.EXPLICIT,)), *contexts]) as sender:
        for number, each, _ in contexts:
            if sender.contexts[number][0] == 0:
                status = sender.store(wire.instance(9), context=number, fields={0x0002: each})
                assert status in {*NOT_KEPT, *OTHER_CLASS}, f"context {number} ({each!r}): {status:#06x}"
        assert [sender.store(wire.instance(n)) for n in (1, 2, 3)] == [0, 0, 0]
        sender.release()
    talk.end(completed=3)


@cases("says twice in one command which instance it is, and which class, each time otherwise", "partial", kept=2)
def commands_with_two_minds(talk):
    """Refused or aborted; whichever of the two the data set is."""
    talk.send_instances(1, 2)
    for command in (
        twice(0x1000, "1.2.3.1.3", "1.2.3.1.4"),
        twice(0x1000, "1.2.3.1.4", "1.2.3.1.3"),
        twice(0x0002, wire.CT, wire.MR),
        twice(0x0002, wire.MR, wire.CT),
    ):
        for number in (3, 4):
            with talk.story.sender().associate() as sender:
                sender.send(wire.p_data(1, command, command=True) + wire.p_data(1, wire.instance(number).data))
                sender.half_close()
                answers = sender.gone()
                status = b"\x00\x09\x02\x00\x00\x00\x00\x00"
                assert not any(kind == wire.P_DATA and status in body for kind, body in answers), "answered with success"
    talk.end(0xB000, completed=2, failed=1)


@cases("repeats an element of the command with the same value, as some toolkits do", "complete", "partial")
def stuttering_commands(talk):
    """There is no contradiction in it; taken, or refused."""
    with talk.story.sender().associate() as sender:
        sender.send(wire.p_data(1, twice(0x1000, "1.2.3.1.3", "1.2.3.1.3"), command=True) + wire.p_data(1, wire.instance(3).data))
        talk.story.sent.append(wire.instance(3))
        sender.half_close()
        sender.gone()
    talk.send_instances(1, 2, 3)
    talk.end(completed=3)


@cases("calls itself by paths, control characters and nothing", "complete", kept=3)
def hostile_titles(talk):
    """Its title is in the file and on the terminal."""
    titles = ("../../../../etc", "\x1b[2J\x1b[31mred", "a\r\nI: Released", "\0\0\0", "<script>", "'; DROP TABLE", "%s%n{0}")
    for title in titles:
        with talk.story.sender().associate(calling=title) as sender:
            assert [sender.store(wire.instance(n), fields={0x1030: title, 0x1031: 1}) for n in (1, 2, 3)] == [0, 0, 0]
            sender.release()
    talk.end(completed=3)


cases.kept(
    "hostile_everywhere",
    "has hostile patients, studies, series, modalities and numbers",
    lambda: [everywhere(value, number) for number, value in enumerate(HOSTILE, 10)],
    right=("partial",),
    api=("complete",),
)
LAYOUTS = {
    "uids": "{StudyInstanceUID}/{SeriesInstanceUID}/{SOPInstanceUID}",
    "texts": "{PatientID}/{Modality}/{InstanceNumber:05}.dcm",
    "one_place": "{PatientID}{Modality}",
    "deep": "/".join(["{PatientID}", "{StudyInstanceUID}"] * 4) + "/{instance}.dcm",
    "fixed": "all/the same.dcm",
}
for name, layout in LAYOUTS.items():
    cases.kept(
        f"layout_of_{name}",
        f"has hostile values where the layout is {layout}",
        lambda: [everywhere(value, number) for number, value in enumerate(HOSTILE, 10)],
        options={"layout": layout},
        subjects=("api",),
    )
cases.kept(
    "huge_numbers",
    "has numbers of absurd size where the layout pads them",
    lambda: [
        changed(wire.instance(f"1.2.3.1.{n}"), NUMBER, wire.element(NUMBER, "IS", value))
        for n, value in enumerate(
            ("9" * 10_000, "-" + "9" * 300, "1e400", "NaN", "+1", "0x10", "\uff11\uff12", "1\\2\\3", "", " ", "-0"), 10
        )
    ],
    options={"layout": "{InstanceNumber:99}/{InstanceNumber:05}.dcm"},
)
cases.kept(
    "letter_case_in_paths",
    "has patients that differ in letter case, accents or blanks only",
    lambda: [
        changed(wire.instance(f"1.2.3.1.{n}"), PATIENT, wire.element(PATIENT, "LO", value))
        for n, value in enumerate(("P1", "p1", "P1 ", " P1", "P1.", "É", "E\u0301", "é", "a/b", "a_b", "a\\b", "a+b"), 10)
    ],
    options={"layout": "{PatientID}/image"},
)
cases.refused(
    "two_studies_and_instances",
    "has two studies, and two SOP Instance UIDs in letter case that differs",
    CONTRADICTS,
    lambda: [
        changed(
            changed(wire.instance("1.2.3.x"), STUDY, wire.element(STUDY, "UI", "1.2.3"), wire.element(STUDY, "UI", "1.2.4")),
            0x00080018,
            wire.element(0x00080018, "UI", "1.2.3.X"),
            wire.element(0x00080018, "UI", "1.2.3.x"),
        )
    ],
)


@cases("has the expected instances in a study and a series of hostile names", "partial", api=("complete", "partial"), kept=3)
def expected_and_elsewhere(talk):
    """By their UIDs they are what was asked for; `movescu`, which asked for a study, counts strangers."""
    odd = [changed(wire.instance(n), STUDY, wire.element(STUDY, "UI", "../../x")) for n in (1, 2, 3)]
    assert delivered(talk, odd) == [0, 0, 0]
    talk.end(completed=3)


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_identifiers_elsewhere(case, subject, faults):
    """Nothing outside of the folder, nothing merged, nothing taken for what it is not."""
    assert faults(case, subject) == []
