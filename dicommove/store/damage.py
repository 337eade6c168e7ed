"""A damaged journal is set aside, never deleted, and made again: of what can still be read, and of the files in the folder."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING

from .. import platform
from ..errors import JournalDamaged
from .journal import TABLES
from .log import has_living_logs
from .schema import connect, update

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["renew"]

_NAME = "journal.sqlite"
_LOCK = "renew.lock"
_COMPANIONS = ("", "-wal", "-shm")
_GAP = 1000
"""Operations of a journal that cannot be read at all: the new one numbers its own from beyond them."""


def renew(place: Path, mode: int, *, whatever: bool = False) -> Path | None:
    """Set a damaged journal aside and make a new one of what can be read of it.

    Parameters
    ----------
    place : Path
        The folder of the journal.
    mode : int
        Of the new file.
    whatever : bool
        Also one that is not damaged.

    Returns
    -------
    Path or None
        Where the old one lies now; None when there is none, or when another process has done all this in the meantime.

    Raises
    ------
    JournalDamaged
        Another operation, of this process or another, still writes to it.
    OSError
        The folder cannot be written.
    """
    path = place / _NAME
    with _alone(place, mode):
        if not path.exists() or not (whatever or _is_damaged(path)):
            return None
        if has_living_logs(place):
            raise JournalDamaged(f"journal {path}: a move still writes to it; end it, or wait until it has ended, and try again")
        old, number = _free(place)
        for companion in _COMPANIONS:
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + companion).rename(old.with_name(old.name + companion))
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | platform.O_NOFOLLOW, mode))
        _copy(old, path, number)
    return old


@contextlib.contextmanager
def _alone(place: Path, mode: int) -> Iterator[None]:
    """Hold the lock against other processes that want the same."""
    descriptor = os.open(place / _LOCK, os.O_RDWR | os.O_CREAT | platform.O_NOFOLLOW, mode)
    try:
        if not platform.wait_for_lock(descriptor):
            raise JournalDamaged(
                f"journal {place / _NAME}: another process has been making it anew for too long; end that process"
            )
        yield
    finally:
        os.close(descriptor)


def _is_damaged(path: Path) -> bool:
    try:
        with contextlib.closing(connect(path)) as db:
            return [*db.execute("PRAGMA quick_check(1)").fetchone()] != ["ok"]
    except sqlite3.DatabaseError as error:
        return not isinstance(error, sqlite3.OperationalError)  # which one that is locked, or a full disk, raises


def _free(place: Path) -> tuple[Path, int]:
    """First name for a journal that is set aside that nothing has, and its number."""
    number = 1
    while (old := place / f"journal-damaged-{number}.sqlite").exists():
        number += 1
    return old, number


def _copy(old: Path, new: Path, number: int) -> None:
    """Copy what can be read; operations are numbered on from the last that was found."""
    with contextlib.closing(connect(new)) as target, contextlib.closing(sqlite3.connect(old)) as source:
        update(target)
        target.execute("BEGIN IMMEDIATE")
        for table in ("operations", "logs", "shared", *TABLES):
            _copy_table(source, target, table)
        target.execute("DELETE FROM sqlite_sequence WHERE name = 'operations'")
        target.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'operations', max(coalesce(max(id), 0), ?) FROM operations",
            (0 if _was_read(target) else _GAP * number,),
        )
        target.execute("COMMIT")


def _was_read(target: sqlite3.Connection) -> bool:
    return target.execute("SELECT 1 FROM operations LIMIT 1").fetchone() is not None


def _copy_table(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> None:
    """Copy rows up to the first that cannot be read; a fact whose shared part is lost goes with it."""
    names = [str(name) for _, name, *_ in _readable(source, f"PRAGMA table_info({table})")]
    if not names:
        return
    places, columns = ", ".join("?" * len(names)), ", ".join(names)
    statement = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({places})"  # noqa: S608 - names of our own schema
    target.executemany(statement, _readable(source, f"SELECT {columns} FROM {table}"))  # noqa: S608 - as above
    if table in TABLES:
        target.execute(f"DELETE FROM {table} WHERE shared IS NOT NULL AND shared NOT IN (SELECT id FROM shared)")  # noqa: S608 - of TABLES


def _readable(source: sqlite3.Connection, query: str) -> Iterator[tuple[object, ...]]:
    """Rows up to the first that cannot be read."""
    with contextlib.suppress(sqlite3.DatabaseError):
        yield from source.execute(query)
