"""Going on with an operation that is not complete: what it knows is taken in again, and the gap is asked for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .recorded import expected_instances
from .retry import Retry
from .retry_asking import Asker
from .retry_memory import refused_by
from .retry_pace import Pace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..store import Store
    from .expectation import ExpectedInstance
    from .intake import Intake
    from .planned import Planned
    from .worker import Ended, Worker

__all__ = ["TROUBLE", "ask_again", "asker_of", "known_of", "recall"]

TROUBLE = ("partial", "lost", "refused", "cancelled")
"""Outcomes of requests that may bring more when they are sent again."""
PACE = Pace()
"""Pauses between attempts."""


def known_of(store: Store, operation: int) -> tuple[ExpectedInstance, ...]:
    """What an operation expects by UID, by its journal: what was named after it had been sent too."""
    return expected_instances(store.journal.rows("expected", operation))


def recall(store: Store, intake: Intake, operation: int) -> None:
    """Count what arrived earlier in this operation, and is still in the folder."""
    for row in store.journal.rows("arrivals", operation):
        if row.get("asked_for") and store.holds(str(row["SOPInstanceUID"])) is not None:
            intake.recall(row)


def asker_of(plan: Planned, worker: Worker) -> Asker:
    """Make who sends the requests, with the patience that the options say."""
    patience = plan.options.patience
    return Asker(worker, patience_s=math.inf if patience is None else patience, pace=PACE)


def ask_again(plan: Planned, asker: Asker, intake: Intake, ended: Sequence[Ended]) -> tuple[list[Ended], list[Ended]]:
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
