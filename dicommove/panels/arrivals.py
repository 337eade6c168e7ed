"""Small pictures of what arrived last, drawn in a thread of their own that takes little of the processor's time."""

from __future__ import annotations

import threading
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from ..images import Picture, picture
from .encoding import Message, png

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..retrieve import Event, MoveOperation

__all__ = ["Arrivals"]

_FIRST_S = 1.0
"""A move that has ended by then costs no picture."""
_PAUSE_S = (0.5, 6.0)
_SHARE = 0.012
"""Part of one processor that the pictures may take: the pause after one is as long as its cost asks for."""
_KEPT = 6
_LARGEST_BYTES = 50_000_000
_SIDE = 80


class Arrivals:
    """Draws the newest arrival now and then while a move runs.

    Parameters
    ----------
    operation : MoveOperation
    send : callable
        Gets each `Message` of type ``arrival``; called from the thread.

    Attributes
    ----------
    kept : deque of Message
        The last ones, for a view that is opened later.
    """

    def __init__(self, operation: MoveOperation, send: Callable[[Message], object]) -> None:
        self.kept: deque[Message] = deque(maxlen=_KEPT)
        self._operation = operation
        self._send = send
        self._number = 0
        self._last: str | None = None
        threading.Thread(target=self._run, name="dicommove-arrivals", daemon=True).start()

    def _run(self) -> None:
        pause_s = _FIRST_S
        while not self._operation.wait(pause_s):
            event = self._newest()
            if event is None:
                pause_s = _PAUSE_S[0]
                continue
            began = time.thread_time()
            self._draw(event)
            pause_s = min(max((time.thread_time() - began) / _SHARE, _PAUSE_S[0]), _PAUSE_S[1])

    def _newest(self) -> Event | None:
        """The last arrival, unless it was drawn."""
        events = self._operation.progress.events
        event = next((one for one in reversed(events) if one.path is not None), None)
        return None if event is None or event.path == self._last else event

    def _draw(self, event: Event) -> None:
        self._last = event.path
        self._number += 1
        shown = _thumbnail(Path(str(event.path)))
        content = {"type": "arrival", "number": self._number, "text": event.text, "note": shown.note}
        buffers = () if shown.array is None else (png(shown.array, shown.aspect),)
        message = Message(content, buffers)
        self.kept.append(message)
        self._send(message)


def _thumbnail(path: Path) -> Picture:
    """A small picture, or the reason why there is none."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return Picture(None, note="too large for a small picture")
        return picture(path).thumbnail(_SIDE)
    except OSError as error:
        return Picture(None, note=f"the file cannot be read: {error.strerror or type(error).__name__}")
