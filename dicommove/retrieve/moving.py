"""Where network, listener, store and journal meet: carries out a plan and makes the result."""

from __future__ import annotations

import getpass
import socket
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast

from ..errors import DicomMoveError
from ..head import PLACING
from ..receive import join
from ..store import Store
from . import announce
from .exchange import Exchange
from .expectation import instances_of
from .hours import Gate
from .intake import Intake
from .reasons import outcome_of
from .recorded import plan_facts
from .result import MoveResult
from .search import Searcher
from .worker import Worker, response_row

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from ..entities import Remote
    from ..net import MoveResponse
    from .expectation import ExpectedInstance
    from .planned import Planned
    from .tally import Tally
    from .worker import Ended

__all__ = ["run_plan"]

_LOOKED_BACK = 20
"""Operations: an archive that still sends what a killed process asked for was asked lately."""


def run_plan(plan: Planned, tally: Tally, *, cancelling: threading.Event, urgent: threading.Event) -> MoveResult:
    """Carry out a plan: open the folder and our port, send the requests, wait for stragglers, close, and say what happened.

    Raises
    ------
    AssociationError
        No request could be sent.
    ListenerError, StoreError
        Our port or the folder could not be opened.
    """
    with ExitStack() as stack:
        store = stack.enter_context(_store(plan))
        operation = store.journal.begin("move", **_facts(plan))
        outcome, cancel_worked = "lost", None
        try:
            _record_expected(store, operation, plan.instances)
            intake = _intake(plan, store, operation, tally) if _is_ours(plan) else None
            if intake is not None and not all(request.settled for request in plan.requests):
                _open_port(stack, plan, intake)
            exchange = _exchange(plan, store, operation, tally, intake, cancelling=cancelling, urgent=urgent)
            gate = Gate(plan.remote, tally, cancelling)
            ended = Worker(exchange, intake, tally, store.journal, operation, gate).run(plan.requests)
            if intake is not None and not cancelling.is_set():
                _name_the_missing(plan, store, operation, ended, tally, cancelling=cancelling)
            outcome, cancel_worked = outcome_of(plan, ended), exchange.obeyed
        finally:  # without it only a killed process leaves an operation open, whose instances are still let in
            _close_resumed(store, plan.resumes, operation)
            facts = {"kind": "ended", "at": _now(), "outcome": outcome, "cancel_worked": cancel_worked}
            store.journal.append("events", operation, facts)
            store.journal.flush()
    return MoveResult.of(plan, operation, outcome, ended, cancel_worked=cancel_worked)


def _is_ours(plan: Planned) -> bool:
    return plan.options.destination is None and bool(plan.requests)


def _exchange(
    plan: Planned,
    store: Store,
    operation: int,
    tally: Tally,
    intake: Intake | None,
    *,
    cancelling: threading.Event,
    urgent: threading.Event,
) -> Exchange:
    def responded(request: int, response: MoveResponse) -> None:
        tally.responded(response)
        store.journal.append("responses", operation, response_row(request, response))

    return Exchange(
        remote=plan.remote,
        model=plan.model,
        destination=plan.options.destination or plan.remote.listener_ae_title,
        priority=plan.options.priority,
        timeouts=plan.options.timeouts,
        tally=tally,
        cancelling=cancelling,
        urgent=urgent,
        on_running=intake.running if intake is not None else lambda *_: None,
        on_response=responded,
    )


def _store(plan: Planned) -> Store:
    how = plan.options
    return Store(plan.folder, layout=how.layout, private=how.private, sha256=how.sha256, durability=how.durability)


def _intake(plan: Planned, store: Store, operation: int, tally: Tally) -> Intake:
    intake = Intake(
        store=store,
        operation=operation,
        tally=tally,
        requests=plan.requests,
        instances=plan.instances,
        originator=plan.remote.calling_ae_title,
        addresses=_addresses(plan.remote),
        rows=plan.rows,
        asked_before=_open_studies(store, operation),
    )
    for instance in (*plan.instances, *plan.there):
        kept = store.holds(instance.uid)
        if kept is not None:
            intake.present(instance, kept)
    return intake


def _open_studies(store: Store, operation: int) -> set[str]:
    """Studies that earlier operations of this folder asked for and never ended: their process was killed."""
    studies: set[str] = set()
    for one in store.journal.operations()[-_LOOKED_BACK:]:
        number, facts = cast("int", one["id"]), cast("dict[str, Any]", one["facts"])
        if number != operation and not _has_ended(store, number):
            studies.update(request["StudyInstanceUID"] for request in facts.get("requests", ()))
    return studies


def _close_resumed(store: Store, resumed: int | None, operation: int) -> None:
    """What a killed process left open has its end now: nothing is let in for its sake any more."""
    if resumed is not None and not _has_ended(store, resumed):
        facts = {"kind": "ended", "at": _now(), "outcome": "lost", "resumed_by": operation}
        store.journal.append("events", resumed, facts)


def _has_ended(store: Store, operation: int) -> bool:
    return any(event.get("kind") == "ended" for event in store.journal.rows("events", operation))


def _open_port(stack: ExitStack, plan: Planned, intake: Intake) -> None:
    """Open our port before the first C-MOVE, and tell those archives where it is that can be told."""
    remote, layout = plan.remote, plan.options.layout
    membership = stack.enter_context(
        join(
            replace(remote.listener, ae_title=remote.listener_ae_title),
            peer_host=remote.host,
            claimant=intake,
            wanted=PLACING | (layout.tags if layout else frozenset()),
            folder=str(plan.folder),
        )
    )
    announce.port_opened(remote, remote.listener_ae_title, membership.port)


def _addresses(remote: Remote) -> set[str]:
    """IP addresses of the peer; none when its name cannot be resolved: the C-MOVE will say so better."""
    try:
        return {str(entry[4][0]) for entry in socket.getaddrinfo(remote.host, remote.port, type=socket.SOCK_STREAM)}
    except OSError:
        return set()


def _record_expected(store: Store, operation: int, instances: tuple[ExpectedInstance, ...]) -> None:
    for one in instances:
        facts = {
            "request": one.request,
            "StudyInstanceUID": one.study,
            "SeriesInstanceUID": one.series,
            "SOPInstanceUID": one.uid,
        }
        store.journal.append("expected", operation, facts)


def _name_the_missing(
    plan: Planned, store: Store, operation: int, ended: list[Ended], tally: Tally, *, cancelling: threading.Event
) -> None:
    """Ask for the instances of requests whose arrivals disagree with the count, so that the ledger can name what is missing."""
    doubtful = [one.request for one in ended if one.ending.expected_by == "counts" and one.outcome in ("partial", "lost")]
    if not doubtful:
        return
    tally.phase("checking")
    try:
        with Searcher(plan.remote, cancel=cancelling) as searcher:
            for request in doubtful:
                if cancelling.is_set():
                    break
                _record_expected(store, operation, instances_of(searcher, request) or ())
    except DicomMoveError as error:
        store.journal.append("events", operation, {"kind": "fault", "at": _now(), "reason": type(error).__name__})


def _facts(plan: Planned) -> Mapping[str, object]:
    asked = {"user": _user(), "host": socket.gethostname(), "purpose": plan.options.purpose, "version": version("dicommove")}
    return {**asked, "resumes": plan.resumes, **plan_facts(plan)}


def _user() -> str | None:
    """Who asked; None in a container whose user has no name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat()
