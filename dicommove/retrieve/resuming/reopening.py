"""Results opened again from the journal of their data folder: after a restart, in another process, from the shell."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import StoreError
from ...store import HOME, SqliteJournal
from ..accounting.reasons import outcome_of
from ..accounting.result import MoveResult
from ..planning.planned import Planned
from ..running.moving import run_plan
from .recorded import expected_instances, recorded, request_from
from .recorded_ending import endings, has_ended, standings
from .recorded_peer import peer_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, Any]

__all__ = ["reopen"]

_TABLES = ("requests", "responses", "expected", "arrivals", "events")


def reopen(folder: str | Path, operation: int | None = None) -> MoveResult:
    """Open the result of a move again, from the journal of its data folder; nothing is sent.

    Parameters
    ----------
    folder : str or Path
        The data folder.
    operation : int, optional
        Number of the operation (`MoveResult.operation`); by default the last move.

    Returns
    -------
    MoveResult
        As the move returned it. Of a move whose process was killed: what it had brought until then.

    Raises
    ------
    StoreError
        The folder holds no such move.

    Examples
    --------
    >>> import tempfile, dicommove as dm
    >>> with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
    ...     result = pacs.studies().where(PatientID="JP-0042").move(folder, progress=False)
    ...     dm.reopen(folder) == result
    True
    """
    place = Path(folder).expanduser().absolute()
    if not (place / HOME).is_dir():
        raise StoreError(f"{place} holds no journal: no move went there, or it is not the folder that was given to move()")
    with closing(SqliteJournal(place)) as journal:
        row = _chosen([one for one in journal.operations() if one["kind"] == "move"], operation, place)
        tables = {table: journal.rows(table, row["id"]) for table in _TABLES}
    return _result(place, row, tables)


def _chosen(moves: Sequence[Row], operation: int | None, folder: Path) -> Row:
    if not moves:
        raise StoreError(f"the journal of {folder} knows of no move")
    if operation is None:
        return moves[-1]
    found = next((one for one in moves if one["id"] == operation), None)
    if found is None:
        known = ", ".join(str(one["id"]) for one in moves[-10:])
        raise StoreError(f"the journal of {folder} knows of no move {operation}; the last ones are {known}")
    return found


def _result(folder: Path, row: Row, tables: Mapping[str, Sequence[Row]]) -> MoveResult:
    """The result, made of journal rows."""
    plan = _plan(folder, row["facts"], tables["expected"])
    asked = (*plan.requests, *(request_from(one["asked"]) for one in tables["requests"] if one.get("asked")))
    ended = endings(asked, tables, third_party=plan.options.destination is not None)
    last: Row = next((event for event in reversed(tables["events"]) if event.get("kind") == "ended"), {})
    last, whole = (last, None) if has_ended(tables["events"]) else ({}, standings(ended, tables))
    outcome = str(last.get("outcome") or outcome_of(plan, whole or ended))
    result = MoveResult.of(plan, int(row["id"]), outcome, ended, whole=whole, cancel_worked=last.get("cancel_worked"))
    return replace(result, reopened=True, reason=str(last.get("reason") or result.reason), carry_out=run_plan)


def _plan(folder: Path, facts: Row, expected: Sequence[Row]) -> Planned:
    """The plan; of its peer what may be shown: nobody is called with it, so neither TLS nor a named entry is needed."""
    told = facts.get("remote")
    plan = recorded(facts, peer_from({**told, "secured": False, "identified": False, "name": None}) if told else None)
    return Planned(
        remote=plan.remote, folder=folder, requests=plan.requests, instances=expected_instances(expected), **plan.fields
    )
