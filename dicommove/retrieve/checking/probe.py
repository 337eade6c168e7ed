"""One probe and what came of it, and the timing of one. Pure, but for the clock."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...errors import DicomMoveError

__all__ = ["ANSWERED", "Probe", "Verdict", "failure", "not_tried", "timed", "was_answered"]

ANSWERED = "answered"
"""How the finding begins where the archive gave an answer, whatever it was."""
Verdict = Literal["ok", "absent", "unknown", "failed", "not tried"]


@dataclass(frozen=True, slots=True)
class Probe:
    """What was tried, and what came of it.

    Attributes
    ----------
    name : str
        Of the probe; short and stable.
    verdict : {"ok", "absent", "unknown", "failed", "not tried"}
        ``absent``: the archive does not have it, and nothing needs it. ``unknown``: it could not be told.
    found : str
        What was seen.
    what_to_do : str
        The next step; empty when there is none.
    seconds : float or None
        How long it took; None when nothing was sent.
    """

    name: str
    verdict: Verdict
    found: str = ""
    what_to_do: str = ""
    seconds: float | None = None

    def row(self) -> dict[str, object]:
        """The row of `Check.table`."""
        seconds = None if self.seconds is None else round(self.seconds, 4)
        return {
            "probe": self.name,
            "verdict": self.verdict,
            "seconds": seconds,
            "found": self.found,
            "what_to_do": self.what_to_do,
        }


def timed(probe: Callable[[], Probe], clock: Callable[[], float] = time.monotonic) -> Probe:
    """Try something, and note how long it took."""
    began = clock()
    return replace(probe(), seconds=clock() - began)


def failure(name: str, error: DicomMoveError) -> Probe:
    """What an exception says: its first sentence is what was found, the rest what to do.

    Examples
    --------
    >>> from dicommove.errors import PeerUnreachable
    >>> failure("TCP", PeerUnreachable("nothing listens at 10.0.0.5:104 (connection refused). Check host and port."))
    Probe(name='TCP', verdict='failed', found='nothing listens at 10.0.0.5:104 (connection refused)', what_to_do='Check host and \
port.', seconds=None)
    """
    found, _, advice = str(error).partition(". ")
    return Probe(name, "failed", found.removesuffix("."), advice)


def was_answered(probe: Probe) -> bool:
    """Whether the archive gave an answer; where it did not, it is asked nothing more: somebody would wait in vain.

    Examples
    --------
    >>> was_answered(Probe("C-ECHO", "failed", "answered 0x0122")), was_answered(Probe("C-ECHO", "failed", "it fell silent"))
    (True, False)
    """
    return probe.verdict != "failed" or probe.found.startswith(ANSWERED)


def not_tried(name: str, why: str, what_to_do: str = "") -> Probe:
    """Say why something was not tried."""
    return Probe(name, "not tried", why, what_to_do)
