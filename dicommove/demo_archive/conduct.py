"""How the archive behaves: sound as it is made, and changed in one respect by each fault.

What belongs here: what goes wrong, not how it is named (`faults`), nor what it does to a message (`move`, `services`).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import Enum, auto

__all__ = ["Conduct", "Deed", "Drops"]

_SENT_AGAIN_EVERY = 3


class Deed(Enum):
    """What the archive does with the next instance of a C-MOVE."""

    SEND = auto()
    DROP = auto()
    """Count it as completed and send nothing."""
    ABORT = auto()
    """Abort the C-MOVE's association and the one that it sends over."""


class Drops:
    """How many instances the archive still drops in its life.

    Once they are dropped it is well again, so that asking for the missing ones mends the result.

    Examples
    --------
    >>> drops = Drops(1)
    >>> drops.take(), drops.take()
    (True, False)
    """

    def __init__(self, count: int = 0) -> None:
        self._left = count
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether one more is dropped."""
        with self._lock:
            dropped = self._left > 0
            self._left -= dropped
            return dropped


@dataclass(frozen=True)
class Conduct:
    """What an archive does; each field that differs from its default is a fault.

    Attributes
    ----------
    delay_seconds : float
        Seconds that pass before each instance is sent.
    refusal : int or None
        Status that answers every C-MOVE at once; None to go on.
    study_only : bool
        C-MOVE below STUDY level is refused.
    drops : Drops
        Instances that are counted and not sent.
    abort_after : int or None
        Instances after which each C-MOVE is aborted.
    lies : bool
        Every second delivered instance is told as failed.
    late_seconds : float or None
        Seconds from the final response, which comes first, to the first instance.
    duplicates, conflicts : bool
        Every third instance is sent again: the same bytes, or other bytes under its UID.
    unexpected : bool
        Instances of a study that was not asked for are sent too.
    ignored : int or None
        Tag of a key that C-FIND does not look at.
    cap : int or None
        Most answers of a C-FIND.
    preparation_seconds : float or None
        Seconds of silence before a C-MOVE of nearline studies sends anything; None when all are online.
    deaf : bool
        C-CANCEL is not listened to.
    """

    delay_seconds: float = 0.0
    refusal: int | None = None
    study_only: bool = False
    drops: Drops = field(default_factory=Drops)
    abort_after: int | None = None
    lies: bool = False
    late_seconds: float | None = None
    duplicates: bool = False
    conflicts: bool = False
    unexpected: bool = False
    ignored: int | None = None
    cap: int | None = None
    preparation_seconds: float | None = None
    deaf: bool = False

    def deed(self, number: int) -> Deed:
        """What happens to an instance, by its number (from 0) within its C-MOVE."""
        if self.abort_after is not None and number >= self.abort_after:
            return Deed.ABORT
        return Deed.DROP if self.drops.take() else Deed.SEND

    def sends_again(self, number: int) -> bool:
        """Whether an instance, by its number (from 0) within its C-MOVE, is one of those that are sent twice."""
        return (self.duplicates or self.conflicts) and number % _SENT_AGAIN_EVERY == 0
