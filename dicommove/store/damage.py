"""A damaged journal is set aside, never deleted, and made again: of what can still be read, and of the files in the folder."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING

from .. import platform
from ..errors import JournalDamaged
from .facts import is_sound
from .journal import TABLES
from .log import has_living_logs
from .schema import connect, tells_damage, update

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["renew"]

_NAME = "journal.sqlite"
_LOCK = "renew.lock"
_COMPANIONS = ("", "-wal", "-shm")
_ALL = ("operations", "logs", "shared", *TABLES)
_LOST_SHARE = "shared IS NOT NULL AND shared NOT IN (SELECT id FROM shared)"
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
            update(db)
            return [*db.execute("PRAGMA quick_check(1)").fetchone()] != ["ok"] or not all(_sound(db, table) for table in _ALL)
    except sqlite3.OperationalError as error:  # which one that is locked, or a full disk, raises too
        return tells_damage(error)
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return True


def _sound(db: sqlite3.Connection, table: str) -> bool:
    """Whether every row holds what is written there, and every fact has its shared part."""
    if table in TABLES and db.execute(f"SELECT 1 FROM {table} WHERE {_LOST_SHARE} LIMIT 1").fetchone():  # noqa: S608 - of TABLES
        return False
    rows = db.execute(f"SELECT * FROM {table}")  # noqa: S608 - of our own schema
    names = [column[0] for column in rows.description]
    return all(_is_sound_row(names, row) for row in rows)


def _is_sound_row(names: Sequence[str], row: tuple[object, ...]) -> bool:
    return all(map(is_sound, names, row))


def _free(place: Path) -> tuple[Path, int]:
    """First name for a journal that is set aside that nothing has, and its number."""
    number = 1
    while (old := place / f"journal-damaged-{number}.sqlite").exists():
        number += 1
    return old, number


def _copy(old: Path, new: Path, number: int) -> None:
    """Copy what can be read; operations are numbered on from the last that was found."""
    source_path = old if old.is_file() else ":memory:"  # what is no file at all holds nothing
    with contextlib.closing(connect(new)) as target, contextlib.closing(sqlite3.connect(source_path)) as source:
        update(target)
        target.execute("BEGIN IMMEDIATE")
        for table in _ALL:
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
    """Copy rows up to the first that cannot be read; one that is torn within is left out, and a fact without its shared part."""
    names = [str(name) for _, name, *_ in _readable(source, f"PRAGMA table_info({table})")]
    if not names or not list(_readable(source, f"SELECT 1 FROM sqlite_master WHERE name = '{table}' AND rootpage > 0")):  # noqa: S608 - of our own schema
        return  # a view may compute for ever
    places, columns = ", ".join("?" * len(names)), ", ".join(names)
    statement = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({places})"  # noqa: S608 - names of our own schema
    rows = _readable(source, f"SELECT {columns} FROM {table}")  # noqa: S608 - as above
    target.executemany(statement, (row for row in rows if _is_sound_row(names, row)))
    if table in TABLES:
        target.execute(f"DELETE FROM {table} WHERE {_LOST_SHARE}")  # noqa: S608 - of TABLES


def _readable(source: sqlite3.Connection, query: str) -> Iterator[tuple[object, ...]]:
    """Rows up to the first that cannot be read; a text that is none is given as bytes."""
    source.text_factory = _text
    with contextlib.suppress(sqlite3.DatabaseError, UnicodeDecodeError):
        yield from source.execute(query)


def _text(raw: bytes) -> str | bytes:
    return raw.decode("ascii") if raw.isascii() else raw
