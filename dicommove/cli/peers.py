"""``dicommove peers``: the archives that have a name, and what their entries say; nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..audit import audit_targets
from ..errors import EntityError
from ..facade import Peer
from ..named import config_file, site_config_file, sources
from .conclusion import DONE, USAGE, Answer, concluded, remark
from .help_text import HelpText
from .tables import plain_table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from rich.console import Console

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove peers
  dicommove peers hospital
  dicommove peers --json

exit codes: 0 shown, 2 no such entry, or one that cannot be used
"""
_HEAD = ("name", "archive", "calling", "listening", "hours", "limit", "priority", "from")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog, parser.formatter_class = _EXAMPLES, HelpText
    parser.add_argument("name", nargs="?", help="show this entry in full")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_peers, arguments)


def _peers(arguments: argparse.Namespace) -> Answer:
    return _all() if arguments.name is None else _one(Peer.named(arguments.name))


def _one(peer: Peer) -> Answer:
    facts = _facts(peer)
    document = {**_entry(peer), "exit_code": DONE}
    return Answer(DONE, document, lambda console: console.print(plain_table(("key", "value"), facts)))


def _all() -> Answer:
    peers, faults = [], []
    for name in Peer.names():
        try:
            peers.append(Peer.named(name))
        except EntityError as error:
            faults.append(f"{name}: {error}")
    exit_code = USAGE if faults else DONE
    document = {"peers": [_entry(peer) for peer in peers], "faults": faults, "exit_code": exit_code}
    return Answer(exit_code, document, _showing(list(map(_row, peers)), faults))


def _showing(rows: list[tuple[str, ...]], faults: list[str]) -> Callable[[Console], None]:
    def show(console: Console) -> None:
        if rows:
            console.print(plain_table(_HEAD, rows))
        elif not faults:
            console.print(f"No archive has a name yet. Entries stand in {config_file()}")

    for fault in faults:
        remark(fault)
    return show


def _entry(peer: Peer) -> dict[str, object]:
    """An entry as plain values; of secrets only where they are found."""
    listener = peer.listener
    return {
        "name": peer.name,
        "host": peer.host,
        "port": peer.port,
        "ae_title": peer.ae_title,
        "calling_ae_title": peer.calling_ae_title,
        "listener": {
            "ae_title": peer.listener_ae_title,
            "port": listener.port,
            "advertise": listener.advertise,
            "admit": listener.admit,
        },
        "model": peer.model.value if peer.model else None,
        "hours": peer.hours,
        "pause": peer.pause,
        "limit_studies": peer.limit_studies,
        "limit_instances": peer.limit_instances,
        "priority": peer.priority,
        "tls": None if peer.tls is None else str(peer.tls),
        "identity": None if peer.identity is None else str(peer.identity),
        "audit": list(audit_targets(peer.audit)),
        "require_audit": peer.require_audit,
        "require_purpose": peer.require_purpose,
        "fixed": list(peer.fixed),
        "sources": list(sources(peer.name or "")),
    }


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
        ("audit", (", ".join(audit_targets(peer.audit)) or "none") + (", required" if peer.require_audit else "")),
        ("purpose", "required of every move" if peer.require_purpose else "as you like"),
        ("fixed by the site", ", ".join(peer.fixed) or "nothing"),
        ("files", f"{config_file()}, {site_config_file()}"),
    ]
    return facts
