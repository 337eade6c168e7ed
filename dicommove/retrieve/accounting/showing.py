"""A result as text and as HTML: the same facts, series facts only; a journal that cannot be read is said in its place."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ... import markup
from ...errors import StoreError
from ..planning.guards import in_bytes

if TYPE_CHECKING:
    from ..running.worker import Ended
    from .result import MoveResult

__all__ = ["facts_of", "html_of", "series_lines", "text_of"]

_SHOWN_SERIES = 30
_LONGEST = 1000
_HEAD = ("Modality", "Series", "Description", "Received", "Expected", "State")
_COLUMNS = ("Modality", "SeriesNumber", "SeriesDescription", "received", "expected", "state")


def facts_of(result: MoveResult) -> list[tuple[str, str]]:
    """Return what text and HTML show, as (name, value); series facts only."""
    facts = [("Outcome", f"{result.outcome}: {result.reason}"), *_counted(result), ("Folder", str(result.folder))]
    if result.cancel_worked is not None:
        obeyed = "the archive obeyed C-CANCEL" if result.cancel_worked else "C-CANCEL was ignored; the association was aborted"
        facts.insert(1, ("Cancelled", obeyed))
    return [*facts, *_first_cause(result), *(("Warning", warning) for warning in result.plan.warnings)]


def text_of(result: MoveResult) -> str:
    """The whole result as text."""
    lines = [
        f"<{type(result).__name__}>",
        *(f"  {name + ':':17}{markup.visible(value, _LONGEST)}" for name, value in facts_of(result)),
    ]
    series = series_lines(result)
    return "\n".join(lines + markup.aligned(_HEAD, series) if series else lines)


def html_of(result: MoveResult) -> str:
    """The same facts as HTML, every value escaped."""
    return markup.document(
        text_of(result),
        markup.heading("Move result"),
        markup.definition_list(facts_of(result)),
        markup.table(_HEAD, series_lines(result)),
    )


def _first_cause(result: MoveResult) -> list[tuple[str, str]]:
    """The likeliest cause and the next step, where something went wrong; `MoveResult.explain` has the rest."""
    if result.outcome in ("complete", "cancelled") or not result.ended:
        return []
    try:
        causes = result.explain().causes
    except StoreError:
        return []
    if not causes:
        return []
    step = causes[0].next_step.replace("the text below", "the text that result.explain() gives")
    return [("Likely cause", causes[0].why), ("Next step", step)]


def _counted(result: MoveResult) -> list[tuple[str, str]]:
    try:
        states, size_bytes = result.accounts.states(), result.accounts.size_bytes()
    except StoreError as error:
        return [("Instances", f"the journal cannot be read: {error}")]
    requests = Counter("there already" if one.request.settled else _ending(one) for one in result.ended)
    return [
        ("Instances", ", ".join(f"{number} {state}" for state, number in states.items()) or "none"),
        ("Size", in_bytes(size_bytes)),
        ("C-MOVE requests", ", ".join(f"{number} {outcome}" for outcome, number in requests.items()) or "none"),
    ]


def _ending(one: Ended) -> str:
    """Outcome of a request; complete by UID and complete by count are not the same."""
    by = {"instances": " by UID", "counts": " by count"}.get(one.ending.expected_by, "") if one.outcome == "complete" else ""
    return f"{one.outcome}{by}"


def series_lines(result: MoveResult) -> list[tuple[str, ...]]:
    """Cells of the table of series, the first ones of many."""
    try:
        rows = result.accounts.series()
    except StoreError:  # the facts say it
        return []
    shown = [tuple("-" if row.get(name) in (None, "") else str(row[name]) for name in _COLUMNS) for row in rows[:_SHOWN_SERIES]]
    more = len(rows) - _SHOWN_SERIES
    return [*shown, (f"... and {more} more series",)] if more > 0 else shown
