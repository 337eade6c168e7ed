"""``dicommove move``: plans, moves, tells each study in a line as it ends, and ends with a code that says what is there."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..retrieve import wait_for
from .conclusion import EXITS, Answer, concluded, in_shell_words, remark
from .documents import move_document
from .move_options import add_move_arguments, planned
from .peer_options import add_peer_arguments, peer_of
from .query_options import add_query_arguments
from .telling import summary, telling

if TYPE_CHECKING:
    from ..facade import Peer
    from ..retrieve import MoveResult, Plan

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove move --peer hospital --where AccessionNumber=A7001 --to data
  dicommove move --peer hospital --where StudyDate=2024-01-31 --where ModalitiesInStudy=CT --limit 200 --to data --json
  dicommove move --peer hospital --from cohort.csv --to data --layout '{row.case}/{series}/{instance}.dcm'
  dicommove move --peer demo:drop:3 --patient 000123 --to data

Run it again, and only what is not in the folder is asked for. Ctrl-C or SIGTERM sends C-CANCEL; what arrived stays.

exit codes: 0 complete, 1 no request could be sent, 2 wrong usage or refused before anything was sent, 3 partial or unverified, or
rows of the table led to no move, 4 refused or lost, 5 nothing matched, 6 cancelled
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog, parser.formatter_class = _EXAMPLES, argparse.RawDescriptionHelpFormatter
    add_peer_arguments(parser)
    add_query_arguments(parser)
    add_move_arguments(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout, at the end")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_move, arguments)


def _move(arguments: argparse.Namespace) -> Answer:
    with peer_of(arguments) as peer:
        plan = planned(peer, arguments)
        for warning in plan.warnings:
            remark(f"warning: {warning}")
        result = _moved(plan)
        return _answer(peer, plan, result, as_json=arguments.json)


def _moved(plan: Plan) -> MoveResult:
    operation = plan.start_move()
    with telling(operation) as tell:
        tell.line(summary(plan))
        result = wait_for(operation, tell)
        tell(operation.progress)
    return result


def _answer(peer: Peer, plan: Plan, result: MoveResult, *, as_json: bool) -> Answer:
    left, exit_code = len(plan.left_rows), EXITS[result.outcome]
    if left:
        remark(f"{left} of {len({fate.row for fate in plan.fates})} rows of the table led to no C-MOVE: dicommove find shows why")
    document = move_document(peer, result, not_moved=left, exit_code=exit_code) if as_json else {}
    return Answer(exit_code, document, lambda console: console.print(in_shell_words(repr(result))))
