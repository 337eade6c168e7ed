"""Work beside the kernel's main thread: in order, and a fault ends nothing."""

from __future__ import annotations

import threading

import pytest

from dicommove.panels.background import Background


@pytest.fixture
def told():
    """What a background told: words and exceptions, in order."""
    return []


@pytest.fixture
def work(told):
    """A background that tells into the list."""
    return Background(told.append, told.append)


def test_jobs_are_done_in_order(work, told):
    """Each tells what it is, and the end tells that nothing is left."""
    done = []
    for number in range(3):
        work.do(f"job {number}", lambda number=number: done.append(number))

    assert work.settle(30)
    assert done == [0, 1, 2]
    assert told == ["job 0", "job 1", "job 2", ""] or told[-1] == ""


def test_a_job_that_fails_does_not_end_the_next(work, told):
    """Its exception is told, whatever it is."""
    failure = ValueError("broken")

    def fail():
        raise failure

    work.do("one", fail)
    work.do("two", told.clear)

    assert work.settle(30)
    assert failure not in told  # the second job was done, after the first was told


def test_a_wait_has_an_end(work):
    """While a job runs the wait gives up at its deadline; within a job it does not wait for itself."""
    going, within = threading.Event(), []
    work.do("one", lambda: (within.append(work.settle()), going.wait(30)))

    assert not work.settle(0.01)
    going.set()
    assert work.settle(30)
    assert within == [True]
