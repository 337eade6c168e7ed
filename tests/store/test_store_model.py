"""A model of the data folder beside the real one: arrivals in pieces, processes that die at any call, restarts, two at once.

``DICOMMOVE_FUZZ_SECONDS=300 pytest tests/store/test_store_model.py`` goes on for about so long, and draws anew each time.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from dicommove.store.folder import Store

from .conftest import data_set, instances_in

SECONDS = float(os.environ.get("DICOMMOVE_FUZZ_SECONDS", "0"))
PROGRAM = Path(__file__).with_name("dying_stores.py")
WAYS = ({}, {"HAS_UNNAMED_FILES": False}, {"HAS_UNNAMED_FILES": False, "HAS_HARD_LINKS": False})
UIDS, NUMBERS = ("1.2.1", "1.2.2"), ("7", "8", "9")
WHICH = st.integers(0, 20)
FUSE = st.integers(-60, 20).map(lambda call: call if call > 0 else None)
"""Before which call that changes something a process dies of an order."""
MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None


class Process:
    """A process with a store on the folder, by orders; None is the answer of one that died of an order."""

    def __init__(self, server):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(server)
        self._lines = self._socket.makefile("rw")
        self._pid = int(self._lines.readline())
        self._life = os.pidfd_open(self._pid)
        self.begun = []

    def order(self, do, **how):
        """Give an order and wait for the answer."""
        self._lines.write(json.dumps({"do": do, **how}) + "\n")
        self._lines.flush()
        line = self._lines.readline()
        if not line:
            self.bury()
            return None
        return json.loads(line)

    def kill(self):
        """Kill it."""
        os.kill(self._pid, signal.SIGKILL)
        self.bury()

    def bury(self):
        """Wait until it is gone, and with it its locks."""
        self._lines.close()
        self._socket.close()
        assert select.select([self._life], [], [], 30)[0]
        os.close(self._life)


class FolderModel(RuleBasedStateMachine):
    """What was acknowledged, beside what is there; ``server`` is where processes are made."""

    server = ""

    def __init__(self):
        super().__init__()
        self.top = Path(tempfile.mkdtemp(dir=MEMORY))
        self.folder = self.top / "data"
        self.processes = {}
        self.kept = {}  # path to the data set that was acknowledged there

    @initialize(way=st.sampled_from(WAYS), journal=st.booleans())
    def surroundings(self, way, journal):
        """Choose what the file system can do, and whether there is a journal."""
        self.opening = {"folder": str(self.folder), "flags": way, "journal": journal}

    @precondition(lambda self: len(self.processes) < 2)
    @rule(fuse=st.integers(-300, 120).map(lambda call: call if call > 0 else None))
    def start(self, fuse):
        """Start a process, which may die while it opens its store."""
        name = min({"a", "b"} - self.processes.keys())
        self.processes[name] = Process(self.server)
        self.told(name, "open", **self.opening, fuse=fuse)

    @precondition(lambda self: self.processes)
    @rule(which=WHICH, uid=st.sampled_from(UIDS), number=st.sampled_from(NUMBERS), fuse=FUSE)
    def deliver(self, which, uid, number, fuse):
        """An instance, or other bytes of it, comes in at once."""
        name = self.one_of(self.processes, which)
        self.begin_in(name, uid, number, None)
        self.finish_in(name, -1, fuse)

    @precondition(lambda self: self.processes)
    @rule(which=WHICH, uid=st.sampled_from(UIDS), number=st.sampled_from(NUMBERS), fuse=FUSE)
    def begin(self, which, uid, number, fuse):
        """The first half of one comes in."""
        self.begin_in(self.one_of(self.processes, which), uid, number, fuse)

    def begin_in(self, name, uid, number, fuse):
        """The same, in one process."""
        if (uid, number) not in self.processes[name].begun:
            self.processes[name].begun.append((uid, number))
            self.told(name, "begin", uid=uid, number=number, fuse=fuse)

    @precondition(lambda self: any(process.begun for process in self.processes.values()))
    @rule(which=WHICH, fuse=FUSE)
    def finish(self, which, fuse):
        """The second half of one of those comes in."""
        self.finish_in(self.one_of([name for name, process in self.processes.items() if process.begun], which), which, fuse)

    def finish_in(self, name, which, fuse):
        """The same, in one process; it is answered with 0x0000, unless the process dies."""
        begun = self.processes[name].begun
        uid, number = begun.pop(which % len(begun))
        answer = self.told(name, "finish", uid=uid, number=number, fuse=fuse)
        if answer is not None:
            assert answer["status"] == 0
            before = self.kept.setdefault(answer["path"], data_set(uid, number=number))
            assert before == data_set(uid, number=number)

    @precondition(lambda self: self.kept)
    @rule(which=WHICH)
    def remove(self, which):
        """The user removes a file."""
        path = self.one_of(self.kept, which)
        del self.kept[path]
        Path(path).unlink()

    @precondition(lambda self: self.processes)
    @rule(which=WHICH, fuse=FUSE)
    def close(self, which, fuse):
        """A process ends well, or dies while it does."""
        name = self.one_of(self.processes, which)
        self.told(name, "close", fuse=fuse)
        if process := self.processes.pop(name, None):
            process.kill()

    @precondition(lambda self: self.processes)
    @rule(which=WHICH)
    def kill(self, which):
        """A process is killed."""
        self.processes.pop(self.one_of(self.processes, which)).kill()

    @invariant()
    def what_was_acknowledged_is_there(self):
        """Whole, under its name; and nothing that looks like an instance is anything else, or there twice."""
        for path, data in self.kept.items():
            assert Path(path).read_bytes().endswith(data)
        found = [self.instance(name) for name in instances_in(self.folder) if not name.startswith(".dicommove-probe-")]
        by_uid = [uid for uid, _ in found] if self.opening["journal"] else found
        assert len(set(by_uid)) == len(by_uid)

    def teardown(self):
        """All processes die; another start finds what is there, the journal agrees with the tree, and nothing else is left."""
        for process in self.processes.values():
            process.kill()
        try:
            if hasattr(self, "opening") and self.folder.exists():
                self.start_again()
        finally:
            shutil.rmtree(self.top)

    def start_again(self):
        """Look at the folder as the next user does."""
        with Store(self.folder, journal=self.opening["journal"]) as store:
            tree = [name for name in instances_in(self.folder) if not name.startswith(".dicommove-probe-")]
            if self.opening["journal"]:
                assert {store.holds(self.instance(name)[0]) for name in tree} == {self.folder / name for name in tree}
                recorded = {row["path"] for row in store.journal.rows("arrivals")}
                assert {str(self.folder / name) for name in tree} | set(self.kept) <= recorded
        self.what_was_acknowledged_is_there()
        left = [path.name for path in self.folder.rglob("*") if path.suffix in (".part", ".alive", ".log", ".claims")]
        assert left == []
        assert self.opening["journal"] or not (self.folder / ".dicommove").exists()

    def one_of(self, several, which):
        """One of several, by any number."""
        return sorted(several)[which % len(several)]

    def told(self, name, do, **how):
        """Give an order to a process; it is forgotten when it dies of it."""
        answer = self.processes[name].order(do, **how)
        event(f"{do}: {'died' if answer is None else answer.get('disposition', 'done')}")
        if answer is None:
            del self.processes[name]
        assert answer is None or "error" not in answer, answer
        return answer

    def instance(self, name):
        """UID and number of the file of a whole instance."""
        data = (self.folder / name).read_bytes()
        (found,) = ((uid, number) for uid in UIDS for number in NUMBERS if data.endswith(data_set(uid, number=number)))
        return found


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Where processes are made: a program that forks one for each connection."""
    place = str(tmp_path_factory.mktemp("dying") / "socket")
    with subprocess.Popen([sys.executable, str(PROGRAM), place], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "ready\n"
        yield place
        program.kill()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for processes of others, which this system cannot")
def test_folder_is_as_the_model_says(server, monkeypatch):
    """Whatever comes, dies and starts again in whatever order."""
    monkeypatch.setattr(FolderModel, "server", server)
    bounds = settings(
        max_examples=int(SECONDS * 3) or 40,
        stateful_step_count=25,
        deadline=None,
        derandomize=not SECONDS,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(FolderModel, settings=bounds)
