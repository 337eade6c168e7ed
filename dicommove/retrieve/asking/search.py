"""Searches: drives the walk of a query over one association; asks in parts where an answer was cut off, and tells the doubts."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Self

from ...errors import AnswersWarning, QueryError, SearchRefused
from ...net import Association, FindOptions, find, open_association
from ...query import Reply, split
from ...terms import InformationModel, StatusCategory, status_category, status_meaning
from ..running.trail import query_begins
from .answers import Answers, cut_off_words, dropped_words, fewer_words, limit_words, split_words, unverified_words
from .caps import Caps, Counted, is_relational, looks_cut_off

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from threading import Event

    from ...entities import Remote
    from ...net import FindAnswer
    from ...query import Query, SplitResult, Step, WalkResult
    from ...terms import Level

    Match = dict[str, str]

__all__ = ["CAPS", "Searcher", "Split", "ask"]

Split = Literal["auto"] | None
CAPS = Caps()
"""What this process has learnt of the archives."""


@dataclass
class _Asked:
    """What is noted while one query is asked."""

    more: int = 0
    """C-FINDs that asked in parts."""
    doubts: dict[str, None] = field(default_factory=dict)
    truncated: bool = False
    cut_off: bool = False
    fewer: list[tuple[Level, int, int]] = field(default_factory=list)
    level_by_level: bool = False
    """Whether a relational query was cut off: only level by level it can be asked in parts."""

    def doubt(self, text: str, *, cut_off: bool) -> None:
        self.doubts[text] = None
        self.truncated = True
        self.cut_off |= cut_off

    def conclude(self, result: WalkResult) -> None:
        """Put what is known at the end of the walk into words."""
        for text in fewer_words(self.fewer):
            self.doubt(text, cut_off=True)
        self.doubts.update(dict.fromkeys([*dropped_words(result), *unverified_words(result)]))


@dataclass
class Searcher:
    """One association with the archive, over which any number of queries go; a context manager.

    Parameters
    ----------
    remote : Remote
        The archive.
    on_request : callable, optional
        Called with (number, of) before each C-FIND; ``of`` is None when unknown.
    max_requests : int
        How many C-FINDs one query may take.
    cancel : threading.Event, optional
        When it is set, a running C-FIND is cancelled.
    split : {"auto", None}
        Whether answers that look cut off are asked for in parts.
    """

    remote: Remote
    on_request: Callable[[int, int | None], None] | None = None
    max_requests: int = 2000
    cancel: Event | None = None
    split: Split = "auto"
    doubts: dict[str, None] = field(default_factory=dict, init=False)
    """What was doubtful about any of its answers, in words."""
    cut_off: bool = field(default=False, init=False)
    requests: int = field(default=0, init=False)
    model: InformationModel | None = field(default=None, init=False)
    """Of the last query."""
    _counted: Counted = field(default_factory=Counted, init=False)
    _association: Association | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._association is not None:
            self._association.release()
            self._association = None

    def answers(self, query: Query, *, extra: Sequence[str] = (), aside: bool = False) -> Answers:
        """Ask the archive.

        Parameters
        ----------
        query : Query
            What to ask.
        extra : sequence of str
            Keywords to ask back at the query's own level, beside those of the query.
        aside : bool
            The answers only say what to expect: what is doubtful about them is judged by the caller, and not remembered.

        Raises
        ------
        QueryError
            It would take more than ``max_requests`` C-FINDs.
        SearchRefused
            The archive answered with a failure status.
        AssociationError
            In one of its four forms.
        """
        if self._association is None:
            query_begins(self.remote, query)
        self.model = model = self._model_for(query)
        asked, result = self._asked(query, model, extra)
        asked.conclude(result)
        if not aside:
            self.doubts.update(asked.doubts)
            self.cut_off = self.cut_off or asked.cut_off
        self.requests += result.requests + asked.more
        return Answers(
            query.level,
            model,
            result.matches,
            query.columns(),
            result.requests + asked.more,
            doubts=tuple(asked.doubts),
            truncated=asked.truncated,
            cut_off=asked.cut_off,
            dropped=result.dropped,
            unverified=result.unverified,
            doubtful=result.doubtful,
        )

    @property
    def relational(self) -> bool:
        """Whether the archive agreed to relational queries in Study Root."""
        return self._opened().relational(InformationModel.STUDY_ROOT.find_uid)

    @property
    def needs_patient(self) -> bool:
        """Whether every query must begin at a patient: the archive does not answer in Study Root."""
        return not self._opened().accepted(InformationModel.STUDY_ROOT.find_uid)

    def warn(self, stacklevel: int = 3) -> None:
        """Warn of what was doubtful about the answers so far."""
        for doubt in self.doubts:
            warnings.warn(doubt, AnswersWarning, stacklevel=stacklevel)

    def _asked(self, query: Query, model: InformationModel, extra: Sequence[str]) -> tuple[_Asked, WalkResult]:
        """Walk by relational queries where these were agreed, and level by level where one of them was cut off."""
        asked = _Asked()
        result = self._walked(query, model, extra, asked, relational=self._opened().relational(model.find_uid))
        if not (asked.level_by_level and self.split):
            return asked, result
        again = _Asked(more=asked.more + result.requests)
        try:
            return again, self._walked(query, model, extra, again, relational=False)
        except QueryError:  # too many C-FINDs for that: what the relational query brought is kept, with the doubt
            asked.more = again.more
            return asked, result

    def _walked(
        self, query: Query, model: InformationModel, extra: Sequence[str], asked: _Asked, *, relational: bool
    ) -> WalkResult:
        walk = query.walk(model=model, relational=relational, extra_return=extra, max_requests=self.max_requests)
        try:
            step = next(walk)
            while True:
                step = walk.send(self._matches(step, model, asked))
        except StopIteration as ended:
            result: WalkResult = ended.value
            return result

    def _matches(self, step: Step, model: InformationModel, asked: _Asked) -> Sequence[Match]:
        """The matches of one C-FIND, those that a cut-off answer left out among them where they can be had."""
        answer = self._ask(step, model, asked)
        matches: Sequence[Match] = answer.matches
        self._counted.learn(matches)
        if self._is_doubtful(step, answer):
            matches = self._settled(step, answer, model, asked)
        if fewer := self._counted.fewer(step, matches):
            asked.fewer.append((step.level, *fewer))
        return matches

    def _is_doubtful(self, step: Step, answer: FindAnswer) -> bool:
        number, at_most = len(answer.matches), self._counted.at_most(step)
        if answer.cancelled_by == "limit":
            return True
        if at_most is not None and number >= at_most:
            return False
        if answer.category is StatusCategory.CANCEL or self._counted.fewer(step, answer.matches):
            return True
        return CAPS.has(self.remote.address, step.level, number) or looks_cut_off(step.level, number)

    def _settled(self, step: Step, answer: FindAnswer, model: InformationModel, asked: _Asked) -> Sequence[Match]:
        """Ask in parts, and note what stays in doubt."""
        number, stopped = len(answer.matches), answer.category is StatusCategory.CANCEL
        asked.level_by_level |= (relational := is_relational(step))
        splits = self.split and answer.cancelled_by is None and not relational
        result = self._in_parts(step, answer, model, asked) if splits else None
        if result is not None and result.cut and not stopped:
            CAPS.learn(self.remote.address, step.level, number)
        if answer.cancelled_by == "limit":
            asked.doubt(limit_words(step.level, number), cut_off=True)
        elif result is None or (not result.whole and not result.divided_by):
            said_so = stopped or looks_cut_off(step.level, number)  # else the counts say it, in their own words
            if said_so:
                asked.doubt(cut_off_words(step.level, number, answer.status if stopped else None), cut_off=stopped)
        elif not result.whole and (result.cut or self._counted.exactly(step) is None):
            asked.doubt(split_words(step.level, number, result), cut_off=result.cut)
        return answer.matches if result is None else result.matches

    def _in_parts(self, step: Step, answer: FindAnswer, model: InformationModel, asked: _Asked) -> SplitResult:
        first = Reply(answer.matches, answer.category is StatusCategory.CANCEL)
        most = max(0, self.max_requests - step.number - asked.more)
        parts = split(step, first, known=self._counted.at_most(step), max_requests=most)
        try:
            part = next(parts)
            while True:
                asked.more += 1
                part = parts.send(self._reply(part, model, asked))
        except StopIteration as ended:
            result: SplitResult = ended.value
            return result

    def _reply(self, part: Step, model: InformationModel, asked: _Asked) -> Reply:
        try:
            answer = self._ask(part, model, asked)
        except SearchRefused:  # of a part only: this archive does not take such a key
            return Reply((), refused=True)
        self._counted.learn(answer.matches)
        return Reply(answer.matches, answer.category is StatusCategory.CANCEL)

    def _ask(self, step: Step, model: InformationModel, asked: _Asked) -> FindAnswer:
        if self.on_request is not None:
            self.on_request(step.number + asked.more, None if asked.more else step.of)
        answer = find(self._opened(), step.identifier, model, cancel=self.cancel)
        if status_category(answer.status) in (StatusCategory.FAILURE, StatusCategory.UNKNOWN):
            meaning = status_meaning(answer.status, "C-FIND")
            raise SearchRefused(
                f"{self.remote.address} answered the {step.level} C-FIND with 0x{answer.status:04X} ({meaning}). "
                "Its own words, if it gave any, are in the exception's comment. Look at the Identifiers with "
                "query.identifiers(), and take out the keys that this archive may not support.",
                status=answer.status,
                comment=answer.comment,
            )
        return answer

    def _opened(self, *, several: bool = False) -> Association:
        """The association; opened for the first query, with Multiple Value Matching proposed only where that needs it."""
        if self._association is None:
            models = dict.fromkeys((self.remote.model or InformationModel.STUDY_ROOT, *InformationModel))
            options = FindOptions(relational=True, multiple_values=several)
            self._association = open_association(self.remote, services=[(model.find_uid, options) for model in models])
        return self._association

    def _model_for(self, query: Query) -> InformationModel:
        """The query's own choice, else the peer's, else the query's default, else Patient Root where it alone is accepted."""
        wanted = query.chosen_model or self.remote.model or query.default_model
        if query.level not in wanted.levels:
            wanted = query.default_model
        association = self._opened(several=query.needs_multiple_value_matching)
        if query.needs_multiple_value_matching and not association.find_options(wanted.find_uid).multiple_values:
            raise QueryError(
                f"{self.remote.address} did not agree to Multiple Value Matching, which all_of() needs (PS3.4 C.2.2.2.8): "
                "ask for each value and compare the answers"
            )
        if not association.accepted(wanted.find_uid) and query.chosen_model is None:
            fallback = InformationModel.PATIENT_ROOT
            if association.accepted(fallback.find_uid):
                return fallback
        return wanted


def ask(
    remote: Remote,
    query: Query,
    *,
    max_requests: int = 2000,
    on_request: Callable[[int, int | None], None] | None = None,
    split: Split = "auto",
) -> Answers:
    """Ask one query over an association of its own (parameters and exceptions: `Searcher`)."""
    with Searcher(remote, on_request, max_requests, split=split) as searcher:
        return searcher.answers(query)
