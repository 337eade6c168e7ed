"""Facts that the disk does not take: told at once, or kept until it takes them."""

from __future__ import annotations

import errno
import os

import pytest

from dicommove.errors import StoreError
from dicommove.store import NoJournal, SqliteJournal
from dicommove.store import outbox as rules
from dicommove.store.log import Log


@pytest.fixture
def journal(tmp_path):
    """A journal of its own."""
    opened = SqliteJournal(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def full(monkeypatch):
    """Fill the disk, and make room again."""
    append = Log.append

    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return lambda yes: monkeypatch.setattr(Log, "append", refuse if yes else append)


def uids(journal):
    """What is recorded, in order."""
    return [row["SOPInstanceUID"] for row in journal.rows("arrivals")]


def test_who_appends_is_told_and_nothing_comes_later(journal, full):
    """Without forbearance what was refused is refused for good."""
    operation = journal.begin()
    full(True)
    with pytest.raises(StoreError, match="free some space"):
        journal.append("arrivals", operation, {"SOPInstanceUID": "1"})
    full(False)
    journal.append("arrivals", operation, {"SOPInstanceUID": "2"})
    assert uids(journal) == ["2"]


def test_forbearance_keeps_the_facts_and_their_order(journal, full):
    """They are recorded before the next one, or when somebody reads; until then who reads is told that the disk is full."""
    operation = journal.begin()
    journal.forbear()
    journal.append("arrivals", operation, {"SOPInstanceUID": "1"})
    full(True)
    journal.append("arrivals", operation, {"SOPInstanceUID": "2"})
    journal.append("arrivals", operation, {"SOPInstanceUID": "3"})
    with pytest.raises(StoreError, match="free some space"):
        journal.rows("arrivals")
    full(False)
    journal.append("arrivals", operation, {"SOPInstanceUID": "4"})
    assert uids(journal) == ["1", "2", "3", "4"]


def test_closing_records_what_waits(tmp_path, full):
    """When there is room by then."""
    journal = SqliteJournal(tmp_path)
    operation = journal.begin()
    journal.forbear()
    full(True)
    journal.append("arrivals", operation, {"SOPInstanceUID": "1"})
    full(False)
    journal.close()
    again = SqliteJournal(tmp_path)
    assert uids(again) == ["1"]
    again.close()


def test_forbearance_has_a_limit(journal, full, monkeypatch):
    """Memory is bounded: beyond it who appends is told."""
    monkeypatch.setattr(rules, "MOST_WAITING", 3)
    operation = journal.begin()
    journal.forbear()
    full(True)
    for uid in "123":
        journal.append("arrivals", operation, {"SOPInstanceUID": uid})
    with pytest.raises(StoreError, match="free some space"):
        journal.append("arrivals", operation, {"SOPInstanceUID": "4"})
    full(False)
    assert uids(journal) == ["1", "2", "3"]


def test_no_journal_forbears_as_well():
    """Nothing is recorded, and nothing waits."""
    NoJournal().forbear()
