"""What our port reports that is no instance: recorded within a ration, told to the audit trail, kept as reasons."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from .ration import EVENT_BYTES, REFUSAL_BYTES, Ration
from .trail import is_refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...store import Journal
    from .awaited import Awaited
    from .tally import Tally
    from .trail import Refusals

__all__ = ["Notes"]

_NOT_AUTHORIZED = 0x0124
_KEPT_REASONS = 3
"""Of the refusals of a request; each is a row of the journal all the same."""


class Notes:
    """Takes down what an operation hears from its port.

    Parameters
    ----------
    journal : Journal
    operation : int
        Number of the operation in the journal.
    tally : Tally
    awaited : Awaited
        What is expected by UID.
    by_message : Mapping
        Numbers of requests by Message ID.
    trail : Refusals or None
        Where each refusal is told; None tells nobody.

    Attributes
    ----------
    reached : bool
        Somebody opened an association with us: the way back was seen to work.
    """

    def __init__(
        self,
        journal: Journal,
        operation: int,
        *,
        tally: Tally,
        awaited: Awaited,
        by_message: Mapping[int, int],
        trail: Refusals | None = None,
    ) -> None:
        self.reached = False
        self._journal = journal
        self._operation = operation
        self._tally = tally
        self._awaited = awaited
        self._by_message = by_message
        self._trail = trail
        self._reasons: dict[int, deque[str]] = defaultdict(lambda: deque(maxlen=_KEPT_REASONS))
        self._events, self._refusals = Ration(EVENT_BYTES), Ration(REFUSAL_BYTES)
        self._told: set[str] = set()  # expected instances with a row; as many as are expected at most

    def take(self, kind: str, facts: Mapping[str, object]) -> None:
        """Record what is no instance; one that was answered with a failure is a refusal, and a row of its own."""
        self.reached |= kind == "association" and facts.get("event") == "accepted"
        row = {"kind": kind, "at": _now(), **facts}
        if isinstance(facts.get("status"), int) and self._concerns(facts):
            self.refused(row)
        else:
            if self._trail is not None and is_refusal(kind, facts):
                self._tell(row)
            if self._events.takes(row):
                self._journal.append("events", self._operation, row)
        if kind in ("refusal", "fault"):
            self._tally.note(kind, str(facts.get("reason", kind)))

    def _concerns(self, facts: Mapping[str, object]) -> bool:
        """Every operation of a port hears of every refusal: what is another's is none of ours, a stranger's is everybody's."""
        expected = facts.get("sop_instance_uid") in self._awaited
        return expected or facts.get("status") == _NOT_AUTHORIZED or facts.get("move_originator_message_id") in self._by_message

    def refused(self, row: Mapping[str, object]) -> None:
        """Record an instance that was not kept, and why as one of the reasons of its request."""
        uid = str(row.get("sop_instance_uid") or "")
        request = self._awaited.request_of(uid)
        first = request is not None and uid not in self._told
        if request is None:
            request = self._by_message.get(cast("int", row.get("move_originator_message_id")))
        if self._refusals.takes(row) or first:
            self._journal.append("refusals", self._operation, {**row, "SOPInstanceUID": uid, "request": request})
        self._tell(row)
        if request is not None:
            with self._tally.changed:
                self._told.update((uid,) if first else ())
                self._reasons[request].append(str(row.get("reason") or ""))

    def refusal(self, request: int) -> str | None:
        """Why instances of a request were not taken, in words; None when all were."""
        return "; ".join(dict.fromkeys(self._reasons[request])) or None

    def close(self) -> None:
        """Record how much was not recorded, now that the port is closed."""
        counts = {"events": self._events.left_out, "refusals": self._refusals.left_out}
        if any(counts.values()):
            self._journal.append("events", self._operation, {"kind": "left_out", "at": _now(), **counts})
        if self._trail is not None:
            self._trail.close()

    def _tell(self, row: Mapping[str, object]) -> None:
        problem = self._trail.note(row) if self._trail is not None else None
        if problem is not None:
            self._tally.note("fault", problem)


def _now() -> str:
    return datetime.now(UTC).isoformat()
