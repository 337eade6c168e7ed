"""The transport connection to a peer: TCP, and TLS on it (PS3.8 9.1, PS3.15 B).

What belongs here: what is done before the first byte of DICOM.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..entities import Remote

__all__ = ["connect", "connect_plain", "secured"]


def connect(remote: Remote) -> socket.socket:
    """Open the TCP connection to a peer, and TLS on it when the peer has it.

    Raises
    ------
    OSError
        In the words of the operating system, or of OpenSSL.
    EntityError
        When the TLS files cannot be used.
    """
    return secured(remote, connect_plain(remote))


def connect_plain(remote: Remote) -> socket.socket:
    """Open the TCP connection to a peer.

    Raises
    ------
    OSError
        In the words of the operating system.
    """
    plain = socket.create_connection((remote.host, remote.port), timeout=remote.connect_timeout)
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # firewalls forget a connection that is silent for long
    except BaseException:
        plain.close()
        raise
    return plain


def secured(remote: Remote, plain: socket.socket) -> socket.socket:
    """Begin TLS on a connection when the peer has it; closed when that fails.

    Raises
    ------
    OSError, EntityError
        As `connect`.
    """
    if remote.tls is None:
        return plain
    try:
        return remote.tls.client_context().wrap_socket(plain, server_hostname=remote.tls.server_name or remote.host)
    except BaseException:
        plain.close()
        raise
