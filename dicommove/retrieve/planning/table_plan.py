"""Plans of tables: the rows of a table, or bare UIDs, become requests; every row has its fate."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ... import frames
from ...errors import QueryError
from ...query import Query
from ...terms import InformationModel, Level
from ..asking.availability import Availability, available, not_asked_reason
from ..asking.expectation import expect
from ..asking.known import Known, ask_known
from ..asking.match import Matched, Table, match_rows, read, uids_of
from ..asking.search import Searcher
from .plan import Plan, held_studies, with_present
from .planned import Fate
from .question import question_of_table
from .requests import requests_for
from .table import TableKeys, uid_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...entities import Remote
    from .options import Options
    from .table import Cells

    Match = Mapping[str, str]
    Several = Literal["refuse", "all"]

__all__ = ["plan_table"]


def plan_table(
    remote: Remote,
    table: object,
    folder: str | Path,
    *,
    options: Options,
    level: Level | str = Level.STUDY,
    several: Several = "refuse",
    warn: bool = True,
) -> Plan:
    """Plan the move of a table, or of bare UIDs of one level; its doubts are warned of, unless ``warn`` is False.

    Raises
    ------
    QueryError
        The table cannot be used, or the archive cannot say which studies bare UIDs of a lower level belong to.
    """
    _check(several, level)
    place = Path(folder).expanduser().absolute()
    with Searcher(remote, split=options.split) as searcher:
        known_table, several = _read(searcher, table, Level(level), several)
        _check_layout(options, known_table)
        matched, known = _resolved(searcher, known_table)
        truncated = searcher.cut_off
        named = available(_wanted(matched, known_table.keys.level, known, several), known_table.keys.level)
        requests = requests_for(named.wanted, known_table.keys.level)
        held = lambda: held_studies(place, options)  # noqa: E731 - asked only where the instances are not
        expectation = expect(searcher, requests, named.wanted, known_table.keys.level, held=held)
        if warn:
            searcher.warn(stacklevel=5)
    plan = Plan(
        remote=remote,
        folder=place,
        requests=expectation.requests,
        instances=expectation.instances,
        series=expectation.series,
        model=remote.model or searcher.model or InformationModel.STUDY_ROOT,
        options=options,
        warnings=(*searcher.doubts, *named.words(), *expectation.words()),
        truncated=truncated,
        searches=searcher.requests,
        guarded=False,
        question=question_of_table(known_table),
    )
    return _with_fates(with_present(plan), matched, known_table, several, named)


def _check(several: str, level: str) -> None:
    if several not in ("refuse", "all"):
        raise QueryError(f"several={several!r}: 'refuse' or 'all' is needed")
    if level not in tuple(Level):
        raise QueryError(f"level={level!r}: one of {', '.join(Level)} is needed")


def _read(searcher: Searcher, table: object, level: Level, several: Several) -> tuple[Table, Several]:
    """A DataFrame as it is; bare UIDs, or Patient IDs, as a table of one column."""
    if not (isinstance(table, (str, list, tuple, set, frozenset)) or frames.is_column(table)):
        return read(table), several
    values = [table] if isinstance(table, str) else list(table)  # type: ignore[call-overload]  # a column iterates its values
    rows: Sequence[Mapping[str, object]] = [{level.unique_key: value} for value in values]
    if level is Level.PATIENT:
        return Table(rows, TableKeys(Level.STUDY, (level.unique_key,), by_uid=False)), "all"
    if level > Level.STUDY:
        rows = _with_parents(searcher, [str(value) for value in values], level)
    return Table(rows, TableKeys(level, (level.unique_key,), by_uid=True)), several


def _with_parents(searcher: Searcher, uids: list[str], level: Level) -> list[Mapping[str, object]]:
    """Ask which studies and series bare UIDs belong to: only a relational query can (PS3.4 C.4.1.2.2)."""
    if not searcher.relational:
        raise QueryError(
            f"bare UIDs of {level} level lack the UIDs above them, which a C-MOVE needs (PS3.4 C.4.2.2.1), and this archive does "
            f"not agree to relational queries: give a DataFrame with {', '.join(up.unique_key for up in level.up_to[1:])}, "
            "as find() returns it"
        )
    query = Query().series(*uids) if level is Level.SERIES else Query().images(*uids)
    found = {match[level.unique_key]: dict(match) for match in searcher.answers(query).named}
    return [found.get(uid, {level.unique_key: uid}) for uid in uids]


def _resolved(searcher: Searcher, table: Table) -> tuple[list[Matched], Known]:
    """What each row means; UIDs are taken as meant, unless the archive says beyond doubt that it has none such."""
    if not table.keys.by_uid:
        matched = match_rows(searcher, table)
        return matched, Known({match["StudyInstanceUID"]: match for one in matched for match in one.matches})
    matched = [_as_meant(cells) for cells in uid_rows(table.rows, table.keys)]
    known = ask_known(searcher, [match for one in matched for match in one.matches], table.keys.level)
    return [_unless_absent(one, table.keys.level, known) for one in matched], known


def _as_meant(cells: Cells) -> Matched:
    if cells.refused:
        return Matched(cells, "refused", cells.refused)
    return Matched(cells, "found", None, (cells.keys,))


def _unless_absent(one: Matched, level: Level, known: Known) -> Matched:
    if not one.matches or one.matches[0][level.unique_key] not in known.absent:
        return one
    return Matched(one.cells, "none", f"the archive has no such {level.unique_key}")


def _taken(one: Matched, several: Several) -> bool:
    return one.match == "found" or (one.match == "several" and several == "all")


def _wanted(matched: Sequence[Matched], level: Level, known: Known, several: Several) -> list[Match]:
    wanted: dict[str, Match] = {}
    for one in matched:
        for match in one.matches if _taken(one, several) else ():
            uid = match[level.unique_key]
            wanted[uid] = {**known.matches.get(uid, {}), **match}
    return list(wanted.values())


def _with_fates(plan: Plan, matched: Sequence[Matched], table: Table, several: Several, named: Availability) -> Plan:
    into = _requests_by_uid(plan, table.keys.level)
    left = {match[named.level.unique_key]: not_asked_reason(match) for match in named.left}
    fates = tuple(fate for one in matched for fate in _fates(one, into, table.keys.level, several, left))
    return replace(plan, fates=fates, rows=_first_rows(fates, table.rows))


def _fates(one: Matched, into: Mapping[str, list[int]], level: Level, several: Several, left: Mapping[str, str]) -> list[Fate]:
    """One per request that the row went into; a row that went into none has one fate."""
    row = one.cells.row
    if not _taken(one, several):
        more = ": not moved; give several='all' to move them all" if one.match == "several" else ""
        keys = {key: text for key, text in one.cells.keys.items() if key in frames.UNIQUE_KEYS}
        return [Fate(row, one.match, (one.reason or "") + more or None, None, keys)]
    return [
        Fate(row, one.match, left.get(match[level.unique_key], one.reason), number, uids_of(match))
        for match in one.matches
        for number in into.get(match[level.unique_key], (None,))
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
        if fate.request is not None and fate.row is not None and fate.request not in first:
            cells = {str(name): str(cell) for name, cell in rows[fate.row].items() if cell is not None}
            first[fate.request] = (fate.row, cells)
    return first


def _check_layout(options: Options, table: Table) -> None:
    """A layout may name columns of the table only."""
    names = list(table.rows[0]) if table.rows else []
    lacking = [name for name in options.layout.columns if names and name not in names] if options.layout else []
    if lacking:
        raise QueryError(f"layout: the table has no column {', '.join(lacking)}; it has {', '.join(names)}")
