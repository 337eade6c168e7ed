"""Rows that are purged: deleted, and their bytes too, from the database, its free pages and its write-ahead log."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from .facts import decode, encode
from .journal import TABLES
from .purge_facts import plan_without, without
from .purge_scope import operation_facts
from .schema import connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from .purge_facts import Secrets
    from .purge_scope import Scope

__all__ = ["PURGE", "connected", "delete", "scour", "unfinished"]

PURGE = "purge"
"""Kind of the operation that has removed a study, and of its events."""

_USED = " UNION ".join(f"SELECT shared FROM {table} WHERE shared IS NOT NULL" for table in TABLES)  # noqa: S608 - of TABLES


@contextlib.contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database for a purge: what is deleted is overwritten, and a commit lasts a power cut."""
    with contextlib.closing(connect(path)) as db:
        db.execute("PRAGMA secure_delete = ON").fetchone()
        db.execute("PRAGMA synchronous = FULL")
        yield db


def delete(db: sqlite3.Connection, scope: Scope, operation: int, receipt: Sequence[Mapping[str, object]]) -> None:
    """Delete the rows of a scope, take its UIDs and names out of all others, and add the receipt, in one transaction.

    Parameters
    ----------
    db : sqlite3.Connection
    scope : Scope
    operation : int
        The purge's own; nothing is recorded in later ones while it runs.
    receipt : sequence of Mapping
        Its events.

    Raises
    ------
    sqlite3.Error
        Nothing was changed.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        for table, numbers in scope.rows.items():
            db.executemany(f"DELETE FROM {table} WHERE id = ?", ((number,) for number in numbers))  # noqa: S608 - of TABLES
        db.execute(f"DELETE FROM shared WHERE id NOT IN ({_USED})")  # noqa: S608 - of TABLES
        _redact(db, scope)
        note(db, operation, receipt)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def note(db: sqlite3.Connection, operation: int, events: Sequence[Mapping[str, object]]) -> None:
    """Add events of an operation."""
    db.executemany(
        "INSERT INTO events (operation, own) VALUES (?, ?)", ((operation, encode({"kind": PURGE, **event})) for event in events)
    )


def scour(db: sqlite3.Connection) -> None:
    """Write the database anew without free space, and empty its write-ahead log: nothing deleted is left in either.

    Raises
    ------
    sqlite3.OperationalError
        Another process reads it, or the disk is full.
    """
    db.execute("VACUUM")
    (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise sqlite3.OperationalError("database is locked: its write-ahead log is still being read")


def unfinished(db: sqlite3.Connection) -> list[int]:
    """Purges that never ended: their process was killed."""
    found = db.execute("SELECT id FROM operations WHERE kind = ? ORDER BY id", (PURGE,)).fetchall()
    return [number for (number,) in found if not _has_ended(db, number)]


def _has_ended(db: sqlite3.Connection, operation: int) -> bool:
    texts = db.execute("SELECT own FROM events WHERE operation = ?", (operation,))
    return any('"kind":"ended"' in text for (text,) in texts)


def _redact(db: sqlite3.Connection, scope: Scope) -> None:
    """Take UIDs and names out of plans and of what is left of the rows."""
    secrets = scope.secrets
    for number, facts in operation_facts(db):
        left = plan_without(facts, scope.studies, secrets)
        if left != facts:
            db.execute("UPDATE operations SET facts = ? WHERE id = ?", (encode(left), number))
    for table, column in (("shared", "facts"), *((table, "own") for table in TABLES)):
        _redact_column(db, table, column, secrets)


def _redact_column(db: sqlite3.Connection, table: str, column: str, secrets: Secrets) -> None:
    changed = []
    for number, text in db.execute(f"SELECT id, {column} FROM {table}"):  # noqa: S608 - names of our own schema
        new = _redacted(text, secrets)
        if new != text:
            changed.append((new, number))
    db.executemany(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE id = ?", changed)  # noqa: S608 - as above


def _redacted(text: str, secrets: Secrets) -> str:
    return encode(without(decode(text), secrets)) if text else text
