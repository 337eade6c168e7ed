"""Sends one request until it is settled: waits for an archive that is away, and gives one that is busy time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import AssociationError
from ...terms import Level, StatusCategory
from .pace import PATIENCE_S, Pace, is_absent, is_busy, is_lost, left_text
from .rounds import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...errors import DicomMoveError
    from ..planning.requests import Request
    from ..running.worker import Ended, Run, Worker

__all__ = ["Asked", "Asker", "judged"]

_IDENTIFIER = 0xA900
_UNKNOWN_DESTINATION = 0xA801
_STEP_S = 1.0
"""A wait is told anew that often."""
_SILENT = "silent"
_MOST_SILENCES = 2
"""In a row: an archive that fetches from tape answers the second time."""
_LOST_TRIES = 2
"""An association may break by chance; an object over which it breaks twice is not asked for again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one request, with its repetitions.

    Attributes
    ----------
    ended : tuple of Ended
        One per C-MOVE that was sent; the last may be one that found no archive.
    verdict : Verdict
    brought : bool
        Whether something new came.
    """

    ended: tuple[Ended, ...]
    verdict: Verdict
    brought: bool = False

    @property
    def attempt(self) -> int:
        """Number of the last attempt."""
        return self.ended[-1].request.attempt if self.ended else 1


@dataclass
class Asker:
    """Sends requests that ask again, in the operation's thread.

    Parameters
    ----------
    worker : Worker
        Sends one request, and says how it ended.
    patience_s : float
        Seconds that an archive which cannot be reached is waited for, from the last time that it was; infinite for no end.
    pace : Pace
        Pauses between attempts.
    chance : callable
        Random numbers, 0 to 1.
    wait : callable, optional
        Wait so many seconds, or until the user asks to stop; injected, so that tests need no waiting.
    """

    worker: Worker
    patience_s: float = PATIENCE_S
    pace: Pace = field(default_factory=Pace)
    chance: Callable[[], float] = random.random
    wait: Callable[[float], object] | None = None
    _failures: int = 0
    _silences: int = 0
    _away: tuple[int, float | None] = (0, None)
    """How often in a row no archive was found, and since when."""

    @property
    def stopping(self) -> bool:
        """Whether the user asked to stop."""
        return self.worker.exchange.cancelling.is_set()

    def ask(self, make: Callable[[int], Request], attempt: int, received: Callable[[], int]) -> Asked:
        """Send a request; again, after a pause, while the archive says that it is busy, and once where the association was lost.

        Parameters
        ----------
        make : callable
            Makes the request of an attempt, by its number.
        attempt : int
            Number of the first.
        received : callable
            How many instances of it are there now.
        """
        ended: list[Ended] = []
        before = received()
        while True:
            run = self.reach(make(attempt))
            if run is None:
                return Asked(tuple(ended), Verdict.STOP)
            ended.append(self.worker.record(run))
            self.worker.tally.ended_request(ended[-1])
            verdict = self._counted(run, judged(run))
            brought = received() > before
            if brought:
                self._failures = 0
            again = not brought and self._once_more(verdict, ended)
            if again or (verdict is Verdict.LOST and self._failures <= self.pace.tries):
                self._pause("the archive is busy" if verdict is Verdict.BUSY else "the association was lost")
            if not again:
                return Asked(tuple(ended), verdict, brought)
            attempt += 1

    def _once_more(self, verdict: Verdict, ended: Sequence[Ended]) -> bool:
        """Whether the same is asked again; of what was lost, only what cannot be asked for in halves."""
        request = ended[-1].request
        lost = verdict is Verdict.LOST and len(request.instances or request.series) < 2 and len(ended) < _LOST_TRIES
        return lost or (verdict is Verdict.BUSY and self._failures < self.pace.tries)

    def reach(self, request: Request) -> Run | None:
        """Send a request as soon as an archive is there; None when the user asked to stop before.

        An attempt that finds no archive is none; the last one, when the patience is over, is returned.
        """
        worker = self.worker
        worker.tally.one_more_request()
        while not self.stopping:
            if worker.gate is not None:
                worker.gate.pass_through()
            if self.stopping:
                break
            run = worker.attempt(request)
            if not self._stays_away(run.failure):
                return run
        return None

    def patiently(self, action: Callable[[], object]) -> None:
        """Do something that needs the archive, as soon as it is there.

        Raises
        ------
        AssociationError
            Of the action: it was none of being away, the patience is over, or the user asked to stop.
        """
        while True:
            try:
                action()
            except AssociationError as error:
                if self.stopping or not self._stays_away(error):
                    raise
            else:
                self._away = (0, None)
                return

    def _stays_away(self, failure: DicomMoveError | None) -> bool:
        """Wait for an archive that is away, and say that it is to be tried again; not when the patience is over."""
        clock = self.worker.tally.clock
        times, since = self._away
        if not is_absent(failure):
            self._away = (0, None)
            return False
        since = clock() if since is None else since
        self._away = (times + 1, since)
        left_s = self.patience_s - (clock() - since)
        if left_s <= 0:
            return False
        seconds = min(left_s, self.pace.pause_s(times + 1, self.chance()))
        self._wait(seconds, lambda over_s: f"waiting for the archive, {left_text(left_s - over_s)}")
        return True

    def _pause(self, why: str) -> None:
        seconds = self.pace.pause_s(max(self._failures, 1), self.chance())
        self._wait(seconds, lambda over_s: f"{why}, asking again in {seconds - over_s:.0f} s")

    def _wait(self, seconds: float, phase: Callable[[float], str]) -> None:
        """Wait in steps, which tell how long is left; a request to stop ends it at once."""
        clock, wait = self.worker.tally.clock, self.wait or self.worker.exchange.cancelling.wait
        began = clock()
        while (over_s := clock() - began) < seconds and not self.stopping:
            self.worker.tally.phase(phase(over_s))
            wait(min(_STEP_S, seconds - over_s))

    def _counted(self, run: Run, verdict: Verdict) -> Verdict:
        """Count failures and silences in a row: what is silent for minutes again and again is left alone."""
        self._failures = self._failures + 1 if verdict in (Verdict.BUSY, Verdict.LOST) else 0
        silent = verdict is Verdict.LOST and getattr(run.failure, "reason", "") == _SILENT
        self._silences = self._silences + 1 if silent else 0
        return Verdict.STOP if self._silences >= _MOST_SILENCES else verdict


def judged(run: Run) -> Verdict:
    """Say what an archive made of a request that was sent."""
    if run.stopped:
        return Verdict.STOP
    if is_lost(run.failure):
        return Verdict.LOST
    if run.final is None or run.final.status == _UNKNOWN_DESTINATION:
        return Verdict.STOP
    if run.final.status == _IDENTIFIER and run.request.level is not Level.STUDY:
        return Verdict.LEVEL_REFUSED
    if is_busy(run.final.status):
        return Verdict.BUSY
    trouble = (StatusCategory.FAILURE, StatusCategory.UNKNOWN)
    return Verdict.FAILED if run.final.category in trouble else Verdict.ANSWERED
