"""A running or ended operation in words: the same facts for its text, its HTML and its panel; series facts and numbers only."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ... import markup
from ..planning.guards import in_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .events import Snapshot
    from .operation import MoveOperation
    from .worker import Ended

__all__ = ["archive_count", "facts_of", "html_of", "in_seconds", "instances_here", "state_in_words", "text_of"]

_SHOWN_TROUBLES = 5
_NOTHING_TO_EXPLAIN = ("complete", "cancelled", "no_match")


def facts_of(operation: MoveOperation) -> list[tuple[str, str]]:
    """Return what text and HTML show, as (name, value)."""
    snapshot, ended = operation.progress, operation.ended
    return [
        ("Outcome" if operation.done() else "Phase", state_in_words(operation, snapshot)),
        ("Instances", instances_here(snapshot)),
        ("Archive's count", archive_count(snapshot, ended, done=operation.done())),
        ("Size", _amount(snapshot)),
        ("C-MOVE requests", _requests(snapshot, ended)),
        ("Folder", str(operation.plan.folder)),
        *(("Trouble", event.text) for event in snapshot.troubles[-_SHOWN_TROUBLES:]),
        *_next_step(operation),
    ]


def _next_step(operation: MoveOperation) -> list[tuple[str, str]]:
    if not operation.done() or operation.exception() is not None or operation.result().outcome in _NOTHING_TO_EXPLAIN:
        return []
    return [("Next step", "explain() of the result says why, and what to do; retry_missing() asks again")]


def text_of(operation: MoveOperation) -> str:
    """The operation as text, complete in itself."""
    facts = (f"  {name + ':':17}{markup.visible(value)}" for name, value in facts_of(operation))
    return "\n".join((f"<{type(operation).__name__}>", *facts))


def html_of(operation: MoveOperation) -> str:
    """The same facts as HTML, every value escaped."""
    facts = facts_of(operation)
    return markup.document(text_of(operation), markup.heading("Move"), markup.definition_list(facts))


def state_in_words(operation: MoveOperation, snapshot: Snapshot) -> str:
    """What is going on, or how it ended and why."""
    if not operation.done():
        asked = "asked to stop; " if operation.cancelling() and snapshot.phase != "cancelling" else ""
        return asked + snapshot.doing
    error = operation.exception()
    if error is not None:
        return f"failed: {type(error).__name__}: {error}"
    result = operation.result()
    return result.reason if result.reason.startswith(result.outcome) else f"{result.outcome}: {result.reason}"


def instances_here(snapshot: Snapshot) -> str:
    """What arrived against what is expected.

    Examples
    --------
    >>> from dicommove import Snapshot
    >>> instances_here(Snapshot(received=5, expected=20))
    '5 of 20 received'
    >>> instances_here(Snapshot(received=5))
    '5 received; the archive did not say how many there are'
    """
    if snapshot.expected is None:
        return f"{snapshot.received} received; the archive did not say how many there are"
    return f"{snapshot.received} of {snapshot.expected} received"


def archive_count(snapshot: Snapshot, ended: Sequence[Ended], *, done: bool) -> str:
    """What the archive says that it sent: of the C-MOVE that runs, at the end of all; what it did not say is left out.

    Examples
    --------
    >>> from dicommove import Snapshot
    >>> archive_count(Snapshot(completed=7, failed=0, remaining=13), (), done=False)
    '7 sent, 0 failed, 13 to go'
    >>> archive_count(Snapshot(), (), done=False)
    'nothing yet'
    """
    counts: tuple[int | None, ...] = (snapshot.completed, snapshot.warning, snapshot.failed, snapshot.remaining)
    if done:
        endings = [one.ending for one in ended]
        completed, warned = (one.completed for one in endings), (one.warning for one in endings)
        counts = (_sum(completed), _sum(warned), _sum(one.failed for one in endings), None)
    words = ("sent", "sent with warnings", "failed", "to go")
    said = [f"{count} {word}" for count, word in zip(counts, words, strict=True) if count or (count == 0 and word in _ALWAYS)]
    return ", ".join(said) or ("it did not say" if done else "nothing yet")


_ALWAYS = ("sent", "failed", "to go")
"""Said when they are 0, too."""


def _sum(counts: Iterable[int | None]) -> int | None:
    """The sum of what was said; None when nothing was."""
    said = [count for count in counts if count is not None]
    return sum(said) if said else None


def _amount(snapshot: Snapshot) -> str:
    return f"{in_bytes(snapshot.size_bytes)} in {in_seconds(snapshot.elapsed_s)}"


def in_seconds(seconds: float) -> str:
    """Say a duration; below ten seconds a float has a decimal.

    Examples
    --------
    >>> in_seconds(0.42), in_seconds(4), in_seconds(12.3), in_seconds(125), in_seconds(7260)
    ('0.4 s', '4 s', '12 s', '2 min 5 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 and isinstance(seconds, float) else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _requests(snapshot: Snapshot, ended: Sequence[Ended]) -> str:
    outcomes = Counter(one.outcome for one in ended)
    how = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.items())
    return f"{snapshot.requests_done} of {snapshot.requests_total} ended" + (f": {how}" if how else "")
