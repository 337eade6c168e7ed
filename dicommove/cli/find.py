"""``dicommove find``: asks the archive, and shows the matches as a table or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..retrieve import ask, searching
from .cohort import read_cohort
from .conclusion import DONE, DOUBTFUL, NOTHING, Answer, concluded, remark
from .documents import rows_of
from .help_text import HelpText
from .move_options import add_table_arguments, table_only
from .peer_options import add_peer_arguments, peer_of
from .query_options import add_query_arguments, add_split_argument, query_of, warned
from .tables import attribute_table, plain_table

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from ..facade import Peer, PeerQuery
    from ..retrieve import Answers

__all__ = ["add_arguments", "run"]

_EXAMPLES = """examples:
  dicommove find --peer hospital --where PatientName='MEIER*' --where StudyDate=2024-01-01..2024-03-31
  dicommove find --peer hospital --where StudyDate=2024-01-31.. --series --where Modality=CT,MR
  dicommove find --peer PACS@10.0.0.5:104 --calling NOTEBOOK --study 1.2.3 --series --returning SeriesDescription
  dicommove find --peer hospital --from cohort.csv --json
  dicommove find --peer demo --where PatientID=000123 --dry-run

exit codes: 0 found, 1 no answer, 2 wrong usage, 3 found, but the answers look cut off, or not every row of the table has one
match, 5 nothing found, 6 cancelled
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog, parser.formatter_class = _EXAMPLES, HelpText
    add_peer_arguments(parser)
    add_query_arguments(parser)
    add_table_arguments(parser)
    parser.add_argument("--max-requests", type=int, default=2000, metavar="N", help="C-FINDs that it may take (default: 2000)")
    add_split_argument(parser)
    parser.add_argument("--dry-run", action="store_true", help="show the Identifiers; send nothing")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return concluded(_find, arguments)


def _find(arguments: argparse.Namespace) -> Answer:
    with peer_of(arguments) as peer:
        if table_only(arguments):
            return _matched(peer, arguments.table)
        query = warned(query_of(peer, arguments))
        if arguments.dry_run:
            return _described(query)
        with searching("auto") as show:
            split: Any = getattr(arguments, "split", "auto")
            answers = ask(peer, query, max_requests=arguments.max_requests, on_request=show, split=split)
    for doubt in answers.doubts:
        remark(f"warning: {doubt}")
    return _found(peer, answers)


def _found(peer: Peer, answers: Answers) -> Answer:
    exit_code = DOUBTFUL if answers.doubts else DONE if answers.matches else NOTHING
    document = {
        "peer": peer.address,
        "level": answers.level.value,
        "count": len(answers.matches),
        "matches": [{name: match.get(name) for name in answers.columns} for match in answers.matches],
        "warnings": list(answers.doubts),
        "exit_code": exit_code,
    }

    def show(console: Console) -> None:
        if answers.matches:
            console.print(attribute_table(answers.columns, answers.matches))
        remark(f"{len(answers.matches)} {answers.level} matches")

    return Answer(exit_code, document, show)


def _matched(peer: Peer, name: str) -> Answer:
    """The table of the user with what the archive has for each row."""
    rows = rows_of(peer.match(read_cohort(name)))
    kinds = {row["match"] for row in rows}
    exit_code = DONE if kinds == {"found"} else DOUBTFUL if kinds & {"found", "several"} else NOTHING
    document = {"peer": peer.address, "count": len(rows), "matches": rows, "warnings": [], "exit_code": exit_code}
    columns = list(rows[0]) if rows else []
    return Answer(exit_code, document, lambda console: console.print(plain_table(columns, [list(row.values()) for row in rows])))


def _described(query: PeerQuery) -> Answer:
    asked = [{"level": level.value, "identifier": dataset.to_json_dict()} for level, dataset, _ in query.identifiers()]
    document = {"identifiers": asked, "exit_code": DONE}
    return Answer(DONE, document, lambda console: console.print(repr(query)))
