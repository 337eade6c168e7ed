"""Runs the requests of one operation, one C-MOVE after the other, in one thread; a failing study never stops the next."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from ...errors import DicomMoveError
from ...terms import StatusCategory
from ..accounting.outcome import Ending, request_outcome
from ..resuming.recorded import request_facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...net import MoveResponse
    from ...store import Journal
    from ..planning.requests import Request
    from .exchange import Exchange
    from .hours import Gate
    from .intake import Intake
    from .tally import Tally

__all__ = ["Ended", "Run", "Worker", "response_row"]

_GIVE_UP_AFTER = 3
"""Associations in a row that could not be opened: the archive is gone, and the requests that are left end without being sent."""
_NOTHING_TO_WAIT_FOR = frozenset((0xA801, 0xA900))
"""Statuses after which no archive sends: it knows no destination, or did not understand the Identifier."""
_REFUSED_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How one request ended, with what a row of `MoveResult.requests` says of it."""

    request: Request
    ending: Ending
    outcome: str
    reason: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What was seen of one request while it ran; what arrived is asked of the intake, for it may still change.

    Attributes
    ----------
    request : Request
    final : MoveResponse or None
        The final response; None when there was none.
    failure : DicomMoveError or None
        What ended it instead.
    seconds : float
    stopped : bool
        The user had asked to stop.
    """

    request: Request
    final: MoveResponse | None
    failure: DicomMoveError | None
    seconds: float
    stopped: bool


@dataclass
class Worker:
    """Everything that one operation needs to send its requests.

    Parameters
    ----------
    exchange : Exchange
        Sends one request.
    intake : Intake or None
        None when the instances go to a third party.
    tally : Tally
    journal : Journal
    operation : int
        Number of the operation in the journal.
    gate : Gate or None
        Waits before each C-MOVE that is sent; None never does.
    """

    exchange: Exchange
    intake: Intake | None
    tally: Tally
    journal: Journal
    operation: int
    gate: Gate | None = None
    _runs: list[Run] = field(default_factory=list)

    def run(self, requests: Sequence[Request], *, patient: bool = False) -> list[Ended]:
        """Send the requests in order and say how each ended.

        Parameters
        ----------
        requests : sequence of Request
        patient : bool
            An archive that cannot be reached is asked again later: that is no reason to raise.

        Raises
        ------
        AssociationError
            No request of the operation could be sent: the first one's failure.
        """
        for request in requests:
            if self.gate is not None and not (request.settled or self._gave_up):
                self.gate.pass_through()
            run = self._one(request)
            self._runs.append(run)
            self.tally.ended_request(self._ended(run))
            if self._gave_up and not (self.exchange.sent or patient):
                break
        ended = list(self._settled())  # recorded before anything is raised: who opens the result again learns the reason
        if not patient:
            self.raise_unsent()
        return ended

    def raise_unsent(self) -> None:
        """Raise the first failure when no request of the operation could be sent.

        Raises
        ------
        AssociationError
            In one of its four forms.
        """
        if self.exchange.unopened and not self.exchange.sent and not self._stopping:
            raise self.exchange.unopened[0]

    def _settled(self) -> Iterator[Ended]:
        """How each ended, now that the last wait is over: instances of one may have come while a later one ran."""
        for run in self._runs:
            yield self.record(run)

    def record(self, run: Run) -> Ended:
        """Say how a request ended, in the journal too."""
        return self.note(self._ended(run))

    def note(self, ended: Ended) -> Ended:
        """Record how a request ended in the journal."""
        self.journal.append("requests", self.operation, _facts(ended))
        return ended

    @property
    def _gave_up(self) -> bool:
        return len(self.exchange.unopened) >= _GIVE_UP_AFTER

    @property
    def _stopping(self) -> bool:
        return self.exchange.cancelling.is_set()

    def _one(self, request: Request) -> Run:
        if self._gave_up and not request.settled:
            return Run(request, None, self.exchange.unopened[-1], 0.0, self._stopping)
        if self._stopping or request.settled:
            return Run(request, None, None, 0.0, self._stopping)
        return self.attempt(request)

    def attempt(self, request: Request) -> Run:
        """Send one request, and wait for what comes after its final response."""
        began = self.tally.clock()
        final: MoveResponse | None = None
        failure: DicomMoveError | None = None
        self.tally.began_request(f"{request.level} request {request.number}", request.number)
        try:
            final = self.exchange.send(request)
        except DicomMoveError as error:
            failure = error
        if not self.exchange.unopened:
            self._await_stragglers(request, final)
        if self.gate is not None:
            self.gate.leave()
        return Run(request, final, failure, self.tally.clock() - began, self._stopping)

    def _await_stragglers(self, request: Request, final: MoveResponse | None) -> None:
        """Archives send after the final response: wait until the expectation is met, or nothing came for a while."""
        if self.intake is None or self._stopping or self._met(request, final):
            return
        self.tally.phase("stragglers")
        patience = self.exchange.timeouts.stragglers
        if final is not None and _is_over(request, final) and not self._received(request):
            patience = min(patience, _REFUSED_WAIT_S)
        from_now = self.tally.clock()
        with self.tally.changed:
            while not (self._met(request, final) or self._stopping):
                quiet = min(self.tally.since_arrival_s, self.tally.clock() - from_now)
                if quiet >= patience:
                    return
                self.tally.changed.wait(min(0.1, patience - quiet))

    def _met(self, request: Request, final: MoveResponse | None) -> bool:
        """Whether everything is there: by UID, or by the archive's count, unless its final response speaks of more."""
        assert self.intake is not None
        if request.expected_by == "instances":
            return self.intake.met(request)
        reported = None if final is None or final.completed is None else final.completed + (final.warning or 0)
        received = self._received(request)
        if request.expected_by == "counts":
            return self.intake.met(request) and received >= (reported or 0)
        return reported is not None and received >= reported

    def _received(self, request: Request) -> int:
        """Distinct instances of it that are in the folder; of one that asks again, of what it was sent for."""
        if request.origin is None or request.expected_by != "instances":
            return self.tally.received_of(request.origin or request.number)
        missing = self.intake.missing(request) if self.intake is not None else None
        return (request.expected or 0) - (missing or 0)

    def _ended(self, run: Run) -> Ended:
        request, final = run.request, run.final
        ending = Ending(
            status=final.status if final else None,
            completed=final.completed if final else None,
            warning=final.warning if final else None,
            failed=final.failed if final else None,
            expected_by=request.expected_by,
            expected=request.expected,
            received=self._received(request),
            missing=self.intake.missing(request) if self.intake is not None else None,
            spoiled=self.intake.spoiled(request) if self.intake is not None else 0,
            refusal=self.intake.refusal(request) if self.intake is not None else None,
            cancelled=run.stopped and not (self.intake is not None and self.intake.met(request)),
            failure=f"{type(run.failure).__name__}: {run.failure}" if run.failure else None,
            third_party=self.intake is None,
        )
        outcome, reason = request_outcome(ending)
        if request.settled and outcome == "complete":
            reason = "every expected SOP Instance was in the folder already: not asked for again"
        return Ended(request, ending, outcome, reason, round(run.seconds, 3))


def _is_over(request: Request, final: MoveResponse) -> bool:
    """Whether nothing more is to be waited for: what is asked for again is asked for in many small pieces."""
    failed = request.origin is not None and final.category is StatusCategory.FAILURE
    return failed or final.status in _NOTHING_TO_WAIT_FOR


def response_row(request: int, response: MoveResponse) -> dict[str, object]:
    """The row of `MoveResult.progress`: what the peer reported, and nothing else."""
    return {
        "received_at": response.received_at.isoformat(),
        "request": request,
        "Status": response.status,
        "status_category": str(response.category),
        "status_meaning": response.meaning,
        "NumberOfRemainingSuboperations": response.remaining,
        "NumberOfCompletedSuboperations": response.completed,
        "NumberOfFailedSuboperations": response.failed,
        "NumberOfWarningSuboperations": response.warning,
        "ErrorComment": response.error_comment,
        "FailedSOPInstanceUIDList": "\\".join(response.failed_uids) or None,
    }


def _facts(ended: Ended) -> dict[str, object]:
    """The row of the journal: `recorded_ending` reads it again."""
    facts = asdict(ended.ending)
    return {
        "request": ended.request.number,
        "Status": facts.pop("status"),
        **facts,
        "outcome": ended.outcome,
        "reason": ended.reason,
        "seconds": ended.seconds,
        **({"asked": request_facts(ended.request)} if ended.request.origin is not None else {}),
    }
