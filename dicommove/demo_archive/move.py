"""One C-MOVE: its sub-operations one after the other, and its responses (PS3.4 C.4.2.2, C.4.2.3)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from ..terms import StatusCategory, status_category
from .altering import altered
from .conduct import Deed
from .exchange import COMPLETED, FAILED, WARNING
from .sender import MOST_CONTEXTS, Originator, Sending, SendingError
from .tally import Tally

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Mapping, Sequence

    from .conduct import Conduct
    from .elements import Elements
    from .part10 import Instance

__all__ = ["Asker", "MoveJob", "Nobody"]

_MOST_RESPONSES = 200
_LOOK_ROUND_SECONDS = 0.05
_COUNTERS = {StatusCategory.SUCCESS: COMPLETED, StatusCategory.WARNING: WARNING}


class Asker(Protocol):
    """Who hears of the progress, and may end it: an `Exchange`, or `Nobody`."""

    @property
    def gone(self) -> bool:
        """Whether it has gone away."""
        ...

    @property
    def cancelled(self) -> bool:
        """Whether it wants no more."""
        ...

    def respond(self, status: int, *, identifier: Elements | None = None, counters: Mapping[int, int] | None = None) -> None:
        """Hear a response."""
        ...

    def abort(self) -> None:
        """Be left at once."""
        ...


class Nobody:
    """The asker of sub-operations whose final response has been sent already."""

    cancelled = False

    def __init__(self) -> None:
        self.gone = False

    def respond(self, status: int, *, identifier: Elements | None = None, counters: Mapping[int, int] | None = None) -> None:
        """Hear nothing."""

    def abort(self) -> None:
        """Be gone."""
        self.gone = True


class MoveJob:
    """The sub-operations of one C-MOVE.

    Up to some 200 responses tell of the progress: after each instance of a small move, after every n-th of a large one.

    Parameters
    ----------
    instances : sequence of Instance
        What is sent, in this order.
    address : tuple of (str, int)
        Host and port of the destination.
    called, calling : str
        AE titles of the destination and of the archive.
    originator : Originator
        Who asked.
    conduct : Conduct
        What goes wrong.
    preparation_seconds : float
        Seconds of silence before anything is sent.
    stopping : threading.Event
        Set when the archive stops: then the job ends, and concludes nothing.
    """

    def __init__(
        self,
        instances: Sequence[Instance],
        *,
        address: tuple[str, int],
        called: str,
        calling: str,
        originator: Originator,
        conduct: Conduct,
        preparation_seconds: float,
        stopping: threading.Event,
    ) -> None:
        self._instances = instances
        self._address = address
        self._called = called
        self._calling = calling
        self._originator = originator
        self._conduct = conduct
        self._preparation_seconds = preparation_seconds
        self._stopping = stopping
        self._every = max(1, len(instances) // _MOST_RESPONSES)
        self._tally = Tally(len(instances), lies=conduct.lies)
        self._number = 0
        self._sending: Sending | None = None

    def run(self, asker: Asker) -> None:
        """Send everything and answer; ends early on C-CANCEL, on a fault's abort, and when the archive stops."""
        if self._goes_on(asker, self._preparation_seconds):
            for batch in _batches(self._instances):
                if not self._run_batch(batch, asker):
                    break
        if not (asker.gone or self._stopping.is_set()):
            _conclude(self._tally, asker)

    def foretell(self, asker: Asker) -> None:
        """Answer as if all had been completed already, before anything is sent."""
        tally = Tally(len(self._instances), lies=self._conduct.lies)
        for instance in self._instances:
            tally.add(instance.sop_instance_uid, COMPLETED)
        _conclude(tally, asker)

    def _goes_on(self, asker: Asker, seconds: float) -> bool:
        """Let so many seconds pass; False as soon as there is a reason to end."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if self._stopping.wait(min(max(left, 0.0), _LOOK_ROUND_SECONDS)) or asker.gone or asker.cancelled:
                return False
            if left <= 0:
                return True

    def _run_batch(self, batch: Sequence[Instance], asker: Asker) -> bool:
        self._open(batch)
        try:
            return all(self._one(instance, batch, asker) for instance in batch)
        finally:
            self._close(in_order=not asker.gone)

    def _one(self, instance: Instance, batch: Sequence[Instance], asker: Asker) -> bool:
        """Do one sub-operation and tell of it; False to end the job."""
        if not self._goes_on(asker, self._conduct.delay_seconds):
            return False
        deed = self._conduct.deed(self._number)
        if deed is Deed.ABORT:
            asker.abort()
            return False
        outcome = COMPLETED if deed is Deed.DROP else self._store(instance, batch)
        self._number += 1
        self._tally.add(instance.sop_instance_uid, outcome)
        if self._number % self._every == 0 or not self._tally.remaining:
            asker.respond(0xFF00, counters=self._tally.counters)
        return True

    def _store(self, instance: Instance, batch: Sequence[Instance]) -> int:
        try:
            data = instance.encoded()
        except OSError:
            return FAILED
        outcome = self._send(instance, data, batch)
        if self._conduct.sends_again(self._number):
            # What becomes of the second copy is not counted.
            for copy in self._copies(instance, data):
                self._send(instance, copy, batch)
        return outcome

    def _copies(self, instance: Instance, data: bytes) -> Iterator[bytes]:
        if self._conduct.duplicates:
            yield data
        if self._conduct.conflicts:
            yield altered(instance, data)

    def _send(self, instance: Instance, data: bytes, batch: Sequence[Instance]) -> int:
        if self._sending is None or not self._sending.accepts(instance):
            return FAILED
        try:
            status = self._sending.store(instance, data, self._originator)
        except SendingError:
            # What a destination cannot stand fails alone: the others come over another association, if it takes one.
            self._close(in_order=False)
            self._open(batch)
            return FAILED
        return _COUNTERS.get(status_category(status), FAILED)

    def _open(self, batch: Sequence[Instance]) -> None:
        contexts = list(dict.fromkeys((instance.sop_class_uid, instance.transfer_syntax_uid) for instance in batch))
        try:
            self._sending = Sending(self._address, calling=self._calling, called=self._called, contexts=contexts)
        except SendingError:
            self._sending = None

    def _close(self, *, in_order: bool) -> None:
        if self._sending is not None and in_order:
            self._sending.release()
        elif self._sending is not None:
            self._sending.abort()


def _conclude(tally: Tally, asker: Asker) -> None:
    final = tally.final(cancelled=asker.cancelled)
    asker.respond(final.status, counters=final.counters, identifier=final.identifier)


def _batches(instances: Sequence[Instance]) -> Iterator[list[Instance]]:
    """Split where one association would need more presentation contexts than there are numbers for."""
    batch: list[Instance] = []
    contexts: set[tuple[str, str]] = set()
    for instance in instances:
        contexts.add((instance.sop_class_uid, instance.transfer_syntax_uid))
        if len(contexts) > MOST_CONTEXTS:
            yield batch
            batch, contexts = [], {(instance.sop_class_uid, instance.transfer_syntax_uid)}
        batch.append(instance)
    if batch:
        yield batch
