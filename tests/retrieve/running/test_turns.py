"""One archive, one C-MOVE at a time, across kernels: whose turn it is, fairly, and what a killed one leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

import dicommove as dm
from dicommove.retrieve.running.hours import Gate
from dicommove.retrieve.running.tally import Tally
from dicommove.retrieve.running.turns import Turn

_OTHER_KERNEL = """
import sys
from dicommove.retrieve.running.turns import Turn
turn = Turn("archive", 104, remembered=True)
for line in sys.stdin:
    if line == "take\\n":
        print(turn.take(), flush=True)
    else:
        turn.give_back()
        print("gone", flush=True)
"""
DEADLINE = 30.0


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """The user's state folder is one of the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "dicommove" / "turns"


class OtherKernel:
    """Another process of the same user that moves from the same archive."""

    def __init__(self):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self.process = subprocess.Popen([sys.executable, "-c", _OTHER_KERNEL], **pipes)

    def says(self, word):
        """Tell it something and return what it answers."""
        self.process.stdin.write(f"{word}\n")
        return self.process.stdout.readline().strip()

    def end(self):
        """Kill it."""
        self.process.kill()
        self.process.wait(10)
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def other():
    """Another kernel."""
    kernel = OtherKernel()
    yield kernel
    kernel.end()


def test_another_kernel_waits_for_its_turn(other):
    """While one has it the other has not; another archive is another turn."""
    turn = Turn("ARCHIVE", 104)
    assert turn.take()
    assert other.says("take") == "False"
    elsewhere = Turn("archive", 105)
    assert elsewhere.take()
    elsewhere.give_back()
    turn.give_back()
    assert other.says("take") == "True"
    assert not turn.take()
    turn.give_back()


def test_who_waits_comes_next(other):
    """The one who had the turn cannot take it again while somebody waits for it."""
    turn = Turn("archive", 104)
    turn.take()
    assert other.says("take") == "False"
    turn.give_back()
    assert not turn.take()
    assert other.says("take") == "True"
    assert not turn.take()
    assert other.says("give back") == "gone"
    assert turn.take()
    turn.give_back()


def test_a_killed_kernel_holds_nobody_up(other):
    """The system lets go of the lock when its process ends, however it ends."""
    assert other.says("take") == "True"
    other.end()
    turn = Turn("archive", 104)
    assert turn.take()
    turn.give_back()


def test_a_forked_child_does_not_keep_it(other):
    """What a child of this process inherits is not its own."""
    turn = Turn("archive", 104)
    turn.take()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writing)
        os.read(reading, 1)
        os._exit(0)
    turn.give_back()
    taken = other.says("take")
    os.close(reading)
    os.close(writing)
    os.waitpid(child, 0)
    assert taken == "True"


def test_moves_of_one_process_share_it(other, state):
    """Two operations of one kernel go on side by side; the last one to end lets others in, and leaves no file."""
    one, two = Turn("archive", 104), Turn("archive", 104)
    assert one.take()
    assert two.take()
    one.give_back()
    one.give_back()
    assert other.says("take") == "False"
    two.give_back()
    assert other.says("take") == "True"
    assert other.says("give back") == "gone"
    assert [path.suffix for path in state.iterdir()] == [".turn"]  # the other one was told to leave word


def test_without_lock_files_nobody_waits(tmp_path, monkeypatch):
    """Where the state folder cannot be written the moves go on."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    turn = Turn("archive", 104)
    assert turn.take()
    assert turn.since_last_s is None
    turn.give_back()


def test_the_pause_holds_after_the_move_of_another_kernel(other):
    """The gate waits what is left of the pause since the other kernel's C-MOVE ended."""
    other.says("take")
    other.says("give back")
    waited = []
    clock = lambda: sum(waited)  # noqa: E731 - a clock that goes only when somebody waits
    tally = Tally(requests_total=1, expected=None, clock=clock)
    gate = Gate(dm.Peer("archive", 104, pause=600), tally, threading.Event(), wait=waited.append)
    gate.pass_through()
    gate.leave()
    assert 500 < sum(waited) <= 600
    assert tally.snapshot().phase == "pausing"


def test_a_move_waits_for_that_of_another_kernel(pacs, anna, data):
    """The wait is a phase of the operation, and ends with the other one's C-MOVE."""
    held = Turn(pacs.host, pacs.port)
    with open_lock(held):
        operation = anna(pacs).start_move(data)
        deadline = time.monotonic() + DEADLINE
        while "another process" not in operation.progress.phase:
            assert time.monotonic() < deadline, operation
            assert not operation.wait(0.05)
    assert operation.result(60).outcome == "complete"


class open_lock:  # noqa: N801 - reads as a function
    """Hold the lock of a turn as another process would: by an open file of its own."""

    def __init__(self, turn):
        self._path = turn._path.with_suffix(".turn")

    def __enter__(self):
        import fcntl  # noqa: PLC0415 - POSIX

        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self._path.unlink()
        self._file.close()
