"""Hours and pauses: C-MOVEs wait for them, searches do not, and a cancel ends every wait."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

import dicommove as dm
from dicommove.allowance import Hours
from dicommove.retrieve.running.hours import Gate, local_now
from dicommove.retrieve.running.tally import Tally


class Clock:
    """A clock that goes only when somebody waits; it remembers how long."""

    def __init__(self, now: str) -> None:
        self.began = self.time = datetime.fromisoformat(f"2026-03-01T{now}").astimezone()
        self.waited: list[float] = []

    def now(self) -> datetime:
        """The time on the wall."""
        return self.time

    def wait(self, seconds: float) -> None:
        """Let it go."""
        self.waited.append(seconds)
        self.time += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        """Seconds since it began."""
        return (self.time - self.began).total_seconds()


@pytest.fixture
def gate():
    """A gate at a certain time of day, its clock and its tally: ``gate("17:59", hours="18:00-06:00")``."""

    def make(now: str, **remote):
        clock = Clock(now)
        tally = Tally(requests_total=3, expected=None, clock=clock.monotonic)
        peer = dm.Peer("archive", 104, **remote)
        return Gate(peer, tally, threading.Event(), now=clock.now, wait=clock.wait), clock, tally

    return make


@pytest.mark.parametrize(
    ("hours", "now", "seconds"),
    [
        ("18:00-06:00", "17:00", 3600),
        ("18:00-06:00", "18:00", 0),
        ("18:00-06:00", "00:00", 0),
        ("18:00-06:00", "05:59:59", 0),
        ("18:00-06:00", "06:00", 12 * 3600),
        ("12:30-13:00", "13:00", 23.5 * 3600),
        ("12:30-13:00", "12:59:59", 0),
        ("00:00-24:00", "23:59:59", 0),
        ("20:00-24:00", "00:00", 20 * 3600),
    ],
)
def test_how_long_until_they_begin(hours, now, seconds):
    """The start belongs to the hours, the end does not; they may pass midnight."""
    assert Hours.read(hours).seconds_until_open(datetime.fromisoformat(f"2026-03-01T{now}").time()) == seconds


@pytest.mark.parametrize("hours", ["18:00", "6pm-6am", "18:00-18:00", "24:00-06:00", "18:00-24:30", "25:00-26:00", "", 18, None])
def test_what_are_no_hours_is_refused(hours):
    """The error shows the form."""
    with pytest.raises(dm.EntityError, match="hours="):
        Hours.read(hours)


def test_the_gate_opens_with_the_hours(gate):
    """It waits in small steps until the clock on the wall says so, and says what it waits for."""
    one, clock, tally = gate("17:58:30", hours="18:00-06:00")
    one.pass_through()
    assert clock.time.strftime("%H:%M") == "18:00"
    assert max(clock.waited) <= 20
    assert tally.snapshot().phase == "waiting for 18:00"
    one.pass_through()
    assert sum(clock.waited) == 90


def test_the_gate_closes_between_two_moves(gate):
    """A C-MOVE after the end of the hours waits for the next evening; the pause goes before."""
    one, clock, _ = gate("05:59:50", hours="18:00-06:00", pause=60)
    one.pass_through()
    assert clock.waited == []
    one.pass_through()
    assert clock.time.strftime("%H:%M:%S") == "18:00:00"


def test_a_pause_is_between_two(gate):
    """The first C-MOVE waits for nothing."""
    one, clock, tally = gate("12:00", pause=45)
    one.pass_through()
    assert clock.waited == []
    one.pass_through()
    assert (sum(clock.waited), tally.snapshot().phase) == (45, "pausing")


def test_a_clock_that_is_set_does_not_shift_the_hours(gate):
    """The clock is read again at each step."""
    one, clock, _ = gate("10:00", hours="18:00-06:00")
    wait = clock.wait

    def set_forward(seconds: float) -> None:
        wait(seconds)
        clock.time = clock.time.replace(hour=18)

    one._wait = set_forward
    one.pass_through()
    assert len(clock.waited) == 1


@pytest.fixture
def closed(pacs):
    """A peer whose hours begin in two hours by the clock on this machine's wall."""
    start = local_now() + timedelta(hours=2)
    return replace(pacs, hours=f"{start:%H:%M}-{start + timedelta(hours=1):%H:%M}")


def test_a_move_waits_and_a_search_does_not(closed, anna, data, until):
    """The phase says until when; a search is answered meanwhile, a cancel ends the wait, and nothing was sent."""
    operation = anna(closed).start_move(data)
    until(operation, lambda progress: progress.phase == f"waiting for {closed.hours.partition('-')[0]}")
    assert anna(closed).count() == 2
    assert operation.cancel()
    result = operation.result(10)
    assert result.outcome == "cancelled"
    assert result.progress.empty
    assert list(result.requests["Status"].isna()) == [True, True]


def test_within_the_hours_a_move_goes(pacs, anna, data):
    """All day is open, a short pause lies between the two studies, and each is told when it ends."""
    operation = anna(replace(pacs, hours="00:00-24:00", pause=0.01)).start_move(data)
    assert operation.result(60).outcome == "complete"
    assert [(one.request.number, one.outcome) for one in operation.ended] == [(1, "complete"), (2, "complete")]


def test_what_is_there_already_waits_for_nothing(pacs, closed, anna, data):
    """A request that asks for nothing needs no hours."""
    anna(pacs).move(data)
    assert anna(closed).move(data).outcome == "complete"
