"""``dicommove ledger``: what became of every SOP Instance of a move, read from its data folder; nothing is sent."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ..frames import STATES
from .conclusion import EXITS, Answer, concluded
from .documents import rows_of
from .results import add_result_arguments, opened, origin
from .tables import cell, fact_table, plain_table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from ..retrieve import MoveResult

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove ledger data
  dicommove ledger data --state missing failed
  dicommove ledger data --operation 3 --all --json
"""
_COLUMNS = ("state", "request", "SeriesInstanceUID", "SOPInstanceUID", "reason")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_result_arguments(parser, _EXAMPLES)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--state", nargs="+", choices=STATES, metavar="STATE", help=f"only rows in these: {', '.join(STATES)}")
    which.add_argument("--all", action="store_true", help="every row (default: all but those that are received)")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_ledger, arguments)


def _ledger(arguments: argparse.Namespace) -> Answer:
    result = opened(arguments)
    ledger = rows_of(result.ledger)
    wanted = STATES if arguments.all else arguments.state or [state for state in STATES if state != "received"]
    rows = [row for row in ledger if row["state"] in wanted]
    states = Counter(row["state"] for row in ledger)
    document = _document(result, states, rows)
    return Answer(EXITS[result.outcome], document, lambda console: _show(console, document, rows))


def _document(result: MoveResult, states: Mapping[str, int], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        **origin(result),
        "folder": str(result.folder),
        "operation": result.operation,
        "outcome": result.outcome,
        "reason": result.reason,
        "states": dict(states),
        "requests": rows_of(result.requests),
        "series": rows_of(result.series),
        "progress": rows_of(result.progress),
        "ledger": rows,
        "exit_code": EXITS[result.outcome],
    }


def _show(console: Console, document: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """The facts, then the rows; UIDs and numbers only."""
    counted = ", ".join(f"{number} {state}" for state, number in document["states"].items()) or "none"
    facts = [(name.replace("_", " "), value) for name, value in document.items() if isinstance(value, str)]
    console.print(fact_table([*facts, ("instances", counted)]))
    if rows:
        console.print()
        console.print(plain_table(_COLUMNS, ([cell(row[name]) for name in _COLUMNS] for row in rows)))
