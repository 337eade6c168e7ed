"""A catalogue as text and as HTML: the same facts, numbers only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import markup
from ..planning.guards import in_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from .catalog_rows import Totals

    Facts = Iterable[tuple[str, str]]

__all__ = ["facts_of", "html_of", "text_of"]

_SHOWN_MOVES = 10
_HEAD = ("Operation", "Kind", "Began (UTC)", "Archive", "Outcome")


def facts_of(folder: Path, counted: Totals | None) -> list[tuple[str, str]]:
    """Name and value of what is shown; without totals the folder has no journal."""
    if counted is None:
        return [("Folder", str(folder)), ("Journal", "none: no move went there. scan() reads what other tools have put there")]
    return [
        ("Folder", str(folder)),
        ("Instances", f"{len(counted.instances)} in {len(counted.paths)} files, {in_bytes(counted.size_bytes)}"),
        ("Series, studies", f"{len(counted.series)}, {len(counted.studies)}"),
    ]


def text_of(facts: Facts, moves: Sequence[Mapping[str, Any]]) -> str:
    """The whole catalogue as text."""
    lines = ["<Catalog>", *(f"  {name + ':':17}{markup.visible(value)}" for name, value in facts)]
    return "\n".join(lines + markup.aligned(_HEAD, _cells(moves)) if moves else lines)


def html_of(facts: Facts, moves: Sequence[Mapping[str, Any]]) -> str:
    """The same facts as HTML, every value escaped."""
    known = list(facts)
    table = [markup.table(_HEAD, _cells(moves))] if moves else []
    return markup.document(text_of(known, moves), markup.heading("Catalog"), markup.definition_list(known), *table)


def _cells(moves: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Cells of the table of operations, the last ones of many."""
    shown: list[tuple[str, ...]] = [
        (str(row["operation"]), row["kind"], f"{row['began_at']:%Y-%m-%d %H:%M:%S}", row["archive"] or "-", row["outcome"] or "-")
        for row in moves[-_SHOWN_MOVES:]
    ]
    more = len(moves) - _SHOWN_MOVES
    return [(f"{more} earlier",), *shown] if more > 0 else shown
