"""How quickly the archive can send what it has: online first, nearline after it, and what is offline is not asked for. Pure.

Instance Availability (PS3.3 C.4.23.1.1): ONLINE is at hand, NEARLINE is brought from slower storage first (a tape library),
OFFLINE needs a person, UNAVAILABLE cannot be had at all. An archive that says nothing is taken at its best.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...terms import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Match = Mapping[str, str]

__all__ = ["AVAILABILITY", "Availability", "available", "is_not_asked", "not_asked_reason"]

AVAILABILITY = "InstanceAvailability"
"""Keyword that is asked back with the matches of every level."""
_NEARLINE = "NEARLINE"
_NOT_ASKED = ("OFFLINE", "UNAVAILABLE")
_REASON = "the archive says {}: not asked for"
_NAMES = {Level.STUDY: "studies", Level.SERIES: "series", Level.IMAGE: "instances"}


@dataclass(frozen=True, slots=True)
class Availability:
    """Matches by how quickly they can be had.

    Attributes
    ----------
    level : Level
        Of the matches.
    wanted : tuple of Mapping
        Those to ask for: the nearline ones last, else in the order in which they came.
    nearline : int
        How many of these are nearline.
    left : tuple of Mapping
        Those not to ask for: offline or unavailable.
    """

    level: Level
    wanted: tuple[Match, ...]
    nearline: int = 0
    left: tuple[Match, ...] = ()

    def words(self) -> list[str]:
        """Say it for a plan, with the next step; nothing when everything is at hand.

        Examples
        --------
        >>> available([{AVAILABILITY: "NEARLINE"}, {}], Level.STUDY).words()[0][:40]
        '1 of 2 studies are nearline: the archive'
        """
        of = f"of {len(self.wanted) + len(self.left)} {_NAMES[self.level]}"
        said = []
        if self.nearline:
            said.append(
                f"{self.nearline} {of} are nearline: the archive brings them from slower storage before it sends, so they are "
                "asked for last; silence= says for how many seconds it may be silent meanwhile"
            )
        if self.left:
            said.append(
                f"{len(self.left)} {of} are offline or unavailable and are not asked for: ask the administrator of the archive "
                "to bring them back, then run this again"
            )
        return said


def available(matches: Sequence[Match], level: Level) -> Availability:
    """Sort matches by what the archive says of them.

    Examples
    --------
    >>> studies = [{"n": "1", AVAILABILITY: "NEARLINE"}, {"n": "2", AVAILABILITY: "OFFLINE"}, {"n": "3"}]
    >>> sorted_ = available(studies, Level.STUDY)
    >>> [match["n"] for match in sorted_.wanted], [match["n"] for match in sorted_.left]
    (['3', '1'], ['2'])
    """
    left = tuple(match for match in matches if _said(match) in _NOT_ASKED)
    late = [match for match in matches if _said(match) == _NEARLINE]
    first = _others(matches, (_NEARLINE, *_NOT_ASKED))
    return Availability(level, (*first, *late), len(late), left)


def not_asked_reason(match: Match) -> str:
    """Say why a match is not asked for.

    Examples
    --------
    >>> not_asked_reason({AVAILABILITY: "OFFLINE"})
    'the archive says OFFLINE: not asked for'
    """
    return _REASON.format(_said(match))


def is_not_asked(reason: str) -> bool:
    """Whether a reason is one of `not_asked_reason`.

    Examples
    --------
    >>> is_not_asked(not_asked_reason({AVAILABILITY: "UNAVAILABLE"})), is_not_asked("the archive has no match")
    (True, False)
    """
    return any(reason == _REASON.format(said) for said in _NOT_ASKED)


def _said(match: Match) -> str:
    return match.get(AVAILABILITY, "").strip("\0 ").upper()


def _others(matches: Iterable[Match], but: tuple[str, ...]) -> list[Match]:
    return [match for match in matches if _said(match) not in but]
