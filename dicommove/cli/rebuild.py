"""``dicommove rebuild``: the journal of a data folder made again, of what can be read of it and of the files; nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..store import rebuild
from .conclusion import DONE, Answer, concluded
from .help_text import HelpText

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from rich.console import Console

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove rebuild data
  dicommove rebuild data --json

The journal as it was is set aside, not removed. Instances that are gone or damaged are asked for again by the next move.

exit codes: 0 made again, 1 it cannot be (no such folder, or a move still writes to the journal)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog, parser.formatter_class = _EXAMPLES, HelpText
    parser.add_argument("folder", help="the data folder")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_rebuild, arguments)


def _rebuild(arguments: argparse.Namespace) -> Answer:
    rebuilt = rebuild(arguments.folder)
    document: Mapping[str, object] = {
        "folder": str(rebuilt.folder),
        "instances": rebuilt.instances,
        "missing": rebuilt.missing,
        "taken_in": rebuilt.taken_in,
        "moves": rebuilt.moves,
        "set_aside": None if rebuilt.set_aside is None else str(rebuilt.set_aside),
        "exit_code": DONE,
    }

    def show(console: Console) -> None:
        console.print(str(rebuilt))

    return Answer(DONE, document, show)
