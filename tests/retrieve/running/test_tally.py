"""The tally: what the threads of an operation write, and the frozen snapshots that readers get."""

from __future__ import annotations

import threading
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicommove.net import MoveResponse
from dicommove.retrieve.running.events import Snapshot
from dicommove.retrieve.running.tally import Tally


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        """Give the time."""
        return self.now


@pytest.fixture
def clock():
    """Give a clock that stands still."""
    return Clock()


@pytest.fixture
def tally(clock):
    """Give a tally of two requests and ten expected instances."""
    return Tally(requests_total=2, expected=10, clock=clock)


def response(status=0xFF00, **counts):
    """A C-MOVE response at a fixed time."""
    return MoveResponse(status, datetime(2024, 1, 31, tzinfo=UTC), **counts)


def test_before_anything_happens_nothing_is_known(tally):
    """Absent is None, never 0: no counters of the peer, no rate, no estimate."""
    assert tally.snapshot() == Snapshot(requests_total=2, expected=10)


def test_a_snapshot_never_changes(tally):
    """A reader keeps a value: what happens afterwards is in the next snapshot only."""
    before = tally.snapshot()
    tally.arrived(1, new=True, text="CT")

    assert before.received == 0
    assert tally.snapshot().received == 1
    with pytest.raises(FrozenInstanceError):
        before.received = 2


def test_only_new_instances_are_counted(tally):
    """A second copy is told, not counted."""
    tally.arrived(1, new=True, text="CT")
    tally.arrived(1, new=False, text="CT, duplicate")
    tally.arrived(2, new=True, text="MR")

    assert (tally.received_of(1), tally.received_of(2), tally.received_of(3)) == (1, 1, 0)
    assert [event.text for event in tally.snapshot().events] == ["CT", "CT, duplicate", "MR"]


def test_the_last_fifty_events_are_kept_with_their_time(tally, clock):
    """The oldest go first; each has its seconds since the beginning."""
    for number in range(60):
        clock.now += 1
        tally.note("fault", str(number))

    events = tally.snapshot().events

    assert [event.text for event in events] == [str(number) for number in range(10, 60)]
    assert (events[0].at, events[-1].at, events[0].kind) == (11.0, 60.0, "fault")


def test_phases_of_a_request(tally):
    """Preparing until the first byte, transferring then; a phase entered twice is told once."""
    tally.began_request("STUDY request 1")
    assert tally.snapshot().phase == "preparing"
    tally.data(10)
    assert tally.snapshot().phase == "transferring"
    tally.phase("stragglers")
    tally.phase("stragglers")
    tally.arrived(1, new=True, text="CT")
    assert tally.snapshot().phase == "stragglers"
    assert [event.kind for event in tally.snapshot().events] == ["request", "phase", "arrival"]


def test_a_silent_archive_prepares_until_it_has_sent_something(tally, clock):
    """A response that counts nothing ends no preparation; one that counts does, for what goes elsewhere never arrives here."""
    tally.began_request("STUDY request 1")
    clock.now += 95
    tally.responded(response(remaining=3, completed=0))
    assert str(tally.snapshot()).startswith("preparing at the archive, 95 s: ")
    tally.responded(response(remaining=2, completed=1))
    clock.now += 2
    assert (tally.snapshot().phase, tally.snapshot().phase_s) == ("transferring", 2)


def test_what_was_in_the_folder_before_begins_no_transfer(tally):
    """Instances from before are received, while the phase waits for the archive."""
    tally.arrived(1, new=True, text="there already")

    assert (tally.snapshot().received, tally.snapshot().phase) == (1, "waiting")


def test_the_peers_counters_stand_beside_ours(tally):
    """The snapshot gives the peer's counters as they came; a new request forgets them."""
    tally.responded(response(remaining=3, completed=1, failed=0))
    snapshot = tally.snapshot()
    assert (snapshot.remaining, snapshot.completed, snapshot.failed, snapshot.warning) == (3, 1, 0, None)

    tally.began_request("STUDY request 2")
    assert tally.snapshot().remaining is None


def test_silence_ends_with_data_and_with_a_response_that_changes_something(tally, clock):
    """An archive that only repeats itself is silent; data, an arrival or another counter is a sign of life."""
    tally.began_request("STUDY request 1")
    for life in (
        lambda: tally.responded(response(remaining=3)),
        lambda: tally.data(1),
        lambda: tally.arrived(1, new=False, text="CT"),
        lambda: tally.responded(response(remaining=2)),
        lambda: tally.began_request("STUDY request 2"),
    ):
        clock.now += 7
        assert tally.silent_s == 7
        life()
        assert tally.silent_s == 0
    tally.responded(response(remaining=2))
    clock.now += 5
    tally.responded(response(remaining=2))
    assert tally.silent_s == 5


def test_a_response_is_no_arrival(tally, clock):
    """The wait for stragglers counts from the last byte of an instance, whatever the peer says."""
    tally.data(1)
    clock.now += 3
    tally.responded(response(remaining=1))

    assert (tally.since_arrival_s, tally.silent_s) == (3, 0)


def test_the_rate_is_that_of_the_last_seconds(tally, clock):
    """1 MB a second, while one large instance flows and none has arrived yet; 0 when it stops."""
    tally.began_request("STUDY request 1")
    assert tally.snapshot().bytes_per_s is None
    for _ in range(100):
        tally.data(200_000)
        clock.now += 0.2
    snapshot = tally.snapshot()
    assert snapshot.size_bytes == 20_000_000
    assert snapshot.bytes_per_s == pytest.approx(1e6, rel=0.05)

    clock.now += 60
    assert tally.snapshot().bytes_per_s == 0


def test_the_estimate_counts_what_was_asked_for_only(clock):
    """900 of 1000 were there before: after 10 s with 20 of the other 100, 40 s are left."""
    tally = Tally(requests_total=2, expected=1000, clock=clock)
    for _ in range(900):
        tally.arrived(1, new=True, text="there already")
    tally.began_request("IMAGE request 2")
    assert tally.snapshot().remaining_s is None
    clock.now += 10
    for _ in range(20):
        tally.arrived(2, new=True, text="CT")

    assert tally.snapshot().remaining_s == 40


def test_no_estimate_without_an_expectation_or_outside_the_transfer(tally, clock):
    """Where nobody said how many there are, or nothing flows, there is no number of seconds."""
    unknown = Tally(requests_total=1, expected=None, clock=clock)
    for one in (tally, unknown):
        one.began_request("STUDY request 1")
        clock.now += 1
        one.arrived(1, new=True, text="CT")
    assert tally.snapshot().remaining_s == 18
    assert unknown.snapshot().remaining_s is None
    tally.phase("stragglers")
    assert tally.snapshot().remaining_s is None


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(("data", "arrived", "began", "ended", "response"))), max_size=30))
def test_a_snapshot_is_always_sane(steps):
    """Whatever happens in whatever order: no negative numbers, a fraction of at most 1, a line of text."""
    clock = Clock()
    tally = Tally(requests_total=2, expected=3, clock=clock)
    for seconds, what in steps:
        clock.now += seconds
        {
            "data": lambda: tally.data(1000),
            "arrived": lambda: tally.arrived(1, new=True, text="CT"),
            "began": lambda: tally.began_request("STUDY request"),
            "ended": tally.ended_request,
            "response": lambda: tally.responded(response(remaining=1)),
        }[what]()
        snapshot = tally.snapshot()
        assert snapshot.bytes_per_s is None or snapshot.bytes_per_s >= 0
        assert snapshot.remaining_s is None or snapshot.remaining_s >= 0
        assert 0 <= snapshot.fraction <= 1
        assert str(snapshot).startswith(snapshot.phase)


def test_many_threads_count_together(tally):
    """No arrival and no byte is lost when eight associations write at once, and readers never see half a step."""

    def write():
        for _ in range(500):
            tally.data(3)
            tally.arrived(1, new=True, text="CT")

    writers = [threading.Thread(target=write) for _ in range(8)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        snapshot = tally.snapshot()
        assert 0 <= snapshot.size_bytes - 3 * snapshot.received <= 3 * len(writers)
    for writer in writers:
        writer.join(10)

    assert (tally.received_of(1), tally.snapshot().size_bytes) == (4000, 12_000)


def test_a_waiting_thread_is_woken(tally):
    """Who waits for a change is told of an arrival and of the end of a request."""
    for change in (lambda: tally.arrived(1, new=True, text="CT"), tally.ended_request):
        woken = threading.Event()
        waiting = threading.Event()

        def wait(woken=woken, waiting=waiting):
            with tally.changed:
                waiting.set()
                if tally.changed.wait(10):
                    woken.set()

        thread = threading.Thread(target=wait)
        thread.start()
        assert waiting.wait(10)
        change()
        thread.join(10)
        assert woken.is_set()


def test_a_phase_that_counts_down_is_one_event():
    """What stands after a comma changes as time passes: the snapshot shows it, the list of events is not flooded."""
    tally = Tally(requests_total=0, expected=None)
    for left in ("0:03", "0:02", "0:01"):
        tally.phase(f"waiting for the archive, {left} left")
    snapshot = tally.snapshot()
    assert snapshot.phase == "waiting for the archive, 0:01 left"
    assert [event.kind for event in snapshot.events] == ["phase"]


def test_instances_are_counted_by_the_second_too(tally, clock):
    """Two new instances a second; what was there already is none."""
    tally.arrived(1, new=True, text="there already")
    tally.began_request("STUDY request 1", 1)
    assert tally.snapshot().instances_per_s is None
    for _ in range(50):
        tally.data(10)
        tally.arrived(1, new=True, text="CT")
        clock.now += 0.5

    assert tally.snapshot().instances_per_s == pytest.approx(2, rel=0.2)


def test_the_running_request_is_known_while_it_runs(tally):
    """Between two C-MOVEs there is none."""
    tally.began_request("STUDY request 2", 2)
    running = tally.snapshot().request
    tally.ended_request()

    assert (running, tally.snapshot().request) == (2, None)


def test_arrivals_push_no_trouble_out(tally):
    """Refusals and faults are kept apart from the many instances that follow."""
    tally.note("refusal", "not asked for")
    for _ in range(200):
        tally.arrived(1, new=True, text="CT", path="/data/one.dcm")

    snapshot = tally.snapshot()
    assert [event.text for event in snapshot.troubles] == ["not asked for"]
    assert {event.path for event in snapshot.events} == {"/data/one.dcm"}
