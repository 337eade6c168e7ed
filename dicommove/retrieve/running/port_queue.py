"""Waiting for our own port, where another process holds it and the listener says how long that may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ...errors import ListenerError
from ..retrying.pace import left_text

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from .tally import Tally

__all__ = ["opened_in_turn"]

_T = TypeVar("_T")
_STEP_S = 0.5


def opened_in_turn(
    opening: Callable[[], _T],
    *,
    wait_s: float | None,
    tally: Tally,
    cancelling: threading.Event,
    wait: Callable[[float], object] | None = None,
) -> _T | None:
    """Open the port; while somebody else holds it, wait for it and show that as a phase.

    Parameters
    ----------
    opening : callable
        Opens it, or raises `ListenerError`.
    wait_s : float or None
        How many seconds it is waited for; None is not at all.
    tally : Tally
        Shows the phase, and gives the time.
    cancelling : threading.Event
        Ends the wait.
    wait : callable, optional
        Wait so many seconds; injected, so that tests need no waiting.

    Returns
    -------
    object or None
        What ``opening`` returned; None when the user asked to stop meanwhile.

    Raises
    ------
    ListenerError
        The port cannot be opened, or was not free in that time.
    """
    until = tally.clock() + (wait_s or 0.0)
    while not cancelling.is_set():
        try:
            return opening()
        except ListenerError as error:
            left_s = until - tally.clock()
            if not error.in_use or left_s <= 0:
                raise
            tally.phase(f"waiting for port {error.port}{_holder(error)}, {left_text(left_s)}")
            (wait or cancelling.wait)(min(_STEP_S, left_s))
    return None


def _holder(error: ListenerError) -> str:
    return f" (process {error.holder['pid']} has it)" if error.holder else ""
