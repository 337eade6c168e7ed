"""What the form asks of the archive, without a widget: matches, the series of a study, a plan of what is ticked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .. import frames, retrieve
from ..errors import QueryError
from ..query import Query
from ..retrieve.search import Searcher
from ..store import Layout
from ..terms import Level
from .asking import RETURNED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from threading import Event

    from ..entities import Remote
    from ..retrieve import Answers, Plan
    from ..retrieve.options import Options
    from .asking import Stated

    Match = Mapping[str, str]

__all__ = ["check_stated", "example_paths", "plan_of", "search", "series_of"]

_OF_SERIES = tuple(name for name in RETURNED[Level.SERIES] if name not in RETURNED[Level.STUDY])


def check_stated(stated: Stated) -> None:
    """Refuse a search with a field that cannot be used, or without any: it would ask for everything in the archive.

    Raises
    ------
    QueryError
    """
    if stated.faults:
        raise QueryError("nothing was sent: one of the fields above cannot be used; what is wrong stands below it")
    if any(remark.code == "universal" for remark in stated.query.lint()):
        raise QueryError("nothing was sent: no field is filled in, so everything in the archive would match. Fill in one of them")


def search(remote: Remote, query: Query, *, cancel: Event, show: Callable[[int, int | None], None]) -> Answers:
    """Ask for the matches of a query; doubts stand in the answers, nothing is warned of."""
    with Searcher(remote, show, cancel=cancel) as searcher:
        return searcher.answers(query)


def series_of(remote: Remote, study: Match) -> Sequence[Match]:
    """Ask for the series of a study."""
    with Searcher(remote) as searcher:
        root = Query().patients(study["PatientID"]) if searcher.needs_patient and study.get("PatientID") else Query()
        return searcher.answers(root.studies(study["StudyInstanceUID"]).series().returning(*_OF_SERIES)).matches


def plan_of(remote: Remote, matches: Sequence[Match], level: Level, folder: str, options: Options) -> Plan:
    """Plan the move of what is ticked. Unlike a table in a notebook it is limited: all of it is ticked with one press."""
    unique = dict.fromkeys((part.unique_key for part in level.up_to), "text")
    table = frames.build(unique, matches)
    return replace(retrieve.plan_table(remote, table, folder, options=options, warn=False), guarded=True)


def example_paths(options: Options) -> list[str]:
    """Show how the paths of instances will look, below the folder."""
    return [(options.layout or Layout()).template]
