"""What the one instance that was asked for proves: the verdict of the way back, in the words of a check. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..explaining.rules import AGAIN, REGISTER
from ..planning.guards import in_bytes
from .check import WAY_BACK
from .probe import Probe

if TYPE_CHECKING:
    from ..explaining.explain import Cause

__all__ = ["arrived", "stayed_away"]

_UNREACHABLE = "another host or port is registered, or a firewall is in between"
_BLOCKED = (
    "nothing came within {waited_s:g} s, and the archive never connected to us: it tries in vain to (another host or port is "
    "registered, or a firewall drops what it sends), or it fetches from slow storage"
)
_SLOW = "If it fetches from slow storage, check again with timeout=60."
_WHOLE = "the archive moves whole studies only, so that one instance cannot be asked for"
_MOVE_STUDY = "Move a small study: the move itself asks for whole studies."


def arrived(size_bytes: int) -> Probe:
    """It came."""
    return Probe(WAY_BACK, "ok", f"one instance of {in_bytes(size_bytes)} came from the archive, and was removed again")


def stayed_away(cause: Cause, *, known: bool, waited_s: float) -> Probe:
    """It did not come: why, and what to do; what a move may be told, and a check not, is not advised.

    Parameters
    ----------
    cause : Cause
        The likeliest one.
    known : bool
        The archive is known to know us.
    waited_s : float
        How many seconds a response or an instance was waited for.

    Examples
    --------
    >>> from dicommove.retrieve.explaining.explain import Cause
    >>> stayed_away(Cause("silent", 89, "The archive fell silent."), known=True, waited_s=3).found
    'The archive fell silent'
    """
    if cause.name == "level_refused":
        return Probe(WAY_BACK, "unknown", _WHOLE, _MOVE_STUDY)
    if cause.name == "blocked":
        return Probe(WAY_BACK, "failed", _BLOCKED.format(waited_s=waited_s), f"{REGISTER} {_SLOW}")
    if cause.name == "silent":
        return Probe(WAY_BACK, "failed", cause.why.removesuffix("."), _SLOW)
    if known and cause.name in ("unknown_destination", "unknown_or_unreachable"):
        return Probe(WAY_BACK, "failed", f"the archive knows us and could not connect to us: {_UNREACHABLE}", REGISTER)
    return Probe(WAY_BACK, "failed", cause.why.removesuffix("."), _in_a_check(cause.next_step))


def _in_a_check(advice: str) -> str:
    """Leave out what is said of a move that can be run again, and name the page that is to be sent."""
    advice = advice.replace("the text below", "pacs.registration()").replace(" pacs.check() tells which of the two it is.", "")
    return advice.replace(AGAIN, "Check again.")
