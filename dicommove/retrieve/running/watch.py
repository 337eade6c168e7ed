"""The watchdog of one running C-MOVE: sends C-CANCEL when told to, aborts after the grace, the silence or the total time.

The decision is a pure function of the clock; the thread only carries it out.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Self

from ...exhaustion import started

if TYPE_CHECKING:
    from collections.abc import Callable

    from .tally import Tally

__all__ = ["Action", "Timeouts", "Watchdog", "decide"]

_STEP_S = 0.05


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds; None waits without end.

    Attributes
    ----------
    silence : float or None
        Without a response that changes anything and without arriving data.
    total : float or None
        For one C-MOVE in all.
    grace : float
        After C-CANCEL, before the association is aborted.
    stragglers : float
        After the last arrival, for instances that come after the final response.
    """

    silence: float | None = 300.0
    total: float | None = None
    grace: float = 10.0
    stragglers: float = 5.0


class Action(Enum):
    """What the watchdog does next."""

    WAIT = "wait"
    CANCEL = "cancel"
    ABORT_GRACE = "the archive did not obey C-CANCEL"
    ABORT_SILENCE = "the archive was silent"
    ABORT_TOTAL = "the total time was over"


def decide(timeouts: Timeouts, *, silent: float, elapsed: float, cancelling: bool, since_cancel: float | None) -> Action:
    """Say what to do now.

    Parameters
    ----------
    timeouts : Timeouts
    silent, elapsed : float
        Seconds since the last sign of life, and since the C-MOVE was sent.
    cancelling : bool
        The user asked to stop.
    since_cancel : float or None
        Seconds since C-CANCEL was sent; None when it was not.

    Examples
    --------
    >>> decide(Timeouts(), silent=0.0, elapsed=1.0, cancelling=True, since_cancel=None)
    <Action.CANCEL: 'cancel'>
    """
    if since_cancel is not None:
        return Action.ABORT_GRACE if since_cancel >= timeouts.grace else Action.WAIT
    if cancelling:
        return Action.CANCEL
    if timeouts.silence is not None and silent >= timeouts.silence:
        return Action.ABORT_SILENCE
    if timeouts.total is not None and elapsed >= timeouts.total:
        return Action.ABORT_TOTAL
    return Action.WAIT


@dataclass
class Watchdog:
    """Watches one C-MOVE; a context manager around it.

    Parameters
    ----------
    timeouts : Timeouts
    tally : Tally
        Gives the clock and the seconds of silence.
    cancelling : threading.Event
        Set when the user asks to stop.
    cancel, abort : callable
        Send C-CANCEL (False says that it could not be sent yet); abort the association.
    urgent : threading.Event
        Set when the user asks a second time: no grace then.
    """

    timeouts: Timeouts
    tally: Tally
    cancelling: threading.Event
    urgent: threading.Event
    cancel: Callable[[], object]
    abort: Callable[[], object]
    verdict: Action = Action.WAIT
    cancel_sent: bool = False
    _cancelled_at: float | None = None
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._began = self.tally.clock()
        self._thread = started(threading.Thread(target=self._run, name="dicommove-watchdog", daemon=True))
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while self.verdict is Action.WAIT and not self._ended.wait(_STEP_S):
            self._step(self.tally.clock())

    def _step(self, now: float) -> None:
        action = decide(
            self.timeouts,
            silent=self.tally.silent_s,
            elapsed=now - self._began,
            cancelling=self.cancelling.is_set(),
            since_cancel=None if self._cancelled_at is None else self._since(now - self._cancelled_at),
        )
        if action is Action.CANCEL:
            self._cancelled_at = now
            self.tally.phase("cancelling")
        elif action is not Action.WAIT:
            self.verdict = action
            self.abort()
            return
        if self._cancelled_at is not None and not self.cancel_sent:
            self.cancel_sent = self._cancel()

    def _cancel(self) -> bool:
        """Whether C-CANCEL went out: not before the C-MOVE is on its way, so it is tried again while the grace runs."""
        try:
            return self.cancel() is not False
        except OSError:  # the connection broke at this moment: who waits for the response hears of it
            return False

    def _since(self, seconds: float) -> float:
        """A second request to stop ends the grace."""
        return self.timeouts.grace if self.urgent.is_set() else seconds
