"""How a gap is asked for again: in batches that are halved, level by level, round by round. A generator without I/O.

It yields a `Batch`, is sent what `Came` of it, and decides what is asked next; who waits, sends and counts is `retry`.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from ...terms import Level
from ..planning.requests import lists_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from ..asking.expectation import ExpectedInstance

    Asking = Generator["Batch", "Came", "Pass"]

__all__ = ["FRUITLESS", "LADDER", "PROBES", "Batch", "Came", "Verdict", "batches", "halves", "rounds"]

LADDER = (Level.IMAGE, Level.SERIES, Level.STUDY)
"""The levels, in the order in which they are tried: the first brings nothing but the gap."""
FRUITLESS = 16
"""Batches in a row that brought nothing: the rest of that series is left; where nothing came at all, the level is."""
PROBES = 4
"""Objects that are asked for alone before that: many bad ones that lie far apart spoil every large batch."""


class Verdict(Enum):
    """What the archive made of a batch."""

    ANSWERED = "it answered with success, a warning, or a failure that says nothing of the level"
    FAILED = "it answered with a failure"
    BUSY = "it was busy, whenever it was asked"
    LOST = "the association was lost"
    LEVEL_REFUSED = "it does not move at this level"
    STOP = "asking on is of no use, or the user asked to stop"


@dataclass(frozen=True, slots=True)
class Batch:
    """What one C-MOVE asks for again: of one study, and at IMAGE level of one series.

    Attributes
    ----------
    level : Level
        Query/Retrieve Level.
    wanted : tuple of ExpectedInstance
        What is missing; a coarser level brings more than that.
    attempt : int
        How often they are asked for with this one.
    """

    level: Level
    wanted: tuple[ExpectedInstance, ...]
    attempt: int = 2

    @property
    def group(self) -> str:
        """UID of the series that it is of, above IMAGE level of the study."""
        return self.wanted[0].series if self.level is Level.IMAGE else self.wanted[0].study

    @property
    def series(self) -> tuple[str, ...]:
        """The Series Instance UIDs of what is wanted."""
        return _listed(self.wanted, Level.SERIES)


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a batch.

    Attributes
    ----------
    missing : frozenset of str
        SOP Instance UIDs of the batch that are still not there.
    verdict : Verdict
    attempt : int
        The number of the last attempt: a busy archive is asked several times.
    """

    missing: frozenset[str]
    verdict: Verdict = Verdict.ANSWERED
    attempt: int = 2


@dataclass(slots=True)
class Pass:
    """What one level brought in one round, or all of them did."""

    level: Level = Level.IMAGE
    brought: int = 0
    asked: int = 0
    coarser: bool = False
    stopped: bool = False
    refused: frozenset[str] = frozenset()
    """Asked for alone and answered with a failure; or of a series of which nothing comes, where others come."""
    fruitless: Counter[str] = field(default_factory=Counter)
    """By series or study: batches in a row that brought nothing."""
    verdicts: set[Verdict] = field(default_factory=set)
    left_alone: set[str] = field(default_factory=set)
    """Series and studies of which single objects were asked for in vain too."""

    @property
    def hopeless(self) -> bool:
        """Nothing came at all, however often it was asked."""
        return not self.brought and self.fruitless.total() >= FRUITLESS

    def is_tired_of(self, batch: Batch) -> bool:
        """Whether its series, or the level, has brought nothing for too long."""
        return self.hopeless or self.fruitless[batch.group] >= FRUITLESS

    def take(self, left: dict[str, ExpectedInstance], batch: Batch, came: Came) -> int:
        """Take out what came; say how many that were."""
        there = [one.uid for one in batch.wanted if one.uid not in came.missing]
        for uid in there:
            left.pop(uid, None)
        self.brought += len(there)
        self.verdicts.add(came.verdict)
        self.stopped = came.verdict is Verdict.STOP
        self.fruitless[batch.group] = 0 if there else self.fruitless[batch.group] + 1
        alone = batch.level is Level.IMAGE and len(batch.wanted) == 1
        if alone and came.missing and came.verdict is Verdict.FAILED:
            self.refused |= came.missing
        return len(there)


def rounds(
    gap: Sequence[ExpectedInstance], *, levels: Sequence[Level] = LADDER, attempt: int = 2
) -> Generator[Batch, Came, None]:
    """Ask for a gap until it is closed, or a round brings nothing.

    What the archive refuses when it is asked for alone is not asked for in the next round.

    Parameters
    ----------
    gap : sequence of ExpectedInstance
    levels : sequence of Level
        The levels that the archive is not known to refuse, the finest first.
    attempt : int
        The number of the first attempt.

    Examples
    --------
    >>> from dicommove.retrieve.asking.expectation import ExpectedInstance
    >>> asking = rounds([ExpectedInstance(1, "1.2", "1.2.3", uid) for uid in ("1.2.3.1", "1.2.3.2", "1.2.3.3")])
    >>> [one.uid for one in next(asking).wanted]
    ['1.2.3.1', '1.2.3.2', '1.2.3.3']
    >>> [one.uid for one in asking.send(Came(frozenset({"1.2.3.2", "1.2.3.3"}), Verdict.FAILED)).wanted]  # the first came
    ['1.2.3.2']
    """
    left = {one.uid: one for one in gap}
    while left:
        one_round = yield from _round(left, levels, attempt)
        left = {uid: one for uid, one in left.items() if uid not in one_round.refused}
        if one_round.stopped or not one_round.brought:
            return
        levels, attempt = levels[levels.index(one_round.level) :], attempt + 1


def _round(left: dict[str, ExpectedInstance], levels: Sequence[Level], attempt: int) -> Asking:
    """Go down the ladder as far as the archive makes it necessary; what came is taken out of ``left``."""
    whole = Pass()
    for at in levels:
        one = yield from _pass(left, at, attempt)
        whole.level = at
        whole.brought += one.brought
        whole.refused |= one.refused
        whole.stopped = one.stopped
        if one.stopped or not (one.coarser and left):
            break
    return whole


def _pass(left: dict[str, ExpectedInstance], level: Level, attempt: int) -> Asking:
    done = Pass()
    # First in, first out: of two halves the good one soon shows that it is not the level which is refused.
    queue = deque(batches(left.values(), level, attempt))
    while queue and not done.stopped:
        batch = replace(queue[0], wanted=tuple(one for one in queue.popleft().wanted if one.uid in left))
        if not batch.wanted or batch.group in done.left_alone:
            continue
        came = yield batch
        done.take(left, batch, came)
        if done.is_tired_of(batch):
            yield from _probe(left, batch, done)
        if came.verdict is Verdict.LEVEL_REFUSED or done.hopeless:
            done.coarser = done.verdicts != {Verdict.BUSY}
            return done
        queue += halves(batch, came)
    if not done.stopped:
        _conclude(done, left, level)
    return done


def _probe(left: dict[str, ExpectedInstance], batch: Batch, done: Pass) -> Generator[Batch, Came, None]:
    """Ask for some of the rest alone, far apart, before it is left; one that comes shows that asking on is of use."""
    rest = [one for one in left.values() if (done.hopeless or one.series == batch.group) and one.uid not in done.refused]
    if batch.level is Level.IMAGE and done.verdicts != {Verdict.BUSY}:
        for one in rest[:: math.ceil(len(rest) / PROBES) if len(rest) > FRUITLESS else 1]:
            alone = replace(batch, wanted=(one,), attempt=batch.attempt + 1)
            if done.take(left, alone, (yield alone)) or done.stopped:
                done.fruitless.clear()
                return
    done.left_alone.add(batch.group)


def _conclude(done: Pass, left: dict[str, ExpectedInstance], level: Level) -> None:
    # One object that fails alone is the object's fault, and a coarser level would bring the rest again for nothing.
    done.refused |= {one.uid for one in left.values() if done.brought and one.series in done.left_alone}
    several = level is Level.SERIES or len(done.refused) > 1
    done.coarser = not done.brought and several and Verdict.FAILED in done.verdicts


def batches(gap: Iterable[ExpectedInstance], level: Level, attempt: int = 2) -> Iterator[Batch]:
    """Cut a gap into batches: one study each, at IMAGE level one series, lists of at most 300 UIDs (PS3.4 C.4.2.2.1).

    Parameters
    ----------
    gap : iterable of ExpectedInstance
    level : Level
        IMAGE, SERIES or STUDY.
    attempt : int
    """
    groups: dict[tuple[str, ...], dict[str, list[ExpectedInstance]]] = defaultdict(lambda: defaultdict(list))
    for one in gap:
        group = (one.study, one.series) if level is Level.IMAGE else (one.study,)
        groups[group][_unit(one, level)].append(one)
    for group_of in groups.values():
        for uids in lists_of(group_of):
            yield Batch(level, tuple(one for uid in uids for one in group_of[uid]), attempt)


def halves(batch: Batch, came: Came) -> Iterator[Batch]:
    """Cut what is left of a batch in two, down to one object, series or study.

    One of which something came, or that was not asked for alone before, is asked for once more.
    """
    rest = tuple(one for one in batch.wanted if one.uid in came.missing)
    after = replace(batch, wanted=rest, attempt=came.attempt + 1)
    listed = _listed(rest, batch.level)
    if len(listed) > 1:
        first = set(listed[: len(listed) // 2])
        for half in (True, False):
            yield replace(after, wanted=tuple(one for one in rest if (_unit(one, batch.level) in first) is half))
    elif rest and len(rest) < len(batch.wanted):
        yield after


def _listed(wanted: Iterable[ExpectedInstance], level: Level) -> tuple[str, ...]:
    """The UIDs of an Identifier at this level that asks for these."""
    return tuple(dict.fromkeys(_unit(one, level) for one in wanted))


def _unit(one: ExpectedInstance, level: Level) -> str:
    return {Level.IMAGE: one.uid, Level.SERIES: one.series}.get(level, one.study)
