"""Ctrl-C and SIGTERM: C-CANCEL, a grace, abort; what arrived stays; 6."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from dicommove.demo_archive import DemoArchive

from .movescu_programs import DEADLINE, OURS, instance, silent_peer

P1 = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=P1")
LONGEST_SECONDS = 5.0


@pytest.fixture
def moving(start, archive_that):
    """A program in the middle of a C-MOVE: one instance is there, and the archive waits; obedient or deaf to C-CANCEL."""
    pause, ended = threading.Event(), threading.Event()

    def begin(*options, obedient):
        sent, asked = threading.Event(), threading.Event()

        def handle(event):
            yield archive_that.destination
            yield 2
            yield 0xFF00, instance()
            sent.set()
            for _ in range(int(DEADLINE / 0.01)):
                if event.is_cancelled:  # true once for each C-CANCEL
                    asked.set()
                if ended.is_set() or (asked.is_set() and obedient):
                    break
                pause.wait(0.01)
            yield 0xFE00, None

        program = start(OURS, *archive_that(handle), *archive_that.storing, *P1, *options)
        assert sent.wait(DEADLINE)
        return program, asked

    yield begin
    ended.set()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_obedient_archive_is_cancelled(moving, number):
    """C-CANCEL, its answer, release; the instance that came stays."""
    program, asked = moving(obedient=True)
    program.signal(number)
    ran = program.end()
    assert asked.is_set(), ran.err
    assert ran.code == 6
    assert set(ran.files) == {"CT.1.2.3.4"}
    own = [line for line in ran.lines if line != "I: Association Released"]
    assert own[-4:-2] == ["I: Sending C-CANCEL request", "I: Move SCP Result: 0xFE00 (Cancel)"]
    assert own[-1] == "I: Releasing Association"


def test_a_deaf_archive_is_aborted_after_the_grace(moving):
    """Within five seconds of the signal."""
    program, asked = moving(obedient=False)
    began = time.monotonic()
    program.signal()
    ran = program.end()
    assert time.monotonic() - began < LONGEST_SECONDS
    assert asked.is_set(), ran.err
    assert ran.code == 6
    assert set(ran.files) == {"CT.1.2.3.4"}
    own = [line for line in ran.lines if not line.startswith("I: Association")]
    assert own[-2:] == ["I: Sending C-CANCEL request", "I: Aborting Association"]


def test_a_second_signal_ends_at_once(moving):
    """No grace is waited for."""
    program, asked = moving(obedient=False)
    program.signal()
    assert asked.wait(DEADLINE)
    began = time.monotonic()
    program.signal()
    ran = program.end()
    assert time.monotonic() - began < 2
    assert ran.code == 6
    assert set(ran.files) == {"CT.1.2.3.4"}
    assert "Traceback" not in ran.err


def test_a_signal_ends_the_wait_for_an_association(start):
    """A peer that takes the connection and says nothing."""
    with silent_peer() as port:
        program = start(OURS, "127.0.0.1", port, *P1)
        assert program.process.stderr.readline() == "I: Requesting Association\n"
        program.signal()
        ran = program.end()
    assert ran.code == 6
    assert "Traceback" not in ran.err


def test_compat_leaves_the_code_of_the_shell(moving):
    """128 and the number of the signal."""
    program, _ = moving("--compat", obedient=True)
    program.signal(signal.SIGTERM)
    assert program.end().code == 128 + signal.SIGTERM


def test_a_torn_move_can_be_run_again(start, free_port):
    """What a stopped run left is whole: the next one completes it without a conflict."""
    patient = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=000123")
    with DemoArchive(fault="slow:0.02") as archive:
        archive.register("STORESCP", "127.0.0.1", free_port)
        arguments = ("127.0.0.1", archive.port, "-aec", "DEMO", "--store", "--store-port", free_port, *patient)
        program = start(OURS, *arguments, folder="there")
        while "Completed: 5" not in program.process.stderr.readline():
            pass
        program.signal()
        stopped = program.end()
    assert stopped.code == 6
    assert 5 <= len(stopped.files) < 130
    with DemoArchive() as archive:
        archive.register("STORESCP", "127.0.0.1", free_port)
        arguments = ("127.0.0.1", archive.port, *arguments[2:])
        again = start(OURS, *arguments, folder="there").end()
    assert again.code == 0
    assert len(again.files) == 130
    assert not any("~" in name for name in again.files)
