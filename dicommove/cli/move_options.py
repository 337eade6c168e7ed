"""Options that say where to and how, and the plan that all options make together."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..allowance import PRIORITIES
from ..errors import QueryError
from .cohort import read_cohort
from .query_options import add_split_argument, asks_something, query_of, warned

if TYPE_CHECKING:
    from ..facade import Peer
    from ..retrieve import Plan

__all__ = ["add_move_arguments", "add_table_arguments", "planned", "table_only"]

_OPTIONS = (
    "layout",
    "limit",
    "destination",
    "priority",
    "silence",
    "sha256",
    "purpose",
    "retry",
    "patience",
    "surplus",
    "split",
    "unverified",
)


def add_table_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the table as subject."""
    parser.add_argument(
        "--from",
        dest="table",
        metavar="TABLE.csv",
        help="a table instead of a query (- is stdin): columns AccessionNumber, PatientID, PatientID with StudyDate, or UIDs",
    )


def add_move_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add the options of a move; one that is not given is left to the peer's entry and the defaults of the API."""
    add_table_arguments(parser)
    parser.add_argument(
        "--several",
        choices=["refuse", "all"],
        default="refuse",
        help="rows of the table that have several matches (default: refuse)",
    )
    parser.add_argument("--to", required=required, metavar="FOLDER", help="data folder; made when missing")
    own = parser.add_argument_group("how", argument_default=argparse.SUPPRESS)
    own.add_argument("--layout", metavar="TEMPLATE", help="paths below the folder, such as {PatientID}/{Modality}/{instance}.dcm")
    own.add_argument("--limit", type=_limit, metavar="N|none", help="studies that a query may resolve to (default: 50)")
    own.add_argument("--destination", metavar="AE", help="move to this AE instead of to us; nothing is observed")
    own.add_argument("--priority", choices=PRIORITIES, help="of the C-MOVE (default: low)")
    own.add_argument("--silence", type=float, metavar="SECONDS", help="give a C-MOVE up after that long without a sign (300)")
    add_split_argument(own)
    own.add_argument(
        "--unverified",
        choices=["refuse", "accept"],
        help="answers that do not hold a key that was asked for: move nothing, or trust them (default: refuse)",
    )
    own.add_argument(
        "--retry",
        nargs="?",
        const="missing",
        choices=["missing"],
        help="at the end ask again for what is missing, and for nothing else; name what the archive cannot send",
    )
    own.add_argument("--patience", metavar="TIME", help="wait so long for an archive that is away (15min; 12h)")
    own.add_argument("--surplus", choices=["keep", "drop"], help="what comes and nobody asked for, when asked for again (keep)")
    own.add_argument("--purpose", metavar="TEXT", help="what the data are wanted for: kept in the journal, never sent")
    own.add_argument("--sha256", action="store_true", help="hash each data set while it streams")


def planned(peer: Peer, arguments: argparse.Namespace) -> Plan:
    """Plan what the options say: a dry run.

    Raises
    ------
    QueryError
        The query or table cannot be used.
    SearchRefused, AssociationError
        The archive did not answer.
    """
    options = {name: value for name, value in vars(arguments).items() if name in _OPTIONS}
    if table_only(arguments):
        return peer.plan(read_cohort(arguments.table), arguments.to, several=arguments.several, **options)
    return warned(query_of(peer, arguments)).plan(arguments.to, **options)


def table_only(arguments: argparse.Namespace) -> bool:
    """Whether the subject is a table.

    Raises
    ------
    QueryError
        There are a table and a query.
    """
    if arguments.table is not None and asks_something(arguments):
        raise QueryError("--from stands instead of a query: leave out --patient, --study, --series, --image, --where, --level")
    return arguments.table is not None


def _limit(text: str) -> int | None:
    """Read a number of studies, or ``none``; argparse tells what is neither."""
    return None if text.lower() == "none" else int(text)
