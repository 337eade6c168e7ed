"""The table of matches: a tree of studies and series that is sorted, filtered and ticked in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..terms import Level
from .base import Panel
from .matches import COLUMNS, Matches
from .static import module, styles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["MatchTable"]

_CHUNK = 1000
"""Rows in one message, so that the first are seen while the rest is on its way."""


class MatchTable(Panel):
    """Studies and series to tick. Names go by message only and can be hidden by a switch.

    Parameters
    ----------
    on_open : callable
        Called with the number of a study whose series are wanted.
    on_ticks : callable
        Called when other rows are ticked.
    private : bool
        Whether names and numbers of patients are hidden at first.
    """

    _esm = module("match_table.js")
    _css = styles("form.css")

    def __init__(self, *, on_open: Callable[[int], None], on_ticks: Callable[[], None], private: bool) -> None:
        super().__init__()
        self.matches: Matches | None = None
        self.ticked: tuple[int, ...] = ()
        self._summary: dict[str, Any] = {"warnings": []}
        self._cards: dict[int, tuple[Mapping[str, object], bytes | None]] = {}
        self._on_open_study = on_open
        self._on_ticks_changed = on_ticks
        self._private = private

    def show(self, matches: Matches | None, *, stopped: bool = False, warnings: Sequence[str] = ()) -> None:
        """Show what was found, nothing ticked; None empties the table."""
        self.matches, self.ticked, self._cards = matches, (), {}
        self._summary = {"warnings": ["the search was stopped: there may be more"] * stopped + list(warnings)}
        self._tell_all()
        self._on_ticks_changed()

    def show_series(self, study: int, found: Sequence[Mapping[str, str]]) -> None:
        """Show the series of a study, and in its own row what they say and the archive did not."""
        assert self.matches is not None, "a study is opened in a table that is shown"
        self._tell_rows(self.matches.open(study, found), study)
        self._tell_rows([study], None)

    def show_unopened(self, study: int) -> None:
        """Fold a study whose series could not be asked for; the next press asks again."""
        self.send({"type": "unopened", "row": study})

    def tick(self, rows: Sequence[int]) -> None:
        """Tick these rows, and no others."""
        self.ticked = tuple(rows)
        self.send({"type": "ticks", "rows": list(self.ticked)})
        self._on_ticks_changed()

    def show_card(self, row: int, facts: Mapping[str, object], thumbnail: bytes | None) -> None:
        """Show what was seen of a series: lines of facts, and its picture (PNG) where there is one."""
        self._cards[row] = (facts, thumbnail)
        self._tell_card(row)

    def _on_ready(self, *_: object) -> None:
        self._tell_all()

    def _on_open(self, content: dict[str, Any], _: object) -> None:
        self._on_open_study(int(content["row"]))

    def _on_ticks(self, content: dict[str, Any], _: object) -> None:
        count = len(self.matches.rows) if self.matches is not None else 0
        self.ticked = tuple(row for row in map(int, content["rows"]) if 0 <= row < count)
        self._on_ticks_changed()

    def _tell_all(self) -> None:
        columns = [{"title": title, "kind": kind} for title, kind, _, _ in COLUMNS]
        shown = self.matches is not None
        opened = self.matches is not None and self.matches.level is Level.SERIES
        self.send({"type": "begin", "columns": columns, "shown": shown, "opened": opened, "private": self._private})
        if self.matches is not None:
            self._tell_rows(self.matches.studies(), None)
            for study in self.matches.series:
                self._tell_rows(self.matches.series[study], study)
        self.send({"type": "end", **self._summary})
        if self.ticked:
            self.send({"type": "ticks", "rows": list(self.ticked)})
        for row in self._cards:
            self._tell_card(row)

    def _tell_rows(self, rows: Sequence[int], study: int | None) -> None:
        assert self.matches is not None, "rows are told of what is shown"
        for start in range(0, max(1, len(rows)), _CHUNK):
            part = [[number, *self.matches.cells(number)] for number in rows[start : start + _CHUNK]]
            self.send({"type": "rows", "of": study, "rows": part})

    def _tell_card(self, row: int) -> None:
        facts, thumbnail = self._cards[row]
        self.send({"type": "card", "row": row, **facts}, [thumbnail] if thumbnail else [])
