"""The Storage SCP of ``movescu``: takes what comes from anybody, names it, says so, and counts what was asked for."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from ...receive import Claim
from .messages import accepted_association, proposed_association, store_request
from .naming import prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydicom.dataset import Dataset

    from ...head import Head
    from ...receive import StoreRequest
    from ...store import Incoming, Kept, Store
    from .transcript import Transcript

__all__ = ["Asked", "Receiving"]

_UNIQUE_KEYS = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
_STORED = 0x0000
SLOWEST_PACE = 1_000
"""Bytes a second: what drips in more slowly after the final response is not waited for."""


class Asked:
    """What an Identifier asks for, as far as it names it: tells whether an instance belongs to it.

    Parameters
    ----------
    identifier : Dataset
    converted : bool
        Conversion of multi-frame images was asked for: SOP Instance UIDs may then differ from those asked for.
    """

    def __init__(self, identifier: Dataset, *, converted: bool = False) -> None:
        keys = _UNIQUE_KEYS[:-1] if converted else _UNIQUE_KEYS
        named = {keyword: _texts(identifier.get(keyword)) for keyword in keys}
        self._named = {keyword: texts for keyword, texts in named.items() if texts}

    def covers(self, head: Head) -> bool:
        """Whether nothing in the head of an instance says that it is of something else."""
        texts = ((head.text(keyword), wanted) for keyword, wanted in self._named.items())
        return all(not text or text.strip() in wanted for text, wanted in texts)


def _texts(value: object) -> frozenset[str]:
    """Values of a key; none when one of them matches more than itself."""
    values = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else list(value)
    texts = frozenset(str(item or "").strip(" \0") for item in values)
    return frozenset() if any(not text or set("*?") & set(text) for text in texts) else texts


class Receiving:
    """Fulfils `receive.Claimant`.

    Parameters
    ----------
    store : Store or None
        Where instances are kept; None drops them (``--ignore``).
    asked : Asked
    transcript : Transcript
    overwrite : bool
        An instance takes the place of another one of its name.
    max_pdu : int
        Largest PDU that the listener takes, in bytes; for the transcript.

    Attributes
    ----------
    taken : int
        Bytes of data sets that have come.
    """

    began = 0.0

    def __init__(self, store: Store | None, asked: Asked, transcript: Transcript, *, overwrite: bool, max_pdu: int) -> None:
        self._store = store
        self._asked = asked
        self._transcript = transcript
        self._overwrite = overwrite
        self._max_pdu = max_pdu
        self._changed = threading.Condition()
        self._arrived: set[str] = set()
        self._strangers: set[str] = set()
        self._refused = 0
        self.taken = 0
        self._heard = time.monotonic()

    @property
    def arrived(self) -> int:
        """How many distinct SOP Instances that were asked for are here."""
        with self._changed:
            return len(self._arrived)

    @property
    def strangers(self) -> int:
        """How many others came."""
        with self._changed:
            return len(self._strangers)

    @property
    def refused(self) -> int:
        """How many could not be stored, or were no instance; some of them may have come again."""
        with self._changed:
            return self._refused

    def wait(self, expected: int | None, quiet: float, stopped: Callable[[], bool]) -> None:
        """Wait for stragglers: until so many are here, or none came for a while, or somebody asks to stop.

        Parameters
        ----------
        expected : int or None
            How many the archive says it has sent; None when it does not say.
        quiet : float
            Seconds that end the wait, without an instance and with less than `SLOWEST_PACE` of one.
        stopped : callable
            Asked several times a second.
        """
        began, taken = time.monotonic(), self.taken
        with self._changed:
            while not stopped() and (expected is None or len(self._arrived) + len(self._strangers) < expected):
                if self.taken - taken >= SLOWEST_PACE * quiet:
                    began, taken = time.monotonic(), self.taken
                left = max(began, self._heard) + quiet - time.monotonic()
                if left <= 0:
                    return
                self._changed.wait(min(left, 0.1))

    def claim(self, request: StoreRequest, head: Head | None) -> Claim:
        """Take everything: no more is known of the sender than its address."""
        del request, head
        return Claim.ADDRESS

    def open(self, request: StoreRequest, head: Head) -> _Arrival:
        """Open the file of an instance."""
        self._announce(request)
        if self._store is None:
            return _Arrival(self, request, None, "")
        row = {"prefix": prefix(request.sop_class_uid)}
        name = os.sep.join(self._store.layout.parts_for(head, request.sop_instance_uid, row))  # noqa: PTH118 - hot path
        self._transcript.info("Storing DICOM file: %s", name)
        incoming = self._store.incoming(
            sop_class_uid=request.sop_class_uid,
            sop_instance_uid=request.sop_instance_uid,
            transfer_syntax_uid=request.transfer_syntax_uid,
            source_ae_title=request.sender.calling_ae_title,
            row=row,
        )
        return _Arrival(self, request, incoming, name)

    def note(self, kind: str, facts: dict[str, object]) -> None:
        """Say what is no instance."""
        if kind == "association":
            self._associated(str(facts["event"]), facts)
        elif kind == "echo":
            self._transcript.info("Received Echo Request")
        else:
            self._refuse("An instance was not stored", facts.get("reason", kind))

    def took(self, size_bytes: int) -> None:
        """Bytes came in: somebody is still sending."""
        self.taken += size_bytes  # of several threads at once some may be lost: it only has to grow

    def finished(self, arrival: _Arrival, status: int) -> None:
        """Tell what became of an instance, before it is answered."""
        incoming = arrival.incoming
        if incoming is not None and incoming.kept is not None:
            self._tell(incoming.kept, arrival.name)
        if status != _STORED:
            self._refuse("Could not write file to specified directory", incoming.failure if incoming else "")

    def count(self, uid: str, head: Head) -> None:
        """Count an instance that is here."""
        belongs = self._asked.covers(head)
        with self._changed:
            (self._arrived if belongs else self._strangers).add(uid)
            self._heard = time.monotonic()
            self._changed.notify_all()

    def _announce(self, request: StoreRequest) -> None:
        self._transcript.info("Received Store Request")
        if self._transcript.shows_messages:
            self._transcript.debug(*store_request(request))

    def _tell(self, kept: Kept, name: str) -> None:
        beside = kept.location.rpartition(os.sep)[2]
        if beside == name and kept.disposition == "new":
            return
        if beside == name or self._overwrite:
            self._transcript.warning("DICOM file already exists, overwriting")
        else:
            self._transcript.warning("DICOM file already exists with other content, keeping both: %s", beside)
        if beside != name and self._overwrite:
            os.replace(kept.path, kept.path.with_name(name))  # noqa: PTH105 - the name is given, no path is made of it

    def _refuse(self, what: str, why: object) -> None:
        with self._changed:
            self._refused += 1
        self._transcript.error("%s: %s", what, why)

    def _associated(self, event: str, facts: dict[str, object]) -> None:
        if event == "accepted":
            if self._transcript.shows_messages:
                self._transcript.debug(*proposed_association(facts))
            self._transcript.info("Accepting Association")
            if self._transcript.shows_messages:
                self._transcript.debug(*accepted_association(facts, self._max_pdu))
        elif event == "rejected":
            self._transcript.info("Rejecting Association")
        elif event == "released":
            self._transcript.info("Association Released")
        elif event == "ended" and facts["reason"] != "released":
            self._transcript.info("Association Aborted")


class _Arrival:
    """One incoming data set: passes the bytes on, or drops them."""

    __slots__ = ("_receiving", "_stored", "incoming", "name", "request")

    def __init__(self, receiving: Receiving, request: StoreRequest, incoming: Incoming | None, name: str) -> None:
        self._receiving = receiving
        self.request = request
        self.incoming = incoming
        self.name = name
        self._stored: Head | None = None  # its head, once it is

    def write(self, data: memoryview | bytes) -> None:
        """Take the next bytes."""
        self._receiving.took(len(data))
        if self.incoming is not None:
            self.incoming.write(data)

    def write_all(self, pieces: Sequence[memoryview]) -> None:
        """Take bytes that came together, in one call of the system."""
        self._receiving.took(sum(map(len, pieces)))
        if self.incoming is not None:
            self.incoming.write_all(pieces)

    def finish(self, head: Head) -> int:
        """Keep the instance, and give the status to answer."""
        status = _STORED if self.incoming is None else self.incoming.finish(head)
        self._receiving.finished(self, status)
        self._stored = head if status == _STORED else None
        return status

    def answered(self) -> None:
        """Count it: nobody waits for that."""
        if self._stored is not None:
            self._receiving.count(self.request.sop_instance_uid, self._stored)

    def abandon(self, reason: str) -> None:
        """Leave nothing behind."""
        if self.incoming is not None:
            self.incoming.abandon(reason)
