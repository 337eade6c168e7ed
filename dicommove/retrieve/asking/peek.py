"""Peek: the middle instance of each series is moved, and one row a series says how it was acquired."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import PixelError, QueryError, SearchRefused
from ...images import ACQUISITION, acquisition, middle
from ...query import Query
from ...store import HOME, Store
from ...terms import InformationModel, Level
from ..planning.plan import Plan
from ..planning.question import question_of_query
from ..planning.requests import requests_for
from .availability import is_not_asked, not_asked_reason
from .expectation import COUNTS, expect
from .search import Searcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ...entities import Remote
    from ..accounting.result import MoveResult
    from ..planning.options import Options

    Match = Mapping[str, str]

__all__ = ["Peek", "plan_peek", "plan_peek_of_series"]

SHOWN = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber", "Modality", "SeriesDescription")
_UNTOLD = "not possible here: the archive does not tell the single instances of this series"
_UNSENT = "not possible here: the archive did not send the single instance that was asked for"
_NO_OTHER = "a peek looks at what arrives here: move the instances without destination="


@dataclass(frozen=True, slots=True)
class Peek:
    """What a peek would move, and what it will say.

    Attributes
    ----------
    plan : Plan
        One instance of each series that the folder has nothing of; it may be empty.
    series : tuple of Mapping
        The series, as the archive describes them.
    held : Mapping
        File of a series that the folder has something of, by Series Instance UID.
    untold : Mapping
        Why nothing can be asked for, by Series Instance UID.
    """

    plan: Plan
    series: tuple[Match, ...]
    held: Mapping[str, str] = field(default_factory=dict)
    untold: Mapping[str, str] = field(default_factory=dict)

    def rows(self, result: MoveResult | None) -> Iterator[dict[str, object]]:
        """One row per series, in the order of the answers; ``result`` is that of the plan, None when nothing was moved."""
        arrived = {} if result is None else {str(row["SeriesInstanceUID"]): row for row in result.accounts.instances()}
        ledger = [] if result is None else result.accounts.ledger()
        reasons = {str(row["SeriesInstanceUID"]): row["reason"] for row in ledger if row["state"] != "received"}
        for match in self.series:
            uid = match["SeriesInstanceUID"]
            path = self.held.get(uid) or arrived.get(uid, {}).get("path")
            reason = self.untold.get(uid) or _why(reasons.get(uid))
            yield {**_of_archive(match), **(_of_file(str(path)) if path else {"reason": reason})}


def plan_peek(
    remote: Remote,
    query: Query,
    folder: str | Path,
    *,
    options: Options,
    on_request: Callable[[int, int | None], None] | None = None,
) -> tuple[Peek, tuple[str, ...]]:
    """Resolve a query to its series, choose one instance of each, and return the doubts about the answers beside it.

    Raises
    ------
    QueryError
        The query has no selective key, or some answers do not hold a key that was asked for.
    SearchRefused, AssociationError
        The archive did not answer.
    """
    query.require_selective()
    series = query.series()
    with Searcher(remote, on_request, split=options.split) as searcher:
        answers = searcher.answers(series, extra=COUNTS[Level.SERIES])
        if options.unverified == "refuse":
            answers.require_verified()
        doubts = (*searcher.doubts, *answers.unnamed_words())
        peek = _planned(searcher, answers.named, folder, options, question_of_query(series))
    return peek, doubts


def plan_peek_of_series(remote: Remote, series: Iterable[Match], folder: str | Path, *, options: Options) -> Peek:
    """As `plan_peek`, of series that are known: each with its unique keys and what is to be shown of it."""
    with Searcher(remote, split=options.split) as searcher:
        return _planned(searcher, tuple(series), folder, options, {})


def _planned(
    searcher: Searcher, series: Sequence[Match], folder: str | Path, options: Options, question: Mapping[str, object]
) -> Peek:
    if options.destination is not None:
        raise QueryError(_NO_OTHER)
    place = Path(folder).expanduser().absolute()
    held = _held(place, options)
    lacking = [match for match in series if match["SeriesInstanceUID"] not in held]
    untold: dict[str, str] = {}
    chosen = [one for match in lacking if (one := _chosen(searcher, match, untold)) is not None]
    requests = requests_for(chosen, Level.IMAGE)
    expectation = expect(searcher, requests, chosen, Level.IMAGE)
    plan = Plan(
        remote=searcher.remote,
        folder=place,
        requests=expectation.requests,
        instances=expectation.instances,
        model=searcher.model or InformationModel.STUDY_ROOT,
        options=options,
        searches=searcher.requests,
        question=question,
    )
    return Peek(plan, tuple(series), held, untold)


def _held(folder: Path, options: Options) -> dict[str, str]:
    """File of the middle instance that the folder has, by series."""
    if not (folder / HOME).is_dir():
        return {}
    rows: dict[str, list[Mapping[str, object]]] = {}
    with Store(folder, private=options.private) as store:
        for row in store.journal.rows("arrivals"):
            if row.get("SeriesInstanceUID") and store.holds(str(row.get("SOPInstanceUID"))) is not None:
                rows.setdefault(str(row["SeriesInstanceUID"]), []).append(row)
    return {uid: str(one["path"]) for uid, own in rows.items() if (one := middle(own)) is not None}


def _chosen(searcher: Searcher, match: Match, untold: dict[str, str]) -> dict[str, str] | None:
    """The middle instance of a series, by Instance Number; None, with the reason noted, when none can be asked for."""
    uid = match["SeriesInstanceUID"]
    if is_not_asked(left := not_asked_reason(match)):
        untold[uid] = left
        return None
    root = Query().patients(match["PatientID"]) if searcher.needs_patient and match.get("PatientID") else Query()
    query = root.studies(match["StudyInstanceUID"]).series(uid).images()
    try:
        found = searcher.answers(query, extra=("InstanceNumber", "Rows"), aside=True).named
    except (SearchRefused, QueryError):
        found = ()
    one = middle(found)
    if one is None:
        untold[uid] = _UNTOLD
        return None
    unique = (level.unique_key for level in Level)
    return {key: str(one.get(key) or match.get(key, "")) for key in unique} | {"Modality": match.get("Modality", "")}


def _of_archive(match: Match) -> dict[str, object]:
    return {**{name: match.get(name) for name in SHOWN}, "count": match.get("NumberOfSeriesRelatedInstances")}


def _of_file(path: str) -> dict[str, object]:
    """What the file says; one that cannot be read says why."""
    try:
        said = acquisition(path)
    except (OSError, PixelError) as error:
        return {"path": path, "reason": f"the file cannot be read ({type(error).__name__})"}
    return {**{name: said.get(name) for name in (*ACQUISITION, "plane")}, "path": path}


def _why(reason: object) -> str:
    return f"{_UNSENT}: {reason}" if reason else _UNSENT
