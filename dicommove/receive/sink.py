"""The seam between who receives and who keeps: what is offered, who claims it, where its bytes go.

Signatures here use builtins and types of `terms` and `head` only, so that other rooms fulfil them without importing this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from ..head import Head

__all__ = ["Claim", "Claimant", "Sender", "Sink", "StoreRequest"]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, over which association; addresses and AE titles are evidence, never identity.

    Attributes
    ----------
    association : int
        Number of the association within this process.
    address : str
        IP address of the sender.
    port : int
        TCP port that the sender called from.
    calling_ae_title, called_ae_title : str
        As in its A-ASSOCIATE-RQ (PS3.8 9.3.2), padding stripped.
    """

    association: int
    address: str
    port: int
    calling_ae_title: str
    called_ae_title: str


class StoreRequest(NamedTuple):
    """A C-STORE-RQ as its command set says it (PS3.7 9.3.1.1), with the context that it came on.

    Attributes
    ----------
    sender : Sender
    message_id : int
    sop_class_uid, sop_instance_uid : str
        The Affected SOP Class and Instance UID, checked by `terms.uid_problem`.
    transfer_syntax_uid : str
        As negotiated for the presentation context.
    move_originator : str or None
        Move Originator Application Entity Title; None when absent.
    move_originator_message_id : int or None
        Message ID of the C-MOVE-RQ; None when absent.
    context_id : int
        Presentation Context ID that it came on.
    priority : int
        0 medium, 1 high, 2 low.
    """

    sender: Sender
    message_id: int
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    move_originator: str | None = None
    move_originator_message_id: int | None = None
    context_id: int = 0
    priority: int = 0


class Claim(IntEnum):
    """How strong a claim to an instance is; the strongest gets the stream."""

    NONE = 0
    ADDRESS = 1
    """It comes from the address of a peer that a running request was sent to."""
    HEAD = 2
    """Study, Series or Patient in the head are asked for."""
    ORIGINATOR = 3
    """Move Originator and Message ID are those of a running request."""
    EXPECTED = 4
    """The SOP Instance UID is expected."""
    EXPECTED_BY_ORIGINATOR = 5
    """Both of the two above."""


class Sink(Protocol):
    """Takes the encoded bytes of one data set, in order, and says at the end what to answer.

    A sink may also have ``write_all(pieces: Sequence[memoryview]) -> None``: it then gets what arrived together in one call (for
    ``os.writev``), and `write` only for single pieces. Either way a view is valid during the call only. And it may have
    ``answered() -> None``, called once after what `finish` returned was sent: the place for what nobody has to wait for.
    """

    def write(self, data: memoryview | bytes) -> None:
        """Take the next bytes; raises `StoreError` when they cannot be kept."""

    def finish(self, head: Head) -> int:
        """Keep the instance for good and return the C-STORE status (PS3.4 B.2.3); called once, after the last byte."""

    def abandon(self, reason: str) -> None:
        """Forget what was written: the data set will never be whole, or may not be kept."""


class Claimant(Protocol):
    """An operation that waits for instances; all methods are called from receiving threads and must not block."""

    @property
    def began(self) -> float:
        """When its last request began (monotonic seconds): among claims by address the one that began last wins."""

    def claim(self, request: StoreRequest, head: Head | None) -> Claim:
        """How strongly it wants this instance; ``head`` is None when asked before the data set was looked at."""

    def open(self, request: StoreRequest, head: Head) -> Sink:
        """Open the place where the instance goes; raises `StoreError` when there is none."""

    def note(self, kind: str, facts: dict[str, object]) -> None:
        """Hear of what is no instance: ``"association"``, ``"refusal"``, ``"fault"``, ``"echo"``; facts are plain values.

        Of an association: ``accepted``, ``rejected``, ``aborted`` (by us), ``released``, ``ended``; ``unheard`` when a connection
        ended before it asked for one.
        """
