"""Outcomes: of one request from what it expected and got, and of an operation from its requests. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...terms import StatusCategory, status_category, status_meaning

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Ending", "operation_outcome", "request_outcome"]


_GOOD = {"complete", "unverified"}
_NOTHING_CAME = {"lost", "refused", "no_match"}
"""Outcomes of requests that together make no ``partial``: none of them ended with something to build on."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How one request ended.

    Attributes
    ----------
    status : int or None
        Final status of the C-MOVE; None when there was none.
    completed, warning, failed : int or None
        Sub-operations as counted by the peer; None when it did not say.
    expected_by : str
        Source of the expectation (``instances``, ``counts``, ``peer``, ``none``).
    expected : int or None
        How many instances were expected.
    received : int
        How many distinct instances that were asked for arrived, or were there before.
    missing : int or None
        How many of the expected SOP Instances did not arrive; None when their UIDs are not known.
    spoiled : int
        How many are in conflict with what was there, or quarantined.
    refusal : str or None
        Why we did not take instances that were sent.
    cancelled : bool
        The user asked to stop.
    failure : str or None
        Name and text of the exception that ended it.
    third_party : bool
        The instances went to another destination.
    """

    status: int | None = None
    completed: int | None = None
    warning: int | None = None
    failed: int | None = None
    expected_by: str = "none"
    expected: int | None = None
    received: int = 0
    missing: int | None = None
    spoiled: int = 0
    refusal: str | None = None
    cancelled: bool = False
    failure: str | None = None
    third_party: bool = False

    @property
    def refused_by_peer(self) -> bool:
        """The final status is a failure."""
        return self.status is not None and status_category(self.status) in (StatusCategory.FAILURE, StatusCategory.UNKNOWN)


def request_outcome(ending: Ending) -> tuple[str, str]:
    """Outcome of one request, and the reason in words.

    Examples
    --------
    >>> request_outcome(Ending(status=0, expected_by="instances", expected=3, received=3, missing=0))
    ('complete', 'every expected SOP Instance is there, by UID')
    """
    if ending.cancelled:
        return "cancelled", "cancelled before it was complete"
    if ending.third_party:
        return _third_party(ending)
    outcome, reason = _by_arrivals(ending)
    if outcome == "complete" and (ending.received or not (ending.failure or ending.refused_by_peer)):
        return outcome, reason
    return _with_trouble(ending, outcome, reason)


def _with_trouble(ending: Ending, outcome: str, reason: str) -> tuple[str, str]:
    """What is not complete, in the light of how the exchange ended: a lost association or a failure status says more."""
    if ending.failure:
        arrived = f"; {ending.received} instances had arrived"
        return "lost", f"{ending.failure.removesuffix('.')}{arrived}" if ending.received else ending.failure
    not_taken = f"not taken: {ending.refusal}" if ending.refusal else ""
    if ending.refused_by_peer and not ending.received:
        return "refused", f"{not_taken}; {_answer(ending)}" if not_taken else f"{_answer(ending)} and sent nothing"
    answer = _answer(ending) if ending.refused_by_peer and _answer(ending) not in reason else ""
    return outcome, "; ".join(part for part in (reason, not_taken, answer) if part)


def _answer(ending: Ending) -> str:
    """The final status in words; the archive's own words may name a patient and stay in the table of responses."""
    status = ending.status or 0
    return f"the archive answered 0x{status:04X} ({status_meaning(status)})"


def _third_party(ending: Ending) -> tuple[str, str]:
    if ending.failure:
        return "lost", ending.failure
    if ending.refused_by_peer:
        return "refused", _answer(ending)
    if ending.failed:
        return "unverified", f"the archive reports {ending.failed} failed sub-operations; the destination was not observed"
    return "unverified", "the instances went to another destination and were not observed"


def _by_arrivals(ending: Ending) -> tuple[str, str]:
    lacking = f"{ending.missing} of {ending.expected} expected SOP Instances are missing" if ending.missing else ""
    if ending.spoiled:
        return "partial", "; ".join(filter(None, (f"{ending.spoiled} in conflict or quarantined", lacking)))
    if ending.expected_by == "instances" and ending.missing is not None:
        if lacking:
            return "partial", lacking
        return "complete", "every expected SOP Instance is there, by UID"
    if ending.expected_by == "counts" and ending.expected:
        return _by_count(ending, ending.received, ending.expected)
    return _by_peer(ending)


def _by_count(ending: Ending, received: int, expected: int) -> tuple[str, str]:
    """The archive's count of a study or series proves nothing against its own report of what it sent."""
    reported = _reported(ending)
    if reported is not None and received < reported:
        return "partial", f"{received} arrived where the archive reports {reported}"
    if ending.failed:
        return "partial", f"the archive reports {ending.failed} failed sub-operations"
    if received == expected:
        return "complete", "as many SOP Instances are there as the archive counts, by count only"
    if received < expected:
        return "partial", f"{received} of {expected} SOP Instances, by the archive's count"
    return "unverified", f"{received} SOP Instances where the archive counts {expected}"


def _reported(ending: Ending) -> int | None:
    """How many instances the archive says that it sent."""
    return None if ending.completed is None else ending.completed + (ending.warning or 0)


def _by_peer(ending: Ending) -> tuple[str, str]:
    reported = _reported(ending)
    if reported is not None and ending.received < reported:
        return "partial", f"{ending.received} arrived where the archive reports {reported}"
    if ending.status is not None and status_category(ending.status) is not StatusCategory.SUCCESS:
        return "partial", _answer(ending)
    if ending.failed:
        return "partial", f"the archive reports {ending.failed} failed sub-operations"
    if reported is None:
        return "unverified", "the archive gave no count of its sub-operations"
    if not reported and not ending.received:
        return "no_match", "the archive found nothing to send"
    return "unverified", "only the archive's own counters say what to expect"


def operation_outcome(outcomes: Sequence[str], *, truncated: bool = False, rows_left: bool = False) -> str:
    """Outcome of an operation from those of its requests.

    Parameters
    ----------
    outcomes : sequence of str
        One per request.
    truncated : bool
        The answers that the requests were made from look cut off: nothing proves that they were all.
    rows_left : bool
        Rows of the user's table led to no C-MOVE: what was asked for is not all there, however well the others went.

    Examples
    --------
    >>> operation_outcome(["complete", "lost"]), operation_outcome(["lost"]), operation_outcome([])
    ('partial', 'lost', 'no_match')
    """
    outcome = _joined(set(outcomes))
    if rows_left and outcome in _GOOD:
        return "partial"
    return "unverified" if truncated and outcome == "complete" else outcome


def _joined(kinds: set[str]) -> str:
    if not kinds:
        return "no_match"
    if "cancelled" in kinds:
        return "cancelled"
    if len(kinds) == 1:
        return kinds.pop()
    if kinds <= _NOTHING_CAME:
        return "lost" if "lost" in kinds else "refused"
    return "unverified" if kinds <= _GOOD else "partial"
