"""The journal's SQLite database: rows in by the batch, facts out; one writer at a time, readers beside it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..errors import JournalDamaged, StoreError
from .drafts import HOME
from .facts import decode, decode_line, encode, join, part, path_of
from .faults import as_store_error
from .journal import TABLES, Having, check_table
from .schema import connect, tells_damage, update

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["LARGEST_JOURNAL", "Database", "in_words", "reading"]

_COLUMNS = "uid, path, size_bytes, own, shared"
_LONGEST_PATH = 500  # bytes: SQLite takes some 510, those of its companions included
_MOST_REMEMBERED = 20_000  # shared facts whose number is kept in memory


@contextlib.contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn what SQLite says into a `StoreError` with the next step."""
    try:
        yield
    except sqlite3.Error as error:
        if tells_damage(error):
            raise _damaged(path) from error
        raise StoreError(f"journal {path}: {_advice(str(error), path)}") from error
    except UnicodeDecodeError as error:  # what SQLite says of a damaged schema quotes it
        raise _damaged(path) from error


def _advice(said: str, path: Path) -> str:
    if "full" in said:
        return "the disk is full; free some space"
    if "locked" in said or "busy" in said:
        return "another process has held it for too long; end that process"
    if "unable to open" in said and len(os.fsencode(path)) > _LONGEST_PATH:
        return "its path is too long for SQLite; give a data folder with a shorter one"
    if "too big" in said:
        return "a value of more than 256 MB, which no move writes, or a plan that is too long to be recorded; give another folder"
    if "unable to open" in said:
        return f"{said}; is its folder readable and writable, or are too many files open in this process (ulimit -n)?"
    return said


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what a damaged disk has left in rows that SQLite itself finds sound into `JournalDamaged`."""
    try:
        yield
    except (ValueError, TypeError, StopIteration) as error:  # no text, no JSON, no row of shared facts; nothing where JSON begins
        raise _damaged(path) from error


def _damaged(path: Path) -> JournalDamaged:
    return JournalDamaged(
        f"journal {path}: it is damaged. dicommove rebuild, or dm.rebuild(), sets it aside and makes it again of what can be "
        "read and of the files; the next move into this folder does so by itself where it notices"
    )


LARGEST_JOURNAL = 16 << 30
"""Bytes of a journal that takes another operation: some tens of millions of instances. Beyond it every question takes minutes."""


class Database:
    """One open database; safe to use from many threads.

    Parameters
    ----------
    path : Path
        Of its file, made when it is not there.
    root : str
        The data folder with its separator.

    Raises
    ------
    StoreError
        It cannot be opened, or was written by a later version.
    """

    def __init__(self, path: Path, root: str) -> None:
        self._path = path
        self._root = root
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        with in_words(path):
            self._writer = connect(path)
            try:
                update(self._writer)
            except BaseException:
                self._writer.close()
                raise

    def begin(self, kind: str, facts: Mapping[str, object], clock: int) -> int:
        """Add an operation, which begins at ``clock`` (microseconds, monotonic), and return its number.

        Raises
        ------
        StoreError
            The journal is as large as it may become, or takes nothing.
        """
        try:
            size_bytes = self._path.stat().st_size
        except OSError as error:
            raise as_store_error(error, self._path) from error
        if size_bytes > LARGEST_JOURNAL:
            raise StoreError(
                f"journal {self._path}: it has grown to more than {LARGEST_JOURNAL >> 30} GiB, and takes no other move. What is "
                "in this folder stays readable (dicommove catalog, ledger, report): give the next move another data folder"
            )
        with self._transaction() as db:
            values = (datetime.now(UTC).isoformat(), kind, encode(dict(facts)), clock)
            number = db.execute("INSERT INTO operations (began_at, kind, facts, clock) VALUES (?, ?, ?, ?)", values).lastrowid
        assert number is not None
        return number

    def fold(self, name: str, lines: Iterable[bytes], folded: int) -> None:
        """Take in lines of a log, and how far it is folded then, in one transaction; torn lines are stepped over.

        Parameters
        ----------
        name : str
            Of the log.
        lines : iterable of bytes
        folded : int
            Offset in bytes behind the last of them.
        """
        entries = [entry for line in lines if (entry := decode_line(line)) is not None and entry.table in TABLES]
        with self._transaction() as db:
            by_table: dict[str, list[tuple[object, ...]]] = {}
            for table, operation, (uid, path, size_bytes, shared, own), clock in entries:
                by_table.setdefault(table, []).append((operation, uid, path, size_bytes, self._number(db, shared), own, clock))
            for table, rows in by_table.items():
                db.executemany(
                    f"INSERT INTO {table} (operation, uid, path, size_bytes, shared, own, clock) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - of TABLES
                    rows,
                )
            db.execute("INSERT OR REPLACE INTO logs (name, folded) VALUES (?, ?)", (name, folded))

    def folded(self, name: str) -> int:
        """Offset in bytes up to which a log is in the tables."""
        with self._reader() as db:
            found = db.execute("SELECT folded FROM logs WHERE name = ?", (name,)).fetchone()
        return 0 if found is None else int(found[0])

    def forget_log(self, name: str) -> None:
        """Forget a log that is gone."""
        with self._transaction() as db:
            db.execute("DELETE FROM logs WHERE name = ?", (name,))

    def each(self, table: str, operation: int | None, having: Having = None) -> Iterator[dict[str, object]]:
        """Facts in order of arrival, as they are in this moment, without all of them in memory."""
        if having is None:
            return (facts for _, facts in self._select(table, operation, ""))
        among = " AND shared IN (SELECT id FROM shared WHERE instr(facts, ?)) ORDER BY id"
        text = encode(dict([having]))[1:-1]
        return (facts for _, facts in self._select(table, operation, among, text) if facts.get(having[0]) == having[1])

    def elapsed(self, table: str, operation: int) -> list[float | None]:
        """Seconds from the begin of an operation to each of its rows, by the monotonic clock; None where it was not recorded."""
        check_table(table)
        with self._reader() as db:
            (began,) = db.execute("SELECT clock FROM operations WHERE id = ?", (operation,)).fetchone() or (None,)
            clocks = db.execute(f"SELECT clock FROM {table}{_where(operation)} ORDER BY id").fetchall()  # noqa: S608 - of TABLES
        return [None if clock is None or began is None else (clock - began) / 1e6 for (clock,) in clocks]

    def unfilled(self, operation: int | None, limit: int) -> list[tuple[int, dict[str, object]]]:
        """Arrivals without columns, by their number."""
        return list(self._select("arrivals", operation, f" AND filled = 0 ORDER BY id LIMIT {limit:d}"))

    def fill(self, rows: Iterable[tuple[int, Mapping[str, object]]]) -> None:
        """Replace the facts of arrivals."""
        parted = [(number, part(facts, self._root)) for number, facts in rows]
        with self._transaction() as db:
            values = [(*new[:3], self._number(db, new.shared), new.own, number) for number, new in parted]
            db.executemany(
                "UPDATE arrivals SET uid = ?, path = ?, size_bytes = ?, shared = ?, own = ?, filled = 1 WHERE id = ?", values
            )

    def count(self, table: str, operation: int | None) -> int:
        """Count rows."""
        check_table(table)
        with self._reader() as db:
            (number,) = db.execute(f"SELECT count(*) FROM {table}{_where(operation)}").fetchone()  # noqa: S608 - of TABLES
        return int(number)

    def operations(self) -> list[dict[str, object]]:
        """All operations, oldest first."""
        with self._reader() as db:
            found = db.execute("SELECT id, began_at, kind, facts FROM operations ORDER BY id").fetchall()
        with reading(self._path):
            return [
                {"id": number, "began_at": datetime.fromisoformat(at), "kind": kind, "facts": dict(decode(facts))}  # type: ignore[call-overload]  # what `begin` wrote is a dict
                for number, at, kind, facts in found
            ]

    def files(self) -> Iterator[tuple[str, str, int]]:
        """UID, relative path and size in bytes of the arrivals in the tree."""
        with self._reader() as db:
            found = db.execute(
                "SELECT uid, path, size_bytes FROM arrivals WHERE typeof(uid) = 'text' AND typeof(path) = 'text'"
                " AND typeof(size_bytes) = 'integer' AND path NOT LIKE ? ORDER BY id",
                (f"{HOME}%",),
            )
            with reading(self._path):
                yield from ((uid, path_of(path), size_bytes) for uid, path, size_bytes in found)

    def close(self) -> None:
        """Close it, its write-ahead log written back."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self._writer.close()

    def _select(self, table: str, operation: int | None, rest: str, *values: object) -> Iterator[tuple[int, dict[str, object]]]:
        check_table(table)
        shared: dict[int | None, dict[str, object]] = {None: {}}
        with self._reader() as db, reading(self._path):
            query = f"SELECT {_COLUMNS}, id FROM {table}{_where(operation)}{rest or ' ORDER BY id'}"  # noqa: S608 - of TABLES
            for *row, key, number in db.execute(query, values):
                if key not in shared:
                    (text,) = db.execute("SELECT facts FROM shared WHERE id = ?", (key,)).fetchone()
                    shared[key] = dict(decode(text))  # type: ignore[call-overload]  # what `part` wrote is a dict
                yield number, join(row, shared[key], self._root)

    def _number(self, db: sqlite3.Connection, shared: str) -> int | None:
        """Number of shared facts, added when they are new."""
        if not shared:
            return None
        if shared not in self._numbers:
            if len(self._numbers) >= _MOST_REMEMBERED:
                self._numbers.clear()
            db.execute("INSERT OR IGNORE INTO shared (facts) VALUES (?)", (shared,))
            (self._numbers[shared],) = db.execute("SELECT id FROM shared WHERE facts = ?", (shared,)).fetchone()
        return self._numbers[shared]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, in_words(self._path):
            if self._writer.in_transaction:  # one that could not even be rolled back, in a moment when the disk took nothing
                self._writer.execute("ROLLBACK")
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                self._numbers.clear()  # the numbers given in it were never kept
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """Connect for reading: neither waits for the writer nor holds it up."""
        with in_words(self._path), contextlib.closing(connect(self._path)) as connection:
            yield connection


def _where(operation: int | None) -> str:
    return " WHERE 1" if operation is None else f" WHERE operation = {operation:d}"
