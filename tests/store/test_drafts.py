"""Publication by each of the three ways, and disks that do not take everything."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dicommove import platform
from dicommove.errors import StoreError
from dicommove.store.surroundings import Way

WAYS = {
    Way.UNNAMED: {},
    Way.LINK: {"HAS_UNNAMED_FILES": False},
    Way.RENAME: {"HAS_UNNAMED_FILES": False, "HAS_HARD_LINKS": False},
}


@pytest.fixture(params=[(way, descriptors) for way in WAYS for descriptors in (True, False)], ids=str)
def way(request, monkeypatch):
    """Force a way to publish, with directory descriptors and with paths only."""
    way, descriptors = request.param
    if not descriptors:
        monkeypatch.setattr(platform, "HAS_DIRECTORY_DESCRIPTORS", False)
        way = Way.LINK if way is Way.UNNAMED else way
    for name, value in WAYS[way].items():
        monkeypatch.setattr(platform, name, value)
    return way


def test_every_way_stores_and_recognises(kit, way, open_store):
    """New, duplicate and conflict are told apart whatever the file system knows, and no draft is left."""
    store = open_store()
    assert store._opened[0].way is way
    sinks = [kit.deliver(store), kit.deliver(store), kit.deliver(store, data=kit.data_set("1.2.3.4.5", number="9"))]
    assert [sink.status for sink in sinks] == [0, 0, 0]
    assert [sink.kept.disposition for sink in sinks] == ["new", "duplicate", "conflict"]
    assert sinks[0].kept.path.read_bytes().endswith(kit.data_set("1.2.3.4.5"))
    assert len(kit.instances_in(store.folder)) == 1
    assert not list(store.folder.rglob("*.part"))


@pytest.mark.usefixtures("way")
def test_every_way_refuses_planted_links(kit, open_store, tmp_path):
    """Neither a link for the folder nor one for the file is followed."""
    store = open_store()
    outside = tmp_path / "outside"
    outside.mkdir()
    place = store.folder / store.layout.path_for(kit.head_of(kit.data_set("1.2.3.4.5")), "1.2.3.4.5")
    place.parent.parent.mkdir()
    place.parent.symlink_to(outside)
    assert kit.deliver(store).status == 0xA700
    place.parent.unlink()
    place.parent.mkdir()
    place.symlink_to(outside / "new")
    assert kit.deliver(store).status == 0xA700
    assert list(outside.iterdir()) == []


@pytest.mark.usefixtures("way")
def test_every_way_without_a_journal_leaves_instances_only(kit, open_store):
    """The folder of drafts is gone when the store is closed."""
    store = open_store(journal=False)
    kit.deliver(store)
    store.close()
    assert not (store.folder / ".dicommove").exists()


def test_rename_of_windows_closes_first(kit, open_store, monkeypatch):
    """Where open files cannot be renamed the draft is closed before, and the same names are refused."""
    for name, value in {"IS_WINDOWS": True, "HAS_UNNAMED_FILES": False, "HAS_HARD_LINKS": False}.items():
        monkeypatch.setattr(platform, name, value)
    monkeypatch.setattr(platform, "try_lock", lambda _: True)
    store = open_store(journal=False)
    assert [kit.deliver(store).kept.disposition for _ in range(2)] == ["new", "duplicate"]


def test_leftovers_of_the_dead_are_swept_and_those_of_the_living_stay(kit, open_store, monkeypatch):
    """A draft is removed only when no process holds its sign of life."""
    monkeypatch.setattr(platform, "HAS_UNNAMED_FILES", False)
    store = open_store()
    living = kit.incoming_of(store, "1.2.3")
    incoming = store.folder / ".dicommove" / "incoming"
    (incoming / "00ff00ff00ff-1.part").write_bytes(b"half")
    (incoming / "00ff00ff00ff.alive").write_bytes(b"")
    open_store()
    assert sorted(path.suffix for path in incoming.iterdir()) == ["", ".alive", ".alive", ".lock", ".part"]
    living.write(kit.data_set("1.2.3"))
    assert living.finish(kit.head_of(kit.data_set("1.2.3"))) == 0


_TOO_LARGE = """
import resource, signal, sys
sys.path.insert(0, {tests!r})
from conftest import *
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store({folder!r}).prepare()
deliver(store, "1.2.1")
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
data = data_set("1.2.2", pixels=bytes(50_000))
sink = incoming_of(store, "1.2.2")
try:
    sink.write(data[:20_000]); sink.write(data[20_000:])
except StoreError as error:
    print("raised", error)
print(hex(sink.finish(head_of(data))), sink.kept, len(__import__("os").listdir("/proc/self/fd")))
print(deliver(store, "1.2.3").status)
"""


def test_write_that_fails_in_the_middle_leaves_nothing(kit, tmp_path):
    """A file that grows too large raises with the next step named, and the store goes on with the next instance."""
    program = _TOO_LARGE.format(tests=str(Path(__file__).parent), folder=str(tmp_path / "data"))
    program = "from dicommove.errors import StoreError\n" + program
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[0].startswith(f"raised data folder {tmp_path / 'data'}: the file system or a limit")
    assert said[1].startswith("0xa700 None")
    assert said[2] == "0"
    assert len(kit.instances_in(tmp_path / "data")) == 2


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 256 KB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run([mount, "-t", "tmpfs", "-o", "size=256k", "none", disk], check=False, capture_output=True).returncode
    ):
        pytest.skip("no right to mount a small disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_full_disk_is_named_and_nothing_is_half_there(kit, small_disk, open_store):
    """The disk fills in the middle: 0xA700 or StoreError, whole instances only, and room again when some is made."""
    store = open_store(small_disk / "data", journal=False)
    stored, said = [], ""
    for number in range(10):
        data = kit.data_set(f"1.2.{number}", pixels=bytes(50_000))
        try:
            sink = kit.deliver(store, f"1.2.{number}", data)
        except StoreError as error:
            said = str(error)
            break
        stored.append(sink.kept.path)
    assert "the disk is full" in said
    assert all(path.stat().st_size > 50_000 for path in stored)
    assert len(kit.instances_in(store.folder)) == len(stored)
    stored[0].unlink()
    assert kit.deliver(store, "1.2.99", kit.data_set("1.2.99", pixels=bytes(30_000))).status == 0


def test_full_disk_under_the_journal_is_answered_a700(kit, small_disk, open_store):
    """With a journal too: every answer 0x0000 is in it, and the rest was answered with a failure."""
    store = open_store(small_disk / "data")
    operation = store.journal.begin()
    paths = []
    for number in range(20):
        try:
            sink = kit.deliver(store, f"1.2.{number}", kit.data_set(f"1.2.{number}", pixels=bytes(9_000)), operation=operation)
        except StoreError:
            break
        paths += [sink.kept.path] if sink.status == 0 else []
    assert 0 < len(paths) < 20
    for path in paths:
        path.unlink()
    assert store.journal.count("arrivals", operation) == len(paths)
