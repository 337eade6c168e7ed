"""Two programs, one archive: ``movescu`` as pynetdicom has it and ours, run as processes against the same peers."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest
from pynetdicom import AE, QueryRetrievePresentationContexts, StoragePresentationContexts, evt

from dicommove.demo_archive import DemoArchive

from .movescu_programs import DEADLINE, OURS, THEIRS, Program, free_port


@pytest.fixture
def start(tmp_path):
    """Start a program: ``start(OURS, "127.0.0.1", port, "-k", ...)``; its working folder is its own."""
    started = []

    def program(package, *arguments, folder=None, **environment) -> Program:
        place = tmp_path / (folder or f"{package}-{len(started)}")
        started.append(Program(package, arguments, place, environment))
        return started[-1]

    yield program
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.end()


@pytest.fixture
def movescu(start):
    """Run our program to its end."""
    return lambda *arguments, **options: start(OURS, *arguments, **options).end()


@pytest.fixture
def both(start):
    """Run the original and ours, one after the other, with the same arguments; returns (theirs, ours)."""
    return lambda *arguments, **options: tuple(start(package, *arguments, **options).end() for package in (THEIRS, OURS))


@pytest.fixture(name="free_port")
def _free_port():
    """A TCP port that nobody listens on."""
    return free_port()


@pytest.fixture
def demo(free_port):
    """The demo archive, with a move destination STORESCP at the free port; ``demo.arguments`` begin a command line."""
    with DemoArchive() as archive:
        archive.register("STORESCP", "127.0.0.1", free_port)
        archive.arguments = ("127.0.0.1", archive.port, "-aec", "DEMO")
        archive.storing = (*archive.arguments, "--store", "--store-port", free_port)
        yield archive


@pytest.fixture
def archive_that(free_port):
    """Start a pynetdicom archive with a C-MOVE handler of the test; returns the beginning of a command line.

    The handler yields what it likes; ``archive_that.destination`` is where our Storage SCP will listen.
    """
    with ExitStack() as running:

        def start_archive(handler, *more, contexts=QueryRetrievePresentationContexts):
            ae = AE("ARCHIVE")
            ae.supported_contexts = contexts
            ae.requested_contexts = StoragePresentationContexts
            handlers = [(evt.EVT_C_MOVE, handler), *more]
            server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
            running.callback(server.shutdown)
            return "127.0.0.1", server.server_address[1], "-aec", "ARCHIVE"

        start_archive.destination = ("127.0.0.1", free_port)
        start_archive.storing = ("--store", "--store-port", free_port)
        yield start_archive


@pytest.fixture
def full_destination():
    """A destination whose disk is full: it answers every C-STORE with 0xA700."""
    ae = AE("FULL")
    ae.supported_contexts = StoragePresentationContexts
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, lambda _: 0xA700)])
    yield server.server_address
    server.shutdown()


@pytest.fixture
def waiting(start, archive_that, free_port):
    """A running program whose archive waits: ``waiting(associate)`` calls it while our Storage SCP listens."""
    keys = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=P1")
    go_on, asked = threading.Event(), threading.Event()

    def handle(_):
        asked.set()
        go_on.wait(DEADLINE)
        yield None, None

    def meanwhile(action, *options, package=OURS):
        program = start(package, *archive_that(handle), *archive_that.storing, *keys, *options)
        try:
            assert asked.wait(DEADLINE)
            found = action(free_port)
        finally:
            go_on.set()
        return found, program.end()

    yield meanwhile
    go_on.set()
