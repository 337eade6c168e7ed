"""``dicommove peers``: the archives that have a name, and what their entries say; nothing is sent."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..errors import EntityError
from ..facade import Peer
from ..named import config_file, site_config_file, sources
from .conclusion import DONE, USAGE, Answer, concluded, remark
from .tables import plain_table

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove peers
  dicommove peers hospital

exit codes: 0 shown, 2 no such entry, or one that cannot be used
"""
_HEAD = ("name", "archive", "calling", "listening", "hours", "limit", "priority", "from")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog, parser.formatter_class = _EXAMPLES, argparse.RawDescriptionHelpFormatter
    parser.add_argument("name", nargs="?", help="show this entry in full")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_peers, arguments)


def _peers(arguments: argparse.Namespace) -> Answer:
    if arguments.name is not None:
        facts = _facts(Peer.named(arguments.name))
        return Answer(DONE, {}, lambda console: console.print(plain_table(("key", "value"), facts)))
    rows, faults = [], []
    for name in Peer.names():
        try:
            rows.append(_row(Peer.named(name)))
        except EntityError as error:
            faults.append(f"{name}: {error}")

    def show(console: Console) -> None:
        if rows:
            console.print(plain_table(_HEAD, rows))
        elif not faults:
            console.print(f"No archive has a name yet. Entries stand in {config_file()}")
        for fault in faults:
            remark(fault)

    return Answer(USAGE if faults else DONE, {}, show)


def _row(peer: Peer) -> tuple[str, ...]:
    listening = f"{peer.listener_ae_title}, port {peer.listener.port}"
    limit = "none" if peer.limit_studies is None else f"{peer.limit_studies} studies"
    said = ", ".join(sources(peer.name or ""))
    return peer.name or "", peer.address, peer.calling_ae_title, listening, peer.hours or "always", limit, peer.priority, said


def _facts(peer: Peer) -> list[tuple[str, str]]:
    """Everything that matters to a move; names of secrets only, never a secret."""
    facts = list(zip(_HEAD, _row(peer), strict=True))
    facts += [
        ("advertise", peer.listener.advertise or "not said"),
        ("admit", peer.listener.admit),
        ("tls", str(peer.tls or "no")),
        ("identity", str(peer.identity or "no")),
        ("model", peer.model.name if peer.model else "chosen by the query"),
        ("instances", "no limit" if peer.limit_instances is None else f"at most {peer.limit_instances}"),
        ("pause", f"{peer.pause:g} s between C-MOVEs"),
        ("fixed by the site", ", ".join(peer.fixed) or "nothing"),
        ("files", f"{config_file()}, {site_config_file()}"),
    ]
    return facts
