"""What is to be moved: the plan, the buttons that carry it out, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import Panel
from .static import module, styles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["PlanCard"]


class PlanCard(Panel):
    """The folder, the buttons Peek, Plan and Retrieve, and the facts of plan and result; series facts only.

    Parameters
    ----------
    folder : str
        Where the instances go, as the user wrote it.
    calls : Mapping
        What the buttons ``peek``, ``plan``, ``retrieve``, ``explain`` and ``preview`` do, and what another ``folder`` does.
    """

    _esm = module("plan_card.js")
    _css = styles("form.css")

    def __init__(self, folder: str, calls: Mapping[str, Callable[[], object]]) -> None:
        super().__init__()
        self.folder = folder
        self._calls = calls
        self._parts: dict[str, dict[str, Any]] = {}
        self.allow(ticked="", shown=False)

    def allow(self, *, ticked: str, moving: bool = False, shown: bool = True) -> None:
        """Say what is ticked, in words, and whether a move runs; nothing ticked leaves the buttons off.

        Parameters
        ----------
        shown : bool
            False hides the card: there is no table yet.
        """
        self._tell("allow", ticked=ticked, moving=moving, shown=shown)

    def show_busy(self, words: str) -> None:
        """Show what is being done."""
        self._tell("busy", text=words)

    def show_plan(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show a plan: names and values; without facts it is taken away."""
        self._tell("plan", facts=[list(fact) for fact in facts])

    def show_result(self, facts: Sequence[tuple[str, str]], outcome: str) -> None:
        """Show what came of the move; without facts it is taken away."""
        self._tell("result", facts=[list(fact) for fact in facts], outcome=outcome)
        self.show_text("")

    def show_text(self, text: str) -> None:
        """Show a longer text, such as an explanation."""
        self._tell("text", text=text)

    def _tell(self, kind: str, **content: Any) -> None:
        self._parts[kind] = {"type": kind, **content}
        self.send(self._parts[kind])

    def _on_ready(self, *_: object) -> None:
        self.send({"type": "folder", "text": self.folder})
        for part in self._parts.values():
            self.send(part)

    def _on_folder(self, content: dict[str, Any], _: object) -> None:
        self.folder = str(content["text"]).strip()
        self._calls["folder"]()

    def _on_press(self, content: dict[str, Any], _: object) -> None:
        self._calls[content["button"]]()
