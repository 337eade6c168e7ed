"""One C-MOVE over an association of its own: opened, sent, watched, cancelled; what comes of it is handed on as it comes."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import AssociationError, AssociationLost, DicomMoveError
from ...exhaustion import spent, started
from ...net import HIGH, LOW, MEDIUM, move, new_message_id, open_association, release_message_id, unreachable
from ...query import move_identifier
from ...terms import InformationModel
from .watch import Action, Timeouts, Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...entities import Remote
    from ...net import Association, MoveResponse
    from ..planning.requests import Request
    from .tally import Tally

__all__ = ["Exchange", "Sent"]

_PRIORITIES = {"low": LOW, "medium": MEDIUM, "high": HIGH}
_STEP_S = 0.05
_CANCELLED = 0xFE00


@dataclass(frozen=True, slots=True)
class Sent:
    """What is known of a C-MOVE just before it is sent.

    Attributes
    ----------
    request : int
        Number of the request.
    message_id : int
    model : InformationModel
        The one that the archive has accepted.
    implementation : tuple of str
        Implementation Class UID and Version Name of the archive (PS3.7 D.3.3.2); empty where it gave none.
    """

    request: int
    message_id: int
    model: InformationModel
    implementation: tuple[str, str] = ("", "")


@dataclass
class Exchange:
    """Sends requests to one archive, one after the other.

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
    tally : Tally
    cancelling, urgent : threading.Event
        Set by the user's first and second request to stop.
    on_running : callable
        Called with what is `Sent`, just before it is.
    on_response : callable
        Called with (number of the request, response).
    """

    remote: Remote
    model: InformationModel
    destination: str
    priority: str
    timeouts: Timeouts
    tally: Tally
    cancelling: threading.Event
    urgent: threading.Event
    on_running: Callable[[Sent], None]
    on_response: Callable[[int, MoveResponse], None]
    sent: int = 0
    obeyed: bool | None = None
    """After a cancel: whether the archive obeyed C-CANCEL; None when it was not sent, or the C-MOVE ended by itself."""
    unopened: list[AssociationError] = field(default_factory=list)
    """Associations in a row that could not be opened."""

    def send(self, request: Request) -> MoveResponse | None:
        """Send one request and take its responses; the final one, or None when a cancel was answered by none.

        Raises
        ------
        AssociationError
            In one of its four forms.
        QueryError
            The archive accepts only a model for which a unique key is missing.
        """
        message_id = new_message_id()
        try:
            association = self._opened()
            if association is None:
                return None
            with association:
                model = next(model for model in self._models() if association.accepted(model.move_uid))
                self.on_running(Sent(request.number, message_id, model, association.implementation))
                self.sent += 1
                return self._converse(association, request, model, message_id)
        except OSError as error:
            if not isinstance(error, DicomMoveError) and spent(error):  # the watchdog: without it nothing is sent
                raise unreachable(self.remote, error) from error
            raise
        finally:
            release_message_id(message_id)

    def _opened(self) -> Association | None:
        """An association, or None when the user asked to stop meanwhile; opened in a thread of its own, so that this is heard."""
        opening: Future[Association] = Future()
        thread = threading.Thread(target=_open, args=(self.remote, self._models(), opening), name="dicommove-open", daemon=True)
        try:
            started(thread)
        except OSError as error:
            opening.set_exception(unreachable(self.remote, error))
        while not wait([opening], _STEP_S).done:
            if self.cancelling.is_set():
                opening.add_done_callback(_abort_late)
                return None
        try:
            association = opening.result()
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
        priority = _PRIORITIES[self.priority]
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
                for last in move(
                    association, identifier, model, destination=self.destination, message_id=message_id, priority=priority
                ):
                    self.on_response(request.number, last)
            except AssociationLost as lost:
                self._lost(dog, lost)
                return None
        if dog.cancel_sent and last is not None and last.status == _CANCELLED:
            self.obeyed = True
        return last

    def _lost(self, dog: Watchdog, lost: AssociationLost) -> None:
        """Turn an abort of our own into what it was: the end of a cancel, or a silence."""
        if dog.verdict is Action.ABORT_GRACE:
            self.obeyed = False
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


def _open(remote: Remote, models: tuple[InformationModel, ...], opening: Future[Association]) -> None:
    try:
        association = open_association(remote, services=[(model.move_uid, None) for model in models])
    except BaseException as error:  # noqa: BLE001 - raised where it is waited for
        opening.set_exception(error)
    else:
        opening.set_result(association)


def _abort_late(opening: Future[Association]) -> None:
    """Nobody waits for it any more."""
    if opening.exception() is None:
        opening.result().abort()
