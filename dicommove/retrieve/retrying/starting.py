"""Starts to ask for what a move did not bring, after it has ended: the same operation goes on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from ...errors import QueryError
from ..running.operation import launch
from ..running.trail import move_begins
from .memory import refused_by
from .pace import read_patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...entities import Remote
    from ..accounting.result import MoveResult
    from ..running.operation import MoveOperation

__all__ = ["start_retry"]

_SURPLUS = (None, "keep", "drop")


def start_retry(
    result: MoveResult,
    carry_out: Callable[..., MoveResult],
    remote: Remote,
    *,
    patience: float | str | None,
    surplus: Literal["keep", "drop"] | None,
    again: bool,
) -> MoveOperation:
    """Start what `MoveResult.retry_missing` does (parameters: there), and return at once.

    Raises
    ------
    QueryError
        The instances went to another destination, or an option is none.
    """
    if result.plan.options.destination is not None:
        raise QueryError("what another destination received cannot be seen, so nobody can say what is missing")
    if surplus not in _SURPLUS:
        raise QueryError(f"surplus={surplus!r}: keep or drop is needed")
    changes: dict[str, Any] = {"patience": read_patience(patience), "retry": "missing"}
    if surplus is not None:
        changes["surplus"] = surplus
    if again:
        refused_by(remote).forget()
    plan = replace(result.plan, remote=remote, options=replace(result.plan.options, **changes))
    move_begins(plan, again=result.operation)
    return launch(plan, partial(carry_out, before=result), requests_total=0)
