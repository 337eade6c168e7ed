"""One data set on its way in: held back until it is known whose it is, then streamed to a sink, or read and dropped.

A data set is never decoded here; the scanner reads its first elements while they pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ..errors import StoreError
from ..head import HeadScanner
from ..terms import DEFLATED_TRANSFER_SYNTAXES, uid_problem
from .limits import HEAD_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..head import Head
    from .sink import Sender, Sink, StoreRequest

__all__ = [
    "ACCEPTED",
    "CANNOT_UNDERSTAND",
    "DOES_NOT_MATCH",
    "OUT_OF_RESOURCES",
    "Admit",
    "Discard",
    "Intake",
    "Refused",
    "contradiction",
]

ACCEPTED = 0x0000
OUT_OF_RESOURCES = 0xA700
DOES_NOT_MATCH = 0xA900
CANNOT_UNDERSTAND = 0xC000
_SOP_CLASS, _SOP_INSTANCE = 0x00080016, 0x00080018
_HEADER = 12  # bytes of the longest header of an element (PS3.5 7.1.2)
_IDENTITY = frozenset((_SOP_CLASS, _SOP_INSTANCE))


class Refused(Exception):  # noqa: N818 - a decision, not an error: it carries the status to answer
    """The data set is not taken; it is read, dropped and answered with the status.

    Attributes
    ----------
    status : int
        C-STORE status (PS3.4 B.2.3).
    reason : str
        In words, without patient data.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Admit(Protocol):
    """Decides whose an instance is; implemented by the reception."""

    def settle(self, request: StoreRequest, head: Head) -> Sink:
        """Open the sink of the strongest claim; raises `Refused`, or `StoreError` when the sink cannot be opened."""

    def refused(self, request: StoreRequest, refusal: Refused, size_bytes: int) -> None:
        """Hear that a data set was not kept, once it was read to its end."""

    def lost(self, request: StoreRequest, reason: str, size_bytes: int) -> None:
        """Hear that the association ended before the data set did."""

    def echoed(self, sender: Sender) -> None:
        """Hear that a C-ECHO was answered."""


class Discard:
    """Reads a data set and drops it: the status is decided already.

    Parameters
    ----------
    status : int
        What to answer after the last byte.
    done : callable
        Called at the end with the number of bytes dropped.

    Attributes
    ----------
    size : int
        Bytes so far.
    """

    def __init__(self, status: int, done: Callable[[int], None]) -> None:
        self._status = status
        self._done = done
        self.size = 0

    def take(self, pieces: Sequence[memoryview]) -> None:
        """Drop the next bytes."""
        self.size += sum(map(len, pieces))

    def end(self) -> int:
        """Return the status to answer."""
        self._done(self.size)
        return self._status

    def answered(self) -> None:
        """Hear that the status was sent."""

    def lose(self, reason: str) -> None:
        """Forget it: the association ended before the data set did."""


def contradiction(request: StoreRequest, head: Head) -> Refused | None:
    """Why this data set cannot be the instance that its command announced, or None.

    Returns
    -------
    Refused or None
        0xC000 when it is no instance (no SOP Instance UID, one that is none, or group 0000-0007 in a deflated data set, where it
        cannot be left out); 0xA900 when SOP Class or Instance UID are not those of the command, or two of them stand there
        (PS3.4 B.2.3).
    """
    instance, sop_class = _uid(head, _SOP_INSTANCE), _uid(head, _SOP_CLASS)
    if instance is None:
        return Refused(CANNOT_UNDERSTAND, head.fault or "no SOP Instance UID in the data set")
    if instance != request.sop_instance_uid and (problem := uid_problem(instance)):
        return Refused(CANNOT_UNDERSTAND, f"the SOP Instance UID of the data set is none: {problem}")
    if head.dropped_leading and request.transfer_syntax_uid in DEFLATED_TRANSFER_SYNTAXES:
        return Refused(CANNOT_UNDERSTAND, "a deflated data set that begins with group 0000-0007")
    disagreement = _disagreement(request, head, instance, sop_class)
    return Refused(DOES_NOT_MATCH, disagreement) if disagreement else None


def _disagreement(request: StoreRequest, head: Head, instance: str, sop_class: str | None) -> str:
    """In what the data set disagrees with its command or with itself; empty when it does not."""
    if instance != request.sop_instance_uid:
        return "the SOP Instance UID of the data set is not the one of the command"
    if sop_class and sop_class != request.sop_class_uid:
        return "the SOP Class UID of the data set is not the one of the command"
    if not head.contested.isdisjoint(_IDENTITY):
        return "two different SOP Class or SOP Instance UIDs in one data set"
    return ""


def _overlong(head: Head) -> Refused | None:
    """Why it cannot be known in time where the file begins: what is to be left out does not end within what is held back."""
    if head.dropped_leading and head.start > HEAD_BYTES - _HEADER:
        return Refused(CANNOT_UNDERSTAND, "a data set that begins with some 64 KB of group 0000-0007, or more")
    return None


def _uid(head: Head, tag: int) -> str | None:
    element = head.raw.get(tag)
    return None if element is None else element[1].decode("latin-1").strip("\0 ")


class Intake:
    """Takes one data set: head first, then everything.

    Parameters
    ----------
    request : StoreRequest
    admit : Admit
    wanted : frozenset of int
        Tags that admission, layout and check need; the scan ends after the last of them.

    Attributes
    ----------
    size : int
        Bytes so far.
    """

    def __init__(self, request: StoreRequest, admit: Admit, wanted: frozenset[int]) -> None:
        self._request = request
        self._admit = admit
        self._scanner = HeadScanner(request.transfer_syntax_uid, wanted, last_tag=max(wanted))
        self._held = bytearray()
        self._head: Head | None = None  # once it is all there
        self._sink: Sink | None = None
        self._refusal: Refused | None = None
        self._finished: Sink | None = None
        self.size = 0

    def take(self, pieces: Sequence[memoryview]) -> None:
        """Take the next bytes, in order; views are not kept."""
        self.size += sum(map(len, pieces))
        if not self._scanner.done:
            for piece in pieces:
                self._scanner.feed(piece)
        if self._refusal is not None:
            return
        if self._sink is not None:
            self._write(pieces)
        elif self._scanner.done:
            self._settle(pieces, ended=False)
        else:
            self._hold(pieces)

    def end(self) -> int:
        """Take note that this was all; return the status to answer."""
        if self._sink is None and self._refusal is None:
            self._settle((), ended=True)
        status = self._finish()
        if self._refusal is not None:
            self._admit.refused(self._request, self._refusal, self.size)
            return self._refusal.status
        return status

    def answered(self) -> None:
        """Hear that the status was sent, or that it cannot be sent any more."""
        sink, self._finished = self._finished, None
        rest = getattr(sink, "answered", None)
        if rest is None:
            return
        try:
            rest()
        except (StoreError, OSError) as error:
            self._admit.lost(self._request, f"answered, but not recorded: {error}", self.size)

    def lose(self, reason: str) -> None:
        """Forget it: the association ended before the data set did."""
        self._abandon(reason)
        self._admit.lost(self._request, reason, self.size)

    def _hold(self, pieces: Sequence[memoryview]) -> None:
        for piece in pieces:
            self._held += piece
        if len(self._held) >= HEAD_BYTES:
            self._settle((), ended=False)

    def _settle(self, pieces: Sequence[memoryview], *, ended: bool) -> None:
        """Find out whose it is; from here on bytes go to the sink as they come."""
        head = self._scanner.head(ended=ended)
        settled = ended or self._scanner.done
        held, self._held = self._held, bytearray()
        try:
            if refusal := _overlong(head) or (contradiction(self._request, head) if settled else None):
                raise refusal
            self._sink = self._admit.settle(self._request, head)
            self._head = head if settled else None
        except Refused as refusal:
            self._refusal = refusal
            return
        except (StoreError, OSError) as error:
            self._refuse(Refused(OUT_OF_RESOURCES, str(error)))
            return
        self._write(_from(head.start, [memoryview(held), *pieces] if held else pieces))

    def _write(self, pieces: Sequence[memoryview]) -> None:
        assert self._sink is not None
        try:
            gather = getattr(self._sink, "write_all", None)
            if gather is not None and len(pieces) > 1:
                gather(pieces)
                return
            for piece in pieces:
                self._sink.write(piece)
        except (StoreError, OSError) as error:
            self._refuse(Refused(OUT_OF_RESOURCES, str(error)))

    def _finish(self) -> int:
        if self._sink is None or self._refusal is not None:
            return ACCEPTED
        head = self._head
        if head is None:
            head = self._scanner.head(ended=True)
            if refusal := contradiction(self._request, head):
                self._refuse(refusal)
                return ACCEPTED
        sink, self._sink = self._sink, None
        try:
            status = sink.finish(head)
        except (StoreError, OSError) as error:
            self._refusal = Refused(OUT_OF_RESOURCES, str(error))
            return OUT_OF_RESOURCES
        self._finished = sink
        return status

    def _refuse(self, refusal: Refused) -> None:
        self._refusal = refusal
        self._abandon(refusal.reason)

    def _abandon(self, reason: str) -> None:
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.abandon(reason)


def _from(start: int, pieces: Sequence[memoryview]) -> Sequence[memoryview]:
    """Leave out the first bytes: leading elements of groups 0000-0007."""
    if start == 0:
        return pieces
    rest = []
    for piece in pieces:
        if start < len(piece):
            rest.append(piece[start:])
        start = max(0, start - len(piece))
    return rest
