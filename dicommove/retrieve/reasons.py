"""Why an operation has its outcome, in words: of its requests, of the rows that led to none, of what was cut off. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .planned import Planned
    from .worker import Ended

__all__ = ["reason_of"]

_SHOWN = 3


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
    rows = {fate.row for fate in plan.fates}
    left = rows - {fate.row for fate in plan.fates if fate.request is not None}
    if left:
        reason = f"{reason}; {len(left)} of {len(rows)} rows were not moved: result.requests says why"
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
