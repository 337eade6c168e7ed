"""What a journal promises: every request, response, arrival and refusal is recorded, and survives the process that saw it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Protocol

from ..errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["TABLES", "Having", "Journal", "NoJournal", "check_table"]

Having = tuple[str, object] | None
"""A name and a value that rows have to have; None is all rows."""

TABLES = ("requests", "responses", "expected", "arrivals", "refusals", "events")
"""Tables that facts are appended to; `operations` is filled by `Journal.begin`."""

TAKEN_IN = 0
"""The operation of files that were found in the folder and that no journal knew."""


class Journal(Protocol):
    """Facts of operations, in order; safe to use from many threads.

    A fact is a Mapping of names to plain values: str, int, float, bool, None, a datetime with a time zone (returned in UTC), and
    lists and dicts of them with names that are str.
    """

    def begin(self, kind: str = "operation", **facts: object) -> int:
        """Record that an operation begins, and return its number: from 1, never given twice."""

    def append(self, table: str, operation: int, facts: Mapping[str, object], shared: Mapping[str, object] | None = None) -> None:
        """Record facts: cheap. Returns when they would survive the end of this process; waits when too much is underway.

        Parameters
        ----------
        table : str
            Of `TABLES`.
        operation : int
        facts : Mapping
        shared : Mapping, optional
            More facts of the same row, which other rows have in common. The same object given again costs next to nothing; it
            must not be changed.

        Raises
        ------
        StoreError
            The disk does not take them, or the journal is closed.
        """

    def forbear(self) -> None:
        """From now on facts that the disk does not take wait in memory (some thousands), and are recorded when it takes them.

        For who would rather go on without a record than end: the published file is the proof of an arrival.
        """

    def flush(self) -> None:
        """Return when every fact appended before can be read, by other processes too."""

    def rows(self, table: str, operation: int | None = None) -> list[dict[str, object]]:
        """Facts of an operation, or of all, in order of arrival; `path` is absolute."""

    def each(self, table: str, operation: int | None = None, *, having: Having = None) -> Iterator[dict[str, object]]:
        """As `rows`, one after the other: for what need not be in memory at once.

        ``having`` is a name and a value that many rows share (disposition, quarantined, ...): only rows with it are given.
        """

    def elapsed(self, table: str, operation: int) -> list[float | None]:
        """Seconds from the begin of an operation to each row of `rows`, by the monotonic clock of the process that recorded it.

        None where an earlier version has recorded it. The time of day of a fact stands in its row.
        """

    def count(self, table: str, operation: int | None = None) -> int:
        """How many rows `rows` would return."""

    def operations(self) -> list[dict[str, object]]:
        """All operations, oldest first: ``id``, ``began_at`` (UTC), ``kind``, ``facts``."""

    def files(self) -> Iterator[tuple[str, str, int]]:
        """SOP Instance UID, path relative to the data folder, and size in bytes of every arrival in the tree."""

    def in_use(self) -> bool:
        """Tell whether a move of another opening of this journal, in this process or another, is under way."""

    def unfilled(self, operation: int | None = None, limit: int = 500) -> list[tuple[int, dict[str, object]]]:
        """Arrivals, by their number in the journal, that no columns were read for yet."""

    def fill(self, rows: Iterable[tuple[int, Mapping[str, object]]]) -> None:
        """Replace the facts of arrivals, by their number: they have their columns now."""

    def close(self) -> None:
        """Take leave: everything appended can be read by the next one. Closing twice does nothing."""


class NoJournal:
    """Remembers nothing; for who wants files and nothing else.

    Examples
    --------
    >>> journal = NoJournal()
    >>> journal.append("arrivals", journal.begin("movescu"), {"size_bytes": 1})
    >>> journal.rows("arrivals")
    []
    """

    def __init__(self) -> None:
        self._numbers = count(1)

    def begin(self, kind: str = "operation", **facts: object) -> int:  # noqa: ARG002 - the Protocol's names
        """Return the next number."""
        return next(self._numbers)

    def append(
        self,
        table: str,
        operation: int,  # noqa: ARG002 - the Protocol's names
        facts: Mapping[str, object],  # noqa: ARG002 - the Protocol's names
        shared: Mapping[str, object] | None = None,  # noqa: ARG002 - the Protocol's names
    ) -> None:
        """Forget the facts."""
        check_table(table)

    def forbear(self) -> None:
        """Do nothing."""

    def flush(self) -> None:
        """Do nothing."""

    def rows(self, table: str, operation: int | None = None) -> list[dict[str, object]]:  # noqa: ARG002 - the Protocol's names
        """Return an empty list."""
        check_table(table)
        return []

    def each(self, table: str, operation: int | None = None, *, having: Having = None) -> Iterator[dict[str, object]]:  # noqa: ARG002 - the Protocol's names
        """Yield nothing."""
        return iter(self.rows(table, operation))

    def elapsed(self, table: str, operation: int) -> list[float | None]:  # noqa: ARG002 - the Protocol's names
        """Return an empty list."""
        check_table(table)
        return []

    def count(self, table: str, operation: int | None = None) -> int:
        """Return 0."""
        return len(self.rows(table, operation))

    def operations(self) -> list[dict[str, object]]:
        """Return an empty list."""
        return []

    def in_use(self) -> bool:
        """Nobody knows."""
        return False

    def files(self) -> Iterator[tuple[str, str, int]]:
        """Yield nothing."""
        return iter(())

    def unfilled(self, operation: int | None = None, limit: int = 500) -> list[tuple[int, dict[str, object]]]:  # noqa: ARG002 - the Protocol's names
        """Return an empty list."""
        return []

    def fill(self, rows: Iterable[tuple[int, Mapping[str, object]]]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def check_table(table: str) -> None:
    """Raise `StoreError` for a table that no journal has.

    Examples
    --------
    >>> check_table("arrival")
    Traceback (most recent call last):
    ...
    dicommove.errors.StoreError: no table 'arrival' in a journal: requests, responses, expected, arrivals, refusals, events
    """
    if table not in TABLES:
        raise StoreError(f"no table {table!r} in a journal: {', '.join(TABLES)}")
