"""Our port, open for a while so that the administrator of an archive can test the entry: `pacs.listening()`."""

from __future__ import annotations

import sys
import threading
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from ... import frames, lab, markup
from ...errors import AuditWarning, EntityError
from ...head import PLACING
from ...receive import join
from ...store import Store
from ..explaining.way_back import WayBack
from ..retrying.pace import left_text
from ..running import announce, trail
from .callers import Caller, Callers

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    import pandas as pd

    from ...entities import Remote

    Show = Literal["auto", False] | Callable[[Caller], object]

__all__ = ["Listening"]

_STEP_S = 0.1
"""Waits are sliced so that an interrupt is heard at once on every platform and kernel."""
_LONGEST_MIN = 24 * 60.0
_SHOWN = 30
_HEAD = ("Time", "Address", "Calling", "Called us", "What came of it")


class Listening:
    """Our port, open from its making until its time is over or it is closed; a context manager.

    It answers C-ECHO, shows who calls, and refuses to store unless it is told a folder.

    Parameters
    ----------
    remote : Remote
        The archive: decides on which address to listen, and under which AE title.
    minutes : float
        After which it closes itself.
    store : str or Path, optional
        A data folder: whatever anybody sends is stored there. Without it every C-STORE is answered 0x0124.

    Attributes
    ----------
    remote : Remote
    folder : Path or None
        Where instances are stored; None when they are refused.
    addresses : tuple of str
        IP addresses that are listened on.

    Raises
    ------
    ListenerError
        The port cannot be opened; where a process of ours holds it, the text names it.
    StoreError
        The folder takes no files.
    EntityError
        ``minutes`` is no number up to a day.

    Examples
    --------
    >>> import dicommove as dm
    >>> with dm.demo() as pacs, pacs.listening(minutes=1) as port:
    ...     port.is_open, len(port.callers)
    (True, 0)
    """

    def __init__(self, remote: Remote, *, minutes: float = 10.0, store: str | Path | None = None) -> None:
        _check_minutes(minutes)
        self.remote = remote
        self.folder = None if store is None else Path(store).expanduser().absolute()
        self._store = None if self.folder is None else Store(self.folder).prepare()
        self._refusals = trail.Refusals(remote)
        self._callers = Callers(self._store, self._refusals.note)
        self._over = threading.Event()
        self._closing = threading.Lock()
        self._until = time.monotonic() + 60 * minutes
        try:
            # A listener that admits anybody must not make us store what we have no place for.
            listener = replace(remote.listener, ae_title=remote.listener_ae_title, admit="asked")
            self._membership = join(
                listener, peer_host=remote.host, claimant=self._callers, wanted=PLACING, folder=str(self.folder or "a test")
            )
        except BaseException:
            self._close_store()
            raise
        try:
            trail.port_opened(remote, self.port, _warn)
        except BaseException:
            self._membership.close()
            self._close_store()
            raise
        self.addresses = self._membership.addresses
        announce.port_opened(remote, remote.listener_ae_title, self.port)
        threading.Thread(target=self._close_in_time, name="dicommove-listening", daemon=True).start()

    @property
    def port(self) -> int:
        """TCP port that is listened on."""
        return self._membership.port

    @property
    def is_open(self) -> bool:
        """Whether it is open still."""
        return not self._over.is_set()

    @property
    def left_s(self) -> float:
        """Seconds until it closes itself."""
        return max(0.0, self._until - time.monotonic()) if self.is_open else 0.0

    @property
    def callers(self) -> pd.DataFrame:
        """Who called: one row per connection."""
        return frames.build(frames.CALLERS, (one.row(self.remote.listener_ae_title) for one in self.seen))

    @property
    def seen(self) -> tuple[Caller, ...]:
        """Who called, as values."""
        return self._callers.callers

    def wait(self, *, show: Show = "auto") -> Self:
        """Wait until it is closed, and show each caller as it comes; Ctrl-C (or a notebook's stop button) closes it.

        Parameters
        ----------
        show : {"auto", False} or callable
            ``"auto"`` writes lines into the running cell, or to stderr; a callable gets each `Caller` of whom something is new.
        """
        tell = _lines(self.remote.listener_ae_title) if show == "auto" else show
        try:
            while not self._over.wait(_STEP_S):
                self._tell(tell)
        except KeyboardInterrupt:
            self.close()
        self._tell(tell)
        return self

    def _tell(self, tell: Literal[False] | Callable[[Caller], object]) -> None:
        for caller in self._callers.news():
            if tell:
                tell(caller)

    def close(self) -> None:
        """Close the port; a second call does nothing."""
        with self._closing:
            if not self._over.is_set():
                self._membership.close()
                self._close_store()
                self._over.set()
                self._refusals.close()
                trail.port_closed(self.remote, self.port, _ignore)

    def _close_in_time(self) -> None:
        self._over.wait(self.left_s)
        self.close()

    def _close_store(self) -> None:
        if self._store is not None:
            self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def title(self) -> str:
        """What is open, for how long, and what becomes of what is sent."""
        open_for = f"open, {left_text(self.left_s)}" if self.is_open else "closed"
        stores = f"stores what comes in {self.folder}" if self.folder else "stores nothing"
        where = ", ".join(f"{address}:{self.port}" for address in self.addresses) or f"port {self.port}"
        return f"Listening as {self.remote.listener_ae_title} on {where}: {open_for}, {stores}"

    @property
    def warning(self) -> str:
        """Why the archive probably cannot reach it; empty when nothing is known."""
        way = WayBack.of(self.remote)
        return f"{way.host} is {way.remark}" if way.hidden_by else ""

    def _rows(self) -> list[tuple[str, ...]]:
        shown = self.seen[-_SHOWN:]
        return [(f"{one.at.astimezone():%H:%M:%S}", one.address, one.calling, one.called, self._result(one)) for one in shown]

    def _result(self, caller: Caller) -> str:
        return " ".join(filter(None, (caller.what_came_of_it + ".", caller.what_to_do(self.remote.listener_ae_title))))

    def __repr__(self) -> str:
        lines = [f"<{self.title}>", *([f"  {self.warning}"] if self.warning else [])]
        callers = ["  " + "  ".join(markup.visible(cell) for cell in row) for row in self._rows()]
        return "\n".join([*lines, *(callers or ["  nobody has called yet"])])

    def _repr_html_(self) -> str:
        parts = [markup.heading(self.title)]
        if self.warning:
            parts.append(markup.element("p", self.warning, css_class="dm-warning"))
        rows = self._rows()
        cells = [(*map(markup.unbroken, row[:-1]), row[-1]) for row in rows]
        parts.append(markup.table(map(markup.unbroken, _HEAD), cells) if rows else markup.paragraph("nobody has called yet"))
        return markup.document(repr(self), *parts)


def _warn(problem: str) -> None:
    warnings.warn(problem, AuditWarning, stacklevel=5)


def _ignore(problem: str) -> None:
    """It is in the log; the thread that closes the port has nobody to tell."""


def _check_minutes(minutes: object) -> None:
    if isinstance(minutes, bool) or not isinstance(minutes, (int, float)) or not 0 < minutes <= _LONGEST_MIN:
        raise EntityError(f"minutes={minutes!r}: a number up to {_LONGEST_MIN:.0f} (a day) is needed")


def _lines(ae_title: str) -> Callable[[Caller], object]:
    """Where lines go: into the running cell, else to stderr."""
    line = lab.live_line() if threading.current_thread() is threading.main_thread() else None
    if line is None:
        return lambda caller: sys.stderr.write(f"{caller.line(ae_title)}\n")
    said: list[str] = []

    def show(caller: Caller) -> None:
        said.append(caller.line(ae_title))
        line("\n".join(said[-_SHOWN:]))

    return show
