"""How requests ended, read from the journal; where their process was killed first, from what had come until then. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ...terms import StatusCategory, status_category
from ..accounting.outcome import Ending, request_outcome
from ..retrying.requests import standing
from ..running.earlier import is_spoiled
from ..running.worker import Ended

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..planning.requests import Request

    Row = Mapping[str, Any]

__all__ = ["endings", "has_ended", "standings"]

_ENDING = tuple(one.name for one in fields(Ending))
_NOT_ENDED = "NotEnded: nothing is recorded of its end; its process was killed, or still runs"
_NOT_SENT = "NotSent: the move ended before the turn of this request"


def endings(requests: Iterable[Request], tables: Mapping[str, Sequence[Row]], *, third_party: bool) -> tuple[Ended, ...]:
    """Say how each request ended.

    Parameters
    ----------
    requests : iterable of Request
        Those of the operation.
    tables : Mapping
        Rows of the journal's ``requests``, ``responses``, ``expected``, ``arrivals`` and ``events``.
    third_party : bool
        The instances went to another destination.
    """
    recorded = {row["request"]: row for row in tables["requests"]}
    by_another = any("resumed_by" in event for event in tables["events"])
    why = _NOT_SENT if has_ended(tables["events"]) and not by_another else _NOT_ENDED
    return tuple(
        _read(request, recorded[request.number]) if request.number in recorded else _unended(request, tables, third_party, why)
        for request in requests
    )


def has_ended(events: Iterable[Row]) -> bool:
    """Tell whether an operation has ended, and did not go on after that.

    Examples
    --------
    >>> has_ended([{"kind": "ended"}]), has_ended([{"kind": "ended"}, {"kind": "continued"}]), has_ended([])
    (True, False, False)
    """
    told = [event.get("kind") for event in events]
    return [kind for kind in told if kind in ("ended", "continued")][-1:] == ["ended"]


def standings(ended: Iterable[Ended], tables: Mapping[str, Sequence[Row]]) -> list[Ended]:
    """Say what each request of the plan had come to, with what was asked again for its sake, when its process was killed."""
    later: dict[int | None, list[Ended]] = defaultdict(list)
    for one in ended:
        later[one.request.origin].append(one)
    return [standing(one, later[one.request.number], _arrivals(one.request, tables)) for one in later[None]]


def _arrivals(request: Request, tables: Mapping[str, Sequence[Row]]) -> dict[str, int | None]:
    """What of a request had arrived, in the words of `Ending`."""
    arrived = [row for row in tables["arrivals"] if row.get("request") == request.number and row.get("asked_for")]
    uids = {row["SOPInstanceUID"] for row in arrived}
    expected = {row["SOPInstanceUID"] for row in tables["expected"] if row["request"] == request.number}
    return {
        "received": len(uids),
        "missing": len(expected - uids) if request.expected_by == "instances" else None,
        "spoiled": sum(map(is_spoiled, arrived)),
    }


def _read(request: Request, row: Row) -> Ended:
    known = {name: row[name] for name in _ENDING if row.get(name) is not None}
    ending = Ending(**{**known, "status": row.get("Status")})
    return Ended(request, ending, str(row["outcome"]), str(row["reason"]), row.get("seconds"))


def _unended(request: Request, tables: Mapping[str, Sequence[Row]], third_party: bool, why: str) -> Ended:
    """What is known of a request whose end nobody recorded."""
    final = next((row for row in reversed(tables["responses"]) if row["request"] == request.number and _is_final(row)), {})
    ending = Ending(
        status=final.get("Status"),
        completed=final.get("NumberOfCompletedSuboperations"),
        warning=final.get("NumberOfWarningSuboperations"),
        failed=final.get("NumberOfFailedSuboperations"),
        expected_by=request.expected_by,
        expected=request.expected,
        **_arrivals(request, tables),  # type: ignore[arg-type]  # fields by name
        failure=None if final else why,
        third_party=third_party,
    )
    return Ended(request, ending, *request_outcome(ending))


def _is_final(row: Row) -> bool:
    status = row.get("Status")
    return status is not None and status_category(status) is not StatusCategory.PENDING
