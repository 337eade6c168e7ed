"""Asks an archive again for what an operation did not bring: what is missing, in which requests, and what it comes to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from ...terms import Level
from ..accounting.outcome import Ending
from ..running.worker import Ended
from .requests import repeated, request_for, standing
from .rounds import Batch, Came, Verdict, batches, rounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..asking.expectation import ExpectedInstance
    from ..planning.requests import Request
    from ..running.intake import Intake
    from .asking import Asker
    from .memory import Refused

__all__ = ["TROUBLE", "Retry"]

_IDENTIFIER = 0xA900
TROUBLE = frozenset(("partial", "lost", "refused", "cancelled"))
"""Outcomes of requests that may bring more when they are sent again."""


@dataclass
class Retry:
    """Closes the gap of one operation, in the operation's own thread.

    Parameters
    ----------
    asker : Asker
        Sends the requests.
    intake : Intake
        Knows what is missing.
    refused : Refused
        What the archive refused in this process: it is not asked for again.
    """

    asker: Asker
    intake: Intake
    refused: Refused
    _attempts: list[Ended] = field(default_factory=list)
    _origins: dict[int, Request] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def run(self, ended: Sequence[Ended]) -> list[Ended]:
        """Ask for everything that is missing, until it is there, or asking on is of no use.

        Parameters
        ----------
        ended : sequence of Ended
            How the requests of the plan ended, and earlier attempts.

        Returns
        -------
        list of Ended
            One per C-MOVE that was sent, and one per object that was not asked for because the archive refused it before.
        """
        self._origins = {one.request.number: one.request for one in ended if one.request.origin is None}
        self._numbers = count(1 + max((one.request.number for one in ended), default=0))
        attempt = 1 + max((one.request.attempt for one in ended), default=1)
        self._learn(ended)
        if all(self._repeat(request, attempt) for request in self._unnamed(ended)):
            self._close_gap(attempt)
        return self._attempts

    def standing(self, ended: Sequence[Ended]) -> list[Ended]:
        """What each request of the plan has come to, with all attempts.

        Parameters
        ----------
        ended : sequence of Ended
            As for `run`, and what it returned.
        """
        later: dict[int | None, list[Ended]] = defaultdict(list)
        for one in ended:
            later[one.request.origin].append(one)
        whole = [standing(one, later[one.request.number], self._now(one.request)) for one in later[None]]
        if not self.asker.stopping:
            return whole
        said = "cancelled before it was complete"
        return [one if one.outcome == "complete" else replace(one, outcome="cancelled", reason=said) for one in whole]

    def _now(self, request: Request) -> dict[str, int | str | None]:
        return {
            "received": self.asker.worker.tally.received_of(request.number),
            "missing": self.intake.missing(request),
            "spoiled": self.intake.spoiled(request),
            "refusal": self.intake.refusal(request),
        }

    def _learn(self, ended: Iterable[Ended]) -> None:
        """An archive that refused a level at the first attempt is not asked at it."""
        for one in ended:
            if one.ending.status == _IDENTIFIER and one.request.level is not Level.STUDY:
                self.refused.level(one.request.level)

    def _unnamed(self, ended: Iterable[Ended]) -> list[Request]:
        """Requests that brought too little, and of which nobody says what is missing."""
        first = [one for one in ended if one.request.origin is None and one.outcome in TROUBLE]
        doubtful = [one.request for one in first if one.ending.expected_by != "instances"]
        named = self.intake.awaited.requests()
        return [one for one in doubtful if one.number not in named and not (one.expected and self.intake.met(one))]

    def _repeat(self, origin: Request, attempt: int) -> bool:
        """Ask for all of a request again, as long as that brings something; False when asking on is of no use."""
        received = partial(self.asker.worker.tally.received_of, origin.number)
        while True:
            asked = self.asker.ask(lambda number: repeated(origin, next(self._numbers), number), attempt, received)
            self._attempts += asked.ended
            if asked.verdict is Verdict.STOP:
                return False
            if not asked.brought or self.intake.met(origin):
                return True
            attempt = asked.attempt + 1

    def _close_gap(self, attempt: int) -> None:
        gap = [one for one in self.intake.awaited.missing() if one.request in self._origins and not self._known(one, attempt)]
        asking = rounds(gap, levels=self.refused.ladder(), attempt=attempt)
        batch = next(asking, None)
        while batch is not None:
            try:
                batch = asking.send(self._ask(batch))
            except StopIteration:
                batch = None

    def _ask(self, batch: Batch) -> Came:
        """Ask for one batch and say what came of it."""
        wanted = frozenset(one.uid for one in batch.wanted)
        asked = self.asker.ask(partial(self._request, batch, wanted), batch.attempt, lambda: -len(self._missing(wanted)))
        self._attempts += asked.ended
        missing = self._missing(wanted)
        if asked.verdict is Verdict.LEVEL_REFUSED:
            self.refused.level(batch.level)
        alone = len(wanted) == 1 and batch.level is Level.IMAGE
        # Where nobody reached us, it is not the object that failed: once that is mended it may come.
        if missing and alone and asked.verdict is Verdict.FAILED and self.intake.notes.reached:
            self.refused.instance(batch.wanted[0].uid, asked.ended[-1].reason)
        return Came(missing, asked.verdict, max(batch.attempt, asked.attempt))

    def _missing(self, uids: frozenset[str]) -> frozenset[str]:
        return self.intake.awaited.missing_of(uids)

    def _request(self, batch: Batch, wanted: frozenset[str], attempt: int) -> Request:
        """Make the request of a batch, and let the intake know of it before it is sent."""
        origin = self._origins[batch.wanted[0].request]
        request = request_for(replace(batch, attempt=attempt), origin, next(self._numbers))
        self.intake.ask_again(request, wanted)
        return request

    def _known(self, one: ExpectedInstance, attempt: int) -> bool:
        """Whether the archive refused an object before, which gets its row without being asked for."""
        reason = self.refused.why(one.uid)
        if reason is None:
            return False
        (batch,) = batches((one,), Level.IMAGE, attempt)
        request = self._request(batch, frozenset((one.uid,)), attempt)
        ending = Ending(expected_by="instances", expected=1, missing=1)
        ended = Ended(request, ending, "refused", f"not asked for again in this session (again=True does): {reason}")
        self._attempts.append(self.asker.worker.note(ended))
        return True
