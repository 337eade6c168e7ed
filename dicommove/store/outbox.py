"""Lines on their way to the log: what the disk does not take may wait in memory until it does."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from .faults import as_store_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .log import Log

__all__ = ["MOST_WAITING", "Outbox", "clock"]

MOST_WAITING = 5_000
"""Lines, some 2 MB: when more would wait for the disk, who appends is told that it takes nothing."""


class Outbox:
    """Hands lines to a log in order; used by one thread at a time.

    Parameters
    ----------
    opened : callable
        Gives the log; raises OSError when there can be none.
    folder : Path
        The data folder, for what is said of a fault.

    Attributes
    ----------
    forbears : bool
        What the disk does not take waits; otherwise who appends is told at once.
    """

    def __init__(self, opened: Callable[[], Log], folder: Path) -> None:
        self.forbears = False
        self._opened = opened
        self._folder = folder
        self._waiting: deque[bytes] = deque()

    def put(self, line: bytes) -> int:
        """Hand over a line, behind those that wait; return how many were written.

        Raises
        ------
        StoreError
            The disk does not take it, and it may not wait.
        """
        self._waiting.append(line)
        before = len(self._waiting)
        try:
            return self.send()
        except OSError:
            if not self.forbears or len(self._waiting) > MOST_WAITING:
                self._waiting.pop()
                raise
            return before - len(self._waiting)

    def send(self) -> int:
        """Hand over what waits; return how many lines were written.

        Raises
        ------
        StoreError
            The disk does not take all of it; the rest goes on waiting.
        """
        written = 0
        try:
            while self._waiting:
                self._opened().append(self._waiting[0])
                self._waiting.popleft()
                written += 1
        except OSError as error:
            raise as_store_error(error, self._folder) from error
        return written


def clock() -> int:
    """Microseconds of the monotonic clock: the time of day may be set back while a move runs."""
    return time.monotonic_ns() // 1000
