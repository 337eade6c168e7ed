"""The way back: where the archive has to connect to, as far as we can know it from our side."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ...surroundings import hidden_by

if TYPE_CHECKING:
    from ...entities import Remote

__all__ = ["WayBack", "address_towards"]

_UNSPECIFIED = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, never bound to
_GUESS = "a guess: the address from which this computer reaches the archive"
_HIDDEN = {
    "container": "a guess, and probably not reachable: seen from inside a container; the archive needs the name of the host, and "
    "the port as it is published there",
    "WSL": "a guess, and probably not reachable: seen from inside WSL; the archive needs the address of Windows, and the port as "
    "it is forwarded from there",
    "VPN": "a guess, and probably not reachable: the near end of a VPN; ask who runs it whether the archive can connect to it",
}
"""By what `hidden_by` says: what the archive has to be told instead."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """Where the archive has to connect to.

    Attributes
    ----------
    ae_title : str
        The Move Destination (PS3.7 9.1.4.1.6).
    host : str or None
        Name or address of this computer; None when it cannot be said, or when the destination is another system.
    port : int or None
        TCP port; None when the operating system chooses another one each time, or when the destination is another system.
    remark : str
        How the host is known; empty when the administrator was told it (`Listener.advertise`).
    ours : bool
        False when the destination is another system.
    hidden_by : str
        What makes the address probably not reachable for the archive: ``"container"``, ``"WSL"``, ``"VPN"``;
        empty when nothing is known of it, or when the administrator was told another address (`Listener.advertise`).

    Examples
    --------
    >>> from dicommove.entities import Listener, Remote
    >>> way = WayBack.of(Remote("10.0.0.5", 104, calling_ae_title="NOTEBOOK", listener=Listener(advertise="ws7:11113")))
    >>> way.lines()
    [('AE title', 'NOTEBOOK'), ('Host', 'ws7'), ('Port', '11113, TCP, open from the archive to this host')]
    """

    ae_title: str
    host: str | None = None
    port: int | None = None
    remark: str = ""
    ours: bool = True
    hidden_by: str = ""

    @classmethod
    def of(cls, remote: Remote, destination: str | None = None) -> Self:
        """Say where the archive has to connect to, by the peer's description and the routing table; nothing is sent.

        Parameters
        ----------
        remote : Remote
            The archive and our own listener.
        destination : str or None
            AE title of a third party; None is our own Storage SCP.
        """
        if destination is not None and destination != remote.listener_ae_title:
            return cls(destination, ours=False)
        listener, title = remote.listener, remote.listener_ae_title
        host: str | None
        if listener.advertised is not None:
            advertised, port = listener.advertised
            return cls(title, advertised, port or None)
        if listener.bind not in (None, *_UNSPECIFIED):
            host, remark = listener.bind, "a guess: the address that Listener(bind=...) names"
        else:
            host, remark = address_towards(remote.host), _GUESS
        hidden = hidden_by(host)
        return cls(title, host, listener.port or None, _remark(host, _HIDDEN.get(hidden, remark)), hidden_by=hidden)

    @property
    def is_loopback(self) -> bool:
        """Whether only this computer itself can reach it."""
        return self.host is not None and _is_loopback(self.host)

    def lines(self) -> list[tuple[str, str]]:
        """Name and value, for the administrator; a guess is marked as one."""
        if not self.ours:
            return [("AE title", self.ae_title), ("Host, port", "not ours: those of the system with this AE title")]
        host = f"{self.host} ({self.remark})" if self.host and self.remark else self.host
        port = f"{self.port}, TCP, open from the archive to this host" if self.port else "another one for each move"
        return [("AE title", self.ae_title), ("Host", host or "not known: it has no way to the archive now"), ("Port", port)]


def _remark(host: str | None, otherwise: str) -> str:
    return "this computer itself" if host is not None and _is_loopback(host) else otherwise


def address_towards(host: str) -> str | None:
    """Address of this computer on its way to a host; None when there is no way, or no such host.

    A datagram socket that is connected only asks the routing table: no packet is sent.

    Examples
    --------
    >>> address_towards("127.0.0.1")
    '127.0.0.1'
    """
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, 9, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.connect(place)
            return str(probe.getsockname()[0]).partition("%")[0]
    except (OSError, UnicodeError):
        return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
