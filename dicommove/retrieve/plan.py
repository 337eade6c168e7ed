"""Plans: a dry run that shows exactly what would be moved, and then moves exactly that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import QueryError
from ..store import HOME, Store
from ..terms import Level
from .expectation import COUNTS, Expectation, expect
from .gap import without_present
from .live import wait_for
from .operation import start
from .planned import Planned
from .requests import requests_for
from .search import Searcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..entities import Remote
    from ..query import Query
    from .events import Snapshot
    from .live import Shown
    from .operation import MoveOperation
    from .options import Options
    from .result import MoveResult

__all__ = ["Plan", "plan_query", "with_present"]


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
        MoveTooLarge, StoreError, ListenerError, AssociationError
            As of `PeerQuery.move`.
        """
        return wait_for(self.start_move(), progress)

    def start_move(self) -> MoveOperation:
        """Start moving exactly what was shown, and return at once."""
        self.check()
        return start(self)


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
        The query has no selective key.
    SearchRefused, AssociationError
        The archive did not answer.
    """
    query.require_selective()
    if options.layout is not None and options.layout.columns:
        raise QueryError("layout: {row.…} names columns of a table, and a query has none; move a DataFrame instead")
    query = query.studies() if query.level is Level.PATIENT else query
    with Searcher(remote, on_request) as searcher:
        answers = searcher.answers(query, extra=COUNTS[query.level])
        requests = requests_for(answers.matches, answers.level)
        expectation = expect(searcher, requests, answers.matches, answers.level, ask_instances=ask_instances)
    plan = Plan(
        remote=remote,
        folder=Path(folder).expanduser().absolute(),
        requests=expectation.requests,
        instances=expectation.instances,
        series=expectation.series,
        model=answers.model,
        options=options,
        warnings=answers.doubts,
        searches=answers.requests,
    )
    return with_present(plan)


def with_present(plan: Plan) -> Plan:
    """Take out what is in the folder already: only the rest is asked for."""
    if not plan.instances or not (plan.folder / HOME).is_dir():
        return plan
    with Store(plan.folder, private=plan.options.private) as store:
        rest = without_present(Expectation(plan.requests, plan.instances), lambda uid: store.holds(uid) is not None)
    return replace(plan, requests=rest.requests, instances=rest.instances)
