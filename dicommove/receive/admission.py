"""Who gets an instance: every operation that waits on the port is asked, and the strongest claim wins."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ..errors import StoreError
from .intake import OUT_OF_RESOURCES, Refused

if TYPE_CHECKING:
    from ..entities import Listener
    from ..head import Head
    from .sink import Claim, Claimant, Sender, Sink, StoreRequest

__all__ = ["NOT_AUTHORIZED", "Admission", "Member"]

NOT_AUTHORIZED = 0x0124
"""What is answered to an instance that nobody asked for (PS3.7 C.5.13)."""

_log = logging.getLogger("dicommove.receive")


class Strength(NamedTuple):
    """How strong a claim is; among equal ones the member counts whose last request began last."""

    claim: Claim
    admitted: int
    began: float


@dataclass(eq=False)
class Member:
    """An operation that waits on a port, and what it is waiting for.

    Attributes
    ----------
    listener : Listener
    claimant : Claimant
    peer_addresses : frozenset of str
        IP addresses of the peer that it talks to.
    wanted : frozenset of int
        Tags that its claims and its layout need.
    """

    listener: Listener
    claimant: Claimant
    peer_addresses: frozenset[str]
    wanted: frozenset[int]
    gone: bool = False
    busy: int = 0
    settled: threading.Condition = field(default_factory=threading.Condition)

    def claim(self, request: StoreRequest, head: Head) -> Strength:
        """Ask the operation, and its listener for what it admits beyond that."""
        claim = self.claimant.claim(request, head)
        at_peer = request.sender.address in self.peer_addresses
        admitted = at_peer if self.listener.admit == "peer" else self.listener.admit == "any"
        return Strength(claim, 1 + at_peer if admitted else 0, self.claimant.began)

    def leave(self, timeout: float) -> None:
        """Wait for its data sets under way, at most that many seconds; those that are left are not kept."""
        with self.settled:
            self.settled.wait_for(lambda: self.busy == 0, timeout)
            self.gone = True


class _MemberSink:
    """The sink of one data set, counted among its member's until nothing is left to do for it."""

    def __init__(self, sink: Sink, member: Member) -> None:
        self._sink = sink
        self._member = member
        self.write = sink.write
        gather = getattr(sink, "write_all", None)
        if gather is not None:
            self.write_all = gather
        with member.settled:
            member.busy += 1

    def finish(self, head: Head) -> int:
        """Keep the instance, unless its operation has ended."""
        try:
            self._check()
            return self._sink.finish(head)
        except BaseException:
            self._settled()
            raise

    def answered(self) -> None:
        """Let it do what nobody had to wait for."""
        try:
            rest = getattr(self._sink, "answered", None)
            if rest is not None:
                rest()
        finally:
            self._settled()

    def abandon(self, reason: str) -> None:
        """Forget the instance."""
        try:
            self._sink.abandon(reason)
        finally:
            self._settled()

    def _check(self) -> None:
        if self._member.gone:
            self._sink.abandon("its operation has ended")
            raise StoreError("the operation that this instance was for has ended")

    def _settled(self) -> None:
        with self._member.settled:
            self._member.busy -= 1
            self._member.settled.notify_all()


class Admission:
    """The members of one reception, asked for each instance. Any thread may call it."""

    def __init__(self) -> None:
        self._members: tuple[Member, ...] = ()

    @property
    def members(self) -> tuple[Member, ...]:
        """Who waits here now, in the order of joining."""
        return self._members

    @property
    def wanted(self) -> frozenset[int]:
        """Tags that the claims and layouts of all of them need."""
        return frozenset().union(*(member.wanted for member in self._members))

    def add(self, member: Member) -> None:
        """Take in a member; callers hold the registry's lock."""
        self._members = (*self._members, member)

    def remove(self, member: Member) -> None:
        """Let a member go; callers hold the registry's lock."""
        self._members = tuple(other for other in self._members if other is not member)

    def takes_ae_title(self, called: str) -> bool:
        """Tell whether somebody listens by that AE title; a listener without one takes any."""
        return any(member.listener.ae_title in (None, called) for member in self._members)

    def settle(self, request: StoreRequest, head: Head) -> Sink:
        """Open the sink of the strongest claim.

        Raises
        ------
        Refused
            Nobody claims it: 0x0124.
        StoreError
            The sink could not be opened.
        """
        ranked = [(member.claim(request, head), number, member) for number, member in enumerate(self._members)]
        willing = [rank for rank in ranked if rank[0].claim or rank[0].admitted]
        if not willing:
            raise Refused(NOT_AUTHORIZED, "nobody asked for this instance")
        member = max(willing)[2]
        return _MemberSink(member.claimant.open(request, head), member)

    def refused(self, request: StoreRequest, refusal: Refused, size_bytes: int) -> None:
        """Tell every member of an instance that was not kept."""
        kind = "fault" if refusal.status == OUT_OF_RESOURCES else "refusal"
        self.note(kind, {**_facts(request), "status": refusal.status, "reason": refusal.reason, "size_bytes": size_bytes})

    def lost(self, request: StoreRequest, reason: str, size_bytes: int) -> None:
        """Tell every member of an instance whose sender went away in the middle."""
        self.note("fault", {**_facts(request), "status": None, "reason": reason, "size_bytes": size_bytes})

    def echoed(self, sender: Sender) -> None:
        """Tell every member of a C-ECHO."""
        self.note("echo", _sender_facts(sender))

    def note(self, kind: str, facts: dict[str, object]) -> None:
        """Tell every member; what one of them does with it harms nobody else."""
        _log.debug("%s on association %s", kind, facts.get("association"))
        for member in self._members:
            try:
                member.claimant.note(kind, dict(facts))
            except Exception as error:  # noqa: BLE001 - a member's trouble must not end an association of another one
                _log.debug("a member could not take note: %s", type(error).__name__)


def _sender_facts(sender: Sender) -> dict[str, object]:
    return {
        "association": sender.association,
        "address": sender.address,
        "calling_ae_title": sender.calling_ae_title,
        "called_ae_title": sender.called_ae_title,
    }


def _facts(request: StoreRequest) -> dict[str, object]:
    return {
        **_sender_facts(request.sender),
        "message_id": request.message_id,
        "sop_class_uid": request.sop_class_uid,
        "sop_instance_uid": request.sop_instance_uid,
        "transfer_syntax_uid": request.transfer_syntax_uid,
        "move_originator": request.move_originator,
        "move_originator_message_id": request.move_originator_message_id,
    }
