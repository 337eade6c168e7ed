"""``dicommove check``: the way to an archive and the way back, probe by probe; the cause stands first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .conclusion import CANNOT, DONE, DOUBTFUL, Answer, concluded, in_shell_words
from .documents import rows_of
from .help_text import HelpText
from .peer_options import add_peer_arguments, peer_of

if TYPE_CHECKING:
    import argparse

    from ..retrieve import Check

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove check --peer hospital
  dicommove check --peer hospital --study 1.2.840.113619.2.1 --json
  dicommove check --peer demo

Without --study no patient's data are touched. With it one instance of that study is moved here and removed again.

exit codes: 0 an instance came, 1 something failed, 2 wrong usage, 3 nothing failed, and the way back was not tried
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog, parser.formatter_class = _EXAMPLES, HelpText
    add_peer_arguments(parser)
    parser.add_argument("--study", metavar="UID", help="a small study, of which one instance may be moved here")
    parser.add_argument("--timeout", type=float, default=3.0, metavar="SECONDS", help="for each answer (default: 3)")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_check, arguments)


def _check(arguments: argparse.Namespace) -> Answer:
    with peer_of(arguments) as peer:
        found = peer.check(study=arguments.study, timeout=arguments.timeout)
    exit_code = _exit_code(found)
    document = _document(found, exit_code) if arguments.json else {}
    return Answer(exit_code, document, lambda console: console.print(in_shell_words(str(found)), soft_wrap=True))


def _exit_code(found: Check) -> int:
    return {True: DONE, False: CANNOT, None: DOUBTFUL}[found.ready]


def _document(found: Check, exit_code: int) -> dict[str, object]:
    return {
        "peer": found.remote.address,
        "ready": found.ready,
        "summary": found.summary,
        "fault": None if found.fault is None else found.fault.row(),
        "probes": rows_of(found.table),
        "exit_code": exit_code,
    }
