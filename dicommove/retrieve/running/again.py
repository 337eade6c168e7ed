"""Carries out a plan, and goes on with one that is not complete: what is known is taken in, and the gap is asked for."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, cast

from ...errors import DicomMoveError
from ..resuming.recorded import expected_instances
from ..retrying.asking import Asker
from ..retrying.memory import refused_by
from ..retrying.pace import Pace
from ..retrying.retry import TROUBLE, Retry
from .doubtful import doubtful, name_the_missing, record_expected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...store import Store
    from ..accounting.result import MoveResult
    from ..asking.expectation import ExpectedInstance
    from ..planning.planned import Planned
    from .intake import Intake
    from .worker import Ended, Worker

__all__ = ["carried_out", "known_of", "recall"]

PACE = Pace()
"""Pauses between attempts."""


def known_of(store: Store, operation: int) -> tuple[ExpectedInstance, ...]:
    """What an operation expects by UID, by its journal: what was named after it had been sent too."""
    return expected_instances(store.journal.rows("expected", operation))


def recall(store: Store, intake: Intake, operation: int) -> None:
    """Count what arrived earlier in this operation and is still in the folder; of what is not, the journal says so."""
    gone: dict[str, dict[str, object]] = {}
    for row in store.journal.rows("arrivals", operation):
        uid = str(row["SOPInstanceUID"])
        if row.get("asked_for") and store.holds(uid) is not None:
            intake.recall(row)
        elif row.get("asked_for"):
            copies = cast("int", gone.get(uid, {}).get("copies", 0)) + 1
            gone[uid] = {"kind": "gone", "SOPInstanceUID": uid, "request": row.get("request"), "copies": copies}
    for facts in gone.values():
        store.journal.append("events", operation, {**facts, "at": datetime.now(UTC).isoformat()})


def _asker_of(plan: Planned, worker: Worker) -> Asker:
    """Make who sends the requests, with the patience that the options say."""
    patience = plan.options.patience
    return Asker(worker, patience_s=math.inf if patience is None else patience, pace=PACE)


def _ask_again(plan: Planned, asker: Asker, intake: Intake, ended: Sequence[Ended]) -> tuple[list[Ended], list[Ended]]:
    """Ask for the gap; return how every request ended, and what those of the plan have come to.

    Parameters
    ----------
    plan : Planned
    asker : Asker
    intake : Intake
    ended : sequence of Ended
        How the requests ended until now.
    """
    retry = Retry(asker, intake, refused_by(plan.remote))
    every = [*ended, *retry.run(ended)]
    return every, retry.standing(every)


def carried_out(plan: Planned, worker: Worker, before: MoveResult | None) -> tuple[list[Ended], list[Ended]]:
    """Send the requests of a plan, and ask again where the options say so; of one that goes on, ask for the gap.

    Returns
    -------
    tuple of (list of Ended, list of Ended)
        How every request ended, and what those of the plan have come to with all attempts.

    Raises
    ------
    AssociationError
        No request could be sent.
    """
    intake, asker = worker.intake, _asker_of(plan, worker)
    retrying = intake is not None and (before is not None or plan.options.retry is not None)
    ended = worker.run(plan.requests, patient=retrying) if before is None else list(before.ended)
    if intake is None or (asker.stopping and before is None):
        return ended, ended
    _name_the_missing(plan, worker, intake, ended, asker if retrying else None)
    if not retrying:
        return ended, ended
    every, whole = _ask_again(plan, asker, intake, ended)
    if before is None:
        worker.raise_unsent()
    return every, whole


def _name_the_missing(plan: Planned, worker: Worker, intake: Intake, ended: Sequence[Ended], asker: Asker | None) -> None:
    """Name the instances of requests whose arrivals disagree with the count; with an asker, as soon as the archive is there."""
    requests = doubtful(ended, ("partial", "lost") if asker is None else TROUBLE)
    known = intake.awaited.requests()
    unnamed = [request for request in requests if request.number not in known]
    if not unnamed:
        return

    def named(instances: tuple[ExpectedInstance, ...]) -> None:
        record_expected(worker.journal, worker.operation, instances)
        intake.expect(instances)

    worker.tally.phase("checking")
    ask = partial(name_the_missing, plan.remote, unnamed, named, cancelling=worker.exchange.cancelling)
    try:
        ask() if asker is None else asker.patiently(ask)
    except DicomMoveError as error:
        facts = {"kind": "fault", "at": datetime.now(UTC).isoformat(), "reason": type(error).__name__}
        worker.journal.append("events", worker.operation, facts)
