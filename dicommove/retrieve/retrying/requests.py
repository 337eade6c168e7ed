"""The requests that ask for a gap again, and what the whole has come to after them. Pure: values in, values out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...terms import Level
from ..accounting.outcome import request_outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..planning.requests import Request
    from ..running.worker import Ended
    from .rounds import Batch

__all__ = ["alone", "reasons_of", "repeated", "request_for", "standing", "unrequested"]


def request_for(batch: Batch, origin: Request, number: int) -> Request:
    """Make the request of a batch.

    Parameters
    ----------
    batch : Batch
    origin : Request
        The request of the plan that asked for it first.
    number : int
        Its own number within the operation.
    """
    every = len(batch.wanted)
    return replace(
        origin,
        number=number,
        level=batch.level,
        series=() if batch.level is Level.STUDY else batch.series,
        instances=tuple(one.uid for one in batch.wanted) if batch.level is Level.IMAGE else (),
        expected=every,
        expected_by="instances",
        size_bytes=origin.size_bytes * every // (origin.expected or every or 1),
        present=0,
        attempt=batch.attempt,
        origin=origin.number,
    )


def repeated(origin: Request, number: int, attempt: int) -> Request:
    """Ask for all of a request again, where nobody says which of its instances are missing."""
    return replace(origin, number=number, attempt=attempt, origin=origin.number, present=0)


def standing(first: Ended, later: Sequence[Ended], now: Mapping[str, int | str | None]) -> Ended:
    """Say what a request of the plan has come to with all that was asked again for its sake.

    What the archive counted at the first attempt says nothing of the whole any more; an association that was lost
    is no news where something came later.

    Parameters
    ----------
    first : Ended
        How it ended by itself.
    later : sequence of Ended
        The attempts after it.
    now : Mapping
        ``received``, ``missing``, ``spoiled`` and ``refusal`` of `Ending`, as they are now.
    """
    ending = replace(first.ending, **now, cancelled=False)  # type: ignore[arg-type]  # fields by name
    if later:
        whole = [one.ending for one in later if one.request.expected_by != "instances"]
        told = whole[-1] if whole else later[-1].ending
        silent = {"status": None, "completed": None, "warning": None, "failed": None, "failure": None}
        same = {name: getattr(told, name) for name in silent}
        keep = bool(whole) or not ending.received
        ending = replace(ending, **(same if keep else silent))
    if first.request.settled:
        return first
    outcome, reason = request_outcome(ending)
    said = alone(later, reason) if outcome != "complete" else ""
    return replace(first, ending=ending, outcome=outcome, reason=f"{reason}; {said}" if said else reason)


def alone(later: Iterable[Ended], known: str = "") -> str:
    """What became of the objects that were asked for alone and did not come, in words; empty when there are none.

    Parameters
    ----------
    later : iterable of Ended
    known : str
        A reason that is told already.
    """
    named = {
        one.request.instances[0]: one.reason for one in later if len(one.request.instances) == 1 and one.outcome != "complete"
    }
    if not named:
        return ""
    reasons = ", ".join(reason for reason in dict.fromkeys(named.values()) if reason != known)
    why = f" ({reasons})" if reasons else ""
    return f"{len(named)} asked for alone did not come{why}: result.ledger names them"


def reasons_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Say by SOP Instance UID why it did not come when it was asked for again; what was asked for alone says most.

    Parameters
    ----------
    rows : iterable of Mapping
        The journal's rows of requests that have ended.
    """
    asked = [row for row in rows if row.get("asked") and row.get("outcome") != "complete"]
    by_size = sorted(asked, key=lambda row: -len(row["asked"]["SOPInstanceUID"]))
    return {uid: _why(len(row["asked"]["SOPInstanceUID"]), row) for row in by_size for uid in row["asked"]["SOPInstanceUID"]}


def _why(number: int, row: Mapping[str, Any]) -> str:
    with_others = f"with {number - 1} more" if number > 1 else "alone"
    return f"asked for {with_others}: {row['reason']}"


def unrequested(requests: Iterable[Request], study: str | None, series: str | None, uid: str) -> bool:
    """Whether no request of the plan asks for an instance, although one asks for something of its study.

    Parameters
    ----------
    requests : iterable of Request
        Those of the plan.
    study, series : str or None
        Of the head.
    uid : str
        SOP Instance UID.
    """
    own = [request for request in requests if request.study == study]
    return bool(own) and not any(request.covers(study, series, uid) for request in own)
