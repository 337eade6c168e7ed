"""C-MOVE: ask the peer to send instances to a destination, and hear how it goes (PS3.4 C.4.2, PS3.7 9.1.4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from ..terms import StatusCategory, status_category
from .command import C_MOVE_RQ
from .elements import DataSetError
from .responses import MoveResponse
from .syntax import read_data_set

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydicom.dataset import Dataset

    from ..terms import InformationModel
    from .association import Association
    from .exchange import Exchange
    from .messages import Message

__all__ = ["HIGH", "LOW", "MEDIUM", "MoveResponses", "move"]

MEDIUM, HIGH, LOW = 0, 1, 2
"""Priorities (PS3.7 9.1.4.1.5); most archives do not look at them."""
_FAILED_SOP_INSTANCE_UID_LIST = 0x00080058


def move(
    association: Association,
    identifier: Dataset | Mapping[str, bytes],
    model: InformationModel,
    *,
    destination: str,
    message_id: int,
    priority: int = MEDIUM,
    timeout: float | None = None,
) -> MoveResponses:
    """Send C-MOVE now, and return an iterator over the responses, which ends after the final one.

    No timeout of its own unless given: a move may be silent for long while it works. Who watches it calls
    `Association.cancel_move` or `Association.abort` from another thread; the latter ends the iterator with `AssociationLost` at
    once. Who would rather watch it in the same thread takes the responses with `MoveResponses.wait`.

    Parameters
    ----------
    association : Association
        Opened with the model's MOVE among its services.
    identifier : Dataset or Mapping
        Level and unique keys (PS3.4 C.4.2.2.1), sent as it is; or encoded already, by transfer syntax.
    model : InformationModel
        Its MOVE SOP Class is used.
    destination : str
        AE title that the instances go to, as registered at the peer.
    message_id : int
        As taken from `new_message_id`; C-STORE sub-operations carry it.
    priority : int
        `MEDIUM`, `HIGH` or `LOW`.
    timeout : float or None
        Seconds that may pass without a response; the association is aborted then.

    Raises
    ------
    PresentationContextRejected
        The peer did not accept this service.
    AssociationLost
        From the iterator too: the association ended before the final response.

    Examples
    --------
    >>> from pydicom.dataset import Dataset
    >>> from dicommove.demo_archive import DemoArchive
    >>> from dicommove.entities import Remote
    >>> from dicommove.net import move, open_association
    >>> from dicommove.terms import InformationModel
    >>> model, wanted = InformationModel.STUDY_ROOT, Dataset()
    >>> wanted.QueryRetrieveLevel, wanted.StudyInstanceUID = "STUDY", "1.2.3"
    >>> with DemoArchive() as archive:
    ...     remote = Remote("127.0.0.1", archive.port, ae_title="DEMO")
    ...     with open_association(remote, services=[(model.move_uid, None)]) as association:
    ...         [response.meaning for response in move(association, wanted, model, destination="NOBODY", message_id=7)]
    ['Move destination unknown']
    """
    exchange = association.request(
        {"CommandField": C_MOVE_RQ, "MessageID": message_id, "Priority": priority, "MoveDestination": destination},
        abstract_syntax=model.move_uid,
        identifier=identifier,
        timeout=timeout,
    )
    return MoveResponses(exchange)


class MoveResponses:
    """The responses to one C-MOVE, in order; made by :func:`move`. An iterator, ended after the final response."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    @property
    def ended(self) -> bool:
        """Whether the final response has come, or the association has ended."""
        return self._exchange.ended

    @property
    def context_id(self) -> int:
        """Presentation Context ID that the request was sent on."""
        return self._exchange.context_id

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> MoveResponse:
        """Wait for the next response.

        Raises
        ------
        AssociationLost
            When the association ends first, or nothing comes in time.
        """
        return self._read(next(self._exchange))

    def wait(self, seconds: float) -> MoveResponse | None:
        """Take the next response if one comes within so many seconds; None when not.

        Raises
        ------
        AssociationLost
            When the association ends first, or nothing comes in time.
        """
        message = self._exchange.wait(seconds)
        return None if message is None else self._read(message)

    def _read(self, message: Message) -> MoveResponse:
        return MoveResponse.from_dataset(_Received(message, self._exchange.transfer_syntax), at=datetime.now(UTC))


class _Received:
    """The command set of a response, with the one attribute of its Identifier (PS3.4 C.4.2.1.4.2)."""

    def __init__(self, message: Message, transfer_syntax: str) -> None:
        self._command = message.command
        self._failed = _failed_list(message.data, transfer_syntax) if self._is_final else None

    @property
    def _is_final(self) -> bool:
        return status_category(self._command.number("Status") or 0) is not StatusCategory.PENDING

    def get(self, keyword: str, /) -> object:
        """Value of an attribute; None when it is absent."""
        return self._failed if keyword == "FailedSOPInstanceUIDList" else self._command.get(keyword)


def _failed_list(data: bytes, transfer_syntax: str) -> str | None:
    try:
        elements = read_data_set(data, transfer_syntax)
    except DataSetError as fault:
        elements = fault.elements
    return next((e.value.decode("latin-1") for e in elements if e.tag == _FAILED_SOP_INSTANCE_UID_LIST), None)
