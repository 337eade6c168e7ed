"""A query as a walk of C-FINDs, without I/O: it yields an Identifier and is sent the matches (PS3.4 C.4.1.2, C.4.1.3).

Answers come from the wire: what does not belong to the question, or cannot be asked further with, is dropped and counted.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import QueryError
from ..terms import InformationModel, Level, uid_problem
from .agreement import Verdict, verdict
from .identifier import asked, build, combinations, unique
from .keys import return_key
from .rules import level_of
from .stages import Stage, plan

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from pydicom.dataset import Dataset

    from .chain import Chain
    from .identifier import Asked, Question
    from .keys import Key

__all__ = ["Match", "Step", "WalkResult", "known_rows", "walk"]

Match = dict[str, str]
"""One match of a C-FIND: keyword to text as it came, values joined by a backslash; what was not answered is not in it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One C-FIND to be sent.

    Attributes
    ----------
    level : Level
        Its Query/Retrieve Level.
    identifier : pydicom.dataset.Dataset
        What to send.
    number : int
        Counts the C-FINDs of this walk, from 1.
    of : int or None
        How many there will be; None while that depends on answers that are still to come.
    question : tuple
        The keys that the Identifier was built from, each with the one text that is sent for it.
    """

    level: Level
    identifier: Dataset
    number: int
    of: int | None
    question: Question = ()


@dataclass(frozen=True, slots=True)
class WalkResult:
    """What a walk found.

    Attributes
    ----------
    matches : tuple of dict
        Distinct matches of the query's own level, in order of arrival, with what the levels above answered.
    requests : int
        How many C-FINDs it took.
    dropped : int
        Answers that contradicted the question, or had no unique key to go on with.
    contradicted : dict
        Of these, how many contradicted each key.
    unverified : dict
        By key, how many answers were taken although the key was not in them: the archive may have ignored it.
    doubtful : int
        How many answers that is in all.
    """

    matches: tuple[Match, ...]
    requests: int
    dropped: int = 0
    contradicted: dict[str, int] = field(default_factory=dict)
    unverified: dict[str, int] = field(default_factory=dict)
    doubtful: int = 0


@dataclass(slots=True)
class _Tally:
    """Counts of a running walk."""

    max_requests: int
    requests: int = 0
    dropped: int = 0
    contradicted: Counter[str] = field(default_factory=Counter)
    unverified: Counter[str] = field(default_factory=Counter)
    doubtful: int = 0

    def agrees(self, match: Match, some: Iterable[Asked]) -> bool:
        """Compare a match again with what was asked: an archive may ignore a key (PS3.4 C.2.2.2)."""
        verdicts = {key.label: verdict(key.path, key.vr, text, match) for key, text in some}
        against = next((label for label, said in verdicts.items() if said is Verdict.CONTRADICTS), None)
        if against is not None:
            self.dropped += 1
            self.contradicted[against] += 1
            return False
        untold = [label for label, said in verdicts.items() if said is Verdict.UNVERIFIED]
        self.unverified.update(untold)
        self.doubtful += bool(untold)
        return True

    def book(self, more: int, level: Level) -> int:
        """Refuse before the first of them is sent, so that nothing is asked in vain."""
        total = self.requests + more
        if total > self.max_requests:
            raise QueryError(
                f"this needs {more} C-FINDs at {level} level after {self.requests}, more than max_requests={self.max_requests}: "
                f"narrow it above that level (StudyDate=between(...), PatientID=...), or set max_requests higher"
            )
        return total


def walk(
    chain: Chain,
    *,
    model: InformationModel,
    relational: bool = False,
    extra_return: Iterable[str] = (),
    max_requests: int = 2000,
) -> Generator[Step, Sequence[Match], WalkResult]:
    """Walk through the levels; see `Query.walk`."""
    extra = [return_key(name, chain.level) for name in extra_return if (level_of(name) or chain.level) <= chain.level]
    returned = tuple({key.path: key for key in (*chain.returned, *extra)}.values())
    planned = plan(chain, model, returned, relational=relational)
    asking = [stage for _, stages in planned for stage in stages if stage.asks]
    tally = _Tally(max_requests)
    rows: list[Match] = [{}]
    for leg, stages in planned:
        if leg.start is not None:
            rows = _distinct(rows, leg.start, model, _columns(chain, returned, leg.start), tally)
        for stage in stages:
            rows = (yield from _ask(stage, rows, tally, is_last=stage is asking[-1])) if stage.asks else known_rows(stage, rows)
    return WalkResult(
        tuple(rows), tally.requests, tally.dropped, dict(tally.contradicted), dict(tally.unverified), tally.doubtful
    )


def known_rows(stage: Stage, rows: Iterable[Match]) -> list[Match]:
    """Multiply rows by the unique keys that are known exactly: no C-FIND is needed for them."""
    keyword = stage.level.unique_key
    return [{**row, keyword: text} for row in rows for key in stage.keys for text in key.values]


def _ask(stage: Stage, rows: list[Match], tally: _Tally, *, is_last: bool) -> Generator[Step, Sequence[Match], list[Match]]:
    usable = [row for row in rows if all(_can_carry(level, row.get(level.unique_key, "")) for level in stage.carried)]
    tally.dropped += len(rows) - len(usable)
    asked_for = combinations(stage.keys)
    total = tally.book(len(usable) * len(asked_for), stage.level)
    found: dict[tuple[str, ...], Match] = {}
    for row in usable:
        carried = tuple((unique(level), row[level.unique_key]) for level in stage.carried)
        for some in asked_for:
            tally.requests += 1
            question = (*asked(stage.returned), *carried, *some)
            identifier = build(stage.level, question)
            matches = yield Step(stage.level, identifier, tally.requests, total if is_last else None, question)
            _merge(found, stage, row, [match for match in matches if tally.agrees(match, some)], tally)
    return list(found.values())


def _merge(found: dict[tuple[str, ...], Match], stage: Stage, row: Match, matches: Sequence[Match], tally: _Tally) -> None:
    above = [level.unique_key for level in stage.carried]
    for match in matches:
        if any(_plain(match.get(keyword, "")) not in {"", _plain(row[keyword])} for keyword in above):
            tally.dropped += 1
            continue
        answered = {keyword: text for keyword, text in match.items() if text or keyword not in row}
        merged = {**row, **answered, **{keyword: row[keyword] for keyword in above}}
        own = _plain(merged.get(stage.level.unique_key, ""))
        # a match without its unique key equals no other, so it is kept under a number of its own
        identity = (*(row[keyword] for keyword in above), own) if own else ("", str(len(found)), *above, "")
        found.setdefault(identity, merged)


def _distinct(rows: list[Match], level: Level, model: InformationModel, columns: set[str], tally: _Tally) -> list[Match]:
    keywords = [above.unique_key for above in level.up_to if above in model.levels or above is level]
    found: dict[tuple[str, ...], Match] = {}
    for row in rows:
        identity = tuple(_plain(row.get(keyword, "")) for keyword in keywords)
        if not all(identity):
            tally.dropped += 1
            continue
        found.setdefault(identity, {keyword: text for keyword, text in row.items() if keyword in columns})
    return list(found.values())


def _columns(chain: Chain, returned: Iterable[Key], level: Level) -> set[str]:
    names = {key.keyword for key in (*chain.keys, *returned) if key.level <= level}
    return names | {above.unique_key for above in level.up_to}


def _can_carry(level: Level, text: str) -> bool:
    """Whether an answered unique key can be asked with: exactly one value, and no character that would match others."""
    plain = _plain(text)
    if level is not Level.PATIENT:
        return uid_problem(plain) is None
    return bool(plain) and not any(character in "*?\\" or unicodedata.category(character) in {"Cc", "Cs"} for character in plain)


def _plain(text: str) -> str:
    return text.strip("\0 ")
