"""``dicommove explain``: why a move is what it is, read from its data folder; nothing is sent."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from .conclusion import EXITS, Answer, concluded, in_shell_words
from .results import add_result_arguments, opened, origin

if TYPE_CHECKING:
    import argparse

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove explain data
  dicommove explain data --operation 3 --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_result_arguments(parser, _EXAMPLES)
    parser.add_argument("--comments", action="store_true", help="add the archive's own words: they may name a patient")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_explain, arguments)


def _explain(arguments: argparse.Namespace) -> Answer:
    result = opened(arguments)
    explanation = result.explain(private=not arguments.comments)
    exit_code = EXITS[result.outcome]
    document = {**origin(result), "operation": result.operation, **asdict(explanation), "exit_code": exit_code}
    return Answer(exit_code, document, lambda console: console.print(in_shell_words(str(explanation))))
