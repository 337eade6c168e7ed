"""Asking again: a busy archive is given time, an absent one is waited for, and every wait hears a request to stop."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from dicommove.errors import AssociationLost, AssociationRejected, PeerUnreachable
from dicommove.net import MoveResponse
from dicommove.retrieve.accounting.outcome import Ending
from dicommove.retrieve.planning.requests import Request
from dicommove.retrieve.retrying.asking import Asker
from dicommove.retrieve.retrying.pace import Pace
from dicommove.retrieve.retrying.rounds import Verdict
from dicommove.retrieve.running.tally import Tally
from dicommove.retrieve.running.worker import Ended, Run
from dicommove.terms import Level

AWAY = PeerUnreachable("nothing listens")
FULL = AssociationRejected("no more associations now", result=2, source=3, reason=2)
UNKNOWN = AssociationRejected("calling AE title not recognized", result=1, source=1, reason=3)
CUT = AssociationLost("aborted", reason="aborted")
SILENT = AssociationLost("silent", reason="silent")


class Archive:
    """Stands for worker and archive: plays what it is given, and waiting moves its clock."""

    def __init__(self, *plays) -> None:
        self.plays = list(plays)
        self.now = 0.0
        self.waits: list[float] = []
        self.phases: list[str] = []
        self.attempts: list[int] = []
        self.brought = 0
        self.gate = None
        self.tally = Tally(requests_total=0, expected=None, clock=lambda: self.now)
        self.exchange = SimpleNamespace(cancelling=threading.Event())

    def attempt(self, request: Request) -> Run:
        """Play the next answer: a status, a status with something brought, or a failure."""
        self.attempts.append(request.attempt)
        play = self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]
        status, brought = play if isinstance(play, tuple) else (play, 0)
        self.brought += brought
        final = MoveResponse(status, datetime.now(UTC)) if isinstance(status, int) else None
        failure = None if isinstance(status, int) else status
        return Run(request, final, failure, 0.0, self.exchange.cancelling.is_set())

    def record(self, run: Run) -> Ended:
        """Make a row."""
        return Ended(run.request, Ending(), "refused", "")

    def wait(self, seconds: float) -> None:
        """Let the time pass."""
        self.waits.append(seconds)
        self.phases.append(self.tally.snapshot().phase)
        self.now += seconds


@pytest.fixture
def asked():
    """Ask an archive that plays these answers; its patience and what it does while it waits may be given."""

    def ask(*plays, patience=900.0, during=None):
        archive = Archive(*plays)

        def wait(seconds):
            archive.wait(seconds)
            if during is not None:
                during(archive)

        asker = Asker(archive, patience_s=patience, pace=Pace(), chance=lambda: 0.0, wait=wait)

        def make(attempt: int) -> Request:
            return Request(9, Level.IMAGE, "1.2", attempt=attempt, origin=1)

        return asker.ask(make, 2, lambda: archive.brought), archive

    return ask


@pytest.mark.parametrize("status", [0xA701, 0xA702, 0x0213])
def test_a_busy_archive_is_asked_again_after_growing_pauses(asked, status):
    """Each attempt is a row; the pauses double; what it brings in the end counts."""
    came, archive = asked(status, status, (0x0000, 3))
    assert came.verdict is Verdict.ANSWERED
    assert came.brought
    assert archive.attempts == [2, 3, 4] == [one.request.attempt for one in came.ended]
    assert sum(archive.waits) == 1 + 2


def test_an_archive_that_stays_busy_is_taken_at_its_word(asked):
    """After four answers in a row nothing is waited for any more."""
    came, archive = asked(0xA702)
    assert came.verdict is Verdict.BUSY
    assert archive.attempts == [2, 3, 4, 5]
    assert sum(archive.waits) == 1 + 2 + 4


@pytest.mark.parametrize("failure", [AWAY, FULL])
def test_an_archive_that_is_away_is_waited_for(asked, failure):
    """Attempts that find no archive are none: one row, one number, and the wait is shown with what is left."""
    came, archive = asked(failure, failure, failure, (0x0000, 1))
    assert came.brought
    assert len(came.ended) == 1
    assert set(archive.attempts) == {2}
    assert sum(archive.waits) == 1 + 2 + 4
    assert archive.phases[0] == "waiting for the archive, 15:00 left"
    assert archive.phases[-1].endswith("14:54 left")


def test_the_patience_has_an_end(asked):
    """An archive that stays away for longer ends it: a row says so, and nothing is asked any more."""
    came, archive = asked(AWAY, patience=100.0)
    assert came.verdict is Verdict.STOP
    assert len(came.ended) == 1
    assert sum(archive.waits) == pytest.approx(100.0)


def test_a_weekend_is_waited_for_without_a_flood(asked):
    """Twelve hours: the pauses grow to a minute, no further, so that there are some hundreds of attempts."""
    came, archive = asked(*[AWAY] * 700, (0x0000, 1), patience=12 * 3600.0)
    assert came.brought
    assert len(archive.attempts) == 701
    assert max(archive.waits) <= 1.0


@pytest.mark.parametrize("failure", [AWAY, 0xA702])
def test_a_request_to_stop_is_heard_while_waiting(asked, failure):
    """Cancel ends a wait at its next step."""
    came, archive = asked(failure, during=lambda archive: archive.exchange.cancelling.set())
    assert came.verdict is Verdict.STOP
    assert len(archive.waits) == 1


def test_a_lost_association_is_followed_by_a_pause(asked):
    """It was there and broke: what asks on decides what to ask, after a pause."""
    came, archive = asked((CUT, 2))
    assert came.verdict is Verdict.LOST
    assert came.brought
    assert sum(archive.waits) == 1


def test_what_cannot_be_halved_is_asked_for_once_more_when_the_association_was_lost(asked):
    """One object, or a whole study: a connection may break by chance, and the second attempt brings it."""
    came, archive = asked(CUT, (0x0000, 1))
    assert (came.verdict, came.brought) == (Verdict.ANSWERED, True)
    assert archive.attempts == [2, 3]
    assert archive.phases == ["the association was lost, asking again in 1 s"]


def test_an_object_over_which_the_association_breaks_twice_is_left(asked):
    """Then it is not chance any more."""
    came, archive = asked(CUT)
    assert came.verdict is Verdict.LOST
    assert archive.attempts == [2, 3]


def _of_two(attempt: int) -> Request:
    return Request(9, Level.IMAGE, "1.2", instances=("1.2.3.1", "1.2.3.2"), attempt=attempt, origin=1)


def test_silence_twice_in_a_row_ends_it():
    """Minutes of silence are not spent for each half of each batch."""
    archive = Archive(SILENT)
    asker = Asker(archive, chance=lambda: 0.0, wait=archive.wait)
    verdicts = [asker.ask(_of_two, 2, lambda: 0).verdict for _ in range(2)]
    assert verdicts == [Verdict.LOST, Verdict.STOP]
    assert archive.attempts == [2, 2]


@pytest.mark.parametrize(
    ("play", "verdict"),
    [
        (0x0000, Verdict.ANSWERED),
        (0xB000, Verdict.ANSWERED),
        (0xC000, Verdict.FAILED),
        (0xA900, Verdict.LEVEL_REFUSED),
        (0xA801, Verdict.STOP),
        (UNKNOWN, Verdict.STOP),
    ],
)
def test_what_the_archive_says_is_judged(asked, play, verdict):
    """Each answer has one meaning; none of these is waited for."""
    came, archive = asked(play)
    assert came.verdict is verdict
    assert archive.waits == []


def test_something_else_that_needs_the_archive_is_waited_for_too():
    """A search is repeated as long as the archive is away, and its other failures are raised."""
    archive = Archive(0x0000)
    asker = Asker(archive, patience_s=60, chance=lambda: 0.0, wait=archive.wait)
    plays = [AWAY, AWAY, None]

    def action() -> None:
        if (failure := plays.pop(0)) is not None:
            raise failure

    asker.patiently(action)
    assert sum(archive.waits) == 3
    plays[:] = [UNKNOWN]
    with pytest.raises(AssociationRejected):
        asker.patiently(action)
