"""Expectations: what a request should bring, and who said so.

Asks little: counts first, the instances themselves only where that is cheap. An IMAGE answer that disagrees with the
archive's own counts proves nothing, and the counts stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ...errors import QueryError, SearchRefused
from ...query import Query
from ...terms import Level
from ..planning.guards import size_of
from .availability import AVAILABILITY

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from ..planning.requests import Request
    from .search import Searcher

    Match = Mapping[str, str]

__all__ = ["COUNTS", "MOST_SERIES", "Expectation", "ExpectedInstance", "expect", "instances_of"]

MOST_SERIES = 50
"""Up to this many series the instances are asked for before a move: one C-FIND each."""

COUNTS = {
    Level.STUDY: ("PatientID", "NumberOfStudyRelatedInstances", "NumberOfStudyRelatedSeries", "ModalitiesInStudy", AVAILABILITY),
    Level.SERIES: ("NumberOfSeriesRelatedInstances", "Modality", "SeriesNumber", "SeriesDescription", AVAILABILITY),
    Level.IMAGE: (AVAILABILITY,),
}
"""Keywords asked back with the matches of a level, so that the counts cost nothing."""


@dataclass(frozen=True, slots=True)
class ExpectedInstance:
    """A SOP Instance that the archive says belongs to a request."""

    request: int
    study: str
    series: str
    uid: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """The requests with their numbers; the instances, and what the archive says of their series, where these are known.

    ``unnamed`` says of how many requests the archive, asked for the instances, named not as many as it counts.
    """

    requests: tuple[Request, ...]
    instances: tuple[ExpectedInstance, ...] = ()
    series: Mapping[str, Match] = field(default_factory=dict)
    unnamed: int = 0

    def words(self) -> list[str]:
        """Say in a plan what is left to the counts, where that is not what one would expect.

        Examples
        --------
        >>> Expectation((), unnamed=1).words()[0][:52]
        'of 1 C-MOVE the archive does not name every instance'
        """
        if not self.unnamed:
            return []
        requests = f"{self.unnamed} C-MOVE{'s' * (self.unnamed != 1)}"
        said = (
            f"of {requests} the archive does not name every instance that it counts, for it may cut its answers off: what arrives"
        )
        return [f"{said} is compared with the count, and the ledger cannot name what is missing"]


def expect(
    searcher: Searcher,
    requests: Sequence[Request],
    matches: Sequence[Match],
    level: Level,
    *,
    ask_instances: bool | None = None,
    held: Callable[[], Container[str]] = frozenset,
) -> Expectation:
    """Say what to expect of each request.

    Parameters
    ----------
    searcher : Searcher
        Asks the archive.
    requests : sequence of Request
        Made from ``matches``.
    matches : sequence of Mapping
        Of ``level``, with the keywords of `COUNTS` where the archive gave them.
    level : Level
        STUDY, SERIES or IMAGE.
    ask_instances : bool, optional
        Ask for the instances (IMAGE level) whatever it costs, or never; by default up to `MOST_SERIES` series.
    held : callable
        Gives the studies of which the folder has something: their instances are asked for, so that only the rest is moved.
    """
    by_uid = {match[level.unique_key]: match for match in matches}
    counted = [_with_count(request, by_uid, level) for request in requests]
    if level is Level.IMAGE:
        return _as_matched(counted)
    if ask_instances is False:
        return Expectation(tuple(counted))
    if ask_instances is None and len(counted) > MOST_SERIES:
        return _with_instances(searcher, counted, _of_studies(counted, held()), no_more_than=None)
    return _with_instances(searcher, counted, counted, no_more_than=None if ask_instances else MOST_SERIES, held=held)


def _of_studies(requests: Sequence[Request], studies: Container[str]) -> list[Request]:
    return [request for request in requests if request.study in studies]


def instances_of(
    searcher: Searcher, request: Request, every_series: Sequence[Match] | None = None
) -> tuple[ExpectedInstance, ...] | None:
    """Ask for the instances of one request; None when the answer disagrees with the counts of series or study."""
    found: list[ExpectedInstance] = []
    for series in (_series_of(searcher, request) if every_series is None else every_series) or ():
        uids = _instances_of_series(searcher, request, series)
        if uids is None:
            return None
        found += [ExpectedInstance(request.number, request.study, series["SeriesInstanceUID"], uid) for uid in uids]
    if request.expected is not None and len(found) != request.expected:
        return None
    return tuple(found)


def _as_matched(requests: Iterable[Request]) -> Expectation:
    """At IMAGE level the matches are the instances."""
    whole = [replace(request, expected=len(request.instances), expected_by="instances") for request in requests]
    instances = [ExpectedInstance(r.number, r.study, r.series[0], uid) for r in whole for uid in r.instances]
    return Expectation(tuple(whole), tuple(instances))


def _with_instances(
    searcher: Searcher,
    requests: Sequence[Request],
    asked: Sequence[Request],
    *,
    no_more_than: int | None,
    held: Callable[[], Container[str]] = frozenset,
) -> Expectation:
    """Requests with their instances, for those that are asked; too many series are asked only where some of them are here."""
    series_of = {request.number: _series_of(searcher, request) for request in asked}
    if no_more_than is not None and sum(len(every or ()) for every in series_of.values()) > no_more_than:
        here = _of_studies(requests, held())
        series_of = {request.number: series_of[request.number] for request in here}
    told = {number: every for number, every in series_of.items() if every}
    found = {one.number: instances_of(searcher, one, told[one.number]) for one in requests if one.number in told}
    settled = tuple(_settled(request, found.get(request.number)) for request in requests)
    instances = tuple(instance for own in found.values() for instance in own or ())
    known = {match["SeriesInstanceUID"]: match for every in told.values() for match in every}
    unnamed = sum(found.get(one.number, ()) is None and one.expected_by == "counts" for one in requests)
    return Expectation(settled, instances, known, unnamed)


def _settled(request: Request, found: Sequence[ExpectedInstance] | None) -> Request:
    """The request as its instances say, where they are known."""
    if not found:
        return request
    return replace(request, expected=len(found), expected_by="instances", size_bytes=_size(request, len(found)))


def _root(searcher: Searcher, request: Request) -> Query:
    """The query for one study; only where there is no Study Root it must begin at the patient (PS3.4 C.4.1.2.1)."""
    if searcher.needs_patient and request.patient:
        return Query().patients(request.patient).studies(request.study)
    return Query().studies(request.study)


def _series_of(searcher: Searcher, request: Request) -> Sequence[Match] | None:
    """Series of a request; None when the archive answers no C-FIND there, or has a Patient ID that cannot be asked with.

    None too when one of them has no UID, and when they may be cut off and nobody counts the study; where it is counted, a
    series that lacks is noticed.
    """
    try:
        answers = searcher.answers(_root(searcher, request).series(*request.series), extra=COUNTS[Level.SERIES], aside=True)
    except (SearchRefused, QueryError):
        return None
    unclear = len(answers.named) < len(answers.matches) or (answers.truncated and request.expected is None)
    return None if unclear else answers.matches


def _instances_of_series(searcher: Searcher, request: Request, series: Match) -> list[str] | None:
    """UIDs of one series; None when they are not as many as the archive counts, look cut off, or are none."""
    try:
        answers = searcher.answers(_root(searcher, request).series(series["SeriesInstanceUID"]).images(), aside=True)
    except (SearchRefused, QueryError):
        return None
    counted = series.get("NumberOfSeriesRelatedInstances", "").strip()
    if len(answers.named) < len(answers.matches) or answers.cut_off or (answers.doubts and not counted):
        return None
    if counted.isdecimal() and int(counted) != len(answers.matches):
        return None
    return [match["SOPInstanceUID"] for match in answers.matches]


def _with_count(request: Request, by_uid: Mapping[str, Match], level: Level) -> Request:
    """Add up the related counts of what the request asks for; where one is absent, only the peer's counters are left."""
    if level is Level.IMAGE:
        return replace(request, size_bytes=_size(request, len(request.instances)))
    of_series = level is Level.SERIES
    keyword = "NumberOfSeriesRelatedInstances" if of_series else "NumberOfStudyRelatedInstances"
    uids = request.series if of_series else (request.study,)
    texts = [by_uid[uid].get(keyword, "").strip() for uid in uids]
    if not all(text.isdecimal() and int(text) for text in texts):  # 0 is what archives say that do not count
        return replace(request, expected_by="peer")
    count = sum(map(int, texts))
    return replace(request, expected=count, expected_by="counts", size_bytes=_size(request, count))


def _size(request: Request, instances: int) -> int:
    return size_of(instances, request.modalities)
