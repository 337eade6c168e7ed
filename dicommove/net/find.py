"""C-FIND: ask the peer what it has (PS3.4 C.4.1, PS3.7 9.1.2)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..terms import StatusCategory, status_category, status_meaning
from .command import C_FIND_RQ
from .exchange import TICK_SECONDS
from .matches import Match, read_match
from .message_id import new_message_id, release_message_id
from .responses import comment_of

if TYPE_CHECKING:
    from threading import Event

    from pydicom.dataset import Dataset

    from ..terms import InformationModel
    from .association import Association
    from .exchange import Exchange
    from .messages import Message

__all__ = ["CANCEL_SECONDS", "LARGEST_ANSWER", "MOST_MATCHES", "MOST_VALUES", "FindAnswer", "find"]

CANCEL_SECONDS = 10.0
"""How long the peer may take to obey C-CANCEL before the association is aborted."""
MOST_MATCHES = 200_000
"""Matches of one C-FIND that are kept, for an archive may answer for ever: as many studies as a large hospital has in a year."""
LARGEST_ANSWER = 128 << 20
"""Bytes of all matches of one C-FIND, as they came: as rows they take several times as much."""
MOST_VALUES = 5_000_000
"""Values of all matches of one C-FIND that are kept: one takes some 150 bytes of memory, however few came over the wire."""
_PENDING_WITH_WARNING = 0xFF01
_CANCELLED = 0xFE00


CancelledBy = Literal["max_matches", "event", "limit"]


@dataclass(frozen=True, slots=True)
class FindAnswer:
    """What a peer answered to one C-FIND.

    Attributes
    ----------
    matches : tuple of Match
        One row per match, in the order of the answers.
    status : int
        The final status.
    comment : str or None
        Error Comment of the final response.
    pending_warnings : bool
        Whether a match came with 0xFF01: the peer did not support, or ignored, an optional key (PS3.4 C.4.1.1.4).
    cancelled_by : {"max_matches", "event", "limit", None}
        What made us send C-CANCEL: there were more matches than wanted, the event was set, or they were more than we keep.
    unreadable : int
        How many matches could be read in part only, or not at all.

    Examples
    --------
    >>> FindAnswer(({"PatientID": "P1"},), 0x0000).meaning
    'Matching is complete'
    """

    matches: tuple[Match, ...]
    status: int
    comment: str | None = None
    pending_warnings: bool = False
    cancelled_by: CancelledBy | None = None
    unreadable: int = 0

    @property
    def category(self) -> StatusCategory:
        """What the status says in one word."""
        return status_category(self.status)

    @property
    def meaning(self) -> str:
        """What the status says in words (PS3.4 C.4.1.1.4)."""
        return status_meaning(self.status, "C-FIND")


def find(
    association: Association,
    identifier: Dataset,
    model: InformationModel,
    *,
    max_matches: int | None = None,
    cancel: Event | None = None,
    timeout: float | None = None,
) -> FindAnswer:
    """Send one C-FIND and collect the matches.

    Parameters
    ----------
    association : Association
        Opened with the model's FIND among its services.
    identifier : Dataset
        Level, keys and return keys; sent as it is.
    model : InformationModel
        Its FIND SOP Class is used.
    max_matches : int or None
        With one match more than this, C-CANCEL is sent and what is beyond is dropped; None takes all, up to `MOST_MATCHES`.
    cancel : Event or None
        When it is set, C-CANCEL is sent.
    timeout : float or None
        Seconds that may pass without a response; None takes the peer's ``dimse_timeout``.

    Raises
    ------
    PresentationContextRejected
        The peer did not accept this service.
    AssociationLost
        The association ended, or the peer fell silent, before the final response.

    Examples
    --------
    >>> from pydicom.dataset import Dataset
    >>> from dicommove.demo_archive import DemoArchive
    >>> from dicommove.entities import Remote
    >>> from dicommove.net import find, open_association
    >>> from dicommove.terms import InformationModel
    >>> model, wanted = InformationModel.STUDY_ROOT, Dataset()
    >>> wanted.QueryRetrieveLevel, wanted.PatientID, wanted.PatientName = "STUDY", "000123", ""
    >>> with DemoArchive() as archive:
    ...     remote = Remote("127.0.0.1", archive.port, ae_title="DEMO")
    ...     with open_association(remote, services=[(model.find_uid, None)]) as association:
    ...         find(association, wanted, model).matches[0]["PatientName"]
    'MEIER^ANNA'
    """
    message_id = new_message_id()
    try:
        exchange = association.request(
            {"CommandField": C_FIND_RQ, "MessageID": message_id, "Priority": 0},
            abstract_syntax=model.find_uid,
            identifier=identifier,
            timeout=timeout or association.remote.dimse_timeout,
        )
        return _Collector(association, exchange, max_matches, cancel).collect()
    except KeyboardInterrupt:  # who asked is leaving: the archive need not search on
        association.cancel(message_id)
        raise
    finally:
        release_message_id(message_id)


class _Collector:
    """The state of one C-FIND while its answers come in."""

    def __init__(self, association: Association, exchange: Exchange, max_matches: int | None, cancel: Event | None) -> None:
        self.association = association
        self.exchange = exchange
        self.max_matches = max_matches
        self.cancel = cancel
        self.matches: list[Match] = []
        self.pending_warnings = False
        self.unreadable = 0
        self.cancelled_by: CancelledBy | None = None
        self.size_bytes = 0
        self.values = 0
        self.give_up_at = float("inf")

    def collect(self) -> FindAnswer:
        """Take responses until the final one, or until the peer had its time to obey a C-CANCEL."""
        status, comment = _CANCELLED, None
        while not self.exchange.ended:
            self._look_whether_to_cancel()
            if time.monotonic() > self.give_up_at:
                self.association.abort()  # the only way to stop a peer that does not obey; what was asked for is there
                break
            message = self._next()
            if message is not None and self.exchange.ended:
                status, comment = message.command.number("Status") or 0, comment_of(message.command)
            elif message is not None:
                self._take(message)
        return FindAnswer(tuple(self.matches), status, comment, self.pending_warnings, self.cancelled_by, self.unreadable)

    def _next(self) -> Message | None:
        if self.cancel is None and self.cancelled_by is None:
            return next(self.exchange)
        return self.exchange.wait(TICK_SECONDS)

    def _look_whether_to_cancel(self) -> None:
        if self.cancel is not None and self.cancel.is_set():
            self._send_cancel("event")

    def _send_cancel(self, why: CancelledBy) -> None:
        if self.cancelled_by is None:
            self.cancelled_by = why
            self.give_up_at = time.monotonic() + CANCEL_SECONDS
            self.association.cancel(self.exchange.message_id)

    def _take(self, message: Message) -> None:
        if self.cancelled_by is not None:
            return
        if self.max_matches is not None and len(self.matches) >= self.max_matches:
            self._send_cancel("max_matches")
            return
        self.size_bytes += len(message.data)
        if len(self.matches) >= MOST_MATCHES or self.size_bytes > LARGEST_ANSWER or self.values > MOST_VALUES:
            self._send_cancel("limit")
            return
        self.pending_warnings |= message.command.number("Status") == _PENDING_WITH_WARNING
        match, whole = read_match(message.data, explicit=self.exchange.explicit)
        self.unreadable += not whole
        self.values += len(match)
        self.matches.append(match)
