"""``dicommove purge``: removes studies from a data folder, after a question; nothing is sent."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..markup import visible
from ..retrieve import Catalog
from .conclusion import CANCELLED, DONE, DOUBTFUL, NOTHING, Answer, concluded, in_shell_words, remark, say
from .help_text import HelpText

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from rich.console import Console

    from ..store import Purge

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove purge data --patient JP-0042                    shows what would be removed, asks, and removes it
  dicommove purge data --study 1.2.3 --study 1.2.4 --dry-run
  dicommove purge data --patient JP-0042 --yes --purpose "request 17 of the patient"

Removed are files, what was kept apart, damaged journals that were set aside, and what the journal tells of the studies. A receipt
without names stays in the journal. The studies can be moved again. A purge that was interrupted is finished by running it again.

exit codes: 0 removed, or shown by --dry-run; 3 removed, but some files were left; 5 nothing of this is in the folder; 6 the
question was not answered with yes: nothing was removed; 1 it cannot be done (no journal, a move is under way); 2 wrong usage
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog, parser.formatter_class = _EXAMPLES, HelpText
    parser.add_argument("folder", help="the data folder")
    parser.add_argument("--study", action="append", default=[], metavar="UID", help="Study Instance UID; may be repeated")
    parser.add_argument(
        "--patient", action="append", default=[], metavar="ID", help="Patient ID: all its studies; may be repeated"
    )
    parser.add_argument("--purpose", metavar="TEXT", help="what for; kept in the receipt")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="show what would be removed; remove nothing")
    how.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout; removes only with --yes")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_purge, arguments)


def _purge(arguments: argparse.Namespace) -> Answer:
    catalog = Catalog(arguments.folder)
    wanted = {"study": arguments.study, "patient": arguments.patient}
    looked = catalog.purge(**wanted)
    if arguments.dry_run or (not looked and not arguments.yes):
        return _answer(looked, DONE if looked else NOTHING)
    if not arguments.yes and not _agreed(looked):
        remark("nothing was removed")
        return _answer(looked, CANCELLED)
    done = catalog.purge(**wanted, confirm=True, purpose=arguments.purpose)
    return _answer(done, DOUBTFUL if done.kept else DONE if done else NOTHING)


def _agreed(looked: Purge) -> bool:
    """Ask on stderr, so that stdout holds the answer alone; without somebody to ask it is a no."""
    for line in in_shell_words(repr(looked)).splitlines():
        say(visible(line, 500))
    if not sys.stdin.isatty():
        remark("nobody is there to be asked: give --yes to remove this, or --dry-run to look")
        return False
    print(f"Remove {looked.files} files of {len(looked.studies)} studies for good? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _answer(purge: Purge, exit_code: int) -> Answer:
    document: Mapping[str, object] = {
        "folder": str(purge.folder),
        "confirmed": purge.confirmed,
        "studies": list(purge.studies),
        "instances": purge.instances,
        "files": purge.files,
        "size_bytes": purge.size_bytes,
        "rows": purge.rows,
        "journals": purge.journals,
        "operation": purge.operation,
        "kept": list(purge.kept),
        "out_of_reach": list(purge.out_of_reach),
        "exit_code": exit_code,
    }

    def show(console: Console) -> None:
        if exit_code != CANCELLED:  # who was asked has seen it
            console.print(in_shell_words(repr(purge)))

    return Answer(exit_code, document, show)
