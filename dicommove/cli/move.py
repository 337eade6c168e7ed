"""``dicommove move``: plans, moves, tells each study in a line as it ends, and ends with a code that says what is there."""

from __future__ import annotations

import warnings
from contextlib import nullcontext
from typing import TYPE_CHECKING, cast

from ..errors import AnswersWarning, QueryError
from ..retrieve import plan_resume, wait_for
from .conclusion import EXITS, Answer, concluded, in_shell_words, remark
from .documents import move_document
from .help_text import HelpText
from .move_options import add_move_arguments, planned
from .peer_options import add_peer_arguments, peer_of
from .query_options import add_query_arguments, asks_something
from .telling import summary, telling

if TYPE_CHECKING:
    import argparse

    from ..facade import Peer
    from ..retrieve import MoveResult, Plan

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove move --peer hospital --where AccessionNumber=A7001 --to data
  dicommove move --peer hospital --where StudyDate=2024-01-31 --where ModalitiesInStudy=CT --limit 200 --to data --json
  dicommove move --peer hospital --from cohort.csv --to data --layout '{row.case}/{series}/{instance}.dcm'
  dicommove move --peer demo:drop:3 --patient 000123 --to data
  dicommove move --resume data

Run it again, and only what is not in the folder is asked for. Ctrl-C, SIGTERM or SIGHUP sends C-CANCEL; what arrived stays.

exit codes: 0 complete, 1 no request could be sent, 2 wrong usage or refused before anything was sent, 3 partial or unverified, or
rows of the table led to no move, 4 refused or lost, 5 nothing matched, 6 cancelled
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog, parser.formatter_class = _EXAMPLES, HelpText
    parser.add_argument(
        "--resume",
        metavar="FOLDER",
        help="go on with the last move of this data folder, by what its journal says; with --peer, from that archive",
    )
    add_peer_arguments(parser, required=False)
    add_query_arguments(parser)
    add_move_arguments(parser, required=False)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout, at the end")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_move, arguments)


def _move(arguments: argparse.Namespace) -> Answer:
    _check(arguments)
    with peer_of(arguments) if arguments.peer else nullcontext() as peer:
        with warnings.catch_warnings(action="ignore", category=AnswersWarning):  # the plan holds them, and more
            plan = plan_resume(arguments.resume, remote=peer) if arguments.resume else planned(cast("Peer", peer), arguments)
        for warning in plan.warnings:
            remark(f"warning: {warning}")
        result = _moved(plan)
        return _answer(plan, result, as_json=arguments.json)


def _check(arguments: argparse.Namespace) -> None:
    """What is needed depends on what is wanted."""
    if not arguments.resume:
        missing = [f"--{name}" for name in ("peer", "to") if getattr(arguments, name) is None]
        if missing:
            raise QueryError(f"{' and '.join(missing)} is needed (or --resume with the folder of an earlier move)")
    elif arguments.to is not None or arguments.table is not None or asks_something(arguments):
        raise QueryError("--resume takes everything from the journal of its folder: leave out --to, --from and the query")


def _moved(plan: Plan) -> MoveResult:
    operation = plan.start_move()
    with telling(operation) as tell:
        tell.line(summary(plan))
        result = wait_for(operation, tell)
        tell(operation.progress)
    return result


def _answer(plan: Plan, result: MoveResult, *, as_json: bool) -> Answer:
    left, exit_code = len(plan.left_rows), EXITS[result.outcome]
    if left:
        remark(f"{left} of {len({fate.row for fate in plan.fates})} rows of the table led to no C-MOVE: dicommove find shows why")
    document = move_document(plan.remote, result, not_moved=left, exit_code=exit_code) if as_json else {}
    return Answer(exit_code, document, lambda console: console.print(in_shell_words(repr(result))))
