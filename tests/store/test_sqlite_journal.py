"""The journal: what is appended comes back, whoever is killed and whoever reads."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dicommove.errors import StoreError
from dicommove.store import sqlite_journal
from dicommove.store.journal import TABLES
from dicommove.store.sqlite_journal import SqliteJournal


@pytest.fixture
def open_journal(tmp_path):
    """Open journals of one folder and close them at the end."""
    journals = []

    def opened(**options):
        journals.append(SqliteJournal(tmp_path, **options))
        return journals[-1]

    yield opened
    for journal in journals:
        journal.close()


@pytest.fixture
def journal(open_journal):
    """A journal as it comes."""
    return open_journal()


PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.datetimes(timezones=st.just(UTC))
NAMES = st.text(min_size=1) | st.sampled_from(["SOPInstanceUID", "path", "size_bytes", "PatientName", "Modality", "row"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=st.dictionaries(NAMES, PLAIN | st.lists(PLAIN, max_size=2)), table=st.sampled_from(TABLES))
def test_facts_survive_the_round_trip(journal, facts, table):
    """Any plain facts come back equal and of the same types, half of a surrogate pair and numbers beyond SQLite's included."""
    operation = journal.begin()
    journal.append(table, operation, facts)
    (row,) = journal.rows(table, operation)
    assert row == facts
    assert {name: type(value) for name, value in row.items()} == {name: type(value) for name, value in facts.items()}


def test_moment_of_another_zone_comes_back_in_utc(journal):
    """A datetime keeps its moment and its microseconds."""
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=2)))
    journal.append("events", 1, {"at": moment})
    assert journal.rows("events", 1) == [{"at": moment}]
    assert journal.rows("events")[0]["at"].tzinfo is UTC


def test_what_is_no_plain_value_is_refused(journal):
    """A fact that could not be read back is refused when it is appended, a moment without a zone too."""
    for value in (object(), datetime(2026, 1, 1), b"bytes"):  # noqa: DTZ001 - refused for that
        with pytest.raises(TypeError, match="no plain value"):
            journal.append("events", 1, {"value": value})
    with pytest.raises(StoreError, match="no table 'nothing'"):
        journal.append("nothing", 1, {})


def test_rows_come_in_the_order_of_arrival(journal):
    """Rows of an operation, and of all."""
    for number in range(3000):
        journal.append("arrivals", number % 2, {"n": number, "Modality": "CT"})
    assert [row["n"] for row in journal.rows("arrivals", 1)] == list(range(1, 3000, 2))
    assert [row["n"] for row in journal.rows("arrivals")] == list(range(3000))
    assert (journal.count("arrivals", 1), journal.count("arrivals"), journal.count("refusals")) == (1500, 3000, 0)


def test_operations_are_numbered_and_told(open_journal):
    """Two journals of one folder never give the same number."""
    one, two = open_journal(), open_journal()
    numbers = [one.begin("move", limit=None), two.begin("resume", folder="x")]
    assert numbers == [1, 2]
    told = one.operations()
    assert [(o["id"], o["kind"], o["facts"]) for o in told] == [(1, "move", {"limit": None}), (2, "resume", {"folder": "x"})]
    assert all(o["began_at"].tzinfo is UTC for o in told)


def test_closed_journal_leaves_no_log_and_takes_no_more(journal, tmp_path):
    """After closing everything is in the database, and its own leftovers are gone."""
    journal.append("events", 1, {"n": 1})
    journal.close()
    journal.close()
    assert sorted(path.name for path in (tmp_path / ".dicommove").iterdir()) == ["journal.sqlite"]
    with pytest.raises(StoreError, match="closed"):
        journal.append("events", 1, {})


def test_journal_is_private_to_its_user(journal, tmp_path):
    """The database, what belongs to it and the log are 0600."""
    journal.append("events", 1, {})
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / ".dicommove").iterdir()} == {0o600}


def test_many_threads_append_at_once(journal):
    """Nothing is lost or torn when eight threads append, one reads and the log is renewed."""

    def append(thread):
        for number in range(300):
            journal.append("arrivals", thread, {"n": number, "note": "x" * 200})

    threads = [threading.Thread(target=append, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        journal.rows("arrivals")
    assert all([row["n"] for row in journal.rows("arrivals", n)] == list(range(300)) for n in range(8))


def test_long_log_gives_way_to_a_new_one(journal, monkeypatch, tmp_path):
    """Folded logs do not grow for ever."""
    monkeypatch.setattr(sqlite_journal, "LONGEST_LOG", 1000)
    for number in range(100):
        journal.append("events", 1, {"n": number})
        if number % 20 == 0:
            journal.flush()
    assert [row["n"] for row in journal.rows("events")] == list(range(100))
    assert sum(path.stat().st_size for path in (tmp_path / ".dicommove").glob("*.log")) < 5000


def test_full_log_makes_the_sender_wait_and_then_go_on(journal, monkeypatch):
    """Who appends faster than the database takes is slowed, not refused."""
    monkeypatch.setattr(sqlite_journal, "MOST_UNFOLDED", 10)
    for number in range(100):
        journal.append("events", 1, {"n": number})
    assert journal.count("events") == 100


def test_database_that_takes_nothing_is_told_to_who_appends(journal, monkeypatch):
    """When folding fails the log goes on up to its bound, then a StoreError says why; nothing is lost."""
    monkeypatch.setattr(sqlite_journal, "MOST_UNFOLDED", 10)
    monkeypatch.setattr(sqlite_journal, "_RETRY_S", 0.01)
    journal.append("events", 1, {"n": 0})
    journal.flush()
    fold = journal._database.fold

    def refused(*_):
        raise StoreError("the disk is full")

    monkeypatch.setattr(journal._database, "fold", refused)
    appended = 1
    with pytest.raises(StoreError, match="full"):  # noqa: PT012 - which of the calls raises is left open
        for number in range(1, 100):
            journal.append("events", 1, {"n": number})
            appended += 1
    assert appended >= 10
    monkeypatch.setattr(journal._database, "fold", fold)
    assert [row["n"] for row in journal.rows("events")] == list(range(appended))


_CHILD = """
import sys
from pathlib import Path
from dicommove.store.sqlite_journal import SqliteJournal
journal = SqliteJournal(Path({folder!r}))
operation = journal.begin("child")
for number in range(10**9):
    journal.append("arrivals", operation, {{"n": number, "Modality": "CT"}})
    print(number, flush=True)
"""


def test_killed_process_loses_nothing_that_it_appended(tmp_path):
    """After kill -9 every fact whose append had returned is there, in order, once."""
    child = subprocess.Popen([sys.executable, "-c", _CHILD.format(folder=str(tmp_path))], stdout=subprocess.PIPE, text=True)
    for line in child.stdout:
        if int(line) >= 2000:
            break
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read().split()
    child.stdout.close()
    child.wait(10)
    said = int(rest[-2]) if len(rest) > 1 else 2000
    journal = SqliteJournal(tmp_path)
    numbers = [row["n"] for row in journal.rows("arrivals", 1)]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > said
    assert not list((tmp_path / ".dicommove").glob("*.log"))
    journal.close()


def test_log_of_a_living_process_is_left_alone(open_journal, tmp_path):
    """Another journal neither folds nor removes it, but knows its files."""
    one = open_journal()
    one.flush()
    one._folding.acquire()  # so that the log keeps what is appended
    one.append("arrivals", 1, {"SOPInstanceUID": "1.2", "path": str(tmp_path / "a" / "b.dcm"), "size_bytes": 5})
    two = open_journal()
    assert two.rows("arrivals") == []
    assert list(two.files()) == [("1.2", "a/b.dcm", 5)]
    one._folding.release()
    assert len(one.rows("arrivals")) == 1
    assert len(two.rows("arrivals")) == 1


def test_torn_line_is_stepped_over(open_journal, tmp_path):
    """What a full disk has torn in the log of a dead process does not hide what follows."""
    home = tmp_path / ".dicommove"
    home.mkdir()
    (home / "1-abc.log").write_bytes(
        b'events\t1\t\t\t\t\t{"n":1}\t.\nevents\t1\t\t\t\t\t{"n"\n\xff\t.\nevents\tx\t\t\t\t\t\t.\n'
        b'nothing\t1\t\t\t\t\t\t.\nevents\t1\t\t\t\t\t{"n":2}\t.\neven'
    )
    assert [row["n"] for row in open_journal().rows("events")] == [1, 2]
    assert not (home / "1-abc.log").exists()


def test_part_that_was_folded_is_not_folded_twice(open_journal, tmp_path):
    """A process that died between folding and forgetting its log leaves its rows once."""
    one = open_journal()
    one.append("events", 1, {"n": 1})
    one.flush()
    one.append("events", 1, {"n": 2})
    one._folding.acquire()
    log = next((tmp_path / ".dicommove").glob("*.log"))
    copy = log.read_bytes()
    one._folding.release()
    one.close()
    # As the dead process would have left it: the log still there, and how far it was folded.
    with sqlite3.connect(tmp_path / ".dicommove" / "journal.sqlite") as db:
        db.execute("INSERT INTO logs VALUES (?, ?)", ("9-dead.log", len(copy)))
    db.close()
    log.with_name("9-dead.log").write_bytes(copy + b'events\t1\t\t\t\t\t{"n":3}\t.\n')
    assert [row["n"] for row in open_journal().rows("events")] == [1, 2, 3]


def test_two_processes_append_to_one_journal(tmp_path):
    """Rows of both are there when both are gone."""
    program = _CHILD.replace("10**9", "500").replace("    print(number, flush=True)\n", "") + "journal.close()\n"
    children = [subprocess.Popen([sys.executable, "-c", program.format(folder=str(tmp_path))]) for _ in range(2)]
    assert [child.wait(60) for child in children] == [0, 0]
    journal = SqliteJournal(tmp_path)
    assert [[row["n"] for row in journal.rows("arrivals", o["id"])] for o in journal.operations()] == [list(range(500))] * 2
    journal.close()
    assert [path.name for path in (tmp_path / ".dicommove").iterdir()] == ["journal.sqlite"]


def test_shared_facts_belong_to_their_row(journal):
    """Facts that are given apart come back in one row with the others, whichever object they were."""
    shared = {"Modality": "CT", "request": 1}
    journal.append("arrivals", 1, {"n": 1}, shared)
    journal.append("arrivals", 1, {"n": 2}, shared)
    journal.append("arrivals", 1, {"n": 3}, {"Modality": "MR", "request": 1})
    journal.append("arrivals", 1, {"n": 4, "Modality": "US"})
    assert [(row["n"], row["Modality"]) for row in journal.rows("arrivals")] == [(1, "CT"), (2, "CT"), (3, "MR"), (4, "US")]


def test_texts_that_a_line_cannot_hold_as_they_are_come_back(journal, tmp_path):
    """Tabs, line breaks and letters beyond ASCII in a UID or a path tear no line."""
    facts = [
        {"SOPInstanceUID": "1\t2", "path": f"{tmp_path}/a\nb"},
        {"SOPInstanceUID": "", "path": f"{tmp_path}/"},
        {"path": "\xfc"},
    ]
    for one in facts:
        journal.append("arrivals", 1, one)
    assert journal.rows("arrivals") == facts


def test_a_path_in_another_script_is_known_and_moves_with_the_folder(tmp_path):
    """It is kept relative to the folder as every other, in the log and in the database, and read as it was."""
    name = os.path.join("山田", '"quoted" Müller.dcm')  # noqa: PTH118 - a text, as the journal has it
    (tmp_path / "before").mkdir()
    with closing(SqliteJournal(tmp_path / "before")) as journal:
        operation = journal.begin()
        journal.append("arrivals", operation, {"SOPInstanceUID": "1.2", "size_bytes": 5, "path": str(tmp_path / "before" / name)})
        assert list(journal.files()) == [("1.2", name, 5)]
    (tmp_path / "before").rename(tmp_path / "after")
    with closing(SqliteJournal(tmp_path / "after")) as journal:
        assert list(journal.files()) == [("1.2", name, 5)]
        assert journal.rows("arrivals")[0]["path"] == str(tmp_path / "after" / name)
