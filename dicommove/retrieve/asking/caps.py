"""Whether an answer was cut off: by what the archive says, by its own counts, or by a number that caps have.

Archives end a C-FIND after so many matches with plain success; few say so with a status Cancel that nobody asked for.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...query import own_values, text_of
from ...terms import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ...query import Step

    Match = Mapping[str, str]

__all__ = ["RELATED_COUNTS", "Caps", "Counted", "is_relational", "looks_cut_off"]

RELATED_COUNTS = {Level.SERIES: "NumberOfStudyRelatedSeries", Level.IMAGE: "NumberOfSeriesRelatedInstances"}
"""By level, what the answers of the level above say of how many there are (PS3.4 C.3.4)."""
_ROUND = 100
_ROUND_IMAGES = 500
"""A series of 100 or 200 images is nothing odd."""
_POWER = 256


@dataclass
class Counted:
    """How many matches there should be, by what the archive has answered so far."""

    _counts: dict[tuple[Level, str], int] = field(default_factory=dict)

    def learn(self, matches: Iterable[Match]) -> None:
        """Take in the related counts that matches carry; 0 is what archives say that do not count."""
        for level, keyword in RELATED_COUNTS.items():
            for match in matches:
                text, uid = match.get(keyword, "").strip("\0 "), match.get(level.above[-1].unique_key, "").strip("\0 ")
                if uid and text.isdecimal() and int(text):
                    self._counts[level, uid] = int(text)

    def exactly(self, step: Step) -> int | None:
        """How many matches a C-FIND has that asks for all there is below one study or series; None when nobody said."""
        if step.level not in RELATED_COUNTS:
            return None
        above = {level.unique_key for level in step.level.above}
        narrows = any(text.strip("* ") and not (len(key.path) == 1 and key.keyword in above) for key, text in step.question)
        return None if narrows else self._counts.get((step.level, text_of(step.question, step.level.above[-1].unique_key)))

    def fewer(self, step: Step, matches: Sequence[Match]) -> tuple[int, int] | None:
        """How many matches there are and how many are counted, where that is more: of the studies or series that they name."""
        if step.level not in RELATED_COUNTS or any(key.level >= step.level and text.strip("* ") for key, text in step.question):
            return None
        parent = step.level.above[-1].unique_key
        named = Counter(match.get(parent, "").strip("\0 ") or text_of(step.question, parent) for match in matches)
        if not matches:
            named[text_of(step.question, parent)] = 0
        counted = {uid: count for uid in named if (count := self._counts.get((step.level, uid))) and count > named[uid]}
        return (sum(named[uid] for uid in counted), sum(counted.values())) if counted else None

    def at_most(self, step: Step) -> int | None:
        """How many matches a C-FIND can have: as many as counted, or as the UIDs that it asks for."""
        return self.exactly(step) or own_values(step.question, step.level)


class Caps:
    """The caps that archives were found to have, for as long as the process lives; shared by its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, bool], set[int]] = {}

    def learn(self, archive: str, level: Level, number: int) -> None:
        """Remember that the archive cut an answer off after so many matches."""
        with self._lock:
            self._known.setdefault((archive, level is Level.IMAGE), set()).add(number)

    def has(self, archive: str, level: Level, number: int) -> bool:
        """Whether it did so before; a cap that was passed meanwhile is forgotten."""
        with self._lock:
            known = self._known.get((archive, level is Level.IMAGE), set())
            known -= {cap for cap in known if cap < number}
            return number in known


def is_relational(step: Step) -> bool:
    """Whether a C-FIND leaves the study open below STUDY level (PS3.4 C.4.1.2.2), and asks for no UIDs of its own level."""
    open_study = step.level > Level.STUDY and not text_of(step.question, Level.STUDY.unique_key)
    return open_study and own_values(step.question, step.level) is None


def looks_cut_off(level: Level, number: int) -> bool:
    """Whether caps are such numbers: whole hundreds and powers of two; of images, whole five hundreds.

    Examples
    --------
    >>> [number for number in (99, 100, 256, 300, 450) if looks_cut_off(Level.STUDY, number)], looks_cut_off(Level.IMAGE, 256)
    ([100, 256, 300], False)
    """
    if level is Level.IMAGE:
        return number > 0 and number % _ROUND_IMAGES == 0
    return number > 0 and (number % _ROUND == 0 or (number >= _POWER and not number & (number - 1)))
