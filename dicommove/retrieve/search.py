"""Searches: drives the walk of a query over one association and says what is doubtful about the answers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from .. import frames
from ..errors import AnswersWarning, QueryError, SearchRefused
from ..net import Association, FindOptions, find, open_association
from ..terms import InformationModel, Level, StatusCategory, status_category, status_meaning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from threading import Event

    import pandas as pd

    from ..entities import Remote
    from ..net import FindAnswer
    from ..query import Query, Step, WalkResult

    Match = Mapping[str, str]

__all__ = ["Answers", "Searcher", "ask", "capped"]

_RELATED_COUNTS = {Level.SERIES: "NumberOfStudyRelatedSeries", Level.IMAGE: "NumberOfSeriesRelatedInstances"}
_ROUND = 100
"""Archives cut answers off at round numbers (500, 1000, ...) with a plain success status."""


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
    cut_off : bool
        The archive itself says that there are more: it stopped, or counts more than it answered.
    dropped : int
        Answers that contradict the question, or cannot be asked further with.
    unsupported : bool
        The archive said that it did not support an optional key (0xFF01).
    """

    level: Level
    model: InformationModel
    matches: tuple[Match, ...]
    columns: tuple[str, ...]
    requests: int
    doubts: tuple[str, ...] = ()
    cut_off: bool = False
    dropped: int = 0
    unsupported: bool = False

    def frame(self) -> pd.DataFrame:
        """One row per match; ``attrs`` repeats the doubts for convenience."""
        frame = frames.build(dict.fromkeys(self.columns, "attribute"), self.matches)
        frame.attrs = {"truncated": bool(self.doubts), "dropped": self.dropped, "unverified": int(self.unsupported)}
        return frame

    def warn(self, stacklevel: int = 3) -> None:
        """Warn of what is doubtful about these answers."""
        for doubt in self.doubts:
            warnings.warn(doubt, AnswersWarning, stacklevel=stacklevel)


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
    """

    remote: Remote
    on_request: Callable[[int, int | None], None] | None = None
    max_requests: int = 2000
    cancel: Event | None = None
    doubts: dict[str, None] = field(default_factory=dict, init=False)
    """What was doubtful about any of its answers, in words."""
    cut_off: bool = field(default=False, init=False)
    requests: int = field(default=0, init=False)
    model: InformationModel | None = field(default=None, init=False)
    """Of the last query."""
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
        self.model = model = self._model_for(query)
        unsupported = cut_off = False
        doubts: dict[str, None] = {}
        walk = query.walk(
            model=model,
            relational=self._opened().relational(model.find_uid),
            extra_return=extra,
            max_requests=self.max_requests,
        )
        answer: FindAnswer | None = None
        while True:
            try:
                step = next(walk) if answer is None else walk.send(answer.matches)
            except StopIteration as ended:
                result = ended.value
                break
            answer = self._ask(step, model)
            unsupported = unsupported or answer.pending_warnings
            cut_off = cut_off or answer.category is StatusCategory.CANCEL
            doubts.update(dict.fromkeys(capped(step.level, answer)))
        fewer = _fewer_than_counted(result.matches, query.level)
        doubts.update(dict.fromkeys([*fewer, *_dropped(result)]))
        if not aside:
            self.doubts.update(doubts)
            self.cut_off = self.cut_off or cut_off or bool(fewer)
        self.requests += result.requests
        return Answers(
            query.level,
            model,
            result.matches,
            query.columns(),
            result.requests,
            doubts=tuple(doubts),
            cut_off=cut_off or bool(fewer),
            dropped=result.dropped,
            unsupported=unsupported,
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

    def _ask(self, step: Step, model: InformationModel) -> FindAnswer:
        if self.on_request is not None:
            self.on_request(step.number, step.of)
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
    remote: Remote, query: Query, *, max_requests: int = 2000, on_request: Callable[[int, int | None], None] | None = None
) -> Answers:
    """Ask one query over an association of its own (parameters and exceptions: `Searcher`)."""
    with Searcher(remote, on_request, max_requests) as searcher:
        return searcher.answers(query)


def capped(level: Level, answer: FindAnswer) -> list[str]:
    """Why one C-FIND's answers may have been cut off, in words.

    A status Cancel that nobody asked for says so; a round number of matches is a sign.
    """
    number = len(answer.matches)
    if status_category(answer.status) is StatusCategory.CANCEL:
        return [
            f"the archive stopped after {number} {level} matches (0x{answer.status:04X}): narrow the query, by date for instance"
        ]
    step = _ROUND if level is not Level.IMAGE else 5 * _ROUND  # a series of 100 or 200 images is nothing odd
    if number >= step and number % step == 0:
        return [f"exactly {number} {level} matches: the archive may cut its answers off there; narrow the query to be sure"]
    return []


def _dropped(result: WalkResult) -> list[str]:
    """What was no match although the archive answered it, by keyword."""
    said = [f"{number} answers contradict {label} and were dropped" for label, number in result.contradicted.items()]
    rest = result.dropped - sum(result.contradicted.values())
    return [*said, f"{rest} answers name another parent or lack a unique key, and were dropped"] if rest else said


def _fewer_than_counted(matches: Sequence[Match], level: Level) -> list[str]:
    """Fewer matches below a study or series than the archive's own related count, where the matches carry it."""
    keyword = _RELATED_COUNTS.get(level)
    if keyword is None:
        return []
    counted = {match.get(level.above[-1].unique_key): match.get(keyword, "") for match in matches}
    total = sum(int(text) for text in counted.values() if text.isdecimal())
    if total <= len(matches):
        return []
    return [f"{len(matches)} {level} matches where {keyword} says {total}"]
