"""The text for the administrator of the archive: what to check, and what happened when. Pure; names no patient and no UID."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import clues

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .evidence import Evidence

__all__ = ["letter"]


def letter(evidence: Evidence, why: str) -> str:
    """Write it.

    Parameters
    ----------
    evidence : Evidence
    why : str
        The likeliest cause, in words.

    Examples
    --------
    >>> from dicommove.retrieve.explaining.evidence import Evidence
    >>> from dicommove.retrieve.explaining.way_back import WayBack
    >>> text = letter(Evidence("refused", archive="PACS@10.0.0.5:104", way_back=WayBack("NOTEBOOK", "ws7", 11113)), "...")
    >>> print(text.splitlines()[0])
    Subject: C-MOVE from PACS@10.0.0.5:104 to NOTEBOOK is refused
    """
    return "\n".join(_lines(evidence, why))


def _lines(evidence: Evidence, why: str) -> Iterator[str]:
    yield f"Subject: C-MOVE from {evidence.archive} to {evidence.way_back.ae_title} is {evidence.outcome}"
    yield ""
    yield (
        "This is" if evidence.way_back_works else "Please check the entry of"
    ) + " the move destination (C-STORE SCP) in question:"
    yield from (f"  {name + ':':11} {value}" for name, value in evidence.way_back.lines())
    yield f"The C-MOVE comes from the calling AE title {evidence.calling or 'that is registered for us'}."
    if evidence.way_back.ours:
        yield "The port is open only while a retrieval runs: a C-ECHO to it fails at other times."
    yield ""
    yield f"What happened{_when(evidence)}:"
    for clue in (
        clues.answers,
        clues.counters,
        clues.prior_count,
        clues.instances,
        clues.callers,
        clues.contexts,
        clues.not_kept,
    ):
        yield from (f"  - {line}" for line in clue(evidence))
    yield from (f"  - {line}" for line in clues.failures(evidence))
    yield f"Likeliest cause, as seen from here: {why}"
    yield "Please look into the archive's log of that time."


def _when(evidence: Evidence) -> str:
    if not evidence.began_at:
        return ""
    until = f" to {_moment(evidence.ended_at)}" if evidence.ended_at else ""
    return f", {_moment(evidence.began_at)}{until} (UTC)"


def _moment(text: str) -> str:
    """Date and time of day to the second."""
    return text[:19].replace("T", " ")
