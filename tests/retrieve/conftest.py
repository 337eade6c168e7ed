"""What the tests of the retrieval share: a demo archive, and a query of two studies on it."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

import dicommove as dm


@pytest.fixture
def demo():
    """Start demo archives that end with the test: ``demo(fault="drop:3")``."""
    with ExitStack() as started:
        yield lambda **how: started.enter_context(dm.demo(**how))


@pytest.fixture
def pacs(demo):
    """A demo archive without faults."""
    return demo()


@pytest.fixture
def anna():
    """The query of a peer for the two studies of one patient: 130 instances in five series."""
    return lambda peer: peer.studies().where(PatientID="000123")


@pytest.fixture
def data(tmp_path):
    """A data folder that is not there yet."""
    return tmp_path / "data"


@pytest.fixture
def until():
    """Wait until a condition of an operation holds, by its notices, with a deadline."""

    def wait(operation, condition, seconds: float = 30) -> None:
        with operation._tally.changed:
            assert operation._tally.changed.wait_for(lambda: operation.done() or condition(operation.progress), seconds)
        assert condition(operation.progress)

    return wait


@pytest.fixture
def signalled():
    """Run a function in another thread when an operation fulfils a condition."""
    threads = []

    def later(function) -> None:
        thread = threading.Thread(target=function)
        threads.append(thread)
        thread.start()

    yield later
    for thread in threads:
        thread.join(30)
