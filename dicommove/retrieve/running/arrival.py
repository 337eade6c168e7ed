"""One incoming data set on its way into the store: passes the bytes on and tells the intake."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...head import Head
    from ...receive import StoreRequest
    from ...store import Incoming
    from .intake import Intake

__all__ = ["Arrival"]


class Arrival:
    """Fulfils `receive.Sink` for one instance.

    Parameters
    ----------
    intake : Intake
        Told of the bytes, and of the end.
    offer : StoreRequest
        The C-STORE.
    incoming : Incoming
        Its place in the store.
    request : int or None
        Number of the request that it belongs to.
    asked_for : bool
        Whether it is within what that one asks for.
    """

    __slots__ = ("_began", "_finished", "_intake", "asked_for", "incoming", "offer", "request")

    def __init__(self, intake: Intake, offer: StoreRequest, incoming: Incoming, request: int | None, *, asked_for: bool) -> None:
        self._intake = intake
        self._began = time.monotonic()
        self.offer = offer
        self.incoming = incoming
        self.request = request
        self.asked_for = asked_for

    def write(self, data: memoryview | bytes) -> None:
        """Write on, and say that the archive is alive."""
        self.incoming.write(data)
        self._intake.data(len(data))

    def write_all(self, pieces: Sequence[memoryview]) -> None:
        """Write on what arrived together."""
        self.incoming.write_all(pieces)
        self._intake.data(sum(map(len, pieces)))

    def finish(self, head: Head) -> int:
        """Publish, and give the status to answer."""
        status = self.incoming.finish(head)
        self._finished = (head, time.monotonic() - self._began, status)
        return status

    def answered(self) -> None:
        """Record what became of it: the published file is the proof of it, so the archive does not wait for this."""
        self._intake.arrived(self, *self._finished)

    def abandon(self, reason: str) -> None:
        """Leave nothing behind."""
        self.incoming.abandon(reason)
