"""One C-MOVE response, read without I/O (PS3.7 9.1.4, PS3.4 C.4.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from ..errors import AssociationLost
from ..terms import StatusCategory, status_category, status_meaning, uid_problem

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["MAX_COMMENT", "MAX_FAILED_UIDS", "MoveResponse", "Values"]

MAX_FAILED_UIDS = 65_536
"""How many UIDs of a Failed SOP Instance UID List are kept: as many as the 16-bit counters can count."""
MAX_COMMENT = 1024
"""How many characters of an Error Comment are kept; the Standard allows 64 (VR LO)."""


class Values(Protocol):
    """What has values by keyword: a pydicom `Dataset`, a mapping, a received command set."""

    def get(self, keyword: str, /) -> object:
        """Value of an attribute; None when it is absent."""


@dataclass(frozen=True, slots=True)
class MoveResponse:
    r"""A C-MOVE-RSP as the peer gave it; what it did not say is None, never 0.

    Attributes
    ----------
    status : int
        Status (0000,0900).
    received_at : datetime
        When it came, in UTC.
    remaining, completed, failed, warning : int or None
        Number of sub-operations of each kind; the peer's word, not proof.
    error_comment : str or None
        Error Comment as it came, at most `MAX_COMMENT` characters.
    offending_element : tuple of int
        Offending Element: tags.
    failed_uids : tuple of str
        Failed SOP Instance UID List: a hint, for archives fill it wrongly. What is no UID is left out.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> response = MoveResponse.from_dataset({"Status": 0xA801}, at=datetime(2024, 1, 31, tzinfo=UTC))
    >>> response.category, response.meaning, response.remaining, response.is_final
    (<StatusCategory.FAILURE: 'Failure'>, 'Move destination unknown', None, True)
    """

    status: int
    received_at: datetime
    remaining: int | None = None
    completed: int | None = None
    failed: int | None = None
    warning: int | None = None
    error_comment: str | None = None
    offending_element: tuple[int, ...] = ()
    failed_uids: tuple[str, ...] = ()

    @classmethod
    def from_dataset(cls, response: Values, *, at: datetime) -> Self:
        """Read a response.

        Parameters
        ----------
        response : Dataset or mapping of keyword to value
            The command set, with FailedSOPInstanceUIDList of the Identifier when there was one.
        at : datetime
            When it came, in UTC.

        Raises
        ------
        AssociationLost
            When there is no Status: pynetdicom's empty Dataset says that no response came.
        """
        status = _number(response, "Status")
        if status is None:
            raise AssociationLost("the peer stopped answering", reason="closed")
        return cls(
            status,
            at,
            remaining=_number(response, "NumberOfRemainingSuboperations"),
            completed=_number(response, "NumberOfCompletedSuboperations"),
            failed=_number(response, "NumberOfFailedSuboperations"),
            warning=_number(response, "NumberOfWarningSuboperations"),
            error_comment=comment_of(response),
            offending_element=tuple(int(tag) for tag in _several(response.get("OffendingElement"))),
            failed_uids=_uids(response.get("FailedSOPInstanceUIDList")),
        )

    @property
    def category(self) -> StatusCategory:
        """What the status says in one word."""
        return status_category(self.status)

    @property
    def meaning(self) -> str:
        """What the status says in words (PS3.4 C.4.2.1.5)."""
        return status_meaning(self.status, "C-MOVE")

    @property
    def is_final(self) -> bool:
        """Whether no other response follows; every status but Pending ends the operation."""
        return self.category is not StatusCategory.PENDING


def comment_of(response: Values) -> str | None:
    """Error Comment of a response, bounded; None when it is absent or empty."""
    comment = response.get("ErrorComment")
    return (str(comment)[:MAX_COMMENT] or None) if comment is not None else None


def _number(response: Values, keyword: str) -> int | None:
    value = response.get(keyword)
    return value if isinstance(value, int) else None


def _several(value: object) -> tuple[int, ...]:
    if value is None:
        return ()
    if isinstance(value, int):
        return (value,)
    return tuple(item for item in value if isinstance(item, int)) if hasattr(value, "__iter__") else ()


def _uids(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    parts = value.split("\\") if isinstance(value, str) else value if hasattr(value, "__iter__") else ()
    uids = (str(part).strip("\0 ") for part in parts)
    return tuple(uid for uid in uids if not uid_problem(uid))[:MAX_FAILED_UIDS]
