"""Opening an association: connection, negotiation, and which of the four failures it was (PS3.8 7.1)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal

from ..exhaustion import spent
from . import failures, quiet
from .association import Association
from .connecting import connect
from .negotiation import IDENTIFIER_SYNTAXES, Service, propose, refusals
from .wire import Connection

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from ..entities import Remote

__all__ = ["associate", "open_association"]

_LOGGER = logging.getLogger(__name__)


def open_association(
    remote: Remote,
    *,
    services: Sequence[Service],
    require: Literal["any", "all"] = "any",
    transfer_syntaxes: Sequence[str] = IDENTIFIER_SYNTAXES,
) -> Association:
    """Associate with a peer.

    Parameters
    ----------
    remote : Remote
        The peer; its ``connect_timeout`` and ``acse_timeout`` (seconds) end the wait.
    services : sequence of (str, Options or None)
        Abstract syntax UIDs, each with the extended negotiation to propose (`FindOptions`, `MoveOptions`, or None).
    require : {"any", "all"}
        Whether one accepted service is enough. One that was not accepted fails when it is used.
    transfer_syntaxes : sequence of str
        Of the four native ones, what is proposed for each service, best first.

    Returns
    -------
    Association
        To be used as a context manager: released at the end, aborted when the block raises.

    Raises
    ------
    PeerUnreachable
        No TCP or TLS connection.
    AssociationRejected
        The peer answered with A-ASSOCIATE-RJ.
    PresentationContextRejected
        Associated, but without the services.
    AssociationLost
        The peer aborted, closed or fell silent before it answered.
    EntityError
        When a TLS file or a passcode cannot be had.

    Examples
    --------
    >>> from dicommove.demo_archive import DemoArchive
    >>> from dicommove.entities import Remote
    >>> from dicommove.net import echo, open_association
    >>> from dicommove.terms import VERIFICATION
    >>> with DemoArchive() as archive:
    ...     remote = Remote("127.0.0.1", archive.port, ae_title="DEMO")
    ...     with open_association(remote, services=[(VERIFICATION, None)]) as association:
    ...         association.accepted(VERIFICATION), echo(association)
    (True, 0)
    """
    try:
        connected = connect(remote)
    except OSError as error:
        raise failures.unreachable(remote, error) from error
    return associate(remote, connected, services=services, require=require, transfer_syntaxes=transfer_syntaxes)


def associate(
    remote: Remote,
    connected: socket.socket,
    *,
    services: Sequence[Service],
    require: Literal["any", "all"] = "any",
    transfer_syntaxes: Sequence[str] = IDENTIFIER_SYNTAXES,
) -> Association:
    """Associate over a connection that is there; parameters and exceptions as of `open_association`."""
    quiet.install()
    with quiet.ours():
        try:
            connection = Connection(remote, connected)
        except OSError as error:  # gone again already: with TLS 1.3 who is not content with our certificate says so only now
            connected.close()
            raise (failures.unreachable(remote, error) if spent(error) else failures.lost(remote, "closed")) from error
        return _associated(remote, connection, services, require, transfer_syntaxes)


def _associated(
    remote: Remote,
    connection: Connection,
    services: Sequence[Service],
    require: Literal["any", "all"],
    transfer_syntaxes: Sequence[str],
) -> Association:
    try:
        propose(connection.requestor, services, remote.identity, transfer_syntaxes)
        connection.hurry(remote.acse_timeout)
        connection.requestor.request()
        connection.hurry(None)
        _check(remote, connection, require)
    except BaseException as error:  # Ctrl-C too must leave neither a thread nor a connection behind
        connection.abort()
        if isinstance(error, OSError) and spent(error):
            raise failures.unreachable(remote, error) from error
        raise
    _LOGGER.debug("associated with %s", remote.address)
    return Association(remote, connection)


def _check(remote: Remote, connection: Connection, require: Literal["any", "all"]) -> None:
    if not connection.requestor.is_established:
        raise _refusal(remote, connection)
    refused = refusals(connection.requestor)
    if refused and require == "all":
        raise failures.not_accepted(remote, refused)


def _refusal(remote: Remote, connection: Connection) -> Exception:
    """Which of the four it is, once the peer has not established the association."""
    if connection.rejection is not None:
        result, source, reason = connection.rejection
        return failures.rejected(remote, result=result, source=source, reason=reason)
    answer = connection.answer
    if answer is not None and (refused := refusals(connection.requestor)):
        return failures.not_accepted(remote, refused)
    return failures.lost(remote, connection.ended_by, seconds=remote.acse_timeout)
