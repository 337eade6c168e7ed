"""What the form asks of the archive, without a widget: matches, the series of a study, a plan of what is ticked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydicom.datadict import dictionary_VR, tag_for_keyword

from .. import frames, retrieve
from ..errors import QueryError
from ..head import Head
from ..query import Query
from ..retrieve.asking.search import Searcher
from ..store import Layout
from ..terms import Level
from .asking import RETURNED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from threading import Event

    from ..entities import Remote
    from ..retrieve import Answers, Plan
    from ..retrieve.planning.options import Options
    from .asking import Stated

    Match = Mapping[str, str]

__all__ = ["check_stated", "example_path", "plan_of", "search", "series_of"]

_CHARACTER_SET = 0x00080005
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
        return searcher.answers(root.studies(study["StudyInstanceUID"]).series().returning(*_OF_SERIES)).named


def plan_of(remote: Remote, matches: Sequence[Match], level: Level, folder: str, options: Options) -> Plan:
    """Plan the move of what is ticked. Unlike a table in a notebook it is limited: all of it is ticked with one press."""
    unique = dict.fromkeys((part.unique_key for part in level.up_to), "text")
    table = frames.build(unique, matches)
    return replace(retrieve.plan_table(remote, table, folder, options=options, warn=False), guarded=True)


def example_path(plan: Plan, match: Match) -> str:
    """Write the path of one instance below the folder, as the layout makes it of what the archive says of a match.

    Examples
    --------
    >>> from pathlib import Path
    >>> from dicommove.entities import Remote
    >>> from dicommove.retrieve import Plan
    >>> plan = Plan(remote=Remote("pacs", 104), folder=Path("data"), requests=())
    >>> print(example_path(plan, {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.3", "SeriesNumber": "4"}))
    ue2koj5f4krttweh/0004_CT_37bq6ixdwaausnn3/00001_37bq6ixdwaausnn3.dcm
    """
    first = next(iter(plan.instances), None)
    series = plan.series.get(first.series, {}) if first is not None else {}
    known = {"Modality": "CT", "SeriesNumber": "1", "SeriesInstanceUID": "1.2.3", "InstanceNumber": "1", **match, **series}
    uid = first.uid if first is not None else "1.2.3"
    told = {tag_for_keyword(name): (dictionary_VR(name), text.encode()) for name, text in known.items() if text}
    head = Head("1.2.840.10008.1.2.1", {_CHARACTER_SET: ("CS", b"ISO_IR 192")} | {tag: one for tag, one in told.items() if tag})
    return (plan.options.layout or Layout()).path_for(head, uid).as_posix()
