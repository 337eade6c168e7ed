"""The C-MOVE itself: what is proposed, the responses one by one, and its end by C-CANCEL, timeout or loss."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pydicom.uid import UID

from ...errors import AssociationLost
from ...net import LOW, MoveOptionsInFull, move
from ...terms import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...net import Association, MoveResponse, Service
    from .identifier import Identifier
    from .interruption import Interruption
    from .options import Options
    from .transcript import Transcript

__all__ = ["TRANSFER_SYNTAXES", "ask", "services"]

TRANSFER_SYNTAXES = (
    IMPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
)
"""Proposed for each service, in this order."""
MESSAGE_ID = 1
GRACE_SECONDS = 2.0
"""How long the archive may take to obey C-CANCEL."""
UNCHANGED_TIMES = 10
"""How many times the DIMSE timeout may pass while the archive answers, and nothing changes: 300 s unless told otherwise."""
_LOOK_SECONDS = 0.1
_QUERY_RETRIEVE = "1.2.840.10008.5.1.4.1."
_PROPOSED = (
    "1.201.6",
    "2.1.1",
    "2.1.2",
    "2.1.3",
    "2.2.1",
    "2.2.2",
    "2.2.3",
    "2.3.1",
    "2.3.2",
    "2.3.3",
    "2.4.2",
    "2.4.3",
    "2.5.3",
)
_LOSSES = {
    "closed": ("Connection closed while waiting for DIMSE message", "Association Aborted (A-P-ABORT)"),
    "silent": ("DIMSE timeout reached while waiting for message response", "Aborting Association"),
}


def services(options: Options) -> list[Service]:
    """All Query/Retrieve services, of which one is used: what some archives have been configured for.

    Examples
    --------
    >>> from dicommove.cli.movescu.options import parse
    >>> len(services(parse(["pacs", "104", "-k", "PatientID=P1"])))
    13
    """
    asked = MoveOptionsInFull(options.relational_retrieval, options.enhanced_conversion)
    uids = [_QUERY_RETRIEVE + arc for arc in _PROPOSED]
    return [(uid, asked if uid == options.model.move_uid else None) for uid in uids]


def ask(
    association: Association,
    identifier: Identifier,
    options: Options,
    transcript: Transcript,
    interruption: Interruption,
    *,
    taken: Callable[[], int],
) -> MoveResponse | None:
    """Send the C-MOVE and hear its responses.

    Parameters
    ----------
    association : Association
    identifier : Identifier
    options : Options
    transcript : Transcript
    interruption : Interruption
        The first signal sends C-CANCEL and leaves the archive `GRACE_SECONDS` to obey; then the association is aborted.
    taken : callable
        Gives how many bytes our Storage SCP has taken.

    Returns
    -------
    MoveResponse or None
        The final response; None when the association was lost before it.

    Raises
    ------
    PresentationContextRejected
        The archive did not accept the service.
    Interrupted
        At the second signal.
    """
    model_uid = options.model.move_uid
    if association.accepted(model_uid):
        transcript.request(identifier.data_set, model_uid=model_uid, destination=options.move_aet, message_id=MESSAGE_ID)
    else:
        name = UID(model_uid).name
        transcript.error("No presentation context for '%s' has been accepted by the peer for the SCU role", name)
        association.release()
    with interruption.noted():
        try:
            return _responses(association, identifier, options, transcript, interruption, taken=taken)
        except AssociationLost as lost:
            _tell_loss(lost, transcript, interrupted=bool(interruption))
            return None


def _responses(
    association: Association,
    identifier: Identifier,
    options: Options,
    transcript: Transcript,
    interruption: Interruption,
    *,
    taken: Callable[[], int],
) -> MoveResponse | None:
    responses = move(
        association,
        identifier.encoded,
        options.model,
        destination=options.move_aet,
        message_id=MESSAGE_ID,
        priority=LOW,
        timeout=options.dimse_timeout,
    )
    stop = _Stop(association, transcript, interruption)
    patience = _Patience(options.dimse_timeout, taken)
    final, number = None, 0
    while not responses.ended:
        stop.look()
        final = responses.wait(_LOOK_SECONDS)
        if final is not None:
            number += 1
            transcript.response(
                final, number, model_uid=options.model.move_uid, message_id=MESSAGE_ID, context_id=responses.context_id
            )
        if patience.is_over(final) and not responses.ended:
            transcript.error("The archive answers, but for %g s nothing has changed and nothing has come", patience.seconds)
            transcript.info("Aborting Association")
            association.abort()
            return None
    return final


class _Patience:
    """Ends with an archive that answers for ever: when no response changes a counter, and nothing arrives."""

    def __init__(self, dimse_timeout: float | None, taken: Callable[[], int]) -> None:
        self.seconds = float("inf") if dimse_timeout is None else UNCHANGED_TIMES * dimse_timeout
        self._taken = taken
        self._counters: tuple[int | None, ...] = ()
        self._seen: tuple[object, int] = ((), 0)
        self._since = time.monotonic()

    def is_over(self, response: MoveResponse | None) -> bool:
        """Take note of a response, or of none, and say whether it is enough."""
        if response is not None:
            self._counters = (response.remaining, response.completed, response.failed, response.warning)
        now = (self._counters, self._taken())
        if now != self._seen:
            self._seen, self._since = now, time.monotonic()
        return time.monotonic() - self._since >= self.seconds


class _Stop:
    """Stops the archive after a signal: with C-CANCEL, and when the grace is over with A-ABORT."""

    def __init__(self, association: Association, transcript: Transcript, interruption: Interruption) -> None:
        self._association = association
        self._transcript = transcript
        self._interruption = interruption
        self._give_up_at: float | None = None

    def look(self) -> None:
        """Do what is due now."""
        if self._give_up_at is None and self._interruption:
            self._transcript.info("Sending C-CANCEL request")
            self._association.cancel(MESSAGE_ID)
            self._give_up_at = time.monotonic() + GRACE_SECONDS
        elif self._give_up_at is not None and time.monotonic() >= self._give_up_at:
            self._transcript.info("Aborting Association")
            self._association.abort()


def _tell_loss(lost: AssociationLost, transcript: Transcript, *, interrupted: bool) -> None:
    if lost.reason in _LOSSES:
        fault, end = _LOSSES[lost.reason]
        transcript.error(fault)
        transcript.info(end)
    elif not interrupted:
        transcript.info("Association Aborted")
