"""Journals that cannot be used are refused with the way out; folders may be named in any way."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from dicommove.errors import StoreError
from dicommove.store import database, schema
from dicommove.store.journal import NoJournal
from dicommove.store.sqlite_journal import SqliteJournal


def test_journal_of_a_later_version_is_refused(tmp_path):
    """The text says to update."""
    journal = SqliteJournal(tmp_path)
    journal.close()
    with sqlite3.connect(journal.place / "journal.sqlite") as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    db.close()
    with pytest.raises(StoreError, match="later version"):
        SqliteJournal(tmp_path)


def test_link_in_place_of_the_database_is_refused(tmp_path):
    """SQLite is not led outside."""
    (tmp_path / ".dicommove").mkdir()
    (tmp_path / ".dicommove" / "journal.sqlite").symlink_to(tmp_path / "outside")
    with pytest.raises(StoreError):
        SqliteJournal(tmp_path)
    assert not (tmp_path / "outside").exists()


def test_folder_may_be_named_in_any_way(tmp_path, monkeypatch):
    """A relative name, with dots in it, gives the same absolute paths."""
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    journal = SqliteJournal(Path("../sub/.."))
    journal.append("arrivals", 1, {"path": str(tmp_path / "a.dcm"), "SOPInstanceUID": "1.2", "size_bytes": 3})
    assert journal.rows("arrivals")[0]["path"] == str(tmp_path / "a.dcm")
    assert list(journal.files()) == [("1.2", "a.dcm", 3)]
    journal.close()


def test_folder_that_is_gone_is_named(tmp_path):
    """The text says what is missing, and nothing is made."""
    with pytest.raises(StoreError, match="not there any more"):
        SqliteJournal(tmp_path / "gone")
    assert not (tmp_path / "gone").exists()


def test_no_journal_takes_everything_and_knows_nothing():
    """The other implementation of the Protocol forgets."""
    journal = NoJournal()
    assert (journal.begin(), journal.begin("move", a=1)) == (1, 2)
    journal.append("arrivals", 1, {"n": 1})
    journal.flush()
    journal.fill([])
    assert (journal.rows("arrivals"), journal.count("arrivals"), journal.operations()) == ([], 0, [])
    assert (list(journal.files()), journal.unfilled()) == ([], [])
    with pytest.raises(StoreError, match="no table"):
        journal.rows("nothing")
    journal.close()


def test_a_journal_that_has_grown_too_large_takes_no_other_operation(tmp_path, monkeypatch):
    """The text says what to do, what is in it stays readable, and a running operation goes on."""
    journal = SqliteJournal(tmp_path)
    first = journal.begin("move")
    monkeypatch.setattr(database, "LARGEST_JOURNAL", 1000)
    with pytest.raises(StoreError, match="another data folder"):
        journal.begin("move")
    journal.append("events", first, {"kind": "ended"})
    assert len(journal.rows("events", first)) == 1
    assert len(journal.operations()) == 1
    journal.close()
