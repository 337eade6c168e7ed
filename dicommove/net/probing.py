"""Before any association: does somebody listen there, and does it speak TLS."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from . import failures
from .connecting import connect_plain, secured

if TYPE_CHECKING:
    from ..entities import Remote

__all__ = ["reach", "secure", "speaks_tls"]


def reach(remote: Remote) -> socket.socket:
    """Open the TCP connection to a peer, for `secure` and `associate`: archives keep a place for one that is left without a word.

    Raises
    ------
    PeerUnreachable
        With what the operating system said.
    """
    try:
        return connect_plain(remote)
    except OSError as error:
        raise failures.unreachable(remote, error) from error


def secure(remote: Remote, plain: socket.socket) -> tuple[socket.socket, str]:
    """Begin TLS on it; return the connection, and the version and cipher agreed on.

    Raises
    ------
    PeerUnreachable
        No TLS came about; the connection is closed.
    EntityError
        The TLS files cannot be used.
    """
    try:
        connection = secured(remote, plain)
    except OSError as error:
        raise failures.unreachable(remote, error) from error
    assert isinstance(connection, ssl.SSLSocket), "a peer without TLS is not asked for it"
    cipher = connection.cipher()
    return connection, f"{connection.version()}, {cipher[0] if cipher else 'no cipher'}"


def speaks_tls(remote: Remote, seconds: float) -> bool:
    """Tell whether the port of a peer answers the beginning of TLS, whatever its certificate; False when it cannot be told.

    Parameters
    ----------
    seconds : float
        How long it may take to answer.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is sent over it: the question is only whether it is TLS
    try:
        with socket.create_connection((remote.host, remote.port), timeout=seconds) as plain:
            context.wrap_socket(plain, server_hostname=remote.host).close()
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")  # it objects in the words of TLS
    except OSError:
        return False
    return True
