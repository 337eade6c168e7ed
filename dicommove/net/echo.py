"""C-ECHO: does the peer answer (PS3.4 A, PS3.7 9.1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..terms import VERIFICATION
from .command import C_ECHO_RQ
from .message_id import new_message_id, release_message_id

if TYPE_CHECKING:
    from .association import Association

__all__ = ["echo"]


def echo(association: Association, *, timeout: float | None = None) -> int:
    """Send C-ECHO and return the status of the answer.

    Parameters
    ----------
    association : Association
        Opened with the Verification SOP Class among its services.
    timeout : float or None
        Seconds to wait; None takes the peer's ``dimse_timeout``.

    Returns
    -------
    int
        0x0000 is success.

    Raises
    ------
    PresentationContextRejected
        The peer did not accept Verification.
    AssociationLost
        No answer came.
    """
    message_id = new_message_id()
    try:
        exchange = association.request(
            {"CommandField": C_ECHO_RQ, "MessageID": message_id},
            abstract_syntax=VERIFICATION,
            timeout=timeout or association.remote.dimse_timeout,
        )
        return [message.command.number("Status") or 0 for message in exchange][-1]
    finally:
        release_message_id(message_id)
