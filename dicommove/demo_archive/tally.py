"""The counters of one C-MOVE, and its final response (PS3.4 C.4.2.1.5 to C.4.2.1.8); pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .elements import text_element
from .exchange import COMPLETED, FAILED, REMAINING, WARNING

if TYPE_CHECKING:
    from .elements import Elements

__all__ = ["Final", "Tally"]

_FAILED_UIDS = 0x00080058


class Final(NamedTuple):
    """What the final response says: its status, its counters by tag, and its Identifier."""

    status: int
    counters: dict[int, int]
    identifier: Elements | None


class Tally:
    """What has become of the sub-operations, as the archive tells it.

    Parameters
    ----------
    total : int
        Number of sub-operations.
    lies : bool
        Tell the first completed one of every two as failed.

    Examples
    --------
    >>> tally = Tally(1)
    >>> tally.add("1.2.3", COMPLETED)
    >>> tally.final(cancelled=False).status
    0
    """

    def __init__(self, total: int, *, lies: bool = False) -> None:
        self.counters = {REMAINING: total, COMPLETED: 0, FAILED: 0, WARNING: 0}
        self._lies = lies
        self._completed = 0
        self._delivered = False
        self._failed_uids: list[str] = []

    @property
    def remaining(self) -> int:
        """Sub-operations that are still to be done."""
        return self.counters[REMAINING]

    def add(self, uid: str, outcome: int) -> None:
        """Count one sub-operation.

        Parameters
        ----------
        uid : str
            SOP Instance UID.
        outcome : int
            Tag of its counter: `COMPLETED`, `FAILED` or `WARNING`.
        """
        self._delivered |= outcome != FAILED
        told = self._told(outcome)
        self.counters[told] += 1
        self.counters[REMAINING] -= 1
        if told == FAILED:
            self._failed_uids.append(uid)

    def final(self, *, cancelled: bool) -> Final:
        """The final response: no Remaining, except after a C-CANCEL, and a list of UIDs only with failures."""
        uids = "\\".join(self._failed_uids)
        identifier: Elements | None = {_FAILED_UIDS: text_element("UI", uids)} if uids else None
        if cancelled and self.remaining:
            return Final(0xFE00, dict(self.counters), identifier)
        status = 0x0000 if not self.counters[FAILED] else 0xB000 if self._delivered else 0xA702
        return Final(status, {tag: number for tag, number in self.counters.items() if tag != REMAINING}, identifier)

    def _told(self, outcome: int) -> int:
        if not self._lies or outcome != COMPLETED:
            return outcome
        self._completed += 1
        return FAILED if self._completed % 2 else COMPLETED
