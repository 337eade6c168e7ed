"""The rows of a catalogue: what all operations of a data folder brought, and the operations; rows in, rows out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...store import PURGE, arrivals, fill, is_copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...store import Journal

    Row = Mapping[str, Any]

__all__ = ["Totals", "instance_rows", "move_rows", "purge_rows", "totals"]


@dataclass
class Totals:
    """How much a data folder has received, by its journal."""

    paths: set[str] = field(default_factory=set)
    instances: set[str] = field(default_factory=set)
    series: set[str] = field(default_factory=set)
    studies: set[str] = field(default_factory=set)
    size_bytes: int = 0


def instance_rows(journal: Journal) -> list[dict[str, Any]]:
    """One row per file that arrived or was found, in the order of arrival; columns that are lacking are read from the files.

    A file that came again is one row; one that replaced a damaged file of its name counts. What was found in the folder has
    neither an operation nor a time of arrival: nobody saw it come.
    """
    fill(journal)
    found: dict[object, dict[str, Any]] = {}
    for operation, row in arrivals(journal):
        key = (row.get("SOPInstanceUID"), row.get("path"))
        if key not in found or not is_copy(row):
            found.pop(key, None)
            found[key] = row | ({"operation": operation} if operation else {"operation": None, "received_at": None})
    return list(found.values())


def move_rows(journal: Journal) -> Iterator[dict[str, Any]]:
    """One row per operation: who asked which archive, with which version, what for, and what it came to."""
    for one in journal.operations():
        facts: Row = one["facts"] or {}  # type: ignore[assignment]  # a dict, or nothing
        ended = _ended(journal, int(str(one["id"])))
        yield {
            "operation": one["id"],
            "kind": one["kind"],
            "began_at": one["began_at"],
            "ended_at": ended.get("at"),
            "archive": facts.get("peer"),
            "user": facts.get("user"),
            "host": facts.get("host"),
            "purpose": facts.get("purpose"),
            "dicommove": (facts.get("versions") or {}).get("dicommove") or facts.get("version"),
            "requests": len(facts["requests"]) if "requests" in facts else None,
            "outcome": ended.get("outcome"),
        }


def purge_rows(journal: Journal) -> Iterator[dict[str, Any]]:
    """One row per purge that has removed something: its receipt."""
    for one in journal.operations():
        if one["kind"] == PURGE:
            facts: Row = one["facts"] or {}  # type: ignore[assignment]  # a dict, or nothing
            events = journal.each("events", int(str(one["id"])))
            receipt = next((row for row in events if row.get("kind") == PURGE and "studies" in row), None)
            if receipt is not None:
                digests = "\\".join(receipt["studies"])  # type: ignore[arg-type]  # a list of texts
                yield {**facts, **receipt, "operation": one["id"], "purged_at": one["began_at"], "study_sha256": digests}


def totals(journal: Journal) -> Totals:
    """Count what the journal knows, without reading a file."""
    counted = Totals()
    for _, row in arrivals(journal):
        path, size_bytes = str(row.get("path")), row.get("size_bytes")
        for seen, name in ((counted.instances, "SOPInstanceUID"), (counted.series, "SeriesInstanceUID"),
                           (counted.studies, "StudyInstanceUID")):  # fmt: skip
            if row.get(name):
                seen.add(str(row[name]))
        if path not in counted.paths:
            counted.paths.add(path)
            counted.size_bytes += size_bytes if isinstance(size_bytes, int) else 0
    return counted


def _ended(journal: Journal, operation: int) -> Row:
    """The last word on how it ended; nothing for one whose process was killed, or still runs."""
    last: Row = {}
    for event in journal.each("events", operation):
        last = event if event.get("kind") == "ended" else {} if event.get("kind") == "continued" else last
    return last
