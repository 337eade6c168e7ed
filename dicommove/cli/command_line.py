"""The command line: its commands, their one table, and how an error is told."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from ..errors import DicomMoveError
from ..version import __version__
from .help_text import HelpText

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "PROGRAMS", "main"]

COMMANDS = {
    "demo": ("dicommove.cli.demo", "run the whole tour on the embedded archive, or serve it to a class"),
    "register": ("dicommove.cli.register", "write the page that the administrator of an archive needs of us"),
    "listen": ("dicommove.cli.listen", "open our port for a while, so that the administrator can test it with C-ECHO"),
    "check": ("dicommove.cli.check", "try the way to the archive and the way back, and name what is wrong"),
    "find": ("dicommove.cli.find", "ask the archive what it has"),
    "plan": ("dicommove.cli.plan", "say what a move would ask for, and how much that is"),
    "move": ("dicommove.cli.move", "retrieve what a query or a table names into a folder"),
    "ledger": ("dicommove.cli.ledger", "show what became of every instance of a move, from its folder"),
    "explain": ("dicommove.cli.explain", "say why a move is not complete, and what to do"),
    "report": ("dicommove.cli.report", "write what a move did, for a methods section and an audit"),
    "catalog": ("dicommove.cli.catalog", "show, verify or scan everything that ever came into a data folder"),
    "purge": ("dicommove.cli.purge", "remove a study, or the studies of a patient, from a data folder, after a question"),
    "rebuild": ("dicommove.cli.rebuild", "make the journal of a data folder again, of what can be read and of its files"),
    "clean": ("dicommove.cli.clean", "take the outputs that hold patient data out of saved notebooks"),
    "peers": ("dicommove.cli.peers", "show the archives that have a name"),
}
"""Name of each command, the module that has its ``add_arguments(parser)`` and ``run(arguments)``, and what it does."""

PROGRAMS = {
    "movescu": (
        "dicommove.cli.movescu.options",
        "send one C-MOVE: a drop-in for pynetdicom's program of this name",
    )
}
"""Programs with a command line of their own: the module with ``parse(argv)``, which loads quickly, and what it does. The options
name the module with ``run(options)``, which is loaded after it."""

_EPILOG = """examples:
  dicommove demo                                           search, move and look, with no PACS at all
  dicommove demo --serve --port 11112 --register NOTEBOOK=127.0.0.1:11113
  dicommove find --peer demo --where PatientName='MEIER*' --where StudyDate=2024-01-01..2024-03-31
  dicommove move --peer demo --where PatientName='MEIER*' --to data
  dicommove ledger data
  dicommove explain data
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 done, 1 an error that was told, 2 wrong usage, others as the command says.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; by default those of the process.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    if given and given[0] in PROGRAMS:
        return _program(*given)
    try:
        return _run(given)
    except DicomMoveError as error:
        print(f"dicommove: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("dicommove: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone: nothing is wrong with us
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(given: Sequence[str]) -> int:
    parser = _parser(given[0] if given and given[0] in COMMANDS else None)
    arguments = parser.parse_args(given)
    if arguments.command is None:
        parser.print_help()
        return 2
    code: int = arguments.run(arguments)
    return code


class _Parser(argparse.ArgumentParser):
    """Tells what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """End with 2."""
        self.exit(2, f"{self.prog}: {message} (--help shows examples)\n")


def _program(name: str, *argv: str) -> int:
    reader, _ = PROGRAMS[name]
    options = import_module(reader).parse(argv)  # help and wrong usage end here, before anything slow is loaded
    code: int = import_module(options.program).run(options)
    return code


def _parser(wanted: str | None) -> argparse.ArgumentParser:
    """The parser; only the wanted command's own module is loaded for its options."""
    parser = _Parser(
        prog="dicommove",
        description="Retrieve medical images from a PACS with DICOM C-MOVE, and know what arrived.",
        epilog=_EPILOG,
        formatter_class=HelpText,
    )
    parser.add_argument("--version", action="version", version=f"dicommove {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    for name, (module, summary) in COMMANDS.items():
        own = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if name == wanted:
            implementation = import_module(module)
            implementation.add_arguments(own)
            own.set_defaults(run=implementation.run)
    for name, (*_, summary) in PROGRAMS.items():
        commands.add_parser(name, help=summary, add_help=False)
    return parser
