"""Requests whose arrivals disagree with a count: the archive is asked which instances they are, so that the missing get names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..asking.expectation import instances_of
from ..asking.search import Searcher

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Container, Iterable, Sequence

    from ...entities import Remote
    from ...store import Journal
    from ..asking.expectation import ExpectedInstance
    from ..planning.requests import Request
    from .worker import Ended

__all__ = ["doubtful", "name_the_missing", "record_expected"]


def doubtful(ended: Iterable[Ended], outcomes: Container[str]) -> list[Request]:
    """Requests of the plan that have one of these outcomes, and of which no more than a number was known."""
    first = [one for one in ended if one.request.origin is None and one.outcome in outcomes]
    return [one.request for one in first if one.ending.expected_by == "counts"]


def name_the_missing(
    remote: Remote,
    requests: Sequence[Request],
    named: Callable[[tuple[ExpectedInstance, ...]], object],
    *,
    cancelling: threading.Event,
) -> None:
    """Ask for the instances of requests (C-FIND at IMAGE level).

    Parameters
    ----------
    remote : Remote
        The archive.
    requests : sequence of Request
    named : callable
        Called with the instances of each request that the archive names all of.
    cancelling : threading.Event
        Ends it.

    Raises
    ------
    SearchRefused, AssociationError
        The archive did not answer.
    """
    with Searcher(remote, cancel=cancelling) as searcher:
        for request in requests:
            if cancelling.is_set():
                return
            named(instances_of(searcher, request) or ())


def record_expected(journal: Journal, operation: int, instances: Iterable[ExpectedInstance]) -> None:
    """Write what is expected by UID into the journal."""
    for one in instances:
        facts = {
            "request": one.request,
            "StudyInstanceUID": one.study,
            "SeriesInstanceUID": one.series,
            "SOPInstanceUID": one.uid,
        }
        journal.append("expected", operation, facts)
