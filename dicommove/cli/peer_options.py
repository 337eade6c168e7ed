"""Options that say which archive: by name, by address, or the embedded one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from ..facade import Peer, demo
from ..named import parse_address

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

__all__ = ["add_peer_arguments", "peer_of"]

_DEMO = "demo"


def add_peer_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add the options of the archive."""
    group = parser.add_argument_group("the archive")
    group.add_argument(
        "--peer",
        required=required,
        metavar="NAME|AE@HOST:PORT|demo",
        help="an entry of the configuration file, an address, or the embedded archive (demo:drop:3 with a fault)",
    )
    group.add_argument("--calling", metavar="AE", help="our AE title, as registered at the archive (default: DICOMMOVE)")
    group.add_argument("--listen", type=int, metavar="PORT", help="TCP port that the archive sends to (default: 11113)")
    group.add_argument("--advertise", metavar="HOST[:PORT]", help="how the archive was told to reach us, if that is another")


@contextmanager
def peer_of(arguments: argparse.Namespace) -> Iterator[Peer]:
    """Give the archive that the options name; the embedded one runs as long as this block.

    Raises
    ------
    EntityError
        No such entry, or no address.
    """
    text: str = arguments.peer
    name, _, fault = text.partition(":")
    if name == _DEMO:
        with demo(fault=fault or None) as pacs:
            yield _as_told(pacs, arguments)
    elif "@" in text:
        yield _as_told(Peer(**parse_address(text, "--peer")), arguments)
    else:
        yield _as_told(Peer.named(text), arguments)


def _as_told(peer: Peer, arguments: argparse.Namespace) -> Peer:
    """The options of the command line over what the entry says."""
    told = {"port": arguments.listen, "advertise": arguments.advertise}
    listener = replace(peer.listener, **{key: value for key, value in told.items() if value is not None})
    return replace(peer, listener=listener, calling_ae_title=arguments.calling or peer.calling_ae_title)
