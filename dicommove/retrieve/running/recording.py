"""What one C-MOVE leaves in the journal: that it was sent, by whom and what for, and what was answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ...audit import asked_by
from .ration import RESPONSE_BYTES, Ration
from .worker import response_row

if TYPE_CHECKING:
    from ...net import MoveResponse
    from ...store import Journal
    from .exchange import Sent

__all__ = ["Recording"]


class Recording:
    """Records requests and responses of one operation.

    Parameters
    ----------
    journal : Journal
    operation : int
        Number of the operation in the journal.
    purpose : str or None
        What the data are wanted for.
    """

    def __init__(self, journal: Journal, operation: int, purpose: str | None) -> None:
        self._journal = journal
        self._operation = operation
        self._who = {**asked_by(), "purpose": purpose}
        self._pending = Ration(RESPONSE_BYTES)

    def sent(self, sent: Sent) -> None:
        """Record that a C-MOVE was sent."""
        class_uid, version_name = sent.implementation
        facts = {
            "kind": "request",
            "request": sent.request,
            "message_id": sent.message_id,
            "model": sent.model.name,
            "implementation_class_uid": class_uid,
            "implementation_version_name": version_name,
            "at": _now(),
        }
        self._journal.append("events", self._operation, {**facts, **self._who})

    def responded(self, request: int, response: MoveResponse) -> None:
        """Record a response; of pending ones as many as the ration allows."""
        row = response_row(request, response)
        if response.is_final or self._pending.takes(row):
            self._journal.append("responses", self._operation, row)

    def close(self) -> None:
        """Record how many responses were not recorded."""
        if self._pending.left_out:
            facts = {"kind": "left_out", "at": _now(), "responses": self._pending.left_out}
            self._journal.append("events", self._operation, facts)


def _now() -> str:
    return datetime.now(UTC).isoformat()
