"""Each call of the system on the way of an instance made to fail in turn, as SQLite's own tests do it, until none fails any more.

``DICOMMOVE_FUZZ_SECONDS=1 pytest tests/store/test_failing_disk.py`` tries every call with every error; otherwise they take turns.
"""

from __future__ import annotations

import errno
import os
import threading
from itertools import count
from pathlib import Path

import pytest

from dicommove import platform
from dicommove.errors import StoreError
from dicommove.store.log import Log

from .failing_system import ERRORS, System, failing

UIDS = ("1.2.1", "1.2.2", "1.2.3")
THOROUGH = float(os.environ.get("DICOMMOVE_FUZZ_SECONDS", "0")) > 0
FOREVER = 10**9
FILE_SYSTEMS = {
    "unnamed files": {},
    "hard links": {"HAS_UNNAMED_FILES": False},
    "renaming": {"HAS_UNNAMED_FILES": False, "HAS_HARD_LINKS": False},
    "paths only": {"HAS_UNNAMED_FILES": False, "HAS_DIRECTORY_DESCRIPTORS": False},
}


@pytest.fixture
def system(monkeypatch):
    """The system's calls, told to who watches."""
    watched = System()
    watched.install(monkeypatch.setattr)
    return watched


class Folder:
    """A data folder in the hands of a store whose disk fails."""

    def __init__(self, kit, folder, **options):
        self.kit = kit
        self.folder = folder
        self.journal = options.get("journal", True)
        self.store = kit.new_store(folder, **options)
        self.stored = {}
        self.said = []

    def take(self, uids):
        """Prepare, and have instances arrive; what is not kept has a reason, and nothing but a StoreError is ever raised."""
        try:
            self.store.prepare()
            operation = self.store.journal.begin("move") if self.journal else None
        except StoreError as error:
            self.said.append(str(error))
            return
        for uid in uids:
            self.take_one(uid, operation)

    def take_one(self, uid, operation):
        """Have one arrive, and see that it is whole under its final name when it was answered with 0x0000."""
        try:
            sink = self.kit.deliver(self.store, uid, operation=operation)
        except StoreError as error:
            self.said.append(str(error))
            return
        assert sink.status in (0, 0xA700)
        if sink.status:
            self.said.append(sink.failure)
            assert sink.kept is None
        else:
            self.stored[uid] = sink.kept.path

    def files(self):
        """What looks like an instance: paths by UID; each is one of those that were sent, whole, and of each there is one."""
        sent = {uid: self.kit.data_set(uid) for uid in (*UIDS, "1.2.9")}
        found = {}
        for name in self.kit.instances_in(self.folder):
            data = (self.folder / name).read_bytes()
            if data or not name.startswith(".dicommove-probe-"):  # what is left of a try is hidden, empty, and swept later
                (uid,) = (uid for uid in sent if data.endswith(sent[uid]))
                assert uid not in found
                found[uid] = self.folder / name
        return found

    def check(self):
        """What was acknowledged is there."""
        assert self.stored.items() <= self.files().items()

    def check_journal(self):
        """Another start finds the same files, in the tree and in the journal."""
        self.store.close()
        with self.kit.new_store(self.folder) as store:
            assert {uid: store.holds(uid) for uid in self.stored} == self.stored
            assert {row["path"] for row in store.journal.rows("arrivals")} == set(map(str, self.stored.values()))


def descriptors():
    """How many are open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def meet(kit, system, folder, first, last, code, **options):
    """Let the calls from the first to the last fail and then none; tell whether there were so many."""
    before, place = descriptors(), Folder(kit, folder, **options)
    with system.watch(failing(first, last, code)):
        place.take(UIDS)
    failed = len(system.names) >= first
    place.check()
    place.take((*UIDS, "1.2.9"))
    assert set(place.stored) == {*UIDS, "1.2.9"}, place.said
    place.check()
    if place.journal:
        place.check_journal()
    place.store.close()
    assert descriptors() == before, system.names[first - 1 : first]
    assert not [path for path in folder.rglob("*") if path.suffix in (".part", ".log", ".alive")]
    assert all("; " in text or text.endswith("disk I/O error") for text in place.said), place.said
    return failed


def errors(number):
    """Which errors a call fails with: in a usual run they take turns."""
    return ERRORS if THOROUGH else [ERRORS[number % len(ERRORS)]]


@pytest.mark.slow
def test_any_call_of_a_journalled_store_may_fail(kit, system, tmp_path):
    """Once, or from there on: 0x0000 means whole and in the journal, all else is a reason; later instances are taken."""
    for number in count(1):
        for code in errors(number):
            last = FOREVER if number % 2 and not THOROUGH else number
            more = meet(kit, system, tmp_path / f"{number}-{code}", number, last, code)
        if not more:
            break
    assert number > 100


@pytest.mark.slow
@pytest.mark.parametrize("file_system", FILE_SYSTEMS)
def test_any_call_of_the_folder_of_movescu_may_fail(kit, system, tmp_path, monkeypatch, file_system):
    """Without a journal too, whatever the file system knows, once or from there on."""
    for name, value in FILE_SYSTEMS[file_system].items():
        monkeypatch.setattr(platform, name, value)
    for number in count(1):
        for code in errors(number):
            more = meet(kit, system, tmp_path / f"{number}-{code}", number, number, code, journal=False)
            meet(kit, system, tmp_path / f"{number}-{code}-on", number, FOREVER, code, journal=False)
        if not more:
            break
    assert number > 40


@pytest.mark.parametrize("code", ERRORS)
def test_any_call_of_one_instance_may_fail_with_any_error(kit, system, tmp_path, code):
    """In a store that goes on with the next one, its files synchronised one by one; a duplicate and a conflict too."""
    store = kit.new_store(tmp_path / "data", durability="power" if code == errno.EIO else "process").prepare()
    operation = store.journal.begin("move")
    sent = kit.data_set("1.2.1"), kit.data_set("1.2.1"), kit.data_set("1.2.1", number="9")
    for number in count(1):
        with system.watch(failing(number, number, code)):
            kept = [(path, data) for data in sent if (path := stored(kit, store, data, operation))]
        assert all(path.read_bytes().endswith(data) for path, data in kept)
        assert len(kept) >= len(sent) - 1
        if len(system.names) < number:
            break
        for path in store.folder.rglob("*.dcm"):
            path.unlink()
    store.close()
    assert number > 20


def stored(kit, store, data, operation):
    """Have an instance arrive; path of what was acknowledged."""
    try:
        sink = kit.deliver(store, "1.2.1", data, operation=operation)
    except StoreError:
        return None
    return sink.kept.path if sink.status == 0 else None


def test_log_that_cannot_be_read_is_folded_later(kit, open_store, monkeypatch):
    """The thread that folds the log outlives an error of the disk; who asks meanwhile is told, and loses nothing."""
    lines, tried, again = Log.lines, threading.Event(), threading.Event()

    def unreadable(log, start):
        if threading.current_thread() is not threading.main_thread():
            (again if tried.is_set() else tried).set()
        raise OSError(errno.EIO, f"{log.name} at {start}")

    store = open_store()
    operation = store.journal.begin("move")
    monkeypatch.setattr(Log, "lines", unreadable)
    kit.deliver(store, operation=operation)
    assert again.wait(20)
    with pytest.raises(StoreError, match="the disk reports an error"):
        store.journal.rows("arrivals")
    monkeypatch.setattr(Log, "lines", lines)
    assert store.journal.count("arrivals", operation) == 1


def test_transaction_that_could_not_be_undone_ends_before_the_next(kit, open_store, system):
    """A disk that takes neither COMMIT nor ROLLBACK harms what comes then only."""
    store = open_store()

    def deed(_, name):
        if name in ("sqlite COMMIT", "sqlite ROLLBACK"):
            failing(0, 0, errno.EIO)(0, name)

    with system.watch(deed), pytest.raises(StoreError):
        store.journal.begin("move")
    operation = store.journal.begin("move")
    assert kit.deliver(store, operation=operation).status == 0
    assert [row["id"] for row in store.journal.operations()] == [operation]
