"""The progress panel: phase, what arrived against what is expected, the archive's counters, rates, troubles, pictures, Cancel.

Whether a press on Cancel is heard depends on the kernel and on what its cells are doing, so the front end finds out: it asks
(``ping``), and offers the button while it is answered at once (``pong``).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import traitlets
from IPython.display import display

from ..retrieve import MoveOperation
from ..retrieve.running.progress_facts import facts_of
from .arrivals import Arrivals
from .base import Panel
from .kept import NOTHING, facts_kept, line_kept
from .progress import state_of
from .static import module, styles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .encoding import Message

__all__ = ["ProgressPanel", "show", "watch"]

_PERIOD_S = 0.2
"""The panel moves five times a second, whatever arrives."""
_shown: dict[MoveOperation, ProgressPanel] = {}
"""Panels of moves for which a cell waits."""


class ProgressPanel(Panel):
    """The panel of one operation; made by `watch`.

    It looks at the operation five times a second from a thread of its own. At the end, what a cell shows of it is replaced by
    an ordinary output with the same facts, which a saved notebook keeps; one that is saved before keeps a line that stands below.

    Parameters
    ----------
    operation : MoveOperation
    folded : bool
        At the end one line is seen, which unfolds: the result that follows says the same.

    Attributes
    ----------
    state : dict
        What is drawn (see `state_of`): numbers, states and our own words.
    """

    _esm = module("watch.js")
    _css = styles("watch.css")
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, operation: MoveOperation, *, folded: bool = False, **traits: Any) -> None:
        super().__init__(state=state_of(operation), **traits)
        self.operation = operation
        self._folded = folded
        self._places: list[str] = []
        self._settling = threading.Lock()
        self._settled = False
        self._arrivals = Arrivals(operation, self._tell)
        threading.Thread(target=self._follow, name="dicommove-watch", daemon=True).start()

    def facts(self) -> list[tuple[str, str]]:
        """Return what a view without widgets shows."""
        return facts_of(self.operation)

    def settle(self) -> None:
        """Once the operation has ended: show its end, and leave an ordinary output in place of the panel."""
        with self._settling:
            if self._settled or not self.operation.done():
                return
            self._settled = True
            self.state = state_of(self.operation)
            for place in self._places:
                _output(NOTHING, display_id=_line_of(place), update=True)  # first: who sees the end, sees it whole
                _output(self._still(), display_id=place, update=True)

    def _follow(self) -> None:
        try:
            while not self.operation.wait(_PERIOD_S):
                self.state = state_of(self.operation)
            self.settle()
        except Exception as error:  # noqa: BLE001 - a drawing that fails says so, and the move goes on without it
            self.tell_fault(error)

    def _tell(self, message: Message) -> None:
        self.send(message.content, list(message.buffers))

    def _on_ready(self, _: object, __: Sequence[memoryview]) -> None:
        for message in tuple(self._arrivals.kept):
            self._tell(message)

    def _on_ping(self, _: object, __: Sequence[memoryview]) -> None:
        self.send({"type": "pong"})

    def _on_cancel(self, _: object, __: Sequence[memoryview]) -> None:
        self.operation.cancel()
        self.state = state_of(self.operation)

    def _still(self) -> dict[str, str]:
        """The facts as an ordinary output."""
        return facts_kept(self.operation, folded=self._folded)

    def _ipython_display_(self) -> None:
        """Show the panel where it can be replaced; one whose operation has ended is an ordinary output from the beginning."""
        with self._settling:
            if self._settled:
                _output(self._still())
                return
            place = f"dicommove-{self.model_id}-{len(self._places)}"
            data, metadata = self._repr_mimebundle_()
            _output(data, metadata=metadata, display_id=place)
            _output(line_kept(self.operation.plan.folder), display_id=_line_of(place))
            self._places.append(place)


def _line_of(place: str) -> str:
    """Where the line stands that is kept with a file saved while the move runs: below the panel."""
    return f"{place}-line"


def _output(bundle: dict[str, Any], **how: Any) -> None:
    display(bundle, raw=True, **how)  # type: ignore[no-untyped-call]  # IPython gives it no types


def watch(operation: MoveOperation) -> ProgressPanel:
    """Make the panel of an operation (see `dicommove.watch`)."""
    if not isinstance(operation, MoveOperation):
        raise TypeError(f"watch takes what start_move() returns, not {type(operation).__name__}")
    return ProgressPanel(operation)


def show(operation: MoveOperation) -> Callable[[], None]:
    """Show the panel of an operation in the running cell, once, and return what is to be called at the end of a wait."""
    panel = _shown.get(operation)
    if panel is None:
        panel = _shown[operation] = ProgressPanel(operation, folded=True)
        panel._ipython_display_()

    def settle() -> None:
        if operation.done():
            panel.settle()
            panel.close()  # nobody else has it
            _shown.pop(operation, None)

    return settle
