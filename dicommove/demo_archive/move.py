"""One C-MOVE: its sub-operations one after the other, its counters and its responses (PS3.4 C.4.2.2, C.4.2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..terms import StatusCategory, status_category
from .elements import text_element
from .exchange import COMPLETED, FAILED, REMAINING, WARNING
from .faults import Deed
from .sender import MOST_CONTEXTS, Originator, Sending, SendingError

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Sequence

    from .elements import Elements
    from .exchange import Exchange
    from .faults import Fault
    from .part10 import Instance

__all__ = ["MoveJob"]

_MOST_RESPONSES = 200
_FAILED_UIDS = 0x00080058


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
    fault : Fault
        What goes wrong.
    """

    def __init__(
        self,
        instances: Sequence[Instance],
        *,
        address: tuple[str, int],
        called: str,
        calling: str,
        originator: Originator,
        fault: Fault,
    ) -> None:
        self._instances = instances
        self._address = address
        self._called = called
        self._calling = calling
        self._originator = originator
        self._fault = fault
        self._counts = {REMAINING: len(instances), COMPLETED: 0, FAILED: 0, WARNING: 0}
        self._failed_uids: list[str] = []
        self._number = 0
        self._sending: Sending | None = None

    def run(self, exchange: Exchange, stopping: threading.Event) -> None:
        """Send everything and answer; ends early on C-CANCEL, on a fault's abort, and when the archive stops."""
        every = max(1, len(self._instances) // _MOST_RESPONSES)
        for batch in _batches(self._instances):
            self._open(batch)
            try:
                for instance in batch:
                    if stopping.wait(self._fault.delay_seconds) or exchange.gone or exchange.cancelled:
                        break
                    if not self._one(instance, batch):
                        exchange.abort()
                        return
                    if self._number % every == 0 or not self._counts[REMAINING]:
                        exchange.respond(0xFF00, counters=self._counts)
            finally:
                self._close(in_order=not exchange.gone)
        self._conclude(exchange)

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

    def _one(self, instance: Instance, batch: Sequence[Instance]) -> bool:
        """Do one sub-operation; False when the fault wants an abort instead."""
        deed = self._fault.deed(self._number)
        if deed is Deed.ABORT:
            return False
        self._number += 1
        outcome = COMPLETED if deed is Deed.DROP else self._store(instance, batch)
        self._counts[outcome] += 1
        self._counts[REMAINING] -= 1
        if outcome == FAILED:
            self._failed_uids.append(instance.sop_instance_uid)
        return True

    def _store(self, instance: Instance, batch: Sequence[Instance]) -> int:
        if self._sending is None or not self._sending.accepts(instance):
            return FAILED
        try:
            category = status_category(self._sending.store(instance, instance.encoded(), self._originator))
        except SendingError:
            # What a destination cannot stand fails alone: the others come over another association, if it takes one.
            self._close(in_order=False)
            self._open(batch)
            return FAILED
        except OSError:
            return FAILED
        return {StatusCategory.SUCCESS: COMPLETED, StatusCategory.WARNING: WARNING}.get(category, FAILED)

    def _conclude(self, exchange: Exchange) -> None:
        if exchange.gone:
            return
        counters = dict(self._counts)
        if exchange.cancelled and counters[REMAINING]:
            exchange.respond(0xFE00, counters=counters, identifier=self._failed_list())
            return
        del counters[REMAINING]
        none_sent = counters[FAILED] == len(self._instances)
        status = 0x0000 if not counters[FAILED] else 0xA702 if none_sent else 0xB000
        exchange.respond(status, counters=counters, identifier=self._failed_list())

    def _failed_list(self) -> Elements | None:
        """Identifier with the Failed SOP Instance UID List; absent without failures (PS3.4 C.4.2.1.4.2)."""
        return {_FAILED_UIDS: text_element("UI", "\\".join(self._failed_uids))} if self._failed_uids else None


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
