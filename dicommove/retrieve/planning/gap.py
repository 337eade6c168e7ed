"""The gap: what of a plan is in the folder already, and the requests that ask for the rest only. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from ...terms import Level
from ..asking.expectation import Expectation
from .requests import lists_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..asking.expectation import ExpectedInstance
    from .requests import Request

__all__ = ["without_present"]


def without_present(expectation: Expectation, held: Callable[[str], bool]) -> Expectation:
    """Split each request into what is there (never sent) and what is not.

    Parameters
    ----------
    expectation : Expectation
        Requests with their instances where these are known; a request without is kept as it is.
    held : callable
        Whether a SOP Instance UID is in the folder, whole.
    """
    instances: dict[int, list[ExpectedInstance]] = defaultdict(list)
    for instance in expectation.instances:
        instances[instance.request].append(instance)
    requests: list[Request] = []
    numbered: list[ExpectedInstance] = []
    for request in expectation.requests:
        for piece, own in _split(request, instances[request.number], held):
            number = len(requests) + 1
            requests.append(replace(piece, number=number))
            numbered += [replace(instance, request=number) for instance in own]
    return Expectation(tuple(requests), tuple(numbered), expectation.series)


def _split(
    request: Request, own: Sequence[ExpectedInstance], held: Callable[[str], bool]
) -> Iterator[tuple[Request, Sequence[ExpectedInstance]]]:
    there = [instance for instance in own if held(instance.uid)]
    if not there:
        yield request, own
        return
    yield _piece(request, there, present=len(there)), there
    if len(there) < len(own):
        known = {instance.uid for instance in there}
        yield from _gaps(request, own, known)


def _gaps(
    request: Request, own: Sequence[ExpectedInstance], known: set[str]
) -> Iterator[tuple[Request, Sequence[ExpectedInstance]]]:
    """Series of which nothing is there are asked for whole; of the others, and of what was there once, the single instances."""
    by_series: dict[str, list[ExpectedInstance]] = defaultdict(list)
    for instance in own:
        by_series[instance.series].append(instance)
    new = not request.present  # of a request that was split before, another piece may have the rest of a series
    whole = [uid for uid, instances in by_series.items() if new and not known.intersection(i.uid for i in instances)]
    for uids in lists_of(whole):
        wanted = [instance for uid in uids for instance in by_series[uid]]
        yield _piece(request, wanted, level=Level.SERIES, series=uids), wanted
    for uid in (one for one in by_series if one not in whole):
        lacking = {instance.uid: instance for instance in by_series[uid] if instance.uid not in known}
        for uids in lists_of(lacking):
            wanted = [lacking[one] for one in uids]
            yield _piece(request, wanted, level=Level.IMAGE, series=(uid,), instances=uids), wanted


def _piece(request: Request, own: Sequence[ExpectedInstance], **changes: object) -> Request:
    share = request.size_bytes * len(own) // (request.expected or 1)
    return replace(request, expected=len(own), expected_by="instances", size_bytes=share, **changes)  # type: ignore[arg-type]  # fields by name
