"""A running move: like `concurrent.futures.Future`, but it can be watched, and cancelled while it runs."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from ...errors import DicomMoveError
from ...exhaustion import started
from .progress_facts import html_of, text_of
from .tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from ..accounting.result import MoveResult
    from ..planning.planned import Planned
    from .events import Snapshot
    from .worker import Ended

    class CarryOut(Protocol):
        """Does the work of an operation."""

        def __call__(
            self, plan: Planned, tally: Tally, *, cancelling: threading.Event, urgent: threading.Event
        ) -> MoveResult: ...


__all__ = ["MoveOperation", "launch"]

_LOGGER = logging.getLogger(__name__)
_STEP_S = 0.1
"""An event loop at rest hears no interrupt until something else wakes it: a wait is sliced."""


class MoveOperation:
    """A move that was started; made by ``start_move()``.

    Unlike a `concurrent.futures.Future`, `cancel` works while it runs, and `result` then returns the cancelled `MoveResult`.

    Examples
    --------
    >>> import tempfile, dicommove as dm
    >>> with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
    ...     op = pacs.studies().where(PatientID="000123").start_move(folder)
    ...     result = op.result(timeout=60)
    ...     op.done(), op.cancelled(), result.outcome
    (True, False, 'complete')
    """

    def __init__(self, plan: Planned, tally: Tally, carry_out: CarryOut) -> None:
        self.plan = plan
        self._carry_out = carry_out
        self._tally = tally
        self._cancelling = threading.Event()
        self._urgent = threading.Event()
        self._ended = threading.Event()
        self._result: MoveResult | None = None
        self._exception: BaseException | None = None
        self._callbacks: list[Callable[[MoveOperation], object]] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="dicommove-move", daemon=True)

    def done(self) -> bool:
        """Whether it has ended, in whichever way."""
        return self._ended.is_set()

    def cancelled(self) -> bool:
        """Whether it has ended because it was cancelled."""
        return self._result is not None and self._result.outcome == "cancelled"

    def cancelling(self) -> bool:
        """Whether it was asked to stop."""
        return self._cancelling.is_set()

    def cancel(self) -> bool:
        """Ask it to stop: C-CANCEL is sent, and after the grace the association is aborted; what arrived is kept.

        A second call does not wait for the grace. Returns False when it had ended before.
        """
        if self.done():
            return False
        if self._cancelling.is_set():
            self._urgent.set()
        self._cancelling.set()
        with self._tally.changed:
            self._tally.changed.notify_all()
        return True

    @property
    def progress(self) -> Snapshot:
        """The state at this moment, as a frozen value."""
        return self._tally.snapshot()

    @property
    def ended(self) -> tuple[Ended, ...]:
        """How the requests ended that have ended so far, in order."""
        return self._tally.ended()

    def received_of(self, request: int) -> int:
        """Distinct instances of a C-MOVE, by its number, that are in the folder."""
        return self._tally.received_of(request)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait up to ``timeout`` seconds for the end; whether it has ended."""
        return self._ended.wait(timeout)

    def result(self, timeout: float | None = None) -> MoveResult:
        """Wait for the end and return the result.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits without end.

        Raises
        ------
        TimeoutError
            It has not ended in that time; it goes on.
        AssociationError
            No request could be sent, in one of the four ways.
        ListenerError, StoreError
            Our port or the folder could not be opened.
        """
        if not self._ended.wait(timeout):
            raise TimeoutError(f"the move has not ended in {timeout} s; it goes on: cancel() stops it")
        if self._exception is not None:
            raise self._exception
        assert self._result is not None
        return self._result

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Wait for the end and return what `result` would raise, or None."""
        if not self._ended.wait(timeout):
            raise TimeoutError(f"the move has not ended in {timeout} s; it goes on: cancel() stops it")
        return self._exception

    def add_done_callback(self, function: Callable[[MoveOperation], object]) -> None:
        """Call ``function(operation)`` at the end, from the operation's thread; at once when it has ended."""
        with self._lock:
            if not self._ended.is_set():
                self._callbacks.append(function)
                return
        self._call(function)

    def __await__(self) -> Generator[None, None, MoveResult]:
        return self._awaited().__await__()

    async def _awaited(self) -> MoveResult:
        """Wait without blocking the event loop; an interrupted wait cancels the move, as Ctrl-C does."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()

        def tell(_: MoveOperation) -> None:
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(ended.set)

        self.add_done_callback(tell)
        try:
            while not ended.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(_STEP_S):
                        await ended.wait()
        except asyncio.CancelledError:
            self.cancel()
            raise
        return self.result()

    def __repr__(self) -> str:
        return text_of(self)

    def _repr_html_(self) -> str:
        return html_of(self)

    def _run(self) -> None:
        try:
            self._result = self._carry_out(self.plan, self._tally, cancelling=self._cancelling, urgent=self._urgent)
        except BaseException as error:  # noqa: BLE001 - whatever it was, it is raised where somebody waits: in result()
            self._exception = error
        self._tally.phase("done")
        with self._lock:
            self._ended.set()
            callbacks = tuple(self._callbacks)
        for function in callbacks:
            self._call(function)

    def _call(self, function: Callable[[MoveOperation], object]) -> None:
        """As `concurrent.futures.Future`: a callback that raises is logged, and the others are called all the same."""
        try:
            function(self)
        except Exception:
            _LOGGER.exception("a done-callback raised")


def launch(plan: Planned, carry_out: CarryOut, *, requests_total: int | None = None) -> MoveOperation:
    """Start a plan whose guards were checked.

    Parameters
    ----------
    plan : Planned
    carry_out : callable
        Makes the result, in a thread of its own: called with the plan, its tally, and the events that ask it to stop.
    requests_total : int, optional
        How many C-MOVEs there will be; by default those of the plan.
    """
    total = len(plan.requests) if requests_total is None else requests_total
    tally = Tally(requests_total=total, expected=plan.expected)
    operation = MoveOperation(plan, tally, carry_out)
    try:
        started(operation._thread)  # noqa: SLF001 - a thread that never started is no operation, so nobody else may construct one
    except OSError as error:
        raise DicomMoveError(f"the move was not started: {error.strerror}") from error
    return operation
