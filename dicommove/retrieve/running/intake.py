"""What an operation takes in: its claim on each offered instance, and where received bytes meet store, journal, tally."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from ...receive import Claim
from ..retrying.requests import unrequested
from .arrival import Arrival
from .awaited import Awaited
from .earlier import Earlier, is_spoiled
from .notes import Notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from ...head import Head
    from ...receive import StoreRequest
    from ...store import Store
    from ..asking.expectation import ExpectedInstance
    from ..planning.requests import Request
    from .tally import Tally
    from .trail import Refusals

__all__ = ["Intake"]

_MODALITY, _PATIENT, _STUDY, _SERIES = 0x00080060, 0x00100020, 0x0020000D, 0x0020000E
_SHARED = (
    *("request", "asked_for", "SOPClassUID", "TransferSyntaxUID", "StudyInstanceUID", "SeriesInstanceUID", "status"),
    *("disposition", "quarantined", "note"),
)
"""Names of what many arrivals have in common."""


class Intake:
    """Fulfils `receive.Claimant` for one operation.

    Parameters
    ----------
    store : Store
        Where instances are kept.
    operation : int
        Number of the operation in the journal.
    tally : Tally
        What is counted.
    requests : sequence of Request
        What is asked for.
    instances : iterable of ExpectedInstance
        What is expected by UID.
    originator : str
        Our AE title as the archive knows it: what it writes as Move Originator (PS3.7 9.3.1.1).
    addresses : iterable of str
        IP addresses of the peer.
    rows : Mapping
        By number of a request: position and cells of the row of the input table that it was made for.
    asked_before : iterable of str
        Study Instance UIDs of the folder's open requests: a killed process asked for them, and the archive may still be sending.
    drops : bool
        Refuse instances of studies asked for that no request asks for: an archive that moves whole studies only sends them too.
    trail : Refusals, optional
        Lines of the audit trail about what is refused.

    Attributes
    ----------
    began : float
        When the request that runs began, by the monotonic clock.
    notes : Notes
        What our port reports that is no instance.
    """

    def __init__(
        self,
        *,
        store: Store,
        operation: int,
        tally: Tally,
        requests: Sequence[Request],
        instances: Iterable[ExpectedInstance],
        originator: str,
        addresses: Iterable[str],
        rows: Mapping[int, tuple[int, Mapping[str, str]]],
        asked_before: Iterable[str] = (),
        drops: bool = False,
        trail: Refusals | None = None,
    ) -> None:
        self.began = 0.0
        self._store = store
        self._earlier = Earlier(store)
        self._operation = operation
        self._tally = tally
        self._originator = originator
        self._addresses = frozenset(addresses)
        self._rows = dict(rows)
        self._drops = drops
        self._requests: dict[str, list[Request]] = defaultdict(list)
        for request in requests:
            self._requests[request.study].append(request)
        self._asked = {
            _STUDY: {*(request.study for request in requests), *asked_before},
            _SERIES: {uid for request in requests for uid in request.series},
            _PATIENT: {request.patient for request in requests if request.patient},
        }
        self.awaited = Awaited(instances)
        self._by_message: dict[int, int] = {}
        self._running: int | None = None
        self._last_shared: tuple[tuple[object, ...], dict[str, object]] = ((), {})
        self._spoiled: dict[int, int] = defaultdict(int)
        self.notes = Notes(store.journal, operation, tally=tally, awaited=self.awaited, by_message=self._by_message, trail=trail)

    def running(self, request: int, message_id: int) -> None:
        """Say which request runs now, under which Message ID; those of ended ones stay known for stragglers."""
        self._by_message[message_id] = request
        self._running = request
        self.began = time.monotonic()

    def ask_again(self, request: Request, uids: Iterable[str]) -> None:
        """Take in a request that asks again: what it wants, and the row of the table that it is for."""
        self.awaited.ask_again(request.number, uids)
        if request.origin in self._rows:
            self._rows[request.number] = self._rows[request.origin]

    def expect(self, instances: Iterable[ExpectedInstance]) -> None:
        """Wait for instances that the archive named after it had sent; what the folder has of them is counted."""
        named = tuple(instances)
        with self._tally.changed:
            self.awaited.expect(named)
        self.take_present(one for one in named if self.awaited.lacks(one.uid))

    def take_present(self, instances: Iterable[ExpectedInstance]) -> None:
        """Record and count those of them that are in the folder from before."""
        for instance in instances:
            kept = self._store.holds(instance.uid)
            if kept is not None and (self.awaited.lacks(instance.uid) or instance.uid not in self.awaited):
                self._present(instance, kept)

    def _present(self, instance: ExpectedInstance, path: Path) -> None:
        rows = list(self._earlier.rows(instance, path, self._row(instance.request)[0]))
        for facts in rows:
            self._store.journal.append("arrivals", self._operation, facts)
        self._spoiled[instance.request] += any(map(is_spoiled, rows))
        self._count(instance.request, instance.uid, "there already")

    def recall(self, row: Mapping[str, object]) -> None:
        """Count what arrived for an earlier request of this operation, by its row of the journal."""
        number = cast("int | None", row.get("request"))
        if number is not None and is_spoiled(row):
            self._spoiled[number] += 1
        self._count(number, str(row["SOPInstanceUID"]), "there already")

    def met(self, request: Request) -> bool:
        """Whether everything expected of a request is there."""
        if request.expected_by == "instances":
            return self.awaited.outstanding(request.number) == 0
        return request.expected is not None and self._tally.received_of(request.origin or request.number) >= request.expected

    def missing(self, request: Request) -> int | None:
        """How many of its expected SOP Instances are not there; None when their UIDs are not known."""
        return self.awaited.outstanding(request.number) if request.expected_by == "instances" else None

    def spoiled(self, request: Request) -> int:
        """How many of its arrivals are in conflict with what was there, or quarantined."""
        return self._spoiled[request.number]

    def refusal(self, request: Request) -> str | None:
        """Why instances of it were not taken, in words; None when all were."""
        return self.notes.refusal(request.number)

    def claim(self, request: StoreRequest, head: Head | None) -> Claim:
        """How strongly this operation wants the instance (see `receive.Claim`)."""
        originated = request.move_originator == self._originator and request.move_originator_message_id in self._by_message
        uid = request.sop_instance_uid
        if self.awaited.lacks(uid) or (originated and uid in self.awaited):
            return Claim.EXPECTED_BY_ORIGINATOR if originated else Claim.EXPECTED
        if self._drops and head is not None and self._is_surplus(head, uid):
            return Claim.NONE
        if originated:
            return Claim.ORIGINATOR
        if uid in self.awaited or (head is not None and self._named_in(head)):
            return Claim.HEAD  # one that is here already is left to another operation that still waits for it
        return Claim.ADDRESS if request.sender.address in self._addresses else Claim.NONE

    def _is_surplus(self, head: Head, uid: str) -> bool:
        study = head.text(_STUDY)
        return unrequested(self._requests.get(study or "", ()), study, head.text(_SERIES), uid)

    def _named_in(self, head: Head) -> bool:
        """Whether Study, Series or Patient of the head are among those asked for."""
        return any(asked and head.text(tag) in asked for tag, asked in self._asked.items())

    def open(self, request: StoreRequest, head: Head) -> Arrival:
        """Open a place in the store for the instance."""
        number, asked_for = self._attribute(request, head.text(_STUDY), head.text(_SERIES))
        incoming = self._store.incoming(
            sop_class_uid=request.sop_class_uid,
            sop_instance_uid=request.sop_instance_uid,
            transfer_syntax_uid=request.transfer_syntax_uid,
            source_ae_title=request.sender.calling_ae_title,
            row=self._row(number)[1],
        )
        return Arrival(self, request, incoming, number, asked_for=asked_for)

    def note(self, kind: str, facts: dict[str, object]) -> None:
        """Take down what is no instance."""
        self.notes.take(kind, facts)

    def data(self, size_bytes: int) -> None:
        """Bytes came in."""
        self._tally.data(size_bytes)

    def arrived(self, arrival: Arrival, head: Head, seconds: float, status: int) -> None:
        """Record an instance that was kept; one that was not is a refusal."""
        number, uid, incoming = arrival.request, arrival.offer.sop_instance_uid, arrival.incoming
        own = {"SOPInstanceUID": uid, "received_at": _now(), "seconds": round(seconds, 6)}
        kept = incoming.kept
        if kept is None:
            why = {"kind": "refusal", "reason": incoming.failure or f"answered with 0x{status:04X}"}
            self.notes.refused({"sop_instance_uid": uid, **self._shared(arrival, head, status), **own, **why})
            return
        own |= {"path": kept.location, "size_bytes": kept.size_bytes}
        if kept.sha256 is not None:
            own["sha256"] = kept.sha256
        self._store.journal.append("arrivals", self._operation, own, self._shared(arrival, head, status))
        if number is not None and arrival.asked_for and (kept.disposition == "conflict" or kept.quarantined):
            self._spoiled[number] += 1
        modality = head.text(_MODALITY) or "instance"
        text = f"{modality} {kept.size_bytes / 1e6:.2f} MB, {kept.disposition}"
        self._count(number if arrival.asked_for else None, uid, text, kept.location)

    def _shared(self, arrival: Arrival, head: Head, status: int) -> dict[str, object]:
        """Facts that an instance has in common with others: the same object as long as they are those of the one before."""
        offer, kept = arrival.offer, arrival.incoming.kept
        facts = (
            *(arrival.request, arrival.asked_for, offer.sop_class_uid, offer.transfer_syntax_uid),
            *(head.text(_STUDY), head.text(_SERIES), status),
            *((None, None, None) if kept is None else (kept.disposition, kept.quarantined, kept.note)),
        )
        known, shared = self._last_shared
        if known != facts:
            shared = {**dict(zip(_SHARED, facts, strict=True)), "row": self._row(arrival.request)[0]}
            self._last_shared = (facts, shared)
        return shared

    def _row(self, request: int | None) -> tuple[int | None, Mapping[str, str]]:
        return self._rows.get(request or 0, (None, {}))

    def _attribute(self, offer: StoreRequest, study: str | None, series: str | None) -> tuple[int | None, bool]:
        """Which request it belongs to, and whether it is within what was asked for."""
        uid = offer.sop_instance_uid
        expecting = self.awaited.request_of(uid)
        if expecting is not None:
            return expecting, True
        for request in self._requests.get(study or "", ()):
            if request.covers(study, series, uid):
                return request.number, request.expected_by != "instances"
        return self._by_message.get(offer.move_originator_message_id or -1, self._running), False

    def _count(self, request: int | None, uid: str, text: str, path: str | None = None) -> None:
        with self._tally.changed:
            new = request is not None and self.awaited.saw(uid)
        self._tally.arrived(request or 0, new=new, text=text, path=path)


def _now() -> str:
    return datetime.now(UTC).isoformat()
