"""What the archive answered to one query, as a value, and what is doubtful about it, in words."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ... import frames
from ...errors import AnswersWarning, QueryError
from ...terms import Level, uid_problem
from .caps import RELATED_COUNTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

    from ...query import SplitResult, WalkResult
    from ...terms import InformationModel

    Match = Mapping[str, str]

__all__ = ["Answers", "cut_off_words", "dropped_words", "fewer_words", "limit_words", "split_words", "unverified_words"]

_OTHER_WAYS = {
    "ModalitiesInStudy": "ask at SERIES level, .series().where(Modality=...), which every archive matches on",
    "SOPClassesInStudy": "ask at SERIES level, .series().where(Modality=...), which every archive matches on",
}
_ANY_OTHER_WAY = "leave that key out and narrow by another (PatientID, StudyDate and Modality are matched by every archive)"


@dataclass(frozen=True, slots=True)
class Answers:
    """What the archive answered to one query.

    Attributes
    ----------
    level : Level
        Query/Retrieve Level of the matches.
    model : InformationModel
        The model that was used.
    matches : tuple of Mapping
        Keyword to text, distinct by the unique keys.
    columns : tuple of str
        Keywords asked for, in order.
    requests : int
        How many C-FINDs it took.
    doubts : tuple of str
        What is doubtful about them, in words.
    truncated : bool
        They look cut off, and asking in parts did not settle it.
    cut_off : bool
        They are cut off beyond doubt: the archive says so, counts more than it answered, or had more when asked in parts.
    dropped : int
        Answers that contradict the question, or cannot be asked further with.
    unverified : Mapping
        By key, how many answers were taken although they do not hold it: the archive may have ignored it.
    doubtful : int
        How many answers that is in all.
    """

    level: Level
    model: InformationModel
    matches: tuple[Match, ...]
    columns: tuple[str, ...]
    requests: int
    doubts: tuple[str, ...] = ()
    truncated: bool = False
    cut_off: bool = False
    dropped: int = 0
    unverified: Mapping[str, int] = field(default_factory=dict)
    doubtful: int = 0

    def frame(self) -> pd.DataFrame:
        """One row per match; ``attrs`` repeats the doubts for convenience."""
        frame = frames.build(dict.fromkeys(self.columns, "attribute"), self.matches)
        frame.attrs = {"truncated": self.truncated, "dropped": self.dropped, "unverified": self.doubtful}
        return frame

    @property
    def named(self) -> tuple[Match, ...]:
        """Matches with the UIDs of their level and of all above that a C-MOVE needs (PS3.4 C.4.2.2.1); the rest names nothing."""
        needed = [part.unique_key for part in self.level.up_to if part is not Level.PATIENT]
        return tuple(match for match in self.matches if all(uid_problem(match.get(key, "")) is None for key in needed))

    def unnamed_words(self) -> list[str]:
        """Say how many matches are left out of a move for want of a UID."""
        unnamed = len(self.matches) - len(self.named)
        why = "without a UID that could be asked for: the archive is at fault, and the move leaves them out"
        return [f"{unnamed} {self.level} match{'es' * (unnamed != 1)} {why}"] if unnamed else []

    def warn(self, stacklevel: int = 3) -> None:
        """Warn of what is doubtful about these answers."""
        for doubt in self.doubts:
            warnings.warn(doubt, AnswersWarning, stacklevel=stacklevel)

    def require_verified(self) -> None:
        """Refuse to build a move on answers that may not be what was asked for.

        Raises
        ------
        QueryError
            Some do not hold a key that was asked for; it names the key and the ways out.
        """
        if not self.unverified:
            return
        name = max(self.unverified, key=lambda keyword: self.unverified[keyword])
        raise QueryError(
            f"{self.doubtful} answers do not hold {', '.join(self.unverified)}, so nobody can tell whether they match it: this "
            f"archive may ignore that key, and what it was not asked for would be moved. Nothing was moved. Either "
            f"{_OTHER_WAYS.get(name, _ANY_OTHER_WAY)}; or, if you trust the answers, give unverified='accept'."
        )


def cut_off_words(level: Level, number: int, status: int | None) -> str:
    """Say of one answer that it looks cut off; ``status`` is the one that says so, None when only the number does."""
    if status is not None:
        return f"the archive stopped after {number} {level} matches (0x{status:04X}): narrow the query, by date for instance"
    return f"exactly {number} {level} matches: the archive may cut its answers off there; narrow the query to be sure"


def limit_words(level: Level, number: int) -> str:
    """Say that an archive answered more than is kept, so that it was told to stop."""
    return f"the archive was told to stop after {number} {level} matches: more are not kept of one question; narrow the query"


def split_words(level: Level, number: int, result: SplitResult) -> str:
    """Say that asking in parts did not settle whether these are all."""
    keys = ", ".join(result.divided_by)
    return (
        f"the archive cuts its answers off at {number} {level} matches: asked again in parts by {keys} it has at least "
        f"{len(result.matches)}, and there may be more ({result.requests} more C-FINDs were sent); narrow the query to be sure"
    )


def fewer_words(fewer: Iterable[tuple[Level, int, int]]) -> Iterator[str]:
    """Say where fewer matches were found than the archive itself counts: (level, found, counted) of each C-FIND."""
    totals: dict[Level, tuple[int, int]] = {}
    for level, found, counted in fewer:
        before = totals.get(level, (0, 0))
        totals[level] = before[0] + found, before[1] + counted
    for level, (found, counted) in totals.items():
        yield f"{found} {level} matches where {RELATED_COUNTS[level]} says {counted}"


def dropped_words(result: WalkResult) -> list[str]:
    """Say what was no match although the archive answered it, by keyword."""
    said = [f"{number} answers contradict {label} and were dropped" for label, number in result.contradicted.items()]
    rest = result.dropped - sum(result.contradicted.values())
    return [*said, f"{rest} answers name another parent or lack a unique key, and were dropped"] if rest else said


def unverified_words(result: WalkResult) -> list[str]:
    """Say which keys could not be compared with the answers, by keyword."""
    return [
        f"{number} answers do not hold {label}: the archive may ignore that key, so they may not match it"
        for label, number in result.unverified.items()
    ]
