"""Where the journal of a folder on another machine's disk lies."""

from __future__ import annotations

import socket

import pytest

from dicommove import platform
from dicommove.store import whereabouts
from dicommove.store.sqlite_journal import SqliteJournal


@pytest.fixture
def network(monkeypatch, tmp_path):
    """Every folder is on a network file system; the user's state folder is a new one."""
    monkeypatch.setattr(platform, "is_network_filesystem", lambda _: True)
    monkeypatch.setattr(whereabouts, "state_folder", lambda: tmp_path / "state")
    (tmp_path / "data").mkdir()
    return tmp_path


def test_journal_of_a_network_folder_is_in_the_state_folder(network):
    """The data folder holds a pointer, and a second opening finds the same journal."""
    journal = SqliteJournal(network / "data")
    journal.append("events", journal.begin(), {"n": 1})
    journal.close()
    assert [path.suffix for path in (network / "data" / ".dicommove").iterdir()] == [".pointer"]
    again = SqliteJournal(network / "data")
    assert again.place == journal.place
    assert again.place.parent == network / "state"
    assert again.rows("events") == [{"n": 1}]
    again.close()


def test_each_host_has_its_own_journal(network, monkeypatch):
    """SQLite cannot be shared between hosts."""
    places = []
    for host in ("one", "two/../x"):
        monkeypatch.setattr(socket, "gethostname", lambda host=host: host)
        places.append(whereabouts.journal_folder(network / "data"))
    assert places[0] != places[1]
    assert len(list((network / "data" / ".dicommove").iterdir())) == 2


def test_pointer_cannot_lead_elsewhere(network):
    """A pointer that holds a path is replaced: only names within the state folder are taken."""
    place = whereabouts.journal_folder(network / "data")
    (pointer,) = (network / "data" / ".dicommove").iterdir()
    pointer.write_text("../../etc")
    other = whereabouts.journal_folder(network / "data")
    assert other.parent == place.parent
    assert other != place
    assert pointer.read_text() == other.name


def test_stores_of_two_hosts_know_each_others_files(network, monkeypatch, kit, open_store):
    """What another host has published is taken in at the start."""
    first = kit.deliver(open_store(network / "data")).kept
    monkeypatch.setattr(socket, "gethostname", lambda: "another")
    assert open_store(network / "data").holds("1.2.3.4.5") == first.path


def test_local_folder_has_its_journal_inside(tmp_path):
    """The usual case."""
    assert whereabouts.journal_folder(tmp_path) == tmp_path / ".dicommove"
    assert whereabouts.state_folder().name == "journals"
