"""Resuming: the plan of a folder's last move, less what has arrived since; made of the journal, never of the query again."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import DicomMoveError, StoreError
from ...store import HOME, Store
from ..asking.expectation import Expectation, ExpectedInstance, instances_of
from ..asking.search import Searcher
from ..planning.gap import without_present
from ..planning.plan import Plan
from .recorded import expected_instances, recorded
from .recorded_ending import has_ended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ...entities import Remote
    from ...store import Journal
    from ..planning.requests import Request
    from .recorded import Recorded

    Row = Mapping[str, Any]
    Ask = Callable[[Request], Sequence[ExpectedInstance]]

__all__ = ["plan_resume"]

_KIND = "move"
_BY_COUNT = frozenset((None, "complete"))
"""Outcomes of a request, None where its process was killed, that leave its count of instances as proof."""


def plan_resume(folder: str | Path, *, remote: Remote | None = None, operation: int | None = None) -> Plan:
    """Plan to go on with a move: its own requests, less the instances that are in the folder with their size.

    The archive is asked (C-FIND) only for the instances of requests of which it had told nothing but a number.

    Parameters
    ----------
    folder : str or Path
        The data folder.
    remote : Remote, optional
        The archive; by default the one that the journal names.
    operation : int, optional
        Number in the journal; by default the last move.

    Raises
    ------
    StoreError
        There is nothing to resume, the move is still under way, or the archive was called with TLS or as a user and is not given.
    EntityError
        The archive's named entry cannot be used.
    """
    place = Path(folder).expanduser().absolute()
    if not (place / HOME).is_dir():
        raise StoreError(f"nothing to resume: {place} has no journal; give the folder that a move went to")
    with ExitStack() as stack:
        store = stack.enter_context(Store(place))
        row = _chosen(store.journal, place, operation)
        _check_idle(store.journal, row["id"], place)
        known = recorded(row["facts"], remote)
        _check_ours(known)
        past = _Past.read(store.journal, row["id"], lambda uid: store.holds(uid) is not None)
        if not store.journal.rows("events", row["id"]):
            _check_begun(known.requests, past, place)
        rest = _rest(known.requests, past, _asker(stack, known.remote))
    return Plan(
        remote=known.remote,
        folder=place,
        requests=tuple(rest.requests),
        instances=tuple(rest.instances),
        there=tuple(rest.there),
        resumes=row["id"],
        **_renumbered(known.fields, rest.became),
    )


def _chosen(journal: Journal, place: Path, operation: int | None) -> dict[str, Any]:
    moves = [one for one in journal.operations() if one["kind"] == _KIND and operation in (None, one["id"])]
    if not moves:
        which = "no move" if operation is None else f"no move with the number {operation}"
        raise StoreError(
            f"nothing to resume: the journal of {place} holds {which}. Run the move again: it asks only for what is not there"
        )
    return moves[-1]


def _check_idle(journal: Journal, operation: int, place: Path) -> None:
    """An operation without an end is that of a killed process, unless somebody still writes to the journal."""
    if not has_ended(journal.rows("events", operation)) and journal.in_use():
        raise StoreError(f"the move into {place} is still under way: wait until it has ended, or cancel it where it was started")


def _check_ours(known: Recorded) -> None:
    destination = known.fields["options"].destination
    if destination is not None:
        raise StoreError(
            f"this move went to {destination}, not to us: nothing here says what arrived there; start it again if you must"
        )


def _check_begun(requests: Iterable[Request], past: _Past, place: Path) -> None:
    """Of a process that was killed before it opened its port what it expected may be recorded in part: that is no expectation."""
    for request in requests:
        recorded = len(past.expected.get(request.number, ()))
        if request.expected_by == "instances" and not request.settled and recorded < (request.expected or 0):
            raise StoreError(
                f"nothing to resume: the last move into {place} was killed before it asked for anything. Run it again: it asks "
                "only for what is not there"
            )


@dataclass(frozen=True)
class _Past:
    """What the journal knows of the requests of an operation, by their numbers."""

    held: Callable[[str], bool]
    expected: Mapping[int, Sequence[ExpectedInstance]]
    arrived: Mapping[int, Sequence[ExpectedInstance]]
    outcomes: Mapping[int, str]

    @classmethod
    def read(cls, journal: Journal, operation: int, held: Callable[[str], bool]) -> _Past:
        """Read the tables."""
        arrivals = (row for row in journal.rows("arrivals", operation) if row.get("asked_for") and row.get("request"))
        return cls(
            held,
            _by_request(expected_instances(journal.rows("expected", operation))),
            _by_request(_as_instance(row) for row in arrivals),
            {row["request"]: row["outcome"] for row in map(dict, journal.rows("requests", operation))},  # type: ignore[misc]  # plain values
        )


@dataclass
class _Rest:
    """What is left to ask for, and which requests each of the old ones became."""

    requests: list[Request] = field(default_factory=list)
    instances: list[ExpectedInstance] = field(default_factory=list)
    there: list[ExpectedInstance] = field(default_factory=list)
    became: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, old: Request, pieces: Expectation, there: Iterable[ExpectedInstance] = ()) -> None:
        """Take in the pieces of a request under new numbers."""
        before = len(self.requests)
        self.requests += [replace(piece, number=before + piece.number) for piece in pieces.requests]
        self.instances += [replace(one, request=before + one.request) for one in pieces.instances]
        self.there += [replace(one, request=before + 1) for one in there]
        self.became[old.number] += range(before + 1, len(self.requests) + 1)


def _rest(requests: Iterable[Request], past: _Past, ask: Ask) -> _Rest:
    rest = _Rest()
    for request in requests:
        own = past.expected.get(request.number, ())
        here = [one for one in past.arrived.get(request.number, ()) if past.held(one.uid)]
        if not own and _is_all(request, here, past.outcomes.get(request.number)):
            rest.add(request, _numbered_one(replace(request, present=len(here))), here)
            continue
        own = own or (ask(request) if here else ())
        if own:
            known = replace(request, number=1, expected=len(own), expected_by="instances")
            rest.add(request, without_present(Expectation((known,), tuple(replace(one, request=1) for one in own)), past.held))
        else:
            rest.add(request, _numbered_one(replace(request, present=0)))
    return rest


def _numbered_one(request: Request) -> Expectation:
    return Expectation((replace(request, number=1),))


def _is_all(request: Request, here: Sequence[ExpectedInstance], outcome: str | None) -> bool:
    """Whether as many are there as the archive counts, and nothing that it said later speaks against it."""
    return request.expected_by == "counts" and 0 < len(here) == request.expected and outcome in _BY_COUNT


def _asker(stack: ExitStack, remote: Remote) -> Ask:
    """Ask for the instances of a request, over one association that is opened when it is first needed."""
    searchers: list[Searcher] = []

    def ask(request: Request) -> Sequence[ExpectedInstance]:
        try:
            if not searchers:
                searchers.append(stack.enter_context(Searcher(remote)))
            return instances_of(searchers[0], request) or ()
        except DicomMoveError:  # the C-MOVE will say it better; without the instances all of the request is asked for
            return ()

    return ask


def _renumbered(fields: Mapping[str, Any], became: Mapping[int, Sequence[int]]) -> dict[str, Any]:
    fates = [
        replace(fate, request=number)
        for fate in fields["fates"]
        for number in (became[fate.request] if fate.request is not None else (None,))
    ]
    rows = {number: row for old, row in fields["rows"].items() for number in became[old]}
    return {**fields, "fates": tuple(fates), "rows": rows}


def _by_request(instances: Iterable[ExpectedInstance]) -> dict[int, list[ExpectedInstance]]:
    found: dict[int, dict[str, ExpectedInstance]] = defaultdict(dict)
    for one in instances:
        found[one.request][one.uid] = one
    return {number: list(by_uid.values()) for number, by_uid in found.items()}


def _as_instance(row: Row) -> ExpectedInstance:
    study, series = str(row.get("StudyInstanceUID") or ""), str(row.get("SeriesInstanceUID") or "")
    return ExpectedInstance(row["request"], study, series, row["SOPInstanceUID"])
