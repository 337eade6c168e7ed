"""Keys by which one question can be asked in parts: dates and times by halves, IDs and names by their beginning. Pure.

Each divider gives questions that together cover what the question covers, apart from what has no value for its key.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..terms import Level
from .agreement import Verdict, verdict
from .attributes import attribute_of_keyword
from .identifier import unique
from .keys import return_key
from .spans import DAYS, SECONDS, cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .identifier import Question
    from .spans import Scale
    from .walk import Match

__all__ = ["Divider", "dividers_for", "own_values", "text_of", "with_text"]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ID_CHARACTERS = "0123456789" + _LETTERS + " -./"
"""Without ``_``: archives that search by SQL take it for any character (Orthanc 1.10 does); where it was answered it is asked."""
_NAME_CHARACTERS = _LETTERS + "0123456789^ -'."
_NOT_ASKED = frozenset("*?\\=")
_LONGEST_PREFIX = 16
_MODALITIES = (
    *("CT", "MR", "CR", "DX", "MG", "US", "XA", "RF", "PT", "NM", "OT", "SC", "SR", "PR", "KO", "SEG", "REG", "FID", "DOC"),
    *("RTIMAGE", "RTSTRUCT", "RTPLAN", "RTDOSE", "RTRECORD", "ECG", "ES", "GM", "SM", "OP", "OPT", "PX", "IO", "XC", "BMD"),
)
_SERIES_NUMBERS = range(1, 101)
_AROUND = 10


class Divider(Protocol):
    """A key that divides a question."""

    @property
    def keyword(self) -> str:
        """The key."""

    @property
    def after(self) -> str | None:
        """Keyword that must be down to one value before this one is worth asking by; None for none."""

    def parts(self, question: Question, matches: Sequence[Match]) -> list[Question]:
        """Questions that cover this one, by what its answers have shown; empty when the key cannot divide it further."""

    def covers(self, matches: Iterable[Match]) -> bool:
        """Whether the parts hold every value there can be, by those that were seen."""

    def tells(self, match: Match) -> bool:
        """Whether an answer has a value for the key: what has none is in no part."""

    def fits(self, question: Question, match: Match) -> bool:
        """Whether an answer that has a value lies within a part."""


@dataclass(frozen=True)
class _ByRange:
    """Halves a range of dates or times where half of what was answered lies on either side."""

    keyword: str
    scale: Scale
    after: str | None = None

    def parts(self, question: Question, matches: Sequence[Match]) -> list[Question]:
        ends = self.scale.read_range(text_of(question, self.keyword))
        if ends is None:
            return []
        seen = sorted(number for match in matches if (number := self._number(match)) is not None)
        place = cut(*ends, [number for number in seen if (ends[0] or 0) <= number and (ends[1] is None or number <= ends[1])])
        if place is None:
            return []
        texts = self.scale.range_text(ends[0], place), self.scale.range_text(place + 1, ends[1])
        return [with_text(question, self.keyword, text) for text in texts]

    def covers(self, matches: Iterable[Match]) -> bool:  # noqa: ARG002 - two halves are the whole, whatever was seen
        return True

    def tells(self, match: Match) -> bool:
        return self._number(match) is not None

    def fits(self, question: Question, match: Match) -> bool:
        return _agrees(self.keyword, question, match)

    def _number(self, match: Match) -> int | None:
        return self.scale.read(match.get(self.keyword, ""))


@dataclass(frozen=True)
class _ByBeginning:
    """Lets the beginning of a text grow by a character; case is left to the archive."""

    keyword: str
    characters: str
    after: str | None = None

    def parts(self, question: Question, matches: Sequence[Match]) -> list[Question]:
        text = text_of(question, self.keyword)
        beginning = text.removesuffix("*")
        seen = {value for match in matches if (value := self._value(match)) and _begins(value, beginning)}
        if (text and beginning == text) or _NOT_ASKED & set(beginning) or len(beginning) >= _LONGEST_PREFIX or not seen:
            return []
        alone = [beginning] if beginning and beginning[-1] not in "^ " else []  # there they are not significant
        texts = [*alone, *(f"{beginning}{character}*" for character in self._next(seen, len(beginning)))]
        return [with_text(question, self.keyword, text) for text in texts]

    def covers(self, matches: Iterable[Match]) -> bool:
        return all(self._value(match).isascii() for match in matches)

    def tells(self, match: Match) -> bool:
        return bool(self._value(match))

    def fits(self, question: Question, match: Match) -> bool:
        return _begins(self._value(match), text_of(question, self.keyword).removesuffix("*"))

    def _value(self, match: Match) -> str:
        return match.get(self.keyword, "").split("=")[0].strip("\0 ")

    def _next(self, seen: Iterable[str], place: int) -> list[str]:
        found = {value[place] for value in seen if len(value) > place}
        lower = _LETTERS.lower() if any(value != value.upper() for value in seen) else ""
        every = dict.fromkeys([*sorted(found), *self.characters, *lower])
        never = _NOT_ASKED | ({" "} if not place else set())  # at the beginning a space is not significant
        return [character for character in every if character not in never and unicodedata.category(character)[0] != "C"]


@dataclass(frozen=True)
class _ByValue:
    """Asks for each value by itself: those that were answered, then the usual ones."""

    keyword: str
    usual: tuple[str, ...]
    around: int = 0
    after: str | None = None

    def parts(self, question: Question, matches: Sequence[Match]) -> list[Question]:
        if text_of(question, self.keyword):
            return []
        seen = dict.fromkeys(value for match in matches if (value := _plain(match, self.keyword)))
        near = [str(int(value) + step) for value in seen if value.isdecimal() for step in range(1, self.around + 1)]
        return [with_text(question, self.keyword, value) for value in dict.fromkeys([*seen, *self.usual, *near])]

    def covers(self, matches: Iterable[Match]) -> bool:  # noqa: ARG002 - there may always be a value that nobody thought of
        return False

    def tells(self, match: Match) -> bool:
        return bool(_plain(match, self.keyword))

    def fits(self, question: Question, match: Match) -> bool:
        return _agrees(self.keyword, question, match)


@dataclass(frozen=True)
class _ByList:
    """Halves a list of UIDs."""

    keyword: str
    after: str | None = None

    def parts(self, question: Question, matches: Sequence[Match]) -> list[Question]:  # noqa: ARG002 - the list says it all
        uids = text_of(question, self.keyword).split("\\")
        half = len(uids) // 2
        texts = ["\\".join(uids[:half]), "\\".join(uids[half:])] if half else []
        return [with_text(question, self.keyword, text) for text in texts]

    def covers(self, matches: Iterable[Match]) -> bool:  # noqa: ARG002 - two halves are the whole, whatever was seen
        return True

    def tells(self, match: Match) -> bool:
        return bool(_plain(match, self.keyword))

    def fits(self, question: Question, match: Match) -> bool:
        return _plain(match, self.keyword) in text_of(question, self.keyword).split("\\")


_OF_STUDIES: tuple[Divider, ...] = (
    _ByRange("StudyDate", DAYS),
    _ByRange("StudyTime", SECONDS, after="StudyDate"),
    _ByBeginning("PatientID", _ID_CHARACTERS),
    _ByBeginning("PatientName", _NAME_CHARACTERS),
)
_OF_SERIES: tuple[Divider, ...] = (
    _ByValue("Modality", tuple(_MODALITIES)),
    _ByValue("SeriesNumber", tuple(map(str, (*_SERIES_NUMBERS, 0))), around=_AROUND),
)


def dividers_for(level: Level, question: Question) -> tuple[Divider, ...]:
    """The keys that may divide a question of a level, in the order in which they are tried.

    Within one series nothing divides but the Instance Number, one C-FIND an instance: there the counts must do.
    """
    own = unique(level).keyword
    if "\\" in text_of(question, own):
        return (_ByList(own),)
    in_one_study = bool(text_of(question, unique(Level.STUDY).keyword))
    if level is Level.PATIENT or not in_one_study:
        every = _OF_STUDIES[2:] if level is Level.PATIENT else _OF_STUDIES
        exact = text_of(question, "PatientID")
        of_one = exact and not {"*", "?"} & set(exact)
        return tuple(one for one in every if not (of_one and isinstance(one, _ByBeginning)))
    return _OF_SERIES if level is Level.SERIES else ()


def text_of(question: Question, keyword: str) -> str:
    """What is asked for an attribute outside sequences; empty when nothing or everything is.

    Examples
    --------
    >>> from dicommove.query.keys import return_key
    >>> text_of(((return_key("StudyDate", Level.STUDY), "20240101-"),), "StudyDate")
    '20240101-'
    """
    text = next((text for key, text in question if len(key.path) == 1 and key.keyword == keyword), "")
    return "" if set(text.strip()) <= {"*"} else text.strip()


def with_text(question: Question, keyword: str, text: str) -> Question:
    """The same question with another text for an attribute."""
    asked = {key.path: (key, old) for key, old in question}
    key = return_key(keyword, Level.IMAGE)
    return tuple({**asked, key.path: (key, text)}.values())


def own_values(question: Question, level: Level) -> int | None:
    """How many matches there can be at most: as many as UIDs of the level are asked for; None when it is open."""
    text = text_of(question, unique(level).keyword)
    return None if not text or {"*", "?"} & set(text) else text.count("\\") + 1


def _agrees(keyword: str, question: Question, match: Match) -> bool:
    attribute = attribute_of_keyword(keyword)
    return verdict((attribute.tag,), attribute.vr, text_of(question, keyword), match) is Verdict.AGREES


def _plain(match: Match, keyword: str) -> str:
    return match.get(keyword, "").strip("\0 ")


def _begins(value: str, beginning: str) -> bool:
    return value.casefold().startswith(beginning.casefold())
