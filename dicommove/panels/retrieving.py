"""What the form does with what is ticked: peek, plan, move, and what came of it; in a thread of its own, shown on the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipywidgets.widgets.widget_box import VBox

from .. import retrieve
from ..errors import QueryError
from ..images import picture
from .encoding import png
from .inquiry import example_path, plan_of
from .preview import Preview
from .watch import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ..entities import Remote
    from ..retrieve import MoveOperation, MoveResult, Plan
    from ..retrieve.planning.options import Options
    from ..terms import Level
    from .base import Panel
    from .plan_card import PlanCard

    Match = Mapping[str, str]

__all__ = ["Retrieving"]

_THUMB = 112
"""Pixels of the longer side of what a peek shows."""
_FACTS = ("plane", "SliceThickness", "ConvolutionKernel", "SequenceName", "EchoTime", "RepetitionTime", "ContrastBolusAgent")
_UNITS = {"SliceThickness": "{} mm", "EchoTime": "TE {} ms", "RepetitionTime": "TR {} ms"}
_UNSEEN_IN_PATHS = frozenset(map(chr, range(32)))


class Retrieving:
    """Plans and moves, one after the other.

    Parameters
    ----------
    card : PlanCard
        Where it is shown.
    on_end : callable
        Called when there is a result.
    on_fault : callable
        Called with what ended a move without a result.

    Attributes
    ----------
    box : VBox
        Holds the progress panel, and the preview.
    plan : Plan or None
    operation : MoveOperation or None
    """

    def __init__(self, card: PlanCard, *, on_end: Callable[[], None], on_fault: Callable[[BaseException], None]) -> None:
        self.card = card
        self.box = VBox()  # type: ignore[no-untyped-call]  # ipywidgets has no types
        self.plan: Plan | None = None
        self.operation: MoveOperation | None = None
        self._on_end = on_end
        self._on_fault = on_fault

    @property
    def result(self) -> MoveResult | None:
        """Result of the last move; None before, while it runs, and when it could not be begun."""
        ended = self.operation is not None and self.operation.done() and self.operation.exception() is None
        return self.operation.result() if self.operation is not None and ended else None

    @property
    def moving(self) -> bool:
        """Whether a move runs."""
        return self.operation is not None and not self.operation.done()

    def forget(self) -> None:
        """Take the plan away: it is no longer of what is ticked."""
        if self.plan is not None:
            self.plan = None
            self.card.show_plan([])

    def make_plan(self, remote: Remote, matches: Sequence[Match], level: Level, options: Options) -> Plan:
        """Plan the move of what is ticked, and show it."""
        self._require_free()
        self.plan = plan = plan_of(remote, matches, level, self._folder(), options)
        facts = [fact for fact in plan.facts() if fact[0] != "Table"]  # what is ticked was found
        self.card.show_plan([*facts, ("Files such as", example_path(plan, matches[0]))])
        return plan

    def start(self, plan: Plan) -> MoveOperation:
        """Carry out a plan, with the progress panel below."""
        self._require_free()
        self.operation = plan.start_move()
        self.card.show_result([], "")
        self._show(watch(self.operation))
        self.operation.add_done_callback(self._ended)
        return self.operation

    def peek(self, remote: Remote, series: Sequence[Match], options: Options) -> Iterator[tuple[dict[str, object], bytes | None]]:
        """Move one instance of each series, and yield what it says and its picture; the progress is shown meanwhile."""
        self._require_free()
        peek = retrieve.plan_peek_of_series(remote, series, self._folder(), options=options)
        result = None
        if peek.plan.requests:
            operation = peek.plan.start_move()
            self._show(watch(operation))
            result = operation.result()
            self._show()
        for row in peek.rows(result):
            yield _card(row), _thumbnail(row)

    def explain(self) -> None:
        """Show why the last move is what it is."""
        self.card.show_text(str(self._moved().explain()))

    def preview(self) -> None:
        """Show the pictures of the last move below."""
        self._show(Preview(self._moved()))

    def _moved(self) -> MoveResult:
        if (result := self.result) is None:
            raise QueryError("nothing was moved yet")
        return result

    def _folder(self) -> str:
        """The folder as it was typed; an empty one would be the notebook's own."""
        folder = self.card.folder
        if not folder:
            raise QueryError("no folder is given: type where the instances shall go, such as data")
        if _UNSEEN_IN_PATHS & set(folder):
            raise QueryError("the folder has a character that no name can have: type it anew")
        return folder

    def _require_free(self) -> None:
        if self.moving:
            raise QueryError("a move of this form is under way: wait for it, or cancel it below")

    def _show(self, *panels: Panel) -> None:
        """Put panels below, in place of those that are there."""
        old, self.box.children = self.box.children, panels
        for panel in old:
            panel.close()

    def _ended(self, operation: MoveOperation) -> None:
        """In the operation's thread: what came of it."""
        error = operation.exception()
        if error is not None:
            self._on_fault(error)
            return
        result = operation.result()
        self._show()  # its facts stand in the result
        self.card.show_result(result.facts(), result.outcome)
        self._on_end()


def _card(row: Mapping[str, object]) -> dict[str, object]:
    """What a peek says of a series, in lines."""
    told = [_UNITS[name].format(_plain(row[name])) if name in _UNITS else str(row[name]) for name in _FACTS if row.get(name)]
    title = " ".join(str(row[name]) for name in ("Modality", "SeriesNumber") if row.get(name))
    return {
        "title": title,
        "description": row.get("SeriesDescription") or "",
        "facts": ", ".join(told),
        "machine": " ".join(str(row[name]) for name in ("Manufacturer", "ManufacturerModelName") if row.get(name)),
        "count": row.get("count") or "",
        "note": row.get("reason") or "",
    }


def _plain(value: object) -> str:
    """A number as people write it: files have ``1.000000e+01``; any other text as it is.

    Examples
    --------
    >>> _plain("1.000000e+01"), _plain("650.181824"), _plain("thin")
    ('10', '650.2', 'thin')
    """
    try:
        return f"{float(str(value)):.4g}"
    except ValueError:
        return str(value)


def _thumbnail(row: Mapping[str, object]) -> bytes | None:
    if not row.get("path"):
        return None
    try:
        shown = picture(str(row["path"])).thumbnail(_THUMB)
    except OSError:
        return None
    return None if shown.array is None else png(shown.array, shown.aspect)
