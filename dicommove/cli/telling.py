"""Tells a running move on stderr: one line for each C-MOVE as it ends; in a terminal a line below them that moves."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from ..markup import visible
from ..retrieve.planning.guards import in_bytes
from .conclusion import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..retrieve import MoveOperation, Plan, Snapshot
    from ..retrieve.running.worker import Ended

__all__ = ["Teller", "summary", "telling"]


_SILENT_S = 10
"""After so many seconds without an instance a line says that the archive is preparing: it may fetch them from a tape."""


class Teller:
    """Gets each `Snapshot`, and writes a line for every request that has ended since the last one.

    Parameters
    ----------
    operation : MoveOperation
        Knows which requests have ended.
    write : callable
        Writes a line that stays.
    draw : callable
        Shows a line that is replaced by the next one.
    """

    def __init__(self, operation: MoveOperation, write: Callable[[str], object], draw: Callable[[str], object]) -> None:
        self._operation = operation
        self._write = write
        self._draw = draw
        self._told = 0
        self._waiting = ""
        self._silent: int | None = None

    def __call__(self, snapshot: Snapshot) -> None:
        """Tell what is new."""
        for ended in self._operation.ended[self._told :]:
            self._told += 1
            self.line(ended_line(ended, snapshot.requests_total))
        waiting = snapshot.phase.partition(",")[0]  # what stands after a comma changes every second
        if waiting.startswith("waiting for") and waiting != self._waiting:
            self._waiting = waiting
            self.line(snapshot.phase)
        if snapshot.phase == "preparing" and snapshot.phase_s >= _SILENT_S and self._silent != snapshot.requests_done:
            self._silent = snapshot.requests_done
            self.line("the archive is preparing: nothing has come yet")
        self._draw(str(snapshot))

    def line(self, text: str) -> None:
        """Write a line with the time of day."""
        self._write(f"{datetime.now().astimezone():%H:%M:%S} {visible(text, 500)}")


@contextmanager
def telling(operation: MoveOperation) -> Iterator[Teller]:
    """Give the teller that fits stderr: plain lines, without any control character, where it is no terminal."""
    if not sys.stderr.isatty():
        yield Teller(operation, say, lambda _: None)
        return
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    with console.status("") as status:
        yield Teller(operation, console.print, lambda text: status.update(Text(text, no_wrap=True, overflow="ellipsis")))


def summary(plan: Plan) -> str:
    """Say in one line what will be moved."""
    instances = f"{plan.expected} instances" if plan.expected is not None else "an unknown number of instances"
    there = f", {plan.present} of them there already" if plan.present else ""
    size = f", some {in_bytes(plan.size_bytes)}" if plan.size_bytes else ""
    return f"{plan.studies} studies in {len(plan.requests)} C-MOVEs, {instances}{there}{size}, to {plan.folder}"


def ended_line(ended: Ended, total: int) -> str:
    """Say in one line how a C-MOVE ended; UIDs and numbers only."""
    request, ending = ended.request, ended.ending
    of = f" of {ending.expected}" if ending.expected is not None else ""
    received = "" if ending.third_party else f" {ending.received}{of} instances"
    seconds = f" in {ended.seconds:.1f} s" if ended.seconds is not None else ""
    why = "" if ended.outcome == "complete" else f": {ended.reason}"
    return f"{request.number}/{total} {ended.outcome}{received}{seconds}, {request.level} of {request.study}{why}"
