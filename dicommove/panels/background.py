"""Work that a panel must not wait for: done one after the other in a thread that lives while there is some."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Background"]


class Background:
    """Does jobs in their order, beside the kernel's main thread; a job that fails is told, and the next one is done.

    Parameters
    ----------
    tell_busy : callable
        Called with what is being done, in words, and with ``""`` when there is nothing left.
    tell_fault : callable
        Called with the exception of a job.
    """

    def __init__(self, tell_busy: Callable[[str], object], tell_fault: Callable[[BaseException], object]) -> None:
        self._tell_busy = tell_busy
        self._tell_fault = tell_fault
        self._jobs: deque[tuple[str, Callable[[], object]]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def do(self, words: str, job: Callable[[], object]) -> None:
        """Do a job when those before it are done."""
        with self._changed:
            self._jobs.append((words, job))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="dicommove-form", daemon=True)
                self._thread.start()

    def settle(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to do, at most that many seconds; whether that is so. Within a job it is at once."""
        with self._changed:
            if threading.current_thread() is self._thread:
                return True
            return self._changed.wait_for(lambda: self._thread is None, timeout)

    def _run(self) -> None:
        while (next_one := self._next()) is not None:
            words, job = next_one
            try:
                self._tell_busy(words)
                job()
            except Exception as error:  # noqa: BLE001 - shown in the panel, which goes on
                self._tell_fault(error)

    def _next(self) -> tuple[str, Callable[[], object]] | None:
        with self._changed:
            if self._jobs:
                return self._jobs.popleft()
            self._tell_busy("")  # before another thread can begin and say what it does
            self._thread = None
            self._changed.notify_all()
            return None
