"""``dicommove listen``: our port, open for a while, so that the administrator of an archive can test the entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .conclusion import DONE, NOTHING, Answer, concluded, say
from .documents import rows_of
from .help_text import HelpText
from .peer_options import add_peer_arguments, peer_of

if TYPE_CHECKING:
    import argparse

    from ..retrieve import Listening

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove listen --peer hospital
  dicommove listen --peer hospital --minutes 30 --json
  dicommove listen --peer hospital --store test-images

Each caller is told on stderr as it comes. Ctrl-C closes the port before its time.

exit codes: 0 somebody called, 1 the port or the folder cannot be used, 2 wrong usage, 5 nobody called
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog, parser.formatter_class = _EXAMPLES, HelpText
    add_peer_arguments(parser)
    parser.add_argument("--minutes", type=float, default=10.0, metavar="N", help="how long at most (default: 10)")
    parser.add_argument("--store", metavar="FOLDER", help="store whatever is sent there, instead of refusing it")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout, when the port is closed")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_listen, arguments)


def _listen(arguments: argparse.Namespace) -> Answer:
    with peer_of(arguments) as peer, peer.listening(minutes=arguments.minutes, store=arguments.store) as port:
        say(port.title + ". Ctrl-C closes it.")
        if port.warning:
            say(f"The archive probably cannot reach it: {port.warning}")
        port.wait(show=lambda caller: say(caller.line(port.remote.listener_ae_title)))
        exit_code = DONE if port.seen else NOTHING
        document = _document(port, exit_code) if arguments.json else {}
        return Answer(exit_code, document, lambda console: console.print(repr(port), soft_wrap=True))


def _document(port: Listening, exit_code: int) -> dict[str, object]:
    return {
        "ae_title": port.remote.listener_ae_title,
        "addresses": list(port.addresses),
        "port": port.port,
        "folder": None if port.folder is None else str(port.folder),
        "callers": rows_of(port.callers),
        "exit_code": exit_code,
    }
