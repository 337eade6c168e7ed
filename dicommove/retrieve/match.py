"""A table in: each row of accession numbers or patients is matched to studies, or given the reason why it is not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .. import frames
from ..errors import QueryError
from ..query import Query
from ..terms import InformationModel, Level
from .expectation import COUNTS, expect
from .plan import Plan, with_present
from .planned import Fate
from .requests import requests_for
from .search import Searcher
from .table import Cells, TableKeys, keys_of, read_rows, uid_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from ..entities import Remote
    from .options import Options

    Match = Mapping[str, str]

__all__ = ["Matched", "match_frame", "plan_table"]

_LIST_LENGTH = 100
"""Studies whose counts are asked for in one C-FIND."""


@dataclass(frozen=True, slots=True)
class Matched:
    """What became of one row of the table.

    Attributes
    ----------
    cells : Cells
        The row's keys.
    match : {"found", "none", "several", "refused"}
    reason : str or None
    matches : tuple of Mapping
        The studies (series, instances) that it means.
    """

    cells: Cells
    match: str
    reason: str | None
    matches: tuple[Match, ...] = ()


def match_frame(remote: Remote, table: object) -> pd.DataFrame:
    """Match a table: one row per (input row, match), with the table's own columns and those of `frames.MATCH`.

    Raises
    ------
    QueryError
        The table has no key column, or an ID column holds numbers.
    """
    names, rows, kinds = frames.read_table(table)
    keys = keys_of(names, kinds)
    with Searcher(remote) as searcher:
        matched = _matched(searcher, rows, keys)
    if taken := [name for name in ("row", "match", "reason") if name in names]:
        raise QueryError(f"the table has columns named {', '.join(taken)}, which match() adds: rename yours")
    found = [(one, match) for one in matched for match in one.matches or (_given(rows[one.cells.row]),)]
    facts = [{"row": one.cells.row, "match": one.match, "reason": one.reason, **_uids(match)} for one, match in found]
    return frames.extend(table, [one.cells.row for one, _ in found], frames.MATCH, facts)


def plan_table(
    remote: Remote,
    table: object,
    folder: str | Path,
    *,
    options: Options,
    level: Level | str = Level.STUDY,
    several: Literal["refuse", "all"] = "refuse",
) -> Plan:
    """Plan the move of a table, or of bare UIDs of one level.

    Raises
    ------
    QueryError
        The table cannot be used, or bare UIDs of a level below STUDY lack those above.
    """
    rows, keys = _read(table, Level(level))
    _check_layout(options, rows)
    with Searcher(remote) as searcher:
        if keys.by_uid:
            matched = [_as_meant(cells) for cells in uid_rows(rows, keys)]
            known = _known(searcher, matched, keys.level)
            matched = [_exists(one, keys.level, known) for one in matched]
        else:
            matched = _matched(searcher, rows, keys)
            known = {match["StudyInstanceUID"]: match for one in matched for match in one.matches}
        wanted = _wanted(matched, keys.level, known, several)
        requests = requests_for(wanted, keys.level)
        expectation = expect(searcher, requests, wanted, keys.level)
    plan = Plan(
        remote=remote,
        folder=Path(folder).expanduser().absolute(),
        requests=expectation.requests,
        instances=expectation.instances,
        series=expectation.series,
        model=remote.model or InformationModel.STUDY_ROOT,
        options=options,
        guarded=False,
    )
    plan = with_present(plan)
    into = _requests_by_uid(plan, keys.level)
    fates = tuple(fate for one in matched for fate in _fates(one, into, keys.level, several))
    return replace(plan, fates=fates, rows=_first_rows(fates, rows))


def _read(table: object, level: Level) -> tuple[Sequence[Mapping[str, object]], TableKeys]:
    """Rows and keys of a DataFrame, or of bare UIDs."""
    if isinstance(table, (str, list, tuple)) or frames.is_column(table):
        uids = [table] if isinstance(table, str) else list(table)  # type: ignore[call-overload]  # a column iterates its values
        if level is not Level.STUDY:
            raise QueryError(
                f"bare UIDs of {level} level lack the UIDs above them, which a C-MOVE needs (PS3.4 C.4.2.2.1): "
                f"give a DataFrame with {', '.join(up.unique_key for up in level.up_to[1:])}, as find() returns it"
            )
        return [{level.unique_key: uid} for uid in uids], TableKeys(level, (level.unique_key,), by_uid=True)
    names, rows, kinds = frames.read_table(table)
    return rows, keys_of(names, kinds)


def _matched(searcher: Searcher, rows: Sequence[Mapping[str, object]], keys: TableKeys) -> list[Matched]:
    """Ask once for equal rows, and judge each row by the answers."""
    cells = uid_rows(rows, keys) if keys.by_uid else read_rows(rows, keys.columns)
    answers: dict[tuple[tuple[str, str], ...], Matched] = {}
    matched = []
    for one in cells:
        if one.refused:
            matched.append(Matched(one, "refused", one.refused))
            continue
        asked = tuple(one.keys.items())
        if asked not in answers:
            answers[asked] = _judge(one, _ask(searcher, one, keys.level), keys.level)
        matched.append(replace(answers[asked], cells=one))
    return matched


def _ask(searcher: Searcher, cells: Cells, level: Level) -> tuple[Match, ...]:
    query = Query().studies()
    for down in (Level.SERIES, Level.IMAGE):
        query = (query.series() if down is Level.SERIES else query.images()) if level >= down else query
    uids = {name: text for name, text in cells.keys.items() if name in frames.UIDS}
    keys = uids or cells.keys  # beside UIDs a Patient ID is no key: it may have been replaced, or belong to another archive
    return searcher.answers(query.where(**keys).returning(*keys), extra=COUNTS[level]).matches


def _judge(cells: Cells, answers: Sequence[Match], level: Level) -> Matched:
    """Only answers equal to the cell count: archives match case-insensitively, by prefix, or not at all."""
    by_uid = any(key in frames.UIDS for key in cells.keys)
    compared = {key: text for key, text in cells.keys.items() if key in frames.UIDS or not by_uid}
    equal = tuple(answer for answer in answers if all(_equal(answer.get(key), text) for key, text in compared.items()))
    dropped = len(answers) - len(equal)
    said = f"; {dropped} answers that are not equal to the cell were dropped" if dropped else ""
    if not equal:
        return Matched(cells, "none", "the archive has no match" + said)
    if len(equal) > 1:
        return Matched(cells, "several", f"{len(equal)} {level} matches" + said, equal)
    return Matched(cells, "found", said.removeprefix("; ") or None, equal)


def _equal(answer: str | None, cell: str) -> bool:
    return answer is not None and answer.strip(" \0") == cell


def _as_meant(cells: Cells) -> Matched:
    if cells.refused:
        return Matched(cells, "refused", cells.refused)
    return Matched(cells, "found", None, (cells.keys,))


def _known(searcher: Searcher, matched: Sequence[Matched], level: Level) -> dict[str, Match]:
    """What the archive says of the studies or series of the table, by UID; instances are taken as meant."""
    if level is Level.IMAGE:
        return {}
    by_study: dict[str, dict[str, None]] = {}
    for one in matched:
        for match in one.matches:
            by_study.setdefault(match["StudyInstanceUID"], {})[match[level.unique_key]] = None
    queries = _study_queries(by_study) if level is Level.STUDY else _series_queries(by_study)
    known: dict[str, Match] = {}
    for query in queries:
        for match in searcher.answers(query, extra=COUNTS[level]).matches:
            known[match[level.unique_key]] = match
    return known


def _study_queries(uids: Iterable[str]) -> Iterable[Query]:
    every = list(uids)
    return (Query().studies(*every[start : start + _LIST_LENGTH]) for start in range(0, len(every), _LIST_LENGTH))


def _series_queries(by_study: Mapping[str, Iterable[str]]) -> Iterable[Query]:
    return (Query().studies(study).series(*uids) for study, uids in by_study.items())


def _exists(one: Matched, level: Level, known: Mapping[str, Match]) -> Matched:
    """A UID that the archive does not know is no match; nothing is sent for it."""
    if level is Level.IMAGE or not one.matches or one.matches[0][level.unique_key] in known:
        return one
    return Matched(one.cells, "none", f"the archive has no such {level.unique_key}")


def _wanted(
    matched: Sequence[Matched], level: Level, known: Mapping[str, Match], several: Literal["refuse", "all"]
) -> list[Match]:
    wanted: dict[str, Match] = {}
    for one in matched:
        if one.match == "found" or (one.match == "several" and several == "all"):
            for match in one.matches:
                uid = match[level.unique_key]
                wanted[uid] = {**known.get(uid, {}), **match}
    return list(wanted.values())


def _fates(one: Matched, into: Mapping[str, list[int]], level: Level, several: Literal["refuse", "all"]) -> list[Fate]:
    """One per request that the row went into; a row that went into none has one fate."""
    row, taken = one.cells.row, one.match == "found" or (one.match == "several" and several == "all")
    if not taken:
        reason = one.reason
        if one.match == "several":
            reason = f"{one.reason}: not moved; give several='all' to move them all"
        return [
            Fate(row, one.match, reason, None, {key: text for key, text in one.cells.keys.items() if key in frames.UNIQUE_KEYS})
        ]
    return [
        Fate(row, one.match, one.reason, number, _uids(match))
        for match in one.matches
        for number in into[match[level.unique_key]]
    ]


def _requests_by_uid(plan: Plan, level: Level) -> dict[str, list[int]]:
    """Numbers of the requests that each UID of the level went into: several when part of it was there already."""
    into: dict[str, dict[int, None]] = defaultdict(dict)
    for request in plan.requests:
        for uid in {Level.STUDY: (request.study,), Level.SERIES: request.series, Level.IMAGE: request.instances}[level]:
            into[uid][request.number] = None
    for instance in plan.instances:
        uid = {Level.STUDY: instance.study, Level.SERIES: instance.series, Level.IMAGE: instance.uid}[level]
        into[uid][instance.request] = None
    return {uid: list(numbers) for uid, numbers in into.items()}


def _first_rows(fates: Sequence[Fate], rows: Sequence[Mapping[str, object]]) -> dict[int, tuple[int, dict[str, str]]]:
    """By request the first row that it was made for; its cells as text, for ``{row.column}`` of a layout."""
    first: dict[int, tuple[int, dict[str, str]]] = {}
    for fate in fates:
        if fate.request is not None and fate.request not in first:
            cells = {str(name): str(cell) for name, cell in rows[fate.row].items() if cell is not None}
            first[fate.request] = (fate.row, cells)
    return first


def _check_layout(options: Options, rows: Sequence[Mapping[str, object]]) -> None:
    """A layout may name columns of the table only."""
    lacking = [name for name in options.layout.columns if rows and name not in rows[0]] if options.layout else []
    if lacking:
        raise QueryError(f"layout: the table has no column {', '.join(lacking)}; it has {', '.join(rows[0])}")


def _given(row: Mapping[str, object]) -> dict[str, str]:
    """The UIDs of a row that has no match, as the user wrote them."""
    return {name: str(row[name]) for name in frames.UIDS if row.get(name)}


def _uids(match: Match) -> dict[str, str]:
    return {keyword: match[keyword] for keyword in frames.UIDS if match.get(keyword)}
