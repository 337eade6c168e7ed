"""What a notebook keeps of a move, as ordinary output: a line while it runs, the facts at its end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .. import markup
from ..retrieve.running.progress_facts import facts_of, html_of, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..retrieve import MoveOperation

__all__ = ["NOTHING", "facts_kept", "line_kept"]

NOTHING: dict[str, str] = {}
"""An output of which nothing is seen."""


def line_kept(folder: str | Path, began: datetime | None = None) -> dict[str, str]:
    """Say that a move is under way: a panel is not there any more when the file is opened again, and what came of it is not yet.

    Parameters
    ----------
    folder : str or Path
        Data folder of the move.
    began : datetime, optional
        By default now.

    Examples
    --------
    >>> print(line_kept("/data", datetime(2026, 1, 31, 9, 5, tzinfo=UTC))["text/plain"])
    A move into /data began 2026-01-31 09:05 UTC
    Its end is not kept yet. If no panel stands above, dm.resume('/data') asks for what is missing.
    """
    when = (began or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC")
    summary = f"A move into {markup.visible(folder)} began {when}"
    again = f"dm.resume({markup.visible(repr(str(folder)))})"
    advice = f"Its end is not kept yet. If no panel stands above, {again} asks for what is missing."
    text = f"{summary}\n{advice}"
    return {"text/plain": text, "text/html": markup.document(text, markup.details(summary, markup.paragraph(advice)))}


def facts_kept(operation: MoveOperation, *, folded: bool = False) -> dict[str, str]:
    """Return the facts of an operation as text and HTML.

    Parameters
    ----------
    folded : bool
        One line is seen, which unfolds: where the result that follows says the same.
    """
    html = html_of(operation)
    if folded:
        facts = dict(facts_of(operation))
        html = markup.details(f"Move: {facts['Instances']}, {facts['Size']}; {facts['Outcome']}", markup.Html(html))
    return {"text/plain": text_of(operation), "text/html": html}
