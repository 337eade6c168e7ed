"""Where network, listener, store and journal meet: carries out a plan and makes the result."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from ...durations import optional_seconds
from ...errors import StoreError
from ...head import PLACING
from ...receive import join
from ...store import Store
from ..accounting.reasons import outcome_of
from ..accounting.result import MoveResult
from ..planning.provenance import asked_by, versions
from ..resuming.recorded import plan_facts
from ..resuming.recorded_ending import has_ended
from . import announce, trail
from .again import carried_out, known_of, recall
from .doubtful import record_expected
from .exchange import Exchange, Sent
from .hours import Gate
from .intake import Intake
from .port_queue import opened_in_turn
from .recording import Recording
from .vanished import vanished
from .worker import Worker

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from ...entities import Remote
    from ...net import MoveResponse
    from ..planning.planned import Planned
    from .tally import Tally

__all__ = ["run_plan"]

_LOOKED_BACK = 20
"""Operations: an archive that still sends what a killed process asked for was asked lately."""


def run_plan(
    plan: Planned, tally: Tally, *, cancelling: threading.Event, urgent: threading.Event, before: MoveResult | None = None
) -> MoveResult:
    """Carry out a plan: open the folder and our port, send the requests, wait for stragglers, close, and say what happened.

    Parameters
    ----------
    plan : Planned
    tally : Tally
    cancelling, urgent : threading.Event
        Set by the user's first and second request to stop.
    before : MoveResult, optional
        What the operation has come to: it goes on, and only what is missing is asked for.

    Raises
    ------
    AssociationError
        No request could be sent.
    ListenerError, StoreError
        Our port or the folder could not be opened.
    """
    with ExitStack() as stack:
        store = stack.enter_context(_store(plan))
        operation = _begun(store, plan, before)
        store.journal.forbear()  # a disk that is full now costs records, and no result
        end: dict[str, object] = {"outcome": "lost"}
        try:
            intake = _intake(plan, store, operation, tally, goes_on=before is not None) if _is_ours(plan) else None
            if intake is not None and not all(request.settled for request in plan.requests):
                note = partial(_note_port, store, operation, tally)
                _open_port(stack, plan, intake, note, tally=tally, cancelling=cancelling)
            recording = Recording(store.journal, operation, plan.options.purpose)
            stack.callback(recording.close)
            exchange = _exchange(plan, recording, tally, intake, cancelling=cancelling, urgent=urgent)
            gate = Gate(plan.remote, tally, cancelling)
            stack.callback(gate.leave)
            worker = Worker(exchange, intake, tally, store.journal, operation, gate)
            ended, whole = carried_out(plan, worker, before)
            for number in vanished(plan.remote, whole, cancelling):
                store.journal.append("events", operation, {"kind": "vanished", "at": _now(), "request": number})
            outcome = outcome_of(plan, whole)
            result = MoveResult.of(
                plan, operation, outcome, ended, whole=whole, cancel_worked=exchange.obeyed, carry_out=run_plan
            )
            end = {"outcome": outcome, "cancel_worked": exchange.obeyed, "reason": result.reason}
        finally:  # without it only a killed process leaves an operation open, whose instances are still let in
            _close_resumed(store, plan.resumes, operation)
            store.journal.append("events", operation, {"kind": "ended", "at": _now(), **end})
            outcome, received = str(end["outcome"]), tally.snapshot().received
            if problem := trail.move_ended(plan, operation, outcome, received):
                store.journal.append("events", operation, {"kind": "audit", "at": _now(), "reason": problem})
            _fold(store, tally)
    return result


def _fold(store: Store, tally: Tally) -> None:
    try:
        store.journal.flush()
    except StoreError as error:
        tally.note("fault", f"the journal lacks some of what happened: {error}")


def _begun(store: Store, plan: Planned, before: MoveResult | None) -> int:
    """Number of the operation; of one that goes on the journal says so: its instances are let in again."""
    if before is not None:
        store.journal.append("events", before.operation, {"kind": "continued", "at": _now(), **asked_by()})
        return before.operation
    operation = store.journal.begin("move", **_facts(plan), data_folder=store.surroundings.facts())
    record_expected(store.journal, operation, plan.instances)
    return operation


def _is_ours(plan: Planned) -> bool:
    return plan.options.destination is None and bool(plan.requests)


def _exchange(
    plan: Planned,
    recording: Recording,
    tally: Tally,
    intake: Intake | None,
    *,
    cancelling: threading.Event,
    urgent: threading.Event,
) -> Exchange:
    def running(sent: Sent) -> None:
        recording.sent(sent)
        if intake is not None:
            intake.running(sent.request, sent.message_id)

    def responded(request: int, response: MoveResponse) -> None:
        tally.responded(response)
        recording.responded(request, response)

    return Exchange(
        remote=plan.remote,
        model=plan.model,
        destination=plan.options.destination or plan.remote.listener_ae_title,
        priority=plan.options.priority,
        timeouts=plan.options.timeouts,
        tally=tally,
        cancelling=cancelling,
        urgent=urgent,
        on_running=running,
        on_response=responded,
    )


def _store(plan: Planned) -> Store:
    how = plan.options
    return Store(plan.folder, layout=how.layout, private=how.private, sha256=how.sha256, durability=how.durability)


def _intake(plan: Planned, store: Store, operation: int, tally: Tally, *, goes_on: bool) -> Intake:
    instances = known_of(store, operation) if goes_on else plan.instances
    intake = Intake(
        store=store,
        operation=operation,
        tally=tally,
        requests=plan.requests,
        instances=instances,
        originator=plan.remote.calling_ae_title,
        addresses=_addresses(plan.remote),
        rows=plan.rows,
        asked_before=_open_studies(store, operation),
        drops=plan.options.surplus == "drop",
        trail=trail.Refusals(plan.remote),
    )
    if goes_on:
        recall(store, intake, operation)
    intake.take_present(instances if goes_on else (*instances, *plan.there))
    return intake


def _open_studies(store: Store, operation: int) -> set[str]:
    """Studies that earlier operations of this folder asked for and never ended: their process was killed."""
    studies: set[str] = set()
    for one in store.journal.operations()[-_LOOKED_BACK:]:
        number, facts = cast("int", one["id"]), cast("dict[str, Any]", one["facts"])
        if number != operation and not has_ended(store.journal.rows("events", number)):
            studies.update(request["StudyInstanceUID"] for request in facts.get("requests", ()))
    return studies


def _close_resumed(store: Store, resumed: int | None, operation: int) -> None:
    """What a killed process left open has its end now: nothing is let in for its sake any more."""
    if resumed is not None and not has_ended(store.journal.rows("events", resumed)):
        facts = {"kind": "ended", "at": _now(), "outcome": "lost", "resumed_by": operation}
        store.journal.append("events", resumed, facts)


def _open_port(
    stack: ExitStack, plan: Planned, intake: Intake, note: Callable[..., None], *, tally: Tally, cancelling: threading.Event
) -> None:
    """Open our port before the first C-MOVE, and tell those archives where it is that can be told."""
    remote, layout = plan.remote, plan.options.layout
    listener = replace(remote.listener, ae_title=remote.listener_ae_title)
    wanted = PLACING | (layout.tags if layout else frozenset())
    opening = partial(join, listener, peer_host=remote.host, claimant=intake, wanted=wanted, folder=str(plan.folder))
    wait_s = optional_seconds("wait", remote.listener.wait)
    membership = opened_in_turn(opening, wait_s=wait_s, tally=tally, cancelling=cancelling)
    if membership is None:
        return
    tell = partial(note, "audit")
    stack.callback(trail.port_closed, remote, membership.port, tell)
    stack.callback(note, "closed")
    stack.callback(intake.notes.close)
    stack.callback(membership.close)
    trail.port_opened(remote, membership.port, tell)
    note("opened", port=membership.port, addresses=list(membership.addresses), ae_title=remote.listener_ae_title)
    announce.port_opened(remote, remote.listener_ae_title, membership.port)


def _note_port(store: Store, operation: int, tally: Tally, event: str, problem: str = "", **facts: object) -> None:
    """Record when this operation began to listen, when it ceased to, and what was the matter with the audit trail."""
    if problem:
        tally.note("fault", problem)
        facts["reason"] = problem
    store.journal.append("events", operation, {"kind": "port", "event": event, "at": _now(), **facts})


def _addresses(remote: Remote) -> set[str]:
    """IP addresses of the peer; none when its name cannot be resolved: the C-MOVE will say so better."""
    try:
        return {str(entry[4][0]) for entry in socket.getaddrinfo(remote.host, remote.port, type=socket.SOCK_STREAM)}
    except OSError:
        return set()


def _facts(plan: Planned) -> Mapping[str, object]:
    asked = {**asked_by(), "purpose": plan.options.purpose, "versions": versions()}
    return {**asked, "resumes": plan.resumes, **plan_facts(plan)}


def _now() -> str:
    return datetime.now(UTC).isoformat()
