"""Answers that an archive cut off are asked for in parts, without I/O: yields each C-FIND, is sent its reply.

Many archives end a C-FIND after so many matches with plain success. The question is divided by a key (`dividers`), each part
that is cut off as well is divided further, and all that was answered is merged. What a key divides leaves out what has no
value for it: these are in the answers of the undivided question, and where some of them may lack too, the next key is tried.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .dividers import dividers_for, text_of, with_text
from .identifier import build
from .walk import Step

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from ..terms import Level
    from .dividers import Divider
    from .identifier import Question
    from .walk import Match

__all__ = ["Reply", "SplitResult", "split"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the archive replied to one C-FIND.

    Attributes
    ----------
    matches : sequence of dict
        As they came.
    stopped : bool
        It ended with status Cancel (0xFE00), which nobody had asked for.
    refused : bool
        It ended with a failure status.
    """

    matches: Sequence[Match]
    stopped: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True)
class SplitResult:
    """What the parts brought together.

    Attributes
    ----------
    matches : tuple of dict
        Distinct ones, those of the first reply first.
    requests : int
        How many C-FINDs it took besides the first.
    whole : bool
        Nothing shows that there are more.
    cut : bool
        The first reply was cut off beyond doubt: the archive said so, or the parts brought more.
    divided_by : tuple of str
        Keywords that the question was divided by.
    """

    matches: tuple[Match, ...]
    requests: int
    whole: bool
    cut: bool
    divided_by: tuple[str, ...]


def split(step: Step, first: Reply, *, known: int | None = None, max_requests: int = 2000) -> Generator[Step, Reply, SplitResult]:
    """Ask again in parts for what one C-FIND may have left out.

    Parameters
    ----------
    step : Step
        The C-FIND.
    first : Reply
        Its reply, which looks cut off.
    known : int, optional
        How many matches there are by the archive's own count; no more is asked once they are found.
    max_requests : int
        Most C-FINDs besides the first; what is left out then is said by ``whole``.

    Examples
    --------
    >>> from dicommove.query import Query
    >>> from dicommove.terms import InformationModel
    >>> query = Query().studies().where(StudyDate="20240101-20240131").returning("StudyTime", "PatientName")
    >>> first = [{"StudyInstanceUID": "1.1", "StudyDate": "20240108"}, {"StudyInstanceUID": "1.2", "StudyDate": "20240120"}]
    >>> parts = split(next(query.walk(model=InformationModel.STUDY_ROOT)), Reply(first, stopped=True))
    >>> next(parts).identifier.StudyDate, parts.send(Reply(first[:1])).identifier.StudyDate
    ('20240101-20240108', '20240109-20240131')
    """
    splitting = _Splitting(step, first, known, max_requests)
    whole = yield from splitting.run()
    found = tuple(splitting.found.values())
    cut = first.stopped or len(found) > len(first.matches)
    return SplitResult(found, splitting.requests, whole, cut, tuple(splitting.divided_by))


@dataclass
class _Splitting:
    """The state of one split."""

    step: Step
    first: Reply
    known: int | None
    max_requests: int
    requests: int = 0
    found: dict[object, Match] = field(default_factory=dict)
    trail: list[object] = field(default_factory=list)
    """Unique keys in the order of the replies, as often as they came."""
    divided_by: dict[str, None] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)
    """Keywords by which this archive does not divide."""

    @property
    def level(self) -> Level:
        return self.step.level

    @property
    def complete(self) -> bool:
        return self.known is not None and len(self.found) >= self.known

    def run(self) -> Generator[Step, Reply, bool]:
        self._take(self.first)
        question, reply = self.step.question, self.first
        dividers = dividers_for(self.level, question)
        lacking = [one.keyword for one in dividers if all(key.keyword != one.keyword for key, _ in question)]
        for keyword in lacking:
            question = with_text(question, keyword, "")
        if lacking:  # the values to divide by were not asked back
            reply = yield self._next(question)
            self._take(reply)
        return (yield from self._divide(question, reply))

    def _divide(self, question: Question, reply: Reply, done: frozenset[str] = frozenset()) -> Generator[Step, Reply, bool]:
        """Ask in parts by the first key that serves, and by the next one for what has no value for it.

        What has a value for a key that is ``done`` was found by it already, so that only the rest is still looked for.
        """
        begun = len(self.trail)
        for divider in dividers_for(self.level, question):
            if divider.keyword in self.ignored | done or not self._is_its_turn(divider, question):
                continue
            parts = divider.parts(question, reply.matches)
            told = (yield from self._ask(divider, parts, done)) if parts else None
            if self.complete or told is False:
                return self.complete
            if told and self._is_settled(divider, reply, begun):
                return True
            done |= {divider.keyword} if told else set()
        return self.complete

    def _is_settled(self, divider: Divider, reply: Reply, begun: int) -> bool:
        """Whether whole parts are the whole: the reply only looked cut off, or nothing can lack that is in no part."""
        if not set(self.trail[begun:]) - {self._identity(match) for match in reply.matches}:
            return not reply.stopped  # an archive that says there is more, and has no more in any part, hides it elsewhere
        return divider.covers(reply.matches) and all(divider.tells(match) for match in reply.matches)

    def _is_its_turn(self, divider: Divider, question: Question) -> bool:
        """Times divide the studies of one day: of several days the same hours would be asked again and again."""
        if divider.after is None or divider.after in self.ignored:
            return True
        first, is_range, last = text_of(question, divider.after).partition("-")
        return bool(first) and (not is_range or first == last)

    def _ask(self, divider: Divider, parts: Sequence[Question], done: frozenset[str]) -> Generator[Step, Reply, bool | None]:
        """True when the parts are whole, False when some stay cut off, None when the archive does not look at this key."""
        whole = True
        for part in parts:
            if self.complete:
                break
            if self.requests >= self.max_requests:
                return False
            reply = yield self._next(part)
            self._take(reply)
            if reply.refused or _ignores(divider, part, reply):
                self.ignored.add(divider.keyword)
                return None
            self.divided_by[divider.keyword] = None
            if self._looks_cut_off(reply):
                whole = (yield from self._divide(part, reply, done)) and whole
        return whole

    def _looks_cut_off(self, reply: Reply) -> bool:
        """An archive that says so once says so always; of another, a part as large as the first reply is suspect."""
        return reply.stopped or (not self.first.stopped and len(reply.matches) >= len(self.first.matches))

    def _next(self, question: Question) -> Step:
        self.requests += 1
        return Step(self.level, build(self.level, question), self.requests, None, question)

    def _take(self, reply: Reply) -> None:
        for match in reply.matches:
            identity = self._identity(match)
            self.trail.append(identity)
            self.found.setdefault(identity, match)

    def _identity(self, match: Match) -> object:
        """The unique key; a match that lacks it equals only what is equal to it."""
        return match.get(self.level.unique_key, "").strip("\0 ") or tuple(sorted(match.items()))


def _ignores(divider: Divider, part: Question, reply: Reply) -> bool:
    """Whether the archive did not look at the key: an answer is outside the part, or none says where it is."""
    telling = [match for match in reply.matches if divider.tells(match)]
    return bool(reply.matches) and not (telling and all(divider.fits(part, match) for match in telling))
