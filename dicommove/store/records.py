"""What the journal says of each file of a data folder: the rows of all operations, put together by path."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from .journal import TAKEN_IN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .journal import Journal

    Row = Mapping[str, object]

__all__ = ["HASHED", "Record", "arrivals", "file_records", "is_copy"]

HASHED = "hashed"
"""Kind of an event of operation `TAKEN_IN`: somebody has read a file, and this is its hash."""

_COPIES = ("duplicate", "present")


class Record(NamedTuple):
    """What was recorded of one file; small, for there may be many.

    Attributes
    ----------
    uid : str
        SOP Instance UID.
    size_bytes : int
    sha256 : str or None
        None when nobody has computed it.
    written_s : float or None
        The file was there at this time (seconds since 1970): who has written to it later has changed it.
    adopted : bool
        It was found in the folder, and no operation has asked for it, brought it or scanned it.
    """

    uid: str
    size_bytes: int
    sha256: str | None
    written_s: float | None
    adopted: bool


def is_copy(row: Row) -> bool:
    """Whether an arrival brought nothing: the file was there already."""
    return row.get("disposition") in _COPIES


def arrivals(journal: Journal) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the arrivals of all operations, each with the number of its own, the files that were found first."""
    for number in (TAKEN_IN, *(int(str(one["id"])) for one in journal.operations())):
        yield from ((number, row) for row in journal.each("arrivals", number))


def file_records(journal: Journal, folder: str) -> dict[str, Record]:
    """Give the record of each file by its path relative to the folder, separated by ``/``.

    A later arrival at the same path (a damaged file that was replaced) counts; a copy of what was there does not.

    Parameters
    ----------
    journal : Journal
    folder : str
        The data folder.
    """
    root = os.path.join(folder, "")  # noqa: PTH118 - the separator at its end is wanted
    known: dict[str, Record] = {}
    for operation, row in arrivals(journal):
        path, uid, size_bytes = row.get("path"), row.get("SOPInstanceUID"), row.get("size_bytes")
        if isinstance(path, str) and isinstance(uid, str) and isinstance(size_bytes, int):
            name = relative_name(path, root)
            known[name] = _merged(known.get(name), row, Record(uid, size_bytes, None, None, operation == TAKEN_IN))
    for row in journal.each("events", TAKEN_IN):
        if row.get("kind") == HASHED:
            _note_hash(known, relative_name(str(row["path"]), root), row)
    return known


def relative_name(path: str, root: str) -> str:
    """Name of a file below the folder, whose name ends with a separator."""
    return path.removeprefix(root).replace(os.sep, "/")


def _merged(known: Record | None, row: Row, new: Record) -> Record:
    sha256 = str(row["sha256"]) if row.get("sha256") else None
    if known is None or not is_copy(row):
        return new._replace(sha256=sha256, written_s=_seconds(row.get("modified_at") or row.get("received_at")))
    return known._replace(sha256=known.sha256 or sha256, adopted=known.adopted and new.adopted)


def _note_hash(known: dict[str, Record], path: str, row: Row) -> None:
    """A hash of the file that is recorded, not of one that had its name before."""
    record, at = known.get(path), _seconds(row.get("at"))
    if record is not None and record.sha256 is None and at is not None and at >= (record.written_s or 0):
        known[path] = record._replace(sha256=str(row["sha256"]))


def _seconds(moment: object) -> float | None:
    """A moment, which the journal may hold as text, in seconds since 1970."""
    try:
        return (moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))).timestamp()
    except ValueError:
        return None
