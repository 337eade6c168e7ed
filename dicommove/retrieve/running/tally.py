"""The one meeting place of an operation's threads: counters, the last events and the clock of silence, under one lock."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from .events import Event, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...net import MoveResponse
    from .worker import Ended

__all__ = ["Tally"]

_KEPT_EVENTS = 50
_KEPT_TROUBLES = 20
_TROUBLES = frozenset(("refusal", "fault", "failure"))
_EXPECTED_ENDS = frozenset(("complete", "cancelled", "unverified"))
"""Of a C-MOVE; others are trouble."""
_RATE_WINDOW_S = 5.0
_RATE_STEP_S = 0.1


class Tally:
    """Counts what happens; writers are the threads of the operation, readers get frozen snapshots.

    Parameters
    ----------
    clock : callable
        Monotonic seconds; injected, so that tests need no waiting.
    requests_total : int
        How many C-MOVEs there will be.
    expected : int or None
        How many instances are expected in all.
    """

    def __init__(self, *, requests_total: int, expected: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.changed = threading.Condition()
        self._began = self._touched = clock()
        self._arrived = self._began
        self._phase = "waiting"
        self._entered = self._began
        self._requests_total = requests_total
        self._ended: list[Ended | None] = []
        self._expected = expected
        self._received: dict[int, int] = {}
        self._asked: float | None = None
        self._fresh = 0
        self._size_bytes = 0
        self._counts: tuple[int | None, ...] = (None,) * 4
        self._events: deque[Event] = deque(maxlen=_KEPT_EVENTS)
        self._troubles: deque[Event] = deque(maxlen=_KEPT_TROUBLES)
        self._running: int | None = None
        self._marks: deque[tuple[float, int, int]] = deque(maxlen=_KEPT_EVENTS)

    def phase(self, name: str) -> None:
        """Enter a phase of `Snapshot`; what stands after a comma tells of it and changes as time passes."""
        with self.changed:
            known, self._phase = self._phase, name
            if name.partition(",")[0] != known.partition(",")[0]:
                self._entered = self.clock()
                self._event("phase", name)

    def data(self, size_bytes: int) -> None:
        """Bytes of an instance came in: the archive is alive. Called for each fragment, so nobody is woken."""
        with self.changed:
            self._touched = self._arrived = self.clock()
            self._prepared()
            if not self._marks or self._touched - self._marks[-1][0] >= _RATE_STEP_S:
                self._marks.append((self._touched, self._size_bytes, self._fresh))
            self._size_bytes += size_bytes

    def arrived(self, request: int, *, new: bool, text: str, path: str | None = None) -> None:
        """Count an instance of a request that is in the folder now, at ``path``; ``new`` is False for one counted before."""
        with self.changed:
            self._touched = self._arrived = self.clock()
            if new:
                self._received[request] = self._received.get(request, 0) + 1
                self._fresh += self._asked is not None
            self._prepared()
            self._event("arrival", text, path)

    def responded(self, response: MoveResponse) -> None:
        """Take in a response; one that changes nothing is no sign of life."""
        counts = (response.remaining, response.completed, response.failed, response.warning)
        with self.changed:
            if counts != self._counts:
                self._counts = counts
                self._touched = self.clock()
            if any(counts[1:]):  # of instances that go elsewhere nothing arrives here
                self._prepared()
            self._event("response", f"0x{response.status:04X} {response.meaning}")

    def one_more_request(self) -> None:
        """Say that there is a C-MOVE that was not planned: something is asked for again."""
        with self.changed:
            self._requests_total += 1

    def began_request(self, text: str, request: int | None = None) -> None:
        """Count from zero what the peer counts, and start the clock of silence anew."""
        with self.changed:
            self._counts = (None,) * 4
            self._touched = self.clock()
            self._asked = self._touched if self._asked is None else self._asked
            self._phase, self._entered, self._running = "preparing", self._touched, request
            self._event("request", text)

    def ended_request(self, ended: Ended | None = None) -> None:
        """One C-MOVE less to go; how it ended is kept for those who tell it as it goes."""
        with self.changed:
            self._ended.append(ended)
            self._running = None
            if ended is not None and ended.outcome not in _EXPECTED_ENDS:
                self._event("failure", f"C-MOVE {ended.request.number} is {ended.outcome}: {ended.reason}")
            self.changed.notify_all()

    def ended(self) -> tuple[Ended, ...]:
        """How the requests ended that have ended so far, in order."""
        with self.changed:
            return tuple(one for one in self._ended if one is not None)

    def note(self, kind: str, text: str) -> None:
        """Keep a line of what happened."""
        with self.changed:
            self._event(kind, text)

    def received_of(self, request: int) -> int:
        """Distinct instances of a request that are in the folder."""
        with self.changed:
            return self._received.get(request, 0)

    @property
    def silent_s(self) -> float:
        """Seconds since the archive last gave a sign of life."""
        return self.clock() - self._touched

    @property
    def since_arrival_s(self) -> float:
        """Seconds since the last byte of an instance."""
        return self.clock() - self._arrived

    def snapshot(self) -> Snapshot:
        """Return the state now, as a value."""
        with self.changed:
            now = self.clock()
            received = sum(self._received.values())
            bytes_per_s, instances_per_s = self._rates(now)
            remaining, completed, failed, warning = self._counts
            return Snapshot(
                phase=self._phase,
                requests_done=len(self._ended),
                requests_total=self._requests_total,
                received=received,
                expected=self._expected,
                remaining=remaining,
                completed=completed,
                failed=failed,
                warning=warning,
                size_bytes=self._size_bytes,
                elapsed_s=now - self._began,
                bytes_per_s=bytes_per_s,
                remaining_s=self._remaining_s(received, now),
                events=tuple(self._events),
                phase_s=now - self._entered,
                instances_per_s=instances_per_s,
                request=self._running,
                troubles=tuple(self._troubles),
            )

    def _prepared(self) -> None:
        """The archive has begun to send: called under the lock."""
        if self._phase == "preparing":
            self._phase, self._entered = "transferring", self.clock()

    def _event(self, kind: str, text: str, path: str | None = None) -> None:
        """Append under the lock that the caller holds, and wake who waits."""
        event = Event(self.clock() - self._began, kind, text, path)
        self._events.append(event)
        if kind in _TROUBLES:  # many arrivals shall not push them out
            self._troubles.append(event)
        self.changed.notify_all()

    def _rates(self, now: float) -> tuple[float, float] | tuple[None, None]:
        """Bytes and new instances a second since the first mark within the window; 0 when nothing came in it."""
        if not self._marks or now <= self._marks[0][0]:
            return None, None
        began, size_bytes, count = next((mark for mark in self._marks if now - mark[0] <= _RATE_WINDOW_S), (now, 0, 0))
        if now <= began:
            return 0.0, 0.0
        return (self._size_bytes - size_bytes) / (now - began), (self._fresh - count) / (now - began)

    def _remaining_s(self, received: int, now: float) -> float | None:
        """Estimate by instances, for their sizes are not known; those that were in the folder before took no time."""
        if self._phase != "transferring" or not self._expected or not self._fresh or self._asked is None:
            return None
        return max(0.0, (self._expected - received) * (now - self._asked) / self._fresh)
