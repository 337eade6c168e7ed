"""Signals: the first one asks to stop in good order, or ends a wait that knows no order; the second one ends at once."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from ..signals import ending_signals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["Interrupted", "Interruption"]


class Interrupted(KeyboardInterrupt):
    """A signal ended a wait; it passes everything that catches exceptions."""


class Interruption:
    """Takes SIGINT, SIGTERM and SIGHUP over while it is entered; in the main thread only, where Python delivers them.

    Attributes
    ----------
    signal : int
        Number of the first signal; 0 while none has come.
    """

    def __init__(self) -> None:
        self.signal = 0
        self._patient = False
        self._before: dict[int, object] = {}

    def __bool__(self) -> bool:
        """Whether a signal has come."""
        return self.signal != 0

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Within this block the first signal is noted only: the block looks whether one has come.

        Raises
        ------
        Interrupted
            From anywhere in the block, at the second signal.
        """
        self._patient = True
        try:
            yield
        finally:
            self._patient = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._take) for number in (signal.SIGINT, *ending_signals())}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal gave us it takes back

    def _take(self, number: int, _: FrameType | None) -> None:
        again, self.signal = bool(self.signal), self.signal or number
        if again or not self._patient:
            raise Interrupted
