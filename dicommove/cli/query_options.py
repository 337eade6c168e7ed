"""Options that say what: the builder's verbs in the order in which they stand on the command line."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ..errors import QueryError
from ..facade import PeerQuery
from ..query import between
from ..query.attributes import attribute_of_keyword
from ..query.temporal import TEMPORAL_VRS
from ..terms import Level
from .conclusion import remark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..facade import Peer

__all__ = ["add_query_arguments", "add_split_argument", "asks_something", "query_of", "warned"]

_LEVELS = {"patient": Level.PATIENT, "study": Level.STUDY, "series": Level.SERIES, "image": Level.IMAGE}
_WITHOUT_COMMA = TEMPORAL_VRS | {"AS", "AT", "CS", "DS", "FD", "FL", "IS", "SL", "SS", "SV", "UI", "UL", "US", "UV"}
"""VRs whose values hold no comma: there it separates values, any of which may match."""


class _Step(argparse.Action):
    """Keeps the order in which options were given: a key belongs to the level that stands before it."""

    def __call__(self, _: object, namespace: argparse.Namespace, values: Any, __: object = None) -> None:
        """Append (name of the option, values)."""
        verb = self.option_strings[0].lstrip("-")
        given = values if isinstance(values, list) else [values]
        namespace.steps = [*(namespace.steps or ()), (verb, given)]


def add_query_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verbs and keys of a query."""
    group = parser.add_argument_group("the query (options are read from left to right; it begins at STUDY level)")
    for verb, (metavar, what) in {
        "patient": ("ID", "patients"),
        "study": ("UID", "studies"),
        "series": ("UID", "series"),
        "image": ("UID", "SOP Instances"),
    }.items():
        text = f"go to the {what}; with {metavar}s, to these alone"
        group.add_argument(f"--{verb}", action=_Step, dest="steps", nargs="*", metavar=metavar, help=text)
    group.add_argument(
        "--where",
        action=_Step,
        dest="steps",
        metavar="KEY=VALUE",
        help="narrow by a key of the level where it stands, or above; dates and times FROM..TO; codes, numbers and UIDs A,B; "
        "given again for the same key: any of them",
    )
    group.add_argument(
        "--key",
        action=_Step,
        dest="steps",
        metavar="PATH=VALUE",
        help="a key within a sequence: ProcedureCodeSequence[0].CodeValue=X",
    )
    group.add_argument("--returning", action=_Step, dest="steps", nargs="+", metavar="KEYWORD", help="ask for these back too")
    group.add_argument(
        "--level", type=str.upper, choices=[level.value for level in Level], help="level of what is found or moved at the end"
    )


def add_split_argument(parser: argparse._ActionsContainer) -> None:
    """Add the option that says whether answers that look cut off are asked for in parts; not given, they are."""
    parser.add_argument(
        "--split",
        type=_split,
        default=argparse.SUPPRESS,
        metavar="auto|none",
        help="ask in parts for answers that the archive cut off (default: auto)",
    )


def _split(text: str) -> str | None:
    if text not in ("auto", "none"):
        raise argparse.ArgumentTypeError("auto or none is needed")
    return None if text == "none" else text


def asks_something(arguments: argparse.Namespace) -> bool:
    """Whether any option of the query was given."""
    return bool(arguments.steps or arguments.level)


def query_of(peer: Peer, arguments: argparse.Namespace) -> PeerQuery:
    """Build the query that the options say.

    Raises
    ------
    QueryError
        As of the builder's verbs, or ``--where`` without ``=``.
    """
    steps: Sequence[tuple[str, list[str]]] = arguments.steps or ()
    last = Level(arguments.level) if arguments.level else None
    query = PeerQuery(peer=peer)
    if not steps or steps[0][0] not in _LEVELS:
        goes_on = any(verb in _LEVELS for verb, _ in steps)
        query = _to(query, Level.STUDY if goes_on or last is None else last)
    wanted: dict[str, list[object]] = {}
    for verb, values in steps:
        if verb in _LEVELS:
            query, wanted = _to(_narrowed(query, wanted), _LEVELS[verb], *values), {}
        elif verb == "where":
            keyword, members = _condition(values[0])
            wanted.setdefault(keyword, []).extend(members)
        else:
            query = query.key(values[0]) if verb == "key" else query.returning(*values)
    query = _narrowed(query, wanted)
    return query if last is None or last is query.level else _to(query, last)


def warned(query: PeerQuery) -> PeerQuery:
    """Tell on stderr what may not be meant, before it is sent; that a query is too little to be moved is left to the move."""
    for finding in query.lint():
        if finding.severity == "warning" and finding.code != "not-selective":
            remark(f"warning: {finding.keyword + ': ' if finding.keyword else ''}{finding.text}")
    return query


def _to(query: PeerQuery, level: Level, *values: str) -> PeerQuery:
    verb = {Level.PATIENT: query.patients, Level.STUDY: query.studies, Level.SERIES: query.series, Level.IMAGE: query.images}
    return verb[level](*values)


def _narrowed(query: PeerQuery, wanted: dict[str, list[object]]) -> PeerQuery:
    return query.where(**{keyword: members[0] if len(members) == 1 else members for keyword, members in wanted.items()})


def _condition(text: str) -> tuple[str, list[object]]:
    """Keyword and values of ``KEY=VALUE``; the values are not told in errors, for they may be a patient's."""
    keyword, equals, value = text.partition("=")
    if not equals:
        raise QueryError("--where takes KEY=VALUE, such as --where PatientName='MEIER*'; to ask a key back, --returning KEY")
    attribute = attribute_of_keyword(keyword.strip())
    if attribute.vr == "SQ":
        raise QueryError(
            f"{attribute.label} is a sequence: --key '{attribute.label}[0].CodeValue=...' asks for an attribute within"
        )
    members = value.split(",") if attribute.vr in _WITHOUT_COMMA else [value]
    return attribute.label, [_range(member) if attribute.vr in TEMPORAL_VRS else member for member in members]


def _range(text: str) -> object:
    start, dots, end = text.partition("..")
    return between(start.strip() or None, end.strip() or None) if dots else text
