"""How long to wait before asking again: growing pauses with a random part, and the patience with an absent archive. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...durations import seconds_of
from ...errors import AssociationLost, AssociationRejected, PeerUnreachable, QueryError

if TYPE_CHECKING:
    from ...errors import DicomMoveError

__all__ = ["PATIENCE_S", "Pace", "is_absent", "is_busy", "is_lost", "left_text", "read_patience"]

PATIENCE_S = 900.0
"""How long an archive that cannot be reached is waited for: 15 minutes."""
_BUSY = frozenset((0xA700, 0xA701, 0xA702, 0x0213))
"""Out of resources: it may have some later (PS3.4 C.4.2.1.5; PS3.7 C.4.2)."""
_REJECTED_TRANSIENT = 2


@dataclass(frozen=True, slots=True)
class Pace:
    """Pauses between attempts.

    Attributes
    ----------
    first_s, most_s : float
        Seconds before the first and, at most, before any attempt.
    tries : int
        How often in a row a busy archive is asked, and found to be so, before it is taken at its word.
    """

    first_s: float = 1.0
    most_s: float = 60.0
    tries: int = 4

    def pause_s(self, failures: int, chance: float) -> float:
        """Seconds to wait after so many failures in a row: they double, and many clients do not come back in step.

        Parameters
        ----------
        failures : int
            From 1.
        chance : float
            Random, 0 to 1: takes off up to the half.

        Examples
        --------
        >>> [Pace().pause_s(failures, chance=0.0) for failures in (1, 2, 3, 10)]
        [1.0, 2.0, 4.0, 60.0]
        >>> Pace().pause_s(3, chance=1.0)
        2.0
        """
        longest = min(self.most_s, self.first_s * 2.0 ** min(failures - 1, 30))
        return longest * (1 - chance / 2)


def is_busy(status: int | None) -> bool:
    """Whether a final status says that it may go better later."""
    return status in _BUSY


def is_lost(failure: DicomMoveError | None) -> bool:
    """Whether the archive was there, and the association broke."""
    return isinstance(failure, AssociationLost)


def is_absent(failure: DicomMoveError | None) -> bool:
    """Whether no archive was found that would talk to us now: nobody listens, or it takes nobody at the moment (PS3.8 9.3.4)."""
    if isinstance(failure, AssociationRejected):
        return failure.result == _REJECTED_TRANSIENT
    return isinstance(failure, PeerUnreachable)


def read_patience(given: object) -> float | None:
    """Read seconds, or a text such as ``"12h"``, ``"15 min"``, ``"2d"``; None waits without end.

    Raises
    ------
    QueryError
        It is neither.

    Examples
    --------
    >>> read_patience("12h"), read_patience("1.5 min"), read_patience("30")
    (43200.0, 90.0, 30.0)
    """
    if given is None:
        return None
    try:
        return seconds_of(given)
    except ValueError as error:
        raise QueryError(f"patience={given!r}: {error}") from None


def left_text(seconds: float) -> str:
    """Write how long is left, for people.

    Examples
    --------
    >>> left_text(750), left_text(43_200), left_text(float("inf"))
    ('12:30 left', '12:00:00 left', 'without end')
    """
    if math.isinf(seconds):
        return "without end"
    minutes, whole_seconds = divmod(math.ceil(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{whole_seconds:02} left" if hours else f"{minutes}:{whole_seconds:02} left"
