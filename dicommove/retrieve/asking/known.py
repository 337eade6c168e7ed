"""What the archive knows of the studies or series of a table: their counts, and which it has not, beyond doubt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import QueryError, SearchRefused
from ...query import Query
from ...terms import Level
from .expectation import COUNTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .search import Searcher

    Match = Mapping[str, str]

__all__ = ["Known", "ask_known"]

_LIST_LENGTH = 100
"""Studies whose counts are asked for in one C-FIND."""
_MOST_SINGLE = 500
"""UIDs that a list did not answer and that are asked for one by one: archives refuse lists, or cut their answers off."""


@dataclass(frozen=True, slots=True)
class Known:
    """By UID what the archive answered, and the UIDs of which it says, asked for each alone, that it has none."""

    matches: dict[str, Match] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()


def ask_known(searcher: Searcher, meant: Sequence[Match], level: Level) -> Known:
    """Ask for the counts of what a table means; what a list leaves out is asked for by itself, and what stays in doubt is kept.

    Parameters
    ----------
    searcher : Searcher
    meant : sequence of Mapping
        The UIDs of each row, those above the level included.
    level : Level
        At IMAGE level nothing is asked: the instances are taken as meant.
    """
    if level is Level.IMAGE:
        return Known()
    wanted = {match[level.unique_key]: match for match in meant}
    matches: dict[str, Match] = {}
    for query in _lists(wanted, level):
        matches.update(_answered(searcher, query, level) or {})
    absent = set()
    for uid in [uid for uid in wanted if uid not in matches][:_MOST_SINGLE]:
        alone = _answered(searcher, _one(wanted[uid], level), level)
        matches.update(alone or {})
        if alone is not None and uid not in alone:
            absent.add(uid)
    return Known(matches, frozenset(absent))


def _answered(searcher: Searcher, query: Query, level: Level) -> dict[str, Match] | None:
    """Matches by UID; None when the archive would not answer, or when nobody can tell what its silence means."""
    try:
        answers = searcher.answers(query, extra=COUNTS[level])
    except (SearchRefused, QueryError):
        return None
    found = {match[level.unique_key]: match for match in answers.named}
    return None if not found and answers.doubts else found


def _lists(wanted: Mapping[str, Match], level: Level) -> Iterator[Query]:
    if level is Level.STUDY:
        uids = list(wanted)
        for start in range(0, len(uids), _LIST_LENGTH):
            yield Query().studies(*uids[start : start + _LIST_LENGTH])
        return
    by_study: dict[str, list[str]] = {}
    for uid, match in wanted.items():
        by_study.setdefault(match["StudyInstanceUID"], []).append(uid)
    for study, series in by_study.items():
        yield Query().studies(study).series(*series)


def _one(match: Match, level: Level) -> Query:
    query = Query().patients(match["PatientID"]) if match.get("PatientID") else Query()
    query = query.studies(match["StudyInstanceUID"])
    return query if level is Level.STUDY else query.series(match["SeriesInstanceUID"])
