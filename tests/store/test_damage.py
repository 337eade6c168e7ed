"""Damaged journals: set aside with a word about it, and made again of what can be read and of the files."""

from __future__ import annotations

import contextlib
import os
import sqlite3

import pytest

from dicommove.errors import JournalDamaged, StoreError, StoreWarning
from dicommove.store import rebuild
from dicommove.store.database import Database
from dicommove.store.journal import TABLES, TAKEN_IN
from dicommove.store.schema import MIGRATIONS, VERSION
from dicommove.store.sqlite_journal import SqliteJournal


@pytest.fixture
def filled(kit, open_store):
    """A closed store of one move with 40 instances, and its journal's file."""
    store = open_store()
    operation = store.journal.begin("move", purpose="a study")
    for number in range(40):
        store.journal.append("expected", operation, {"SOPInstanceUID": f"1.2.3.{number}", "note": "x" * 500})
        kit.deliver(store, f"1.2.3.{number}", operation=operation)
    store.close()
    return store, store.folder / ".dicommove" / "journal.sqlite"


def _scribble(path, start, size=4096):
    with path.open("r+b") as file:
        file.seek(start)
        file.write(os.urandom(size))


def _pages_of(path, table):
    """Number of the root page of a table, from 0, and how many bytes a page has."""
    with sqlite3.connect(path) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    db.close()
    return page - 1, size


@pytest.mark.parametrize("damage", ["text", "first page", "cut off"])
def test_journal_that_cannot_be_read_is_made_again_from_the_files(filled, damage):
    """The next store says where the old one is, and knows each instance that the folder holds; numbers are not given twice."""
    store, path = filled
    if damage == "text":
        path.write_bytes(b"no database at all " * 1000)
    elif damage == "first page":
        _scribble(path, 0)
    else:
        os.truncate(path, 5000)
    with pytest.warns(StoreWarning, match="journal-damaged-1.sqlite"):
        store.prepare()
    assert all(store.holds(f"1.2.3.{number}") for number in range(40))
    assert store.journal.count("arrivals", TAKEN_IN) == 40
    assert (path.parent / "journal-damaged-1.sqlite").exists()
    assert store.journal.begin("move") > 1


def test_what_can_be_read_of_a_damaged_journal_is_kept(filled):
    """Damage in the table of arrivals costs neither the operation nor what it expected."""
    store, path = filled
    page, size = _pages_of(path, "arrivals")
    _scribble(path, page * size, size)
    with pytest.warns(StoreWarning, match="set aside"):
        store.prepare()
    assert [(one["id"], one["facts"]) for one in store.journal.operations()] == [(1, {"purpose": "a study"})]
    assert store.journal.count("expected", 1) == 40
    assert all(store.holds(f"1.2.3.{number}") for number in range(40))
    assert store.journal.begin("move") == 2


def test_facts_whose_shared_part_is_lost_go_with_it(filled):
    """A row that could not be put together again is none."""
    store, path = filled
    page, size = _pages_of(path, "shared")
    _scribble(path, page * size, size)
    rebuilt = rebuild(store.folder)
    assert (rebuilt.instances, rebuilt.moves) == (40, 1)
    journal = SqliteJournal(store.folder)
    assert all(row["SOPInstanceUID"] for row in journal.rows("arrivals"))
    journal.close()


def test_reader_is_told_what_to_do(filled):
    """Who only reads sets nothing aside."""
    store, path = filled
    path.write_bytes(b"no database at all " * 1000)
    with pytest.raises(JournalDamaged, match="dicommove rebuild"):
        SqliteJournal(store.folder)
    assert not list(path.parent.glob("journal-damaged-*"))


def test_journal_in_use_is_not_set_aside(filled):
    """As long as somebody writes to it, it stays where it is."""
    store, path = filled
    store.prepare()
    store.journal.append("events", 1, {"n": 1})
    with pytest.raises(JournalDamaged, match="still writes"):
        rebuild(store.folder)
    store.close()
    assert rebuild(store.folder).moves == 1
    assert path.exists()


def test_rebuild_keeps_a_sound_journal_as_it_is(filled):
    """Everything is copied, the clock of each fact too; what is gone or damaged meanwhile is counted."""
    store, _ = filled
    before = SqliteJournal(store.folder)
    rows, elapsed = before.rows("arrivals", 1), before.elapsed("arrivals", 1)
    before.close()
    first, second, *_ = store.folder.rglob("*.dcm")
    first.unlink()
    second.write_bytes(b"torn")
    rebuilt = rebuild(store.folder)
    assert (rebuilt.instances, rebuilt.missing, rebuilt.taken_in, rebuilt.moves) == (38, 2, 0, 1)
    assert rebuilt.set_aside.name == "journal-damaged-1.sqlite"
    assert "38 SOP Instances are there, 2 are gone or damaged" in str(rebuilt)
    after = SqliteJournal(store.folder)
    assert (after.rows("arrivals", 1), after.elapsed("arrivals", 1)) == (rows, elapsed)
    after.close()


def test_folder_that_never_had_a_journal_gets_one(kit, tmp_path):
    """DICOM files that somebody copied there are known from then on."""
    (tmp_path / "data").mkdir()
    with kit.new_store(tmp_path / "other") as other:
        for number in range(3):
            kept = kit.deliver(other, f"1.2.3.{number}").kept
            (tmp_path / "data" / f"{number}.dcm").write_bytes(kept.path.read_bytes())
    rebuilt = rebuild(tmp_path / "data")
    assert (rebuilt.instances, rebuilt.taken_in, rebuilt.set_aside) == (3, 3, None)
    with pytest.raises(StoreError, match="no folder"):
        rebuild(tmp_path / "nothing")


def test_journal_of_the_first_version_is_brought_up_to_date(tmp_path):
    """Its rows stay; of their clock nothing is known."""
    path = tmp_path / "journal.sqlite"
    with sqlite3.connect(path) as db:
        for statement in MIGRATIONS[0]:
            db.execute(statement)
        db.execute("INSERT INTO operations (began_at, kind, facts) VALUES ('2026-01-01T00:00:00+00:00', 'move', '{}')")
        db.execute("INSERT INTO events (operation, own) VALUES (1, '{\"n\":1}')")
        db.execute("PRAGMA user_version = 1")
    db.close()
    database = Database(path, str(tmp_path))
    assert (list(database.each("events", 1)), database.elapsed("events", 1)) == ([{"n": 1}], [None])
    assert database.begin("move", {}, 5) == 2
    database.close()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
    db.close()


_NASTY = {
    "facts of a row": ("UPDATE arrivals SET own = '{\"sec' WHERE id = 3",),
    "facts that are a list": ("UPDATE events SET own = '[1]'",),
    "a letter that is none": ("UPDATE arrivals SET path = CAST(x'73ff2e64636d' AS TEXT) WHERE id = 3",),
    "a UID in bytes": ("UPDATE arrivals SET uid = CAST(uid AS BLOB) WHERE id = 3",),
    "the plan of the move": ("UPDATE operations SET facts = substr(facts, 1, 9)",),
    "a date": ("UPDATE operations SET began_at = 'yesterday'",),
    "what rows share": ("DELETE FROM shared",),
    "a table": ("DROP TABLE arrivals",),
    "the version": ("PRAGMA user_version = 0",),
}


@pytest.mark.parametrize("statements", _NASTY.values(), ids=_NASTY)
def test_damage_within_rows_is_found_and_left_out(filled, statements):
    """Rows that SQLite takes for sound and that are torn: readers say what to do, and rebuilding leaves nothing of them."""
    store, path = filled
    with contextlib.closing(SqliteJournal(store.folder)) as journal:
        journal.append("events", 1, {"kind": "association", "status": 0, "at": "now"})
    with contextlib.closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()
    with pytest.raises(JournalDamaged, match="dicommove rebuild"):  # noqa: PT012 - some damage shows when it is opened
        journal = SqliteJournal(store.folder)
        try:
            journal.operations()
            for table in TABLES:
                journal.rows(table)
        finally:
            journal.close()
    assert rebuild(store.folder).instances == 40
    with contextlib.closing(SqliteJournal(store.folder)) as journal:
        assert len({row["SOPInstanceUID"] for row in journal.rows("arrivals")}) == 40
        assert [len(journal.rows(table)) for table in TABLES]
        assert journal.begin("move") > 1


def test_damaged_plan_of_a_move_is_noticed_by_the_next_one(filled):
    """It cannot be read any more: the journal is set aside when the folder is opened, and nothing fails later."""
    store, path = filled
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE operations SET facts = '{'")
        db.commit()
    with pytest.warns(StoreWarning, match="journal-damaged-1.sqlite"):
        store.prepare()
    assert store.journal.operations() == []
    assert store.journal.count("expected", 1) == 40
    assert all(store.holds(f"1.2.3.{number}") for number in range(40))


def test_something_else_in_the_place_of_the_journal_is_set_aside(filled):
    """A folder of its name: rebuilding puts it aside too."""
    store, path = filled
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match=r"journal\.sqlite: a link, a folder or a pipe .*; remove it"):
        SqliteJournal(store.folder)
    assert rebuild(store.folder).taken_in == 40
