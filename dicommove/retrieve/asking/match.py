"""A table in: each row of accession numbers or patients is matched to studies, or given the reason why it is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ... import frames
from ...errors import QueryError
from ...query import Query
from ...terms import Level
from ..planning.table import Cells, TableKeys, keys_of, read_rows, uid_rows
from .expectation import COUNTS
from .search import Searcher

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from ...entities import Remote

    Match = Mapping[str, str]

__all__ = ["Matched", "Table", "match_frame", "match_rows", "read", "uids_of"]

_ADDED = ("row", "match", "reason")


@dataclass(frozen=True, slots=True)
class Table:
    """The user's table as it is worked on: its rows, and which of its columns are keys."""

    rows: Sequence[Mapping[str, object]]
    keys: TableKeys


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


def read(table: object) -> Table:
    """Read a DataFrame; a column of UIDs without a single one is none, as `match` leaves behind for deeper levels.

    Raises
    ------
    QueryError
        The table has no key column, or an ID column holds numbers.
    """
    names, rows, kinds = frames.read_table(table)
    empty = {name for name in names if rows and not any(row[name] for row in rows)}
    kinds = {name: "text" if name in empty else kind for name, kind in kinds.items()}
    return Table(rows, keys_of([name for name in names if name not in frames.UIDS or name not in empty], kinds))


def match_frame(remote: Remote, table: object) -> pd.DataFrame:
    """Match a table: one row per (input row, match), with the table's own columns and those of `frames.MATCH`.

    Raises
    ------
    QueryError
        The table has no key column, an ID column holds numbers, or a column has the name of one that is added.
    """
    known = read(table)
    if taken := [name for name in _ADDED if known.rows and name in known.rows[0]]:
        raise QueryError(f"the table has columns named {', '.join(taken)}, which match() adds: rename yours")
    with Searcher(remote) as searcher:
        matched = match_rows(searcher, known)
        searcher.warn(stacklevel=4)
    found = [(one, match) for one in matched for match in one.matches or (_given(known.rows[one.cells.row]),)]
    facts = [{"row": one.cells.row, "match": one.match, "reason": one.reason, **uids_of(match)} for one, match in found]
    return frames.extend(table, [one.cells.row for one, _ in found], frames.MATCH, facts)


def match_rows(searcher: Searcher, table: Table) -> list[Matched]:
    """Ask once for equal rows, and judge each row by the answers; what cannot be asked refuses its row only."""
    keys = table.keys
    cells = uid_rows(table.rows, keys) if keys.by_uid else read_rows(table.rows, keys.columns)
    answers: dict[tuple[tuple[str, str], ...], Matched] = {}
    matched = []
    for one in cells:
        if one.refused:
            matched.append(Matched(one, "refused", one.refused))
            continue
        asked = tuple(one.keys.items())
        if asked not in answers:
            answers[asked] = _answered(searcher, one, keys.level)
        matched.append(replace(answers[asked], cells=one))
    return matched


def _answered(searcher: Searcher, cells: Cells, level: Level) -> Matched:
    try:
        return _judge(cells, _ask(searcher, cells, level), level)
    except QueryError as error:
        return Matched(cells, "refused", f"row {cells.row}: {error}")


def _ask(searcher: Searcher, cells: Cells, level: Level) -> tuple[Match, ...]:
    query = Query().studies()
    for down in (Level.SERIES, Level.IMAGE):
        query = (query.series() if down is Level.SERIES else query.images()) if level >= down else query
    uids = {name: text for name, text in cells.keys.items() if name in frames.UIDS}
    keys = uids or cells.keys  # beside UIDs a Patient ID is no key: it may have been replaced, or belong to another archive
    return searcher.answers(query.where(**keys).returning(*keys), extra=COUNTS[level]).named


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


def _given(row: Mapping[str, object]) -> dict[str, str]:
    """The UIDs of a row that has no match, as the user wrote them."""
    return {name: str(row[name]) for name in frames.UIDS if row.get(name)}


def uids_of(match: Match) -> dict[str, str]:
    """The UIDs of a match."""
    return {keyword: match[keyword] for keyword in frames.UIDS if match.get(keyword)}
