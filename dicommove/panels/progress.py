"""What the progress panel shows, as plain values for its front end: numbers, states and our own words, as they are synced."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ..retrieve.running.progress_facts import archive_count, in_seconds, instances_here, state_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..retrieve import MoveOperation, Snapshot
    from ..retrieve.planning.requests import Request
    from ..retrieve.running.worker import Ended

__all__ = ["rows_of", "state_of"]

_SHOWN_ROWS = 8
_SHOWN_TROUBLES = 5
_GOOD = ("complete", "unverified")


def state_of(operation: MoveOperation) -> dict[str, Any]:
    """Return everything that is drawn, but for the pictures.

    Returns
    -------
    dict
        ``doing``: the phase or the outcome in words. ``mood``: ``running``, ``stopping``, ``good`` or ``bad``. ``here`` and
        ``archive``: text, and fraction (0 to 1 or None), of what arrived and of what the archive counts. ``figures``: sizes,
        rates and times as texts. ``requests``: rows of `rows_of`, and ``others``: what is not among them. ``troubles``: texts.
    """
    done, ended, snapshot = operation.done(), operation.ended, operation.progress  # in this order: the last state is whole
    rows, others = rows_of(operation, ended, snapshot)
    return {
        "done": done,
        "mood": _mood(operation, done=done),
        "doing": state_in_words(operation, snapshot),
        "here": {"text": instances_here(snapshot), "fraction": snapshot.fraction},
        "archive": {"text": archive_count(snapshot, ended, done=done), "fraction": _archive_fraction(snapshot)},
        "figures": figures(snapshot, done=done),
        "requests": rows,
        "others": others,
        "troubles": [event.text for event in snapshot.troubles[-_SHOWN_TROUBLES:]],
    }


def _mood(operation: MoveOperation, *, done: bool) -> str:
    if not done:
        return "stopping" if operation.cancelling() else "running"
    return "good" if operation.exception() is None and operation.result().outcome in _GOOD else "bad"


def _archive_fraction(snapshot: Snapshot) -> float | None:
    """Part of the sub-operations of the running C-MOVE that the archive has done; None where it does not say what is left."""
    if snapshot.remaining is None:
        return None
    sent = sum(count or 0 for count in (snapshot.completed, snapshot.failed, snapshot.warning))
    return sent / (sent + snapshot.remaining) if sent + snapshot.remaining else None


def figures(snapshot: Snapshot, *, done: bool) -> list[str]:
    """Size, time and, while it runs, the rates of the last seconds and what is left of the time.

    Examples
    --------
    >>> from dicommove import Snapshot
    >>> figures(Snapshot(size_bytes=5_300_000, elapsed_s=4, bytes_per_s=2e6, instances_per_s=4, remaining_s=9), done=False)
    ['5.3 MB', '2.0 MB/s', '4.0 instances/s', 'about 9 s left', '4 s']
    >>> figures(Snapshot(size_bytes=5_300_000, elapsed_s=4, bytes_per_s=2e6), done=True)
    ['5.3 MB', '4 s', '1.3 MB/s on average']
    """
    size = f"{snapshot.size_bytes / 1e6:.1f} MB"
    if done:
        mean = snapshot.size_bytes / snapshot.elapsed_s / 1e6 if snapshot.elapsed_s else 0.0
        return [size, in_seconds(snapshot.elapsed_s), f"{mean:.1f} MB/s on average"]
    rates = [] if snapshot.bytes_per_s is None else [f"{snapshot.bytes_per_s / 1e6:.1f} MB/s"]
    rates += [] if snapshot.instances_per_s is None else [f"{snapshot.instances_per_s:.1f} instances/s"]
    left = [] if snapshot.remaining_s is None else [f"about {in_seconds(round(snapshot.remaining_s))} left"]
    return [size, *rates, *left, in_seconds(int(snapshot.elapsed_s))]


def rows_of(operation: MoveOperation, ended: Sequence[Ended], snapshot: Snapshot) -> tuple[list[list[str]], str]:
    """Choose the C-MOVEs that are shown of many: the one that runs, those with troubles, the last ones and the next ones.

    Returns
    -------
    rows : list of list of str
        Number, level, modalities, received, expected, state; in order of their numbers.
    others : str
        How many more there are, by state; empty when all are shown.
    """
    outcomes = {one.request.number: one for one in ended}
    requests = {one.number: one for one in (*operation.plan.requests, *(one.request for one in ended))}
    states = {number: _state(number, outcomes, snapshot, done=operation.done()) for number in requests}
    shown = sorted(_chosen(states))
    others = Counter(state for number, state in states.items() if number not in shown)
    rows = [_row(requests[number], states[number], operation, outcomes.get(number)) for number in shown]
    more = ", ".join(f"{number} {state}" for state, number in others.items())
    return (rows, f"and {others.total()} more: {more}" if more else "") if len(requests) > 1 else ([], "")


def _chosen(states: dict[int, str]) -> set[int]:
    """Numbers of the C-MOVEs that say most."""
    running = [number for number, state in states.items() if state == "running"]
    bad = [number for number, state in states.items() if state not in (*_GOOD, "running", "waiting", "not sent")]
    good = [number for number, state in states.items() if state in _GOOD]
    rest = [number for number, state in states.items() if state in ("waiting", "not sent")]
    chosen = [*running, *reversed(bad[-4:]), *reversed(good[-2:]), *rest[:2], *reversed(good[:-2]), *rest[2:]]
    return set(chosen[:_SHOWN_ROWS])


def _state(number: int, outcomes: dict[int, Ended], snapshot: Snapshot, *, done: bool) -> str:
    if number in outcomes:
        return outcomes[number].outcome
    if number == snapshot.request:
        return "running"
    return "not sent" if done else "waiting"


def _row(request: Request, state: str, operation: MoveOperation, ended: Ended | None) -> list[str]:
    received = ended.ending.received if ended is not None else operation.received_of(request.number)
    return [
        f"#{request.number}",
        str(request.level),
        ", ".join(request.modalities) or "-",
        str(received),
        "?" if request.expected is None else str(request.expected),
        state,
    ]
