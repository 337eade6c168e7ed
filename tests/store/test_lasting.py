"""What is acknowledged stays: conflicts that lie there already, disks of other machines, synchronised files."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from dicommove import platform
from dicommove.store.drafts import Draft

from .failing_system import System

UID = "1.2.3.4.5"


@pytest.fixture
def conflict(kit, store):
    """Path of other bytes of an instance, kept apart from it."""
    kit.deliver(store)
    return kit.deliver(store, data=kit.data_set(UID, number="9")).kept.path


@pytest.mark.parametrize("size", [0, 20, 500])
def test_torn_conflict_does_not_stand_for_the_arriving_one(kit, store, conflict, size):
    """The same other bytes again, where a power cut has left a part of them: they are kept whole, beside what was left."""
    os.truncate(conflict, size)
    sinks = [kit.deliver(store, data=kit.data_set(UID, number="9")) for _ in range(2)]
    assert [(sink.status, sink.kept.disposition) for sink in sinks] == [(0, "conflict")] * 2
    assert sinks[0].kept.path == sinks[1].kept.path != conflict
    assert sinks[0].kept.path.read_bytes().endswith(kit.data_set(UID, number="9"))
    assert conflict.stat().st_size == size


@pytest.mark.parametrize("what", ["link", "dangling", "folder", "pipe"])
def test_what_is_no_file_does_not_stand_for_a_conflict(kit, store, conflict, tmp_path, what):
    """Whatever was planted where other bytes of an instance go: 0xA700 and a reason, never an acknowledgement of nothing."""
    conflict.unlink()
    outside = tmp_path / "outside"
    if what == "folder":
        conflict.mkdir()
    elif what == "pipe":
        os.mkfifo(conflict)
    else:
        conflict.symlink_to(outside)
    if what == "link":
        outside.write_bytes(b"theirs")
    sink = kit.deliver(store, data=kit.data_set(UID, number="9"))
    assert (sink.status, sink.kept) == (0xA700, None)
    assert "remove it from the data folder" in sink.failure
    assert not outside.exists() or outside.read_bytes() == b"theirs"


def test_full_disk_of_another_machine_is_noticed_before_the_name_is_given(kit, open_store, monkeypatch):
    """There it is told when the bytes are synchronised: nothing is published then, and later instances are."""
    monkeypatch.setattr(platform, "is_network_filesystem", lambda _: True)
    store = open_store(journal=False)
    full = iter([OSError(getattr(errno, "EDQUOT", errno.ENOSPC), "full")])

    def sync(_):
        for error in full:
            raise error

    monkeypatch.setattr(Draft, "sync", sync)
    sink = kit.deliver(store)
    assert (sink.status, sink.kept) == (0xA700, None)
    assert "free some space" in sink.failure
    assert kit.instances_in(store.folder) == []
    assert kit.deliver(store).status == 0


def test_on_a_disk_of_this_machine_nothing_is_synchronised(kit, store, monkeypatch):
    """One call of the system less for each instance."""
    system = System()
    system.install(monkeypatch.setattr)
    kit.deliver(store, "1.2.1")
    with system.watch():
        kit.deliver(store, "1.2.2")
    assert "fsync" not in system.names
    assert len(system.names) < 20


@pytest.mark.parametrize("number", ["7", "9"])
def test_what_somebody_else_left_to_the_system_is_synchronised_too(kit, open_store, monkeypatch, number):
    """A duplicate, or a conflict that is there already, is acknowledged with the promise of who acknowledges it."""
    system = System()
    with open_store() as careless:
        first = kit.deliver(careless).kept.path
        other = kit.deliver(careless, data=kit.data_set(UID, number="9")).kept.path
    store = open_store(durability="power")
    system.install(monkeypatch.setattr)
    synchronised = set()
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda one: (synchronised.add(Path(f"/proc/self/fd/{one}").readlink()), fsync(one)))
    assert kit.deliver(store, data=kit.data_set(UID, number=number)).status == 0
    kept = first if number == "7" else other
    assert {kept, kept.parent} <= synchronised


def test_tries_of_killed_processes_are_swept(kit, open_store, tmp_path):
    """What a killed process left of its look at the file system goes later; what is new stays, and what holds something."""
    folder = tmp_path / "data"
    folder.mkdir()
    old, new, theirs = (folder / f".dicommove-probe-{name}" for name in ("old", "new", "theirs"))
    old.touch()
    new.touch()
    theirs.write_bytes(b"something")
    for path in (old, theirs):
        os.utime(path, (0, 0))
    open_store(journal=False)
    assert kit.instances_in(folder) == [new.name, theirs.name]
