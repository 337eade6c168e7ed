"""What ``ledger`` and ``explain`` share: a result is opened again from its data folder; nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..retrieve import reopen
from .help_text import HelpText

if TYPE_CHECKING:
    import argparse

    from ..retrieve import MoveResult

__all__ = ["EXIT_CODES", "add_result_arguments", "opened", "origin"]

EXIT_CODES = """exit codes, by the outcome of the move: 0 complete, 3 partial or unverified, 4 refused or lost, 5 nothing matched,
6 cancelled; 1 the folder holds no such move, 2 wrong usage
"""


def add_result_arguments(parser: argparse.ArgumentParser, examples: str) -> None:
    """Add the options that choose a move, and examples with the exit codes."""
    parser.epilog, parser.formatter_class = f"{examples}\n{EXIT_CODES}", HelpText
    parser.add_argument("folder", help="data folder of the move")
    parser.add_argument("--operation", type=int, metavar="N", help="number of the move in that folder (default: the last one)")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def opened(arguments: argparse.Namespace) -> MoveResult:
    """Open the result that the arguments name."""
    return reopen(arguments.folder, arguments.operation)


def origin(result: MoveResult) -> dict[str, str]:
    """Who had asked which archive for it, and what for; what nobody said is left out."""
    facts = result.accounts.facts()
    user = "@".join(str(facts[name]) for name in ("user", "host") if facts.get(name))
    known = {"archive": result.plan.remote.address, "asked_by": user, "purpose": facts.get("purpose")}
    return {name: str(value) for name, value in known.items() if value}
