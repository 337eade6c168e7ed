"""What a line of the tables of causes is, and the tests that it is made of: of the evidence, or of one C-MOVE. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..running.watch import Action
from .habits import STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .evidence import Answer, Evidence

    Clue = Callable[[Evidence], Iterable[str]]
    Test = Callable[[Evidence], object]
    OfAnswer = Callable[[Answer], object]

__all__ = [
    "AGAIN",
    "REGISTER",
    "RESOURCES",
    "UNKNOWN_DESTINATION",
    "Rule",
    "answered",
    "broke",
    "by_pynetdicom",
    "dropped",
    "elsewhere",
    "ended_by",
    "fewer",
    "gave_up",
    "generic",
    "heard",
    "is_local",
    "is_loopback_only",
    "level_refused",
    "named",
    "nothing_sent",
    "poisoned",
    "ran_out",
    "refused_with",
    "rejected",
    "short",
    "silent",
    "some",
    "unexplained",
]

UNKNOWN_DESTINATION, _IDENTIFIER = 0xA801, 0xA900
RESOURCES = (0xA701, 0xA702, 0x0213)
_PYNETDICOM = "1.2.826.0.1.3680043.9.3811."  # of the Implementation Class UIDs of all its releases
_SILENT = "silent"  # as both the watchdog and the association say it
AGAIN = "Run the same move again: it asks for what is missing only."
REGISTER = "Have the administrator check the entry of this move destination: AE title, host, port, and the firewall towards us."


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a table of causes: when the cause fits, and its words.

    Attributes
    ----------
    weight : int
        1 to 100; causes are ranked by it.
    name : str
        Of the cause.
    fits : callable
        The test of the evidence.
    why, next_step : str
        May hold ``{calling}``, ``{destination}``, ``{called}``, ``{tell_apart}`` (how to, where it can be), and the two
        sentences ``{status_why}``, ``{status_next}`` of the first failure status.
    clues : tuple of callable
        What says, line by line, what speaks for it.
    mail : bool
        Whether the administrator of the archive has to do something.
    """

    weight: int
    name: str
    fits: Test
    why: str
    next_step: str
    clues: tuple[Clue, ...] = ()
    mail: bool = False


def some(test: OfAnswer) -> Test:
    """One of the C-MOVEs that are not complete passes the test."""
    return lambda evidence: any(map(test, evidence.troubled))


def answered(*statuses: int) -> Test:
    """One of them ended with one of these statuses."""
    return some(lambda answer: answer.status in statuses)


def by_pynetdicom(evidence: Evidence) -> bool:
    """The archive is made with pynetdicom: its 0xA801 means that it does not know the destination, or cannot connect to it."""
    return evidence.implementation.startswith(_PYNETDICOM)


def ended_by(exception: str) -> Test:
    """One of them was ended by an exception of this name."""
    return some(lambda answer: answer.failure.startswith(exception))


def silent(test: OfAnswer) -> Test:
    """One of them passes the test, and nobody connected to us."""
    return lambda evidence: evidence.nobody_called and some(test)(evidence)


def heard(test: OfAnswer) -> Test:
    """One of them passes the test, and the way back works: somebody connected to us, and we let them in."""
    return lambda evidence: evidence.way_back_works and some(test)(evidence)


def elsewhere(test: OfAnswer) -> Test:
    """One of them passes the test, and its instances were to go to another system."""
    return lambda evidence: evidence.third_party and some(test)(evidence)


def rejected(text: str) -> Test:
    """We rejected an association for this reason."""
    return lambda evidence: any(one.rejected == text for one in evidence.suspects)


def refused_with(test: Callable[[int], object]) -> Test:
    """We answered an instance with a status that passes the test."""
    return lambda evidence: any(one.status is not None and test(one.status) for one in evidence.not_kept)


def gave_up(answer: Answer) -> bool:
    """Nothing came for too long, and we ended the association."""
    return answer.failure.startswith("AssociationLost") and _SILENT in answer.failure


def ran_out(answer: Answer) -> bool:
    """The time that the user gave for one C-MOVE was over, and we ended the association."""
    return answer.failure.startswith("AssociationLost") and Action.ABORT_TOTAL.value in answer.failure


def generic(answer: Answer) -> bool:
    """A failure status that names no cause by itself, and no sub-operation that was tried and failed."""
    return answer.refused and not answer.failed and answer.status not in (UNKNOWN_DESTINATION, _IDENTIFIER)


def named(answer: Answer) -> bool:
    """A failure status that says what it is, and that no other line of the table knows better."""
    return answer.status in STATUSES and answer.status not in RESOURCES


def unexplained(answer: Answer) -> bool:
    """A failure status 0xCxxx: unable to process, for whatever reason."""
    return answer.status is not None and 0xC000 <= answer.status <= 0xCFFF


def level_refused(answer: Answer) -> bool:
    """The archive did not take the Identifier of a level below STUDY."""
    return answer.status == _IDENTIFIER and answer.level in ("SERIES", "IMAGE")


def poisoned(evidence: Evidence) -> bool:
    """Objects were asked for alone and the archive failed each time, where it sent others."""
    return evidence.received > 0 and any(one.asked_alone and (one.refused or broke(one)) for one in evidence.troubled)


def broke(answer: Answer) -> bool:
    """The archive ended the association; we did not give up waiting for it."""
    return answer.failure.startswith("AssociationLost") and not (gave_up(answer) or ran_out(answer))


def short(answer: Answer) -> bool:
    """Fewer are here than were counted, or nothing was counted."""
    return answer.expected is None or answer.received < answer.expected


def dropped(answer: Answer) -> bool:
    """Something is missing, and the archive counts more as sent than are here."""
    return answer.went_through and short(answer) and (answer.reported or 0) > answer.received


def nothing_sent(answer: Answer) -> bool:
    """The archive is content, and neither sent anything nor failed to."""
    return answer.went_through and not (answer.reported or answer.failed or answer.received)


def fewer(answer: Answer) -> bool:
    """The archive is content, its counters agree with what came, and a C-FIND before the move had counted more."""
    lacking = answer.expected is not None and answer.received < answer.expected
    return answer.went_through and lacking and not (dropped(answer) or nothing_sent(answer) or answer.failed)


def is_local(evidence: Evidence) -> bool:
    """The archive is called at a loopback address."""
    return bool(evidence.archive_addresses) and all(a == "::1" or a.startswith("127.") for a in evidence.archive_addresses)


def is_loopback_only(evidence: Evidence) -> bool:
    """Our listener is open to this computer only, and the archive is another one."""
    return evidence.way_back.is_loopback and bool(evidence.archive_addresses) and not is_local(evidence)
