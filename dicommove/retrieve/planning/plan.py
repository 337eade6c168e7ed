"""Plans: a dry run that shows exactly what would be moved, and then moves exactly that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import QueryError
from ...store import HOME, Store
from ...terms import Level
from ..asking.availability import available, not_asked_reason
from ..asking.expectation import COUNTS, Expectation, expect
from ..asking.search import Searcher
from ..running.live import wait_for
from ..running.moving import run_plan
from ..running.operation import launch
from ..running.trail import move_begins
from .gap import without_present
from .planned import Fate, Planned
from .question import question_of_query
from .requests import requests_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...entities import Remote
    from ...query import Query
    from ..accounting.result import MoveResult
    from ..running.events import Snapshot
    from ..running.live import Shown
    from ..running.operation import MoveOperation
    from .options import Options

__all__ = ["Plan", "held_studies", "plan_query", "with_present"]


@dataclass(frozen=True, repr=False)
class Plan(Planned):
    """What a move would do: exact unique keys, counts, estimate, disk. Nothing was sent but C-FINDs.

    Examples
    --------
    >>> import tempfile, dicommove as dm
    >>> with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
    ...     plan = pacs.studies().where(PatientID="000123").plan(folder)
    >>> plan.studies, plan.expected
    (2, 130)
    """

    def move(self, *, progress: Shown | Callable[[Snapshot], object] = "auto") -> MoveResult:
        """Move exactly what was shown, and wait; Ctrl-C sends C-CANCEL and still returns the result.

        Raises
        ------
        QueryError, StoreError, ListenerError, AuditError, AssociationError
            As of `PeerQuery.move`.
        """
        return wait_for(self.start_move(), progress)

    def start_move(self) -> MoveOperation:
        """Start moving exactly what was shown, and return at once."""
        self.check()
        move_begins(self)
        return launch(self, run_plan)


def plan_query(
    remote: Remote,
    query: Query,
    folder: str | Path,
    *,
    options: Options,
    ask_instances: bool | None = None,
    on_request: Callable[[int, int | None], None] | None = None,
) -> Plan:
    """Resolve a query to exact unique keys and say what to expect.

    Raises
    ------
    QueryError
        The query has no selective key, or some answers do not hold a key that was asked for.
    SearchRefused, AssociationError
        The archive did not answer.
    """
    query.require_selective()
    if options.layout is not None and options.layout.columns:
        raise QueryError("layout: {row.…} names columns of a table, and a query has none; move a DataFrame instead")
    asked, query = query, query.studies() if query.level is Level.PATIENT else query
    place = Path(folder).expanduser().absolute()
    with Searcher(remote, on_request, split=options.split) as searcher:
        answers = searcher.answers(query, extra=COUNTS[query.level])
        if options.unverified == "refuse":
            answers.require_verified()
        named = available(answers.named, answers.level)
        requests = requests_for(named.wanted, answers.level)
        held = lambda: held_studies(place, options)  # noqa: E731 - asked only where the instances are not
        expectation = expect(searcher, requests, named.wanted, answers.level, ask_instances=ask_instances, held=held)
        searcher.warn(stacklevel=5)
    plan = Plan(
        remote=remote,
        folder=place,
        requests=expectation.requests,
        instances=expectation.instances,
        series=expectation.series,
        model=answers.model,
        options=options,
        fates=tuple(Fate(None, "found", not_asked_reason(match), None, _unique_keys(match)) for match in named.left),
        warnings=(*searcher.doubts, *answers.unnamed_words(), *named.words(), *expectation.words()),
        truncated=answers.cut_off or len(answers.named) < len(answers.matches),
        searches=searcher.requests,
        question=question_of_query(asked),
    )
    return with_present(plan)


def _unique_keys(match: Mapping[str, str]) -> dict[str, str]:
    return {level.unique_key: match[level.unique_key] for level in Level if match.get(level.unique_key)}


def held_studies(folder: Path, options: Options) -> frozenset[str]:
    """Studies of which the folder has something: only of them a part may be missing."""
    if not (folder / HOME).is_dir():
        return frozenset()
    with Store(folder, private=options.private) as store:
        return frozenset(str(row.get("StudyInstanceUID")) for row in store.journal.rows("arrivals"))


def with_present(plan: Plan) -> Plan:
    """Take out what is in the folder already: only the rest is asked for."""
    if not plan.instances or not (plan.folder / HOME).is_dir():
        return plan
    with Store(plan.folder, private=plan.options.private) as store:
        rest = without_present(Expectation(plan.requests, plan.instances), lambda uid: store.holds(uid) is not None)
    return replace(plan, requests=rest.requests, instances=rest.instances)
