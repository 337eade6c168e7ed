"""The gate before each C-MOVE: waits for the hours that the archive gave us, and pauses between two; searches pass by."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ..allowance import Hours

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from ..entities import Remote
    from .tally import Tally

__all__ = ["Gate", "local_now"]

_STEP_S = 20.0
"""The clock is read again that often: a laptop that slept, or a clock that was set, must not shift the hours."""


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
        self._passed = False

    def pass_through(self) -> None:
        """Return when the next C-MOVE may be sent, or at once when the user asked to stop."""
        if self._passed and self._pause:
            over = self._tally.clock() + self._pause
            self._until(lambda: over - self._tally.clock(), "pausing")
        self._passed = True
        if (hours := self._hours) is not None:
            self._until(lambda: hours.seconds_until_open(self._now().time()), f"waiting for {hours.opens}")

    def _until(self, left_s: Callable[[], float], phase: str) -> None:
        while (seconds := left_s()) > 0 and not self._cancelling.is_set():
            self._tally.phase(phase)
            self._wait(min(seconds, _STEP_S))
