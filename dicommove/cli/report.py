"""``dicommove report``: what was done, for a methods section and an audit, from the data folder of a move; nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..retrieve.reporting.report import report_document
from .conclusion import EXITS, Answer, concluded
from .results import add_result_arguments, opened

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove report data --to move.md
  dicommove report data --operation 3 --hashes files --to move.json
  dicommove report data --json --hashes none
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_result_arguments(parser, _EXAMPLES)
    parser.add_argument("--to", metavar="FILE", help="a name that ends in .md or .json (default: move-N.md in this folder)")
    parser.add_argument(
        "--hashes",
        choices=("manifest", "files", "none"),
        default="manifest",
        help="one SHA-256 over a manifest of all files (default), that of each file besides, or none: files are then not read",
    )
    parser.add_argument("--patient-data", action="store_true", help="with patient data: values of keys, descriptions, paths")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_report, arguments)


def _report(arguments: argparse.Namespace) -> Answer:
    result = opened(arguments)
    hashes = None if arguments.hashes == "none" else arguments.hashes
    exit_code, private = EXITS[result.outcome], not arguments.patient_data
    if arguments.json and not arguments.to:
        return Answer(exit_code, {**report_document(result, private=private, hashes=hashes), "exit_code": exit_code}, _nothing)
    path = result.report(arguments.to or f"move-{result.operation}.md", private=private, hashes=hashes)
    document = {"operation": result.operation, "outcome": result.outcome, "report": str(path), "exit_code": exit_code}
    return Answer(exit_code, document, lambda console: console.print(f"report of move {result.operation}: {path}"))


def _nothing(_: Console) -> None:
    """Show nothing: the document was asked for."""
