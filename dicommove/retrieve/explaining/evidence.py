"""What is known of a move that has ended, as one value: `gather` makes it of journal rows, the tables of causes read it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...terms import StatusCategory, status_category
from .way_back import WayBack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Answer", "Connection", "Evidence", "NotKept"]

_NO_WAY = WayBack("")
_UNKNOWN_DESTINATION = 0xA801
_TROUBLE = (StatusCategory.FAILURE, StatusCategory.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Answer:
    """One C-MOVE: what was expected of it, what the archive said, and what came.

    Attributes
    ----------
    request : int
        Its number within the operation.
    level : str
        Query/Retrieve Level.
    outcome : str
        As of `MoveResult.requests`.
    status : int or None
        Final status; None when there was none.
    completed, warning, failed : int or None
        Sub-operations as the archive counted them; None when it did not say.
    expected : int or None
        What a C-FIND before it counted; None when it did not.
    received : int
        Distinct instances that arrived, or were there before.
    failure : str
        Name and text of the exception that ended it; empty when none did.
    origin : int or None
        Number of the request of the plan that it asked again for; None when it is one of the plan.
    wanted : tuple of str
        SOP Instance UIDs that it asked for; empty above IMAGE level.
    whole : bool
        It asked for everything that the request of the plan had asked for.
    """

    request: int = 1
    level: str = "STUDY"
    outcome: str = "refused"
    status: int | None = None
    completed: int | None = None
    warning: int | None = None
    failed: int | None = None
    expected: int | None = None
    received: int = 0
    failure: str = ""
    origin: int | None = None
    wanted: tuple[str, ...] = ()
    whole: bool = False

    @property
    def asked_alone(self) -> str:
        """SOP Instance UID of the one object that was asked for again by itself; empty when there were several."""
        return self.wanted[0] if self.origin is not None and len(self.wanted) == 1 else ""

    @property
    def refused(self) -> bool:
        """The final status is a failure."""
        return self.status is not None and status_category(self.status) in _TROUBLE

    @property
    def went_through(self) -> bool:
        """The final status is success or a warning."""
        return self.status is not None and status_category(self.status) in (StatusCategory.SUCCESS, StatusCategory.WARNING)

    @property
    def reported(self) -> int | None:
        """How many the archive says to have sent; None when it did not say."""
        return None if self.completed is None else self.completed + (self.warning or 0)


@dataclass(frozen=True, slots=True)
class Connection:
    """One association that somebody asked our listener for.

    Attributes
    ----------
    address : str
        IP address of the caller.
    calling, called : str
        AE titles of its A-ASSOCIATE-RQ; empty when it never sent one.
    rejected : str
        Why we rejected it; empty when we did not.
    aborted : str
        Why we aborted it; empty when we did not.
    ended : str
        How it ended.
    refused : tuple of (str, tuple of str)
        Storage contexts that we did not accept: abstract syntax, and the transfer syntaxes that were offered.
    stores : bool
        False when it was opened for C-ECHO alone.
    """

    address: str = ""
    calling: str = ""
    called: str = ""
    rejected: str = ""
    aborted: str = ""
    ended: str = ""
    refused: tuple[tuple[str, tuple[str, ...]], ...] = ()
    stores: bool = True


@dataclass(frozen=True, slots=True)
class NotKept:
    """Instances that were offered to us and that we did not keep, for one reason.

    Attributes
    ----------
    status : int or None
        What we answered; None when the sender went away in the middle.
    reason : str
    address : str
        IP address of the sender.
    times : int
    """

    status: int | None
    reason: str = ""
    address: str = ""
    times: int = 1


@dataclass(frozen=True)
class Evidence:
    """All that is known of an operation that has ended.

    Attributes
    ----------
    outcome, reason : str
        As of `MoveResult`.
    archive : str
        ``AE_TITLE@host:port``.
    calling : str
        Our calling AE title.
    implementation : str
        Implementation Class UID of the archive (PS3.7 D.3.3.2); empty when it gave none.
    way_back : WayBack
    answers : tuple of Answer
        One per C-MOVE that has ended.
    connections : tuple of Connection
    not_kept : tuple of NotKept
    states : Mapping
        How many SOP Instances of the ledger are in each state.
    archive_addresses : frozenset of str
        IP addresses of the archive; empty when its name leads to none.
    third_party : bool
        The instances went to another destination.
    cancel_worked : bool or None
    vanished : int
        How many C-MOVEs asked for a study that the archive, asked again afterwards, no longer has.
    unmatched : tuple of str
        Why rows of the user's table led to no C-MOVE.
    offline : tuple of str
        Why matches were not asked for: what the archive says of their availability.
    doubts : tuple of str
        What was doubtful about the C-FIND answers.
    comments : tuple of str
        Error Comments (0000,0902) of the archive: they may name a patient.
    began_at, ended_at : str
        UTC, ISO 8601; empty when not known.
    """

    outcome: str
    reason: str = ""
    archive: str = "the archive"
    calling: str = ""
    implementation: str = ""
    way_back: WayBack = _NO_WAY
    answers: tuple[Answer, ...] = ()
    connections: tuple[Connection, ...] = ()
    not_kept: tuple[NotKept, ...] = ()
    states: Mapping[str, int] = field(default_factory=dict)
    archive_addresses: frozenset[str] = frozenset()
    third_party: bool = False
    cancel_worked: bool | None = None
    vanished: int = 0
    unmatched: tuple[str, ...] = ()
    offline: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    began_at: str = ""
    ended_at: str = ""

    @property
    def troubled(self) -> tuple[Answer, ...]:
        """The C-MOVEs that did not end complete, and that no later attempt made good."""
        mended = {first.request for first, later in self._attempts() if later and _there(first, later) >= (first.expected or 1)}
        return tuple(one for one in self.answers if one.outcome != "complete" and (one.origin or one.request) not in mended)

    def _attempts(self) -> Iterator[tuple[Answer, Sequence[Answer]]]:
        """Each request of the plan, and the attempts that asked for it again."""
        later: dict[int | None, list[Answer]] = {}
        for one in self.answers:
            later.setdefault(one.origin, []).append(one)
        return ((first, later.get(first.request, ())) for first in later.get(None, ()))

    @property
    def callers(self) -> tuple[Connection, ...]:
        """Who wanted to store something, and not only to try whether we are there."""
        return tuple(one for one in self.connections if one.stores)

    @property
    def suspects(self) -> tuple[Connection, ...]:
        """Connections that may be the archive's: those from its own addresses; without any, all, for archives are clusters.

        Where the archive says that it does not know the destination, others are none of its.
        """
        own = tuple(one for one in self.connections if not self.archive_addresses or one.address in self.archive_addresses)
        if own or any(answer.status == _UNKNOWN_DESTINATION for answer in self.troubled):
            return own
        return self.connections

    @property
    def nobody_called(self) -> bool:
        """Our listener was open, and nobody wanted to store anything: no way back was seen to work."""
        return not (
            self.third_party or self.callers or any(answer.received for answer in self.answers if answer.status is not None)
        )

    @property
    def way_back_works(self) -> bool:
        """Whether the archive found us, and we let it in."""
        return not self.third_party and any(not one.rejected for one in self.callers)

    @property
    def received(self) -> int:
        """Distinct instances that arrived, or were there before."""
        return sum(_there(first, later) for first, later in self._attempts())

    @property
    def expected(self) -> int | None:
        """What C-FINDs before the move counted; None when one did not."""
        counts = [answer.expected for answer in self.answers if answer.origin is None]
        return None if not counts or None in counts else sum(count or 0 for count in counts)

    @property
    def lacking(self) -> bool:
        """Whether something that was asked for is not there, or nothing is known of it."""
        return self.expected is None or self.received < self.expected


def _there(first: Answer, later: Sequence[Answer]) -> int:
    """How many instances of a request of the plan are here, with all attempts: what asks for all of it counts what was there."""
    named = first.received + sum(one.received for one in later if not one.whole)
    return max([named, *(one.received for one in later if one.whole)])
