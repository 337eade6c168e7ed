"""``dicommove plan``: a dry run of a move; says what it would ask for, how much that is, and whether it would be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import QueryError, StoreError
from .conclusion import CANNOT, DONE, NOTHING, USAGE, Answer, concluded, in_shell_words, remark
from .documents import plan_document
from .help_text import HelpText
from .move_options import add_move_arguments, planned
from .peer_options import add_peer_arguments, peer_of
from .query_options import add_query_arguments

if TYPE_CHECKING:
    import argparse

    from ..retrieve import Plan

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove plan --peer hospital --where PatientName='MEIER*' --where StudyDate=2024-01-01..2024-03-31 --to data
  dicommove plan --peer hospital --from cohort.csv --several all --to data
  dicommove plan --peer demo --patient 000123 --to data --json

exit codes: 0 the move would start, 1 no answer, or too little room on the disk, 2 wrong usage, or the move would be refused,
5 nothing matched, 6 cancelled
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command: those of ``move``."""
    parser.epilog, parser.formatter_class = _EXAMPLES, HelpText
    add_peer_arguments(parser)
    add_query_arguments(parser)
    add_move_arguments(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_plan, arguments)


def _plan(arguments: argparse.Namespace) -> Answer:
    with peer_of(arguments) as peer:
        plan = planned(peer, arguments)
        refusal = _refusal(plan)
        exit_code = _exit_code(plan, refusal)
        document = plan_document(peer, plan, refusal, exit_code=exit_code) if arguments.json else {}
    if refusal is not None:
        remark(in_shell_words(str(refusal)))
    return Answer(exit_code, document, lambda console: console.print(repr(plan)))


def _refusal(plan: Plan) -> QueryError | StoreError | None:
    try:
        plan.check()
    except (QueryError, StoreError) as refusal:
        return refusal
    return None


def _exit_code(plan: Plan, refusal: QueryError | StoreError | None) -> int:
    if refusal is not None:
        return USAGE if isinstance(refusal, QueryError) else CANNOT
    return DONE if plan.requests else NOTHING
