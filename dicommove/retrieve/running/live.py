"""Drawings of a running operation: a bar in a terminal, a live line in a notebook, a callback; and the blocking wait."""

from __future__ import annotations

import sys
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from ... import lab
from ...errors import DicomMoveWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..accounting.result import MoveResult
    from .events import Snapshot
    from .operation import MoveOperation

    Draw = Callable[[Snapshot], object]

__all__ = ["Shown", "searching", "wait_for"]

Shown = bool | Literal["auto", "text"]
_STEP_S = 0.1
"""Waits are sliced so that an interrupt is heard at once on every platform and kernel."""


def wait_for(operation: MoveOperation, progress: Shown | Callable[[Snapshot], object] = "auto") -> MoveResult:
    """Wait for the end while drawing; Ctrl-C (or a notebook's stop button) cancels and still returns the result.

    Parameters
    ----------
    operation : MoveOperation
    progress : {"auto", "text", True, False} or callable
        A callable gets each `Snapshot`; ``"auto"`` draws where somebody looks: a panel in a notebook, a bar in a terminal;
        ``"text"`` draws no panel but a line, for front ends without widgets.
    """
    while not operation.done():
        try:
            _draw_until_done(operation, progress)
        except KeyboardInterrupt:
            operation.cancel()
        except Exception as error:  # noqa: BLE001 - a drawing that fails says so, and the move goes on without it
            warnings.warn(f"progress is no longer shown: {type(error).__name__}: {error}", DicomMoveWarning, stacklevel=3)
            progress = False
    return operation.result()


def _draw_until_done(operation: MoveOperation, progress: Shown | Callable[[Snapshot], object]) -> None:
    with _drawing(operation, progress) as draw:
        while not operation.wait(_STEP_S):
            draw(operation.progress)
        draw(operation.progress)


@contextmanager
def searching(progress: Shown) -> Iterator[Callable[[int, int | None], None]]:
    """Show the C-FINDs of a walk as they are sent, where somebody looks and it takes several."""
    line = _line() if progress else None
    if line is None and progress and _somebody_looks():
        console = Console(stderr=True)
        with console.status("asking the archive") as status:
            yield lambda number, of: status.update(_asked(number, of))
    else:
        yield lambda number, of: line(_asked(number, of)) if line is not None and number > 1 else None


def _asked(number: int, of: int | None) -> str:
    return f"C-FIND {number}" + (f" of {of}" if of is not None else "")


def _panel(operation: MoveOperation) -> Callable[[], None] | None:
    """The panel of an operation, to be called when a wait is over; None where no cell waits."""
    return lab.live_panel(operation) if threading.current_thread() is threading.main_thread() else None


def _line() -> Callable[[str], None] | None:
    return lab.live_line() if threading.current_thread() is threading.main_thread() else None


def _somebody_looks() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


@contextmanager
def _drawing(operation: MoveOperation, progress: Shown | Callable[[Snapshot], object]) -> Iterator[Draw]:
    if callable(progress):
        yield progress
        return
    settle = _panel(operation) if progress in ("auto", True) else None
    line = _line() if progress and settle is None else None
    if settle is not None:
        try:
            yield lambda _: None  # it looks by itself
        finally:
            settle()
    elif line is not None:
        yield lambda snapshot: line(str(snapshot))
    elif progress is True or (progress and _somebody_looks()):
        with _bar() as draw:
            yield draw
    else:
        yield lambda _: None


@contextmanager
def _bar() -> Iterator[Draw]:
    """A bar on stderr; without a known total it pulses."""
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=28), TextColumn("{task.fields[facts]}"))
    with Progress(*columns, console=Console(stderr=True), transient=False) as bar:
        task = bar.add_task("waiting", total=None, facts="")

        def draw(snapshot: Snapshot) -> None:
            _, _, facts = str(snapshot).partition(": ")
            bar.update(
                task, description=f"{snapshot.doing:12}", total=snapshot.expected, completed=snapshot.received, facts=facts
            )

        yield draw
