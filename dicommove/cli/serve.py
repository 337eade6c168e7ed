"""``dicommove demo --serve``: the embedded archive alone, for a class; destinations must be registered, as in a hospital."""

from __future__ import annotations

import ipaddress
import socket
import sys
import threading
from typing import TYPE_CHECKING

from ..demo_archive import DemoArchive
from ..entities import ae_title_problem
from ..errors import EntityError

if TYPE_CHECKING:
    import argparse

__all__ = ["add_serve_arguments", "serve"]

_LOOPBACK = "127.0.0.1"


def add_serve_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the archive that runs alone."""
    group = parser.add_argument_group("the archive alone")
    group.add_argument("--serve", action="store_true", help="run only the archive, until Ctrl-C")
    group.add_argument("--port", type=int, help="its TCP port (default: 11112)")
    group.add_argument(
        "--register", action="append", default=[], metavar="AE=HOST:PORT", help="a move destination; may be repeated"
    )
    group.add_argument("--bind", metavar="ADDRESS", help="listen there instead of on 127.0.0.1: open to whoever can reach it")


def serve(arguments: argparse.Namespace) -> int:
    """Run the archive until Ctrl-C."""
    host = arguments.bind or _LOOPBACK
    if arguments.port is not None and not 0 <= arguments.port < 65536:
        raise EntityError(f"--port {arguments.port} is no TCP port: a number from 0 to 65535 is needed")
    archive = DemoArchive(
        data=arguments.data, fault=arguments.fault, host=host, port=11112 if arguments.port is None else arguments.port
    )
    for text in arguments.register:
        archive.register(*destination(text))
    with archive:
        _say_where(archive, host, arguments.register)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped")
    return 0


def destination(text: str) -> tuple[str, str, int]:
    """Read ``AE=host:port``.

    Raises
    ------
    EntityError
        It is not of that form.

    Examples
    --------
    >>> destination("NOTEBOOK=127.0.0.1:11113")
    ('NOTEBOOK', '127.0.0.1', 11113)
    """
    ae_title, _, address = text.partition("=")
    host, _, port = address.rpartition(":")
    problem = ae_title_problem(ae_title)
    if problem or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise EntityError(f"--register {text}: AE=host:port is needed, such as NOTEBOOK=127.0.0.1:11113")
    return ae_title, host, int(port)


def _say_where(archive: DemoArchive, host: str, registered: list[str]) -> None:
    print(f"The demo archive {archive.ae_title} listens on {host}:{archive.port}. Ctrl-C stops it.")
    print("Move destinations: " + (", ".join(registered) or "none is registered, so every C-MOVE is answered 0xA801"))
    reach = socket.gethostname() if host in ("0.0.0.0", "::") else host  # noqa: S104 - shown, not bound
    print(f'  >>> pacs = dm.Peer("{reach}", {archive.port}, ae_title="{archive.ae_title}", calling_ae_title="NOTEBOOK")')
    if not _is_loopback(host):
        print("WARNING: this port is open to everybody who can reach this machine; it asks nobody who they are.", file=sys.stderr)
    sys.stdout.flush()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
