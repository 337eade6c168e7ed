"""An archive that lies when it is asked what it has: no expectation is made of a contradiction, and none is called complete."""

from __future__ import annotations

import pytest

from . import wire
from .cases import Cases

cases = Cases()
ASKS = ("api",)
LEVEL, PATIENT, STUDY, SERIES, INSTANCE, OF_STUDY, OF_SERIES = (
    *(0x00080052, 0x00100020, 0x0020000D, 0x0020000E, 0x00080018),
    *(0x00201208, 0x00201209),
)


def level(identifier):
    """What level is asked at."""
    return next(name for name in ("STUDY", "SERIES", "IMAGE") if name.encode() in identifier)


def match(of, **other):
    """An answer of a level, honest but for what is given: by name, None leaves it out."""
    found = {LEVEL: of, PATIENT: "P1", STUDY: wire.STUDY, OF_STUDY: "3"}
    if of != "STUDY":
        found |= {SERIES: wire.SERIES, OF_SERIES: "3"}
    if of == "IMAGE":
        found |= {INSTANCE: f"{wire.SERIES}.1"}
    names = {"level": LEVEL, "study": STUDY, "series": SERIES, "instance": INSTANCE, "of_study": OF_STUDY, "of_series": OF_SERIES}
    found |= {names[name]: value for name, value in other.items()}
    return wire.implicit({tag: value for tag, value in found.items() if value is not None})


def lies_at(of, *answers, status=0x0000, moved=(1, 2, 3)):
    """A case that answers so at one level and honestly at the others, and moves what it is told to."""

    def finding(talk, identifier, honest):
        lie = level(identifier) == of
        talk.found(list(answers) if lie else honest, status if lie else 0x0000)

    def script(talk):
        talk.send_instances(*moved)
        talk.end(completed=len(moved))

    return {"finding": finding, "subjects": ASKS}, script


def add(name, sentence, *right, of, answers=(), status=0x0000, moved=(1, 2, 3), kept=3):
    """A case of `lies_at` under a name."""
    how, script = lies_at(of, *answers, status=status, moved=moved)
    script.__name__ = name
    cases(sentence, *right, kept=kept, **how)(script)


UNKNOWN = ("complete", "unverified")
add(
    "study_without_a_uid",
    "answers without the UID that it was asked for",
    *UNKNOWN,
    of="STUDY",
    answers=[match("STUDY", study=None)],
)
add(
    "another_study",
    "answers with another study",
    *UNKNOWN,
    "no_match",
    of="STUDY",
    answers=[match("STUDY", study="9.8.7")],
    kept=None,
)
add("study_twice", "answers the study twice", "complete", of="STUDY", answers=[match("STUDY")] * 2)
add("two_counts", "answers the study twice, with other counts", *UNKNOWN, "partial", of="STUDY",
    answers=[match("STUDY"), match("STUDY", of_study="7")])  # fmt: skip
add("no_instances", "counts 0 instances in the study", *UNKNOWN, of="STUDY", answers=[match("STUDY", of_study="0")])
add("too_many_counted", "counts 4 where it names and has 3", "partial", of="STUDY", answers=[match("STUDY", of_study="4")])
add("too_few_counted", "counts 2 where it names and has 3", "unverified", of="STUDY", answers=[match("STUDY", of_study="2")])
add("counts_of_text", "counts in words", *UNKNOWN, of="STUDY", answers=[match("STUDY", of_study="-3 or so")])
add("count_of_30_digits", "counts with thirty digits", "partial", "StoreError", of="STUDY",
    answers=[match("STUDY", of_study="9" * 30)], kept=None)  # fmt: skip
add("count_of_a_million", "counts a million", "partial", "StoreError", "MoveTooLarge", of="STUDY",
    answers=[match("STUDY", of_study="1000000")], kept=None)  # fmt: skip
add("wrong_level", "answers at another level than it was asked at", *UNKNOWN, of="STUDY", answers=[match("IMAGE")])
add("find_fails", "fails at every question about the study", *UNKNOWN, of="STUDY", status=0xC000)
add("find_warns", "ends its answers with a warning", *UNKNOWN, of="STUDY", answers=[match("STUDY")], status=0xB000)
add("find_unknown", "ends its answers with an unknown status", *UNKNOWN, of="STUDY", answers=[match("STUDY")], status=0x1234)
add("says_no_study", "has no such study, and sends it all the same", "no_match", of="STUDY", kept=0)
add(
    "series_of_another", "answers with a series of another study", *UNKNOWN, of="SERIES", answers=[match("SERIES", study="9.8.7")]
)
add("series_without_uid", "answers with a series without a UID", *UNKNOWN, of="SERIES", answers=[match("SERIES", series=None)])
add("image_without_uid", "answers with instances without UIDs", *UNKNOWN,
    of="IMAGE", answers=[match("IMAGE", instance=None)] * 3)  # fmt: skip
add(
    "one_image_thrice",
    "answers one instance three times",
    "partial",
    of="IMAGE",
    answers=[match("IMAGE")] * 3,
    moved=(1,),
    kept=1,
)
add("foreign_images", "answers with instances of another series", *UNKNOWN, of="IMAGE",
    answers=[match("IMAGE", series="9.8.7.1", instance=f"9.8.7.1.{n}") for n in (1, 2, 3)])  # fmt: skip
add("hostile_images", "answers with instances whose UIDs are paths", *UNKNOWN, of="IMAGE",
    answers=[match("IMAGE", instance=uid) for uid in ("../../x", "\x1b[2J", "<b>")])  # fmt: skip
add("other_images", "names three instances and sends three others", "partial", of="IMAGE",
    answers=[match("IMAGE", instance=f"{wire.SERIES}.{n}") for n in (7, 8, 9)])  # fmt: skip
add("twenty_thousand", "names 20,000 instances where it counts 3", *UNKNOWN, of="IMAGE",
    answers=[match("IMAGE", instance=f"{wire.SERIES}.{n}") for n in range(1, 20_001)])  # fmt: skip
add(
    "random_answers",
    "answers with random bytes",
    *UNKNOWN,
    of="STUDY",
    answers=[bytes((n * 89 + 7) % 256 for n in range(999))] * 5,
)


def _aborts(talk, identifier, honest):
    """In the middle of its answers."""
    del identifier
    talk.answer(0xFF00, data=honest[0])
    talk.send(wire.abort(0, 0))


@cases("aborts in the middle of its answers", "AssociationLost", subjects=ASKS, finding=_aborts, kept=0)
def aborts_a_find(talk):
    """Nothing is moved."""
    raise AssertionError(f"was asked to move: {talk.request}")


@pytest.mark.filterwarnings("ignore::dicommove.errors.DicomMoveWarning")
@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_answers_that_lie(case, subject, faults):
    """Not one of them makes a wrong outcome."""
    assert faults(case, subject) == []
