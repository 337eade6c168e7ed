"""Documents for ``--json``: plain values, made of the same tables that a notebook shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from ..facade import Peer
    from ..retrieve import MoveResult

__all__ = ["move_document", "rows_of"]


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as plain values: absent is None, moments are ISO 8601 in UTC."""
    rows: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", date_format="iso"))
    return rows


def move_document(peer: Peer, result: MoveResult, *, not_moved: int, exit_code: int) -> dict[str, object]:
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
