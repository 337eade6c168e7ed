"""What an operation has come to, and why, in words: its requests, the rows that led to none, what was cut off. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .outcome import operation_outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..planning.planned import Planned
    from ..running.worker import Ended

__all__ = ["outcome_of", "reason_of"]

_SHOWN = 3


def outcome_of(plan: Planned, ended: Iterable[Ended]) -> str:
    """Outcome of an operation, by those of its requests and by what the plan could not ask for."""
    outcomes = [one.outcome for one in ended]
    if plan.not_asked and not outcomes:
        return "refused"
    left = bool(plan.left_rows or plan.not_asked)
    return operation_outcome(outcomes, truncated=plan.truncated, rows_left=left)


def reason_of(plan: Planned, outcome: str, ended: Sequence[Ended], cancel_worked: bool | None) -> str:
    """Say why.

    Parameters
    ----------
    plan : Planned
        What was carried out.
    outcome : str
        Of the operation.
    ended : sequence of Ended
        How its requests ended.
    cancel_worked : bool or None
        As of `MoveResult`.
    """
    reason = _of_requests(outcome, ended, cancel_worked)
    if left := len(plan.left_rows):
        of = len({fate.row for fate in plan.fates})
        reason = f"{left} of {of} rows led to no C-MOVE (result.requests says why); of the others: {reason}" if ended else reason
    if plan.not_asked:
        asked = f"; of the others: {reason}" if ended else ""
        reason = f"{plan.not_asked} matches are offline or unavailable in the archive and were not asked for{asked}"
    if plan.truncated:
        reason = f"{reason}; the archive's answers were cut off, so there may be more"
    return reason


def _of_requests(outcome: str, ended: Sequence[Ended], cancel_worked: bool | None) -> str:
    if not ended:
        return "nothing matched: no C-MOVE was sent"
    if outcome == "cancelled":
        by = {None: "", True: "; C-CANCEL ended it", False: "; A-ABORT ended it"}[cancel_worked]
        return f"cancelled{by}"
    telling = [one for one in ended if one.outcome != "complete"] or ended
    reasons = Counter(one.reason for one in telling)
    most = [f"{reason} ({number} requests)" if number > 1 else reason for reason, number in reasons.most_common(_SHOWN)]
    return "; ".join(most)
