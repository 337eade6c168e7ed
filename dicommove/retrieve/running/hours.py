"""The gate before each C-MOVE: waits for the hours that the archive gave us, and pauses between two; searches pass by."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ...allowance import Hours
from .turns import Turn

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from ...entities import Remote
    from .tally import Tally

__all__ = ["Gate", "local_now"]

_STEP_S = 20.0
"""The clock is read again that often: a laptop that slept, or a clock that was set, must not shift the hours."""
_TURN_STEP_S = 0.2


def local_now() -> datetime:
    """Return the time on this machine's wall."""
    return datetime.now().astimezone()


class Gate:
    """Opens for one C-MOVE after the other; one that runs is never interrupted by the end of the hours.

    Parameters
    ----------
    remote : Remote
        Its ``hours`` and ``pause`` (seconds) hold.
    tally : Tally
        Shows the phase (``waiting for 18:00``, ``pausing``) and gives the seconds of the pause.
    cancelling : threading.Event
        Ends every wait.
    now : callable
        Local date and time; injected, so that tests need no waiting.
    wait : callable, optional
        Wait so many seconds, or until cancelled.
    """

    def __init__(
        self,
        remote: Remote,
        tally: Tally,
        cancelling: threading.Event,
        *,
        now: Callable[[], datetime] = local_now,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._hours = Hours.read(remote.hours) if remote.hours else None
        self._pause = remote.pause
        self._tally = tally
        self._cancelling = cancelling
        self._now = now
        self._wait = wait or cancelling.wait
        self._turn = Turn(remote.host, remote.port, remembered=bool(remote.pause))
        self._passed = False

    def pass_through(self) -> None:
        """Return when the next C-MOVE may be sent, or at once when the user asked to stop."""
        if self._passed:
            self._pause_since(0.0)
        self._passed = True
        while True:
            self._until(self._until_open_s, f"waiting for {self._hours.opens}" if self._hours else "")
            self._until(lambda: 0.0 if self._turn.take() else _TURN_STEP_S, "waiting for the move of another process")
            self._pause_since(self._turn.since_last_s)
            if not self._until_open_s() or self._cancelling.is_set():
                return
            self.leave()  # the hours ended meanwhile: another process may have others

    def leave(self) -> None:
        """Let the C-MOVE of another process through: this one has ended."""
        self._turn.give_back()

    def _pause_since(self, since_s: float | None) -> None:
        """Pause, so many seconds after the last C-MOVE, ours or another process's."""
        if self._pause and since_s is not None:
            over = self._tally.clock() + self._pause - since_s
            self._until(lambda: over - self._tally.clock(), "pausing")

    def _until_open_s(self) -> float:
        return 0.0 if self._hours is None else self._hours.seconds_until_open(self._now().time())

    def _until(self, left_s: Callable[[], float], phase: str) -> None:
        while (seconds := left_s()) > 0 and not self._cancelling.is_set():
            self._tally.phase(phase)
            self._wait(min(seconds, _STEP_S))
