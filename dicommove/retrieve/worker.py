"""Runs the requests of one operation, one C-MOVE after the other, in one thread; a failing study never stops the next."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import AssociationError, AssociationLost, DicomMoveError
from ..net import HIGH, LOW, MEDIUM, move, new_message_id, open_association, release_message_id
from ..query import move_identifier
from ..terms import InformationModel, StatusCategory, status_category
from .outcome import Ending, request_outcome
from .watch import Action, Timeouts, Watchdog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..entities import Remote
    from ..net import Association, MoveResponse
    from ..store import Journal
    from .hours import Gate
    from .intake import Intake
    from .requests import Request
    from .tally import Tally

__all__ = ["Ended", "Worker"]

_PRIORITIES = {"low": LOW, "medium": MEDIUM, "high": HIGH}
_GIVE_UP_AFTER = 3
"""Associations in a row that could not be opened: the archive is gone, and the requests that are left end without being sent."""
_REFUSED_WAIT_S = 1.0
"""After a failure status with nothing received there is hardly anything to wait for."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How one request ended, with what a row of `MoveResult.requests` says of it."""

    request: Request
    ending: Ending
    outcome: str
    reason: str
    seconds: float | None = None


@dataclass
class Worker:
    """Everything that one operation needs to send its requests.

    Parameters
    ----------
    remote : Remote
        The archive.
    model : InformationModel
        Tried first; the other root is taken where it alone is accepted.
    destination : str
        Move Destination.
    priority : {"low", "medium", "high"}
        Of the C-MOVE (PS3.7 9.1.4.1.7).
    timeouts : Timeouts
    intake : Intake or None
        None when the instances go to a third party.
    tally : Tally
    journal : Journal
    operation : int
        Number of the operation in the journal.
    cancelling, urgent : threading.Event
        Set by the user's first and second request to stop.
    gate : Gate or None
        Waits before each C-MOVE that is sent; None never does.
    """

    remote: Remote
    model: InformationModel
    destination: str
    priority: str
    timeouts: Timeouts
    intake: Intake | None
    tally: Tally
    journal: Journal
    operation: int
    cancelling: threading.Event = field(default_factory=threading.Event)
    urgent: threading.Event = field(default_factory=threading.Event)
    gate: Gate | None = None
    cancel_worked: bool | None = None
    sent: int = 0
    unopened: list[AssociationError] = field(default_factory=list)

    def run(self, requests: tuple[Request, ...]) -> Iterator[Ended]:
        """Send the requests in order and yield how each ended.

        Raises
        ------
        AssociationError
            No request of the operation could be sent: the first one's failure.
        """
        for request in requests:
            if self.gate is not None and not (request.settled or self._gave_up):
                self.gate.pass_through()
            ended = self._one(request)
            self.journal.append("requests", self.operation, _facts(ended))
            self.tally.ended_request(ended)
            yield ended
            if self._gave_up and not self.sent:
                break
        if self.unopened and not self.sent and not self.cancelling.is_set():
            raise self.unopened[0]

    @property
    def _gave_up(self) -> bool:
        return len(self.unopened) >= _GIVE_UP_AFTER

    def _one(self, request: Request) -> Ended:
        began = self.tally.clock()
        final: MoveResponse | None = None
        failure: DicomMoveError | None = None
        if self._gave_up and not request.settled:
            failure = self.unopened[-1]
        elif not (self.cancelling.is_set() or request.settled):
            self.tally.began_request(f"{request.level} request {request.number}")
            try:
                final = self._exchange(request)
            except DicomMoveError as error:
                failure = error
            if not self.unopened:
                self._await_stragglers(request, final)
        return self._ended(request, final, failure, self.tally.clock() - began)

    def _exchange(self, request: Request) -> MoveResponse | None:
        """One association, one C-MOVE; the final response, or None when a cancel was answered by none."""
        message_id = new_message_id()
        try:
            with self._opened() as association:
                model = next(model for model in self._models() if association.accepted(model.move_uid))
                if self.intake is not None:
                    self.intake.running(request.number, message_id)
                self.sent += 1
                return self._converse(association, request, model, message_id)
        finally:
            release_message_id(message_id)

    def _opened(self) -> Association:
        """An association for one C-MOVE; failures in a row are remembered, so that a dead archive is not asked for ever."""
        try:
            association = open_association(self.remote, services=[(model.move_uid, None) for model in self._models()])
        except AssociationError as error:
            self.unopened.append(error)
            raise
        self.unopened.clear()
        return association

    def _models(self) -> tuple[InformationModel, ...]:
        return tuple(dict.fromkeys((self.model, InformationModel.STUDY_ROOT, InformationModel.PATIENT_ROOT)))

    def _converse(
        self, association: Association, request: Request, model: InformationModel, message_id: int
    ) -> MoveResponse | None:
        identifier = move_identifier(request.level, model, request.keys(model))
        last: MoveResponse | None = None
        dog = Watchdog(
            self.timeouts,
            self.tally,
            self.cancelling,
            self.urgent,
            cancel=lambda: association.cancel_move(message_id, model),
            abort=association.abort,
        )
        with dog:
            try:
                for response in move(
                    association,
                    identifier,
                    model,
                    destination=self.destination,
                    message_id=message_id,
                    priority=_PRIORITIES[self.priority],
                ):
                    last = response
                    self._responded(request, response)
            except AssociationLost as lost:
                self._lost(dog, lost)
                return None
        if dog.cancel_sent:
            self.cancel_worked = True
        return last

    def _responded(self, request: Request, response: MoveResponse) -> None:
        self.tally.responded(response)
        self.journal.append("responses", self.operation, _response_row(request.number, response))

    def _lost(self, dog: Watchdog, lost: AssociationLost) -> None:
        """Turn an abort of our own into what it was: the end of a cancel, or a silence."""
        if dog.verdict is Action.ABORT_GRACE:
            self.cancel_worked = False
            return
        if dog.verdict in (Action.ABORT_SILENCE, Action.ABORT_TOTAL):
            seconds = self.timeouts.silence if dog.verdict is Action.ABORT_SILENCE else self.timeouts.total
            raise AssociationLost(
                f"{dog.verdict.value} ({seconds:g} s) and the C-MOVE was aborted. Give silence= or total= more seconds if the "
                "archive has to fetch from slow storage.",
                peer=self.remote.address,
                reason="silent",
                responses=lost.responses,
            ) from lost
        raise lost

    def _await_stragglers(self, request: Request, final: MoveResponse | None) -> None:
        """Archives send after the final response: wait until the expectation is met, or nothing came for a while."""
        if self.intake is None or self.cancelling.is_set() or self._met(request, final):
            return
        self.tally.phase("stragglers")
        patience = self.timeouts.stragglers
        if _failed(final) and not self.tally.received_of(request.number):
            patience = min(patience, _REFUSED_WAIT_S)
        from_now = self.tally.clock()
        with self.tally.changed:
            while not (self._met(request, final) or self.cancelling.is_set()):
                quiet = min(self.tally.since_arrival_s, self.tally.clock() - from_now)
                if quiet >= patience:
                    return
                self.tally.changed.wait(min(0.1, patience - quiet))

    def _met(self, request: Request, final: MoveResponse | None) -> bool:
        assert self.intake is not None
        if request.expected_by in ("instances", "counts"):
            return self.intake.met(request)
        if final is None or final.completed is None:
            return False
        return self.tally.received_of(request.number) >= final.completed + (final.warning or 0)

    def _ended(self, request: Request, final: MoveResponse | None, failure: DicomMoveError | None, seconds: float) -> Ended:
        received = self.tally.received_of(request.number)
        missing = self.intake.missing(request) if self.intake is not None else None
        met = self.intake is not None and self.intake.met(request)
        ending = Ending(
            status=final.status if final else None,
            completed=final.completed if final else None,
            warning=final.warning if final else None,
            failed=final.failed if final else None,
            expected_by=request.expected_by,
            expected=request.expected,
            received=received,
            missing=missing,
            spoiled=self.intake.spoiled(request) if self.intake is not None else 0,
            refusal=self.intake.refusal(request) if self.intake is not None else None,
            cancelled=self.cancelling.is_set() and not met,
            failure=f"{type(failure).__name__}: {failure}" if failure else None,
            third_party=self.intake is None,
        )
        outcome, reason = request_outcome(ending)
        if request.settled:
            reason = "every expected SOP Instance was in the folder already: not asked for again"
        return Ended(request, ending, outcome, reason, round(seconds, 3))


def _response_row(request: int, response: MoveResponse) -> dict[str, object]:
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


def _failed(final: MoveResponse | None) -> bool:
    return final is not None and status_category(final.status) in (StatusCategory.FAILURE, StatusCategory.UNKNOWN)


def _facts(ended: Ended) -> dict[str, object]:
    """The row of the journal."""
    return {
        "request": ended.request.number,
        "Status": ended.ending.status,
        "received": ended.ending.received,
        "outcome": ended.outcome,
        "reason": ended.reason,
        "failure": ended.ending.failure,
        "seconds": ended.seconds,
    }
