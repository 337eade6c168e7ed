"""Who calls while our port is open for a test: fulfils `receive.Claimant`, and stores only where it is told to."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ... import markup
from ...errors import StoreError
from ...receive import Claim
from ...receive.negotiation import CALLED_AE_TITLE
from ..running.trail import is_refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...head import Head
    from ...receive import StoreRequest
    from ...store import Incoming, Store

__all__ = ["Caller", "Callers"]

_KEPT = 1000
"""Callers that are remembered: a port scanner must not fill the memory."""
_STORED = 0x0000
_STATES = {"accepted": "open", "rejected": "rejected", "aborted": "aborted", "released": "released", "unheard": "unheard"}


@dataclass(frozen=True, slots=True)
class Caller:
    """One connection to our port.

    Attributes
    ----------
    at : datetime
        When it was first heard of, UTC.
    address : str
        IP address.
    calling, called : str
        AE titles of its A-ASSOCIATE-RQ; empty when it sent none.
    state : {"open", "released", "rejected", "aborted", "lost", "unheard"}
        ``unheard``: it connected and left without asking for an association, as a test of the port does.
    reason : str
        Why it was rejected, aborted or lost.
    echoes, stored, refused : int
        C-ECHOs answered, instances stored, instances refused.
    """

    at: datetime
    address: str
    calling: str = ""
    called: str = ""
    state: str = "open"
    reason: str = ""
    echoes: int = 0
    stored: int = 0
    refused: int = 0

    @property
    def what_came_of_it(self) -> str:
        """In words."""
        counts = (
            (self.echoes, "C-ECHO{s} answered"),
            (self.stored, "instance{s} stored"),
            (self.refused, "instance{s} refused (0x0124): the port is open for a test only"),
        )
        said = [f"{number} {words.format(s='s' * (number != 1))}" for number, words in counts if number]
        if self.state in ("rejected", "aborted", "lost"):
            said.append(f"{self.state}: {self.reason}")
        if self.state == "unheard":
            said.append("connected and left without asking for an association: the way is free, and nothing of DICOM was tried")
        return "; ".join(said) or "associated, and asked for nothing yet"

    def what_to_do(self, ae_title: str) -> str:
        """The next step, where there is one.

        Parameters
        ----------
        ae_title : str
            Ours.
        """
        if self.state == "rejected" and self.reason == CALLED_AE_TITLE.text:
            return f"It calls us {markup.visible(self.called, 16)}: have it spelt {ae_title} there, or listen under that title."
        if self.state == "aborted" and not self.calling:
            return "It speaks no DICOM that we understand: has only one of the two sides TLS?"
        return ""

    def line(self, ae_title: str) -> str:
        """As its text, with the next step where there is one.

        Parameters
        ----------
        ae_title : str
            Ours.
        """
        advice = self.what_to_do(ae_title)
        return f"{self}. {advice}" if advice else str(self)

    def row(self, ae_title: str) -> dict[str, object]:
        """The row of `Listening.callers`."""
        return {
            "called_at": self.at,
            "address": self.address,
            "calling_ae_title": self.calling,
            "called_ae_title": self.called,
            "state": self.state,
            "echoes": self.echoes,
            "stored": self.stored,
            "refused": self.refused,
            "reason": self.reason,
            "what_to_do": self.what_to_do(ae_title),
        }

    def __str__(self) -> str:
        who = f"{markup.visible(self.calling, 16)} at {self.address}" if self.calling else self.address
        called = f", calling us {markup.visible(self.called, 16)}" if self.called else ""
        return f"{self.at.astimezone():%H:%M:%S} {who}{called}: {markup.visible(self.what_came_of_it, 300)}"


class Callers:
    """Takes down who calls; handed to `receive.join`.

    Parameters
    ----------
    store : Store or None
        Where instances are kept; None refuses them.
    refused : callable, optional
        Called with the facts of each refusal.
    """

    began = 0.0

    def __init__(self, store: Store | None = None, refused: Callable[[Mapping[str, object]], object] | None = None) -> None:
        self._store = store
        self._refused = refused
        self._known: dict[int, Caller] = {}
        self._told: deque[int] = deque(maxlen=_KEPT)
        self.changed = threading.Condition()

    @property
    def callers(self) -> tuple[Caller, ...]:
        """All of them, in the order of their coming."""
        with self.changed:
            return tuple(self._known.values())

    def news(self) -> tuple[Caller, ...]:
        """Those of whom something is new since the last call of this."""
        with self.changed:
            numbers = dict.fromkeys(self._told)
            self._told.clear()
            return tuple(self._known[number] for number in numbers if number in self._known)

    def claim(self, request: StoreRequest, head: Head | None) -> Claim:
        """Everything, as weakly as can be, where a folder was given; nothing otherwise."""
        del request, head
        return Claim.NONE if self._store is None else Claim.ADDRESS

    def open(self, request: StoreRequest, head: Head) -> _Counted:
        """Open the place of an instance.

        Raises
        ------
        StoreError
            There is none.
        """
        del head
        if self._store is None:
            raise StoreError("no folder was given")
        incoming = self._store.incoming(
            sop_class_uid=request.sop_class_uid,
            sop_instance_uid=request.sop_instance_uid,
            transfer_syntax_uid=request.transfer_syntax_uid,
            source_ae_title=request.sender.calling_ae_title,
        )
        return _Counted(self, request.sender.association, incoming)

    def note(self, kind: str, facts: Mapping[str, object]) -> None:
        """Take down what happens on a connection."""
        if self._refused is not None and is_refusal(kind, facts):
            self._refused(facts)
        if kind == "association":
            self._associated(str(facts.get("event")), facts)
        elif kind == "echo":
            self.count(_number(facts), "echoes")
        else:
            self.count(_number(facts), "refused")

    def _associated(self, event: str, facts: Mapping[str, object]) -> None:
        number, reason = _number(facts), str(facts.get("reason") or "")
        with self.changed:
            caller = self._known.get(number)
            if caller is None:
                caller = self._first(facts)
            if event in _STATES:
                known = caller.state if event == "unheard" and caller.state == "aborted" else _STATES[event]
                caller = replace(caller, state=known, reason=caller.reason or reason)
            elif caller.state == "open":  # it ended without a last word
                caller = replace(caller, state="lost", reason=reason)
            self._update(number, caller, tell=event not in ("accepted", "released") or caller.what_came_of_it.endswith("yet"))

    def _first(self, facts: Mapping[str, object]) -> Caller:
        if len(self._known) >= _KEPT:
            self._known.pop(next(iter(self._known)))
        address, calling, called = (str(facts.get(key) or "") for key in ("address", "calling_ae_title", "called_ae_title"))
        return Caller(datetime.now(UTC), address, calling, called)

    def count(self, number: int, what: str) -> None:
        """Count a C-ECHO, or an instance, of a connection."""
        with self.changed:
            caller = self._known.get(number)
            if caller is not None:
                self._update(number, replace(caller, **{what: getattr(caller, what) + 1}), tell=True)

    def _update(self, number: int, caller: Caller, *, tell: bool) -> None:
        changed = self._known.get(number) != caller
        self._known[number] = caller
        if tell and changed:
            self._told.append(number)
        self.changed.notify_all()


class _Counted:
    """A place in the store, counted when it is filled; fulfils `receive.Sink`."""

    def __init__(self, callers: Callers, association: int, incoming: Incoming) -> None:
        self._callers = callers
        self._association = association
        self._incoming = incoming
        self.write = incoming.write
        self.write_all = incoming.write_all
        self.abandon = incoming.abandon

    def finish(self, head: Head) -> int:
        """Publish it."""
        status = self._incoming.finish(head)
        self._callers.count(self._association, "stored" if status == _STORED else "refused")
        return status


def _number(facts: Mapping[str, object]) -> int:
    number = facts.get("association")
    return number if isinstance(number, int) else 0
