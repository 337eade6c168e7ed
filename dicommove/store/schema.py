"""The database of the journal: its tables, and how older ones are brought up to date."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import time
from typing import TYPE_CHECKING

from ..errors import StoreError
from ..platform import is_link
from .journal import TABLES

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["VERSION", "connect", "refuse_planted", "tells_damage", "update"]

_FIRST = (
    "CREATE TABLE operations (id INTEGER PRIMARY KEY AUTOINCREMENT, began_at TEXT NOT NULL, kind TEXT NOT NULL, facts TEXT)",
    "CREATE TABLE shared (id INTEGER PRIMARY KEY, facts TEXT NOT NULL UNIQUE)",
    # How many bytes of each living process' log are in the tables: written in one transaction with the rows.
    "CREATE TABLE logs (name TEXT PRIMARY KEY, folded INTEGER NOT NULL) WITHOUT ROWID",
    *(
        f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, operation INTEGER NOT NULL, uid TEXT, path TEXT, size_bytes INTEGER,"
        " shared INTEGER, own TEXT NOT NULL, filled INTEGER NOT NULL DEFAULT 0)"
        for table in TABLES
    ),
    *(f"CREATE INDEX {table}_by_operation ON {table} (operation)" for table in TABLES),
)

_CLOCKS = (
    # Microseconds of the recording process' monotonic clock: what they differ by holds, whatever is done to the time of day.
    "ALTER TABLE operations ADD COLUMN clock INTEGER",
    *(f"ALTER TABLE {table} ADD COLUMN clock INTEGER" for table in TABLES),
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _CLOCKS)
"""Statements that bring a database from each version (its place here) to the next."""
VERSION = len(MIGRATIONS)
_COMPUTES = "SELECT 1 FROM sqlite_master WHERE coalesce(rootpage, 0) = 0 LIMIT 1"  # only what stores nothing has no page
LONGEST_VALUE = 1 << 28
"""Bytes of one value: what a plan of a million instances takes, several times. SQLite itself would read a gigabyte at once."""
_PATIENCE_S = 30.0
_DAMAGE = ("malformed", "not a database", "Could not decode", "no such table", "no such column", "already exists")
"""What SQLite says of a file that is damaged, or that somebody else has changed; our own statements never lead to it."""


def connect(path: Path) -> sqlite3.Connection:
    """Connect to a database, made when it is not there; transactions are begun by hand.

    Raises
    ------
    StoreError
        Something that is no file, or leads elsewhere, has its name or that of a companion.
    sqlite3.Error
        It cannot be opened, or holds what computes: views and triggers, by which somebody else would decide what we do.
    """
    for companion in ("", "-wal", "-shm", "-journal"):  # SQLite itself would follow links, and wait for pipes
        refuse_planted(path.with_name(path.name + companion))
    connection = sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        # The published files are the proof of arrivals: what a power cut takes from here is found again in the folder.
        connection.execute("PRAGMA synchronous = NORMAL")
        if connection.execute(_COMPUTES).fetchone() is not None:
            raise sqlite3.DatabaseError("malformed: it holds views, triggers or virtual tables")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def refuse_planted(path: Path) -> None:
    """See that a name is free, or a file's own.

    Raises
    ------
    StoreError
        A link, a folder, a pipe or a device has it.
    """
    with contextlib.suppress(FileNotFoundError):
        status = path.lstat()
        if is_link(status) or not stat.S_ISREG(status.st_mode):
            raise StoreError(f"{path}: a link, a folder or a pipe stands where a file of the journal belongs; remove it")


def tells_damage(error: sqlite3.Error) -> bool:
    """Tell whether an error speaks of a damaged file, and not of a disk that is full or of somebody who holds the file."""
    return any(words in str(error) for words in _DAMAGE)


def update(connection: sqlite3.Connection) -> None:
    """Bring a database up to date, and into WAL mode; two processes that begin at once do it once.

    Raises
    ------
    StoreError
        A later version of this package has written it.
    sqlite3.Error
        It cannot be written, or is held by another process.
    """
    _write_ahead(connection)
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > VERSION:
        raise StoreError("the journal of this data folder was written by a later version of dicommove; update dicommove")
    if found == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        for statement in (statement for migration in MIGRATIONS[found:] for statement in migration):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION:d}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL mode; unlike all else this does not wait for another process that does the same, so it is tried again."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
