"""C-MOVE: ask the peer to send instances to a destination, and hear how it goes (PS3.4 C.4.2, PS3.7 9.1.4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..terms import StatusCategory, status_category
from .command import C_MOVE_RQ
from .elements import DataSetError, read_elements
from .responses import MoveResponse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset

    from ..terms import InformationModel
    from .association import Association
    from .exchange import Exchange
    from .messages import Message

__all__ = ["HIGH", "LOW", "MEDIUM", "move"]

MEDIUM, HIGH, LOW = 0, 1, 2
"""Priorities (PS3.7 9.1.4.1.5); most archives do not look at them."""
_FAILED_SOP_INSTANCE_UID_LIST = 0x00080058


def move(
    association: Association,
    identifier: Dataset,
    model: InformationModel,
    *,
    destination: str,
    message_id: int,
    priority: int = MEDIUM,
) -> Iterator[MoveResponse]:
    """Send C-MOVE now, and return an iterator over the responses, which ends after the final one.

    No timeout of its own: a move may be silent for long while it works. Who watches it calls `Association.cancel_move` or
    `Association.abort` from another thread; the latter ends the iterator with `AssociationLost` at once.

    Parameters
    ----------
    association : Association
        Opened with the model's MOVE among its services.
    identifier : Dataset
        Level and unique keys (PS3.4 C.4.2.2.1); sent as it is.
    model : InformationModel
        Its MOVE SOP Class is used.
    destination : str
        AE title that the instances go to, as registered at the peer.
    message_id : int
        As taken from `new_message_id`; C-STORE sub-operations carry it.
    priority : int
        `MEDIUM`, `HIGH` or `LOW`.

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
        timeout=None,
    )
    return _responses(exchange)


def _responses(exchange: Exchange) -> Iterator[MoveResponse]:
    for message in exchange:
        yield MoveResponse.from_dataset(_Received(message, explicit=exchange.explicit), at=datetime.now(UTC))


class _Received:
    """The command set of a response, with the one attribute of its Identifier (PS3.4 C.4.2.1.4.2)."""

    def __init__(self, message: Message, *, explicit: bool) -> None:
        self._command = message.command
        self._failed = _failed_list(message.data, explicit=explicit) if self._is_final else None

    @property
    def _is_final(self) -> bool:
        return status_category(self._command.number("Status") or 0) is not StatusCategory.PENDING

    def get(self, keyword: str, /) -> object:
        """Value of an attribute; None when it is absent."""
        return self._failed if keyword == "FailedSOPInstanceUIDList" else self._command.get(keyword)


def _failed_list(data: bytes, *, explicit: bool) -> str | None:
    try:
        elements = read_elements(data, explicit=explicit)
    except DataSetError as fault:
        elements = fault.elements
    return next((e.value.decode("latin-1") for e in elements if e.tag == _FAILED_SOP_INSTANCE_UID_LIST), None)
