"""What the file system of a data folder can do is found out once, by trying; each lack has its fallback."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dicommove import platform
from dicommove.store import holdings, whereabouts
from dicommove.store.surroundings import Surroundings, Way


@pytest.fixture
def unlocked(monkeypatch, tmp_path):
    """A data folder where everybody gets every lock, as on some file systems over a network; elsewhere locks hold."""
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    folder, lock = tmp_path / "data", platform.try_lock
    folder.mkdir()

    def given(descriptor):
        return Path(f"/proc/self/fd/{descriptor}").readlink().is_relative_to(folder) or lock(descriptor)

    monkeypatch.setattr(platform, "try_lock", given)
    monkeypatch.setattr(whereabouts, "state_folder", lambda: tmp_path / "state")
    return folder


def test_folder_is_probed_once_for_all_stores_of_a_process(open_store, monkeypatch):
    """The second store asks nothing of the file system, and nothing of the probe stays."""
    store = open_store()
    monkeypatch.setattr(holdings, "look_round", lambda _: 1 / 0)
    assert open_store().surroundings is store.surroundings
    assert not list(store.folder.glob(".dicommove-probe*"))


def test_what_was_found_is_told_in_plain_values(open_store):
    """The journal of a move holds it."""
    facts = open_store().surroundings.facts()
    assert facts["locks"] is True
    assert facts["way"] in [way.value for way in Way]
    assert facts["network"] is (facts["file_system"] in ("", "nfs4", "cifs"))


def test_unknown_file_system_counts_as_one_over_a_network(monkeypatch, tmp_path, open_store):
    """The journal lies in the user's state folder then."""
    monkeypatch.setattr(platform, "type_at", lambda _: "brandnewfs")
    monkeypatch.setattr(whereabouts, "state_folder", lambda: tmp_path / "state")
    store = open_store()
    assert (store.surroundings.file_system, store.surroundings.network) == ("brandnewfs", True)
    assert store.journal.place.parent == tmp_path / "state"


def test_without_locks_the_journal_lies_elsewhere_and_instances_are_kept(unlocked, open_store, kit):
    """SQLite needs locks that hold; a second opening finds the same journal, also when locks hold again."""
    store = open_store(unlocked)
    assert store.surroundings.locks is False
    operation = store.journal.begin("move")
    assert kit.deliver(store, operation=operation).status == 0
    place = store.journal.place
    assert not place.is_relative_to(unlocked)
    store.close()
    again = open_store(unlocked)
    assert again.journal.place == place
    assert again.holds("1.2.3.4.5")


def test_without_locks_only_old_drafts_are_swept(unlocked, open_store, kit, monkeypatch):
    """Nobody can tell whether their process lives, so what is young is left alone."""
    monkeypatch.setattr(platform, "HAS_UNNAMED_FILES", False)
    store = open_store(unlocked)
    kit.incoming_of(store, "1.2.3").write(b"half")
    incoming = unlocked / ".dicommove" / "incoming"
    (alive,) = incoming.glob("*.alive")
    open_store(unlocked).close()
    assert len(list(incoming.glob("*.part"))) == 1
    os.utime(alive, (1, 1))
    open_store(unlocked).close()
    assert not list(incoming.glob("*.part"))


def test_surroundings_are_a_value():
    """Frozen, and equal by what was found."""
    facts = Surroundings("ext4", network=False, locks=True, way=Way.UNNAMED).facts()
    assert facts == {"file_system": "ext4", "network": False, "locks": True, "way": "linkat"}
