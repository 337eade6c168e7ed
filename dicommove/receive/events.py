"""What can happen on an association, as values: the words between the parser and everybody else."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

__all__ = ["Aborted", "AssociateRequest", "Event", "Fragment", "ProtocolFault", "ReleaseRequest"]


class AssociateRequest(NamedTuple):
    """A whole A-ASSOCIATE-RQ PDU, header included (PS3.8 9.3.2)."""

    pdu: bytes


class Fragment(NamedTuple):
    """Bytes of one message's command or data set, as much as has arrived (PS3.8 9.3.5.1, annex E).

    Attributes
    ----------
    context_id : int
    is_command : bool
    is_last : bool
        The command or data set ends here.
    pieces : list of memoryview
        In order; views of the buffer that was fed, valid until the next feed.
    """

    context_id: int
    is_command: bool
    is_last: bool
    pieces: list[memoryview]


class ReleaseRequest(NamedTuple):
    """A-RELEASE-RQ (PS3.8 9.3.6)."""


class Aborted(NamedTuple):
    """A-ABORT from the peer (PS3.8 9.3.8)."""

    source: int
    reason: int


class ProtocolFault(NamedTuple):
    """The peer broke the rules: A-ABORT is due, with this source and reason (PS3.8 9.3.8)."""

    source: int
    reason: int
    text: str


Event: TypeAlias = AssociateRequest | Fragment | ReleaseRequest | Aborted | ProtocolFault
