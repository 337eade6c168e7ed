"""Where to listen: the addresses that a peer can reach us at, and the sockets on them."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

from ..errors import ListenerError
from ..platform import exclusive_bind, in_container
from .limits import BACKLOG

if TYPE_CHECKING:
    from ..entities import Listener

__all__ = ["WILDCARDS", "addresses_for", "addresses_of", "listen"]

WILDCARDS = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}  # noqa: S104 - in a container only, where the way in is published apart
_DISCARD_PORT = 9  # no packet is sent: a connected datagram socket only asks the routing table


def addresses_of(host: str) -> frozenset[str]:
    """IP addresses of a host, as a peer's claim by address needs them; empty when its name is unknown.

    Examples
    --------
    >>> sorted(addresses_of("127.0.0.1"))
    ['127.0.0.1']
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return frozenset()
    return frozenset(plain(str(address[0])) for *_, address in found)


def plain(address: str) -> str:
    """Spell an address in one way: without a scope, and IPv4 within IPv6 as IPv4.

    Examples
    --------
    >>> plain("::ffff:10.0.0.5"), plain("fe80::1%eth0")
    ('10.0.0.5', 'fe80::1')
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def addresses_for(listener: Listener, peer_host: str) -> tuple[str, ...]:
    """Choose the local addresses to listen on for a peer.

    Returns
    -------
    tuple of str
        ``listener.bind`` where given; else loopback for a loopback peer, every address in a container, and elsewhere the address
        that routes to the peer.

    Raises
    ------
    ListenerError
        The peer's name has no address, or there is no way to it.

    Examples
    --------
    >>> from dicommove.entities import Listener
    >>> addresses_for(Listener(), "127.0.0.1")
    ('127.0.0.1',)
    """
    if listener.bind is not None:
        return (listener.bind,)
    chosen = {_address_towards(address) for address in addresses_of(peer_host)} - {None}
    if not chosen:
        raise ListenerError(
            f"there is no way to {peer_host}: no address to listen on can be chosen; check the host, or set Listener(bind=...)",
            port=listener.port,
        )
    return tuple(sorted(address for address in chosen if address))


def _address_towards(peer: str) -> str | None:
    address = ipaddress.ip_address(peer)
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    if not address.is_loopback and in_container():
        return WILDCARDS[family]
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((peer, _DISCARD_PORT))
            return plain(probe.getsockname()[0])
    except OSError:
        return None


def listen(address: str, port: int) -> socket.socket:
    """Open a listening TCP socket.

    Raises
    ------
    OSError
        The address is not ours, or the port is in use or forbidden.
    """
    family, *_, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        exclusive_bind(listening)
        if family == socket.AF_INET6:
            # One family a socket: an IPv4 address is opened by itself, and may be somebody else's.
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(place)
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    return listening
