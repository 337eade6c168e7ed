"""Recheck: what the archive has now, compared with what it had named or sent at the time of a move; nothing is moved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...errors import QueryError, SearchRefused
from ...query import Query
from ...terms import Level
from ..asking.expectation import COUNTS, instances_of
from ..asking.search import Searcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ...entities import Remote
    from ..asking.expectation import ExpectedInstance
    from ..planning.requests import Request

    Row = Mapping[str, object]

__all__ = ["Rechecked", "recheck", "whole_requests"]


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What has changed at the archive.

    Attributes
    ----------
    rows : tuple of dict
        One per SOP Instance that was added or removed.
    unchecked : tuple of Request
        Those of which the archive does not say for certain what it has now.
    """

    rows: tuple[dict[str, object], ...]
    unchecked: tuple[Request, ...]


def recheck(remote: Remote, requests: Iterable[Request], ledger: Sequence[Row]) -> Rechecked:
    """Ask the archive what it has now of what was asked for.

    Parameters
    ----------
    remote : Remote
        The archive.
    requests : iterable of Request
        Those of the move.
    ledger : sequence of Mapping
        Its ledger: what it names as expected, or has as received, is what the archive had then.

    Raises
    ------
    AssociationError
        In one of its four forms.
    """
    rows: list[dict[str, object]] = []
    unchecked: list[Request] = []
    with Searcher(remote) as searcher:
        for request in whole_requests(requests):
            now = _instances_now(searcher, request)
            if now is None:
                unchecked.append(request)
            else:
                rows += _changes(request, now, ledger)
    return Rechecked(tuple(rows), tuple(unchecked))


def whole_requests(requests: Iterable[Request]) -> list[Request]:
    """The requests as they were meant: a move whose part was there already had split them, and a whole study holds its series."""
    every = list(requests)
    studies = {request.study for request in every if request.level is Level.STUDY}
    series = {(request.study, uid) for request in every if request.level is Level.SERIES for uid in request.series}
    wanted = [
        request
        for request in every
        if request.level is Level.STUDY
        or (request.study not in studies and not (request.instances and (request.study, request.series[0]) in series))
    ]
    return list({(one.level, one.study, one.series, one.instances): one for one in reversed(wanted)}.values())[::-1]


def _instances_now(searcher: Searcher, request: Request) -> tuple[ExpectedInstance, ...] | None:
    """What the archive has now; None when it does not say, or contradicts its own counts."""
    whole = Query().patients(request.patient) if searcher.needs_patient and request.patient else Query()
    query = whole.studies(request.study).series(*request.series)
    try:
        answers = searcher.answers(query, extra=COUNTS[Level.SERIES], aside=True)
    except (SearchRefused, QueryError):
        return None
    if answers.cut_off or len(answers.named) < len(answers.matches):
        return None
    found = instances_of(searcher, replace(request, expected=None), answers.matches)
    if found is None or not request.instances:
        return found
    return tuple(instance for instance in found if instance.uid in request.instances)


def _changes(request: Request, now: Sequence[ExpectedInstance], ledger: Iterable[Row]) -> Iterator[dict[str, object]]:
    own = {str(row["SOPInstanceUID"]): row for row in ledger if _concerns(request, row)}
    then = {uid for uid, row in own.items() if row["expected"] or (row["expected"] is None and row["received"])}
    for instance in now:
        if instance.uid not in then:
            place = {
                "StudyInstanceUID": instance.study,
                "SeriesInstanceUID": instance.series,
                "SOPInstanceUID": instance.uid,
                "received": False,
            }
            yield _row(request, "added", own.get(instance.uid, place))
    for uid in sorted(then - {instance.uid for instance in now}):
        yield _row(request, "removed", own[uid])


def _concerns(request: Request, row: Row) -> bool:
    study, series = row["StudyInstanceUID"], row["SeriesInstanceUID"]
    return request.covers(str(study), str(series), str(row["SOPInstanceUID"]))


def _row(request: Request, change: str, known: Row) -> dict[str, object]:
    uids = {name: known[name] for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")}
    return {**uids, "request": request.number, "change": change, "received": bool(known["received"])}
