"""Documents for ``--json``: plain values, made of the same tables that a notebook shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .conclusion import in_shell_words

if TYPE_CHECKING:
    import pandas as pd

    from ..entities import Remote
    from ..errors import DicomMoveError
    from ..retrieve import MoveResult, Plan
    from ..retrieve.planning.requests import Request

__all__ = ["move_document", "plan_document", "rows_of"]


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as plain values: absent is None, moments are ISO 8601 in UTC."""
    rows: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", date_format="iso"))
    return rows


def move_document(peer: Remote, result: MoveResult, *, not_moved: int, exit_code: int) -> dict[str, object]:
    """What a move did: outcome, one row per request (and row of the table), series and SOP Instance."""
    return {
        "peer": peer.address,
        "outcome": result.outcome,
        "reason": result.reason,
        "cancel_worked": result.cancel_worked,
        "folder": str(result.folder),
        "operation": result.operation,
        "rows_not_moved": not_moved,
        "requests": rows_of(result.requests),
        "series": rows_of(result.series),
        "ledger": rows_of(result.ledger),
        "exit_code": exit_code,
    }


def plan_document(peer: Remote, plan: Plan, refusal: DicomMoveError | None, *, exit_code: int) -> dict[str, object]:
    """What a move would do: one object per C-MOVE and per row of the table, sums, and why it would be refused."""
    return {
        "peer": peer.address,
        "folder": str(plan.folder),
        "model": plan.model.value,
        "studies": plan.studies,
        "expected": plan.expected,
        "present": plan.present,
        "size_bytes": plan.size_bytes,
        "free_bytes": plan.free_bytes,
        "searches": plan.searches,
        "truncated": plan.truncated,
        "requests": [_request(request, plan) for request in plan.requests],
        "rows": [
            {"row": fate.row, "match": fate.match, "reason": fate.reason, "request": fate.request, **fate.keys}
            for fate in plan.fates
        ],
        "warnings": list(plan.warnings),
        "refused": None if refusal is None else {"error": type(refusal).__name__, "message": in_shell_words(str(refusal))},
        "exit_code": exit_code,
    }


def _request(request: Request, plan: Plan) -> dict[str, object]:
    """One C-MOVE with its unique keys, lists as lists."""
    keys = {keyword: list(value) if isinstance(value, tuple) else value for keyword, value in request.keys(plan.model).items()}
    return {
        "request": request.number,
        "level": request.level.value,
        **keys,
        "modalities": list(request.modalities),
        "expected": request.expected,
        "expected_by": request.expected_by,
        "present": request.present,
        "size_bytes": request.size_bytes,
    }
