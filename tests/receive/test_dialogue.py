"""Messages without sockets: hostile streams end in an answer or a `DialogueError`, and nothing is left open."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicommove.head import PLACING
from dicommove.receive import Sender
from dicommove.receive.dialogue import Dialogue, DialogueError
from dicommove.receive.events import Fragment
from dicommove.receive.intake import Intake, Refused
from dicommove.receive.negotiation import Context
from dicommove.receive.sink import StoreRequest
from dicommove.receive.stream import PduStream, State

EXPLICIT = "1.2.840.10008.1.2.1"


class Hall:
    """Admits everything, and counts the sinks that are open."""

    def __init__(self):
        self.opened = self.settled = self.kept = 0
        self.refusals, self.losses = [], []

    def settle(self, *_):
        """Open a sink, which is this object itself."""
        self.opened += 1
        return self

    def write(self, data):
        """Drop bytes."""

    def finish(self, _):
        """Keep."""
        self.settled += 1
        self.kept += 1
        return 0

    def abandon(self, _):
        """Forget."""
        self.settled += 1

    def refused(self, _, refusal, size_bytes):
        """Remember a refusal."""
        self.refusals.append((refusal.status, size_bytes))

    def lost(self, _, reason, size_bytes):
        """Remember a loss."""
        self.losses.append((reason, size_bytes))

    def echoed(self, sender):
        """Hear an echo."""


def dialogue(wire, hall):
    """Make a dialogue with CT as contexts 1 and 3."""
    contexts = {number: Context(number, wire.CT, (EXPLICIT,), EXPLICIT) for number in (1, 3)}
    return Dialogue(contexts, Sender(1, "127.0.0.1", 1, "A", "B"), hall, PLACING)


def run(wire, data, piece=4096):
    """Play bytes to a parser and a dialogue; return the hall and what was answered."""
    hall, stream, answers = Hall(), PduStream(), b""
    talk, stream.state = dialogue(wire, hall), State.ESTABLISHED
    try:
        for start in range(0, len(data), piece):
            for event in stream.feed(memoryview(data)[start : start + piece]):
                answers += talk.take(event) if isinstance(event, Fragment) else b""
    except DialogueError:
        pass
    talk.lose("over")
    return hall, answers


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_damaged_recordings(wire, data):
    """Stores with changed, removed and added bytes leave no sink open, whatever becomes of them."""
    recording = bytearray(wire.store_pdus(wire.data_set(size=300), size=120) * 2)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(recording) - 1))
        end = place + data.draw(st.sampled_from([0, 1, 1, 1, 4, 12]))
        recording[place:end] = data.draw(st.binary(max_size=6))
    hall, _ = run(wire, bytes(recording), data.draw(st.sampled_from([1, 13, 4096])))
    assert hall.opened == hall.settled


def test_refused_data_sets_are_counted(wire):
    """A refusal says how many bytes were read and dropped."""
    data = wire.encoded(wire.data_set("1.2.9", size=5000))
    hall, answers = run(wire, wire.store_pdus(data))
    assert hall.refusals == [(0xA900, len(data))]
    assert answers


def test_memory_stays_flat(wire):
    """A data set of 64 MB takes no more memory than what is fed at once."""
    hall, stream = Hall(), PduStream()
    talk, stream.state = dialogue(wire, hall), State.ESTABLISHED
    begin = wire.value_pdu(1, wire.store_command(), command=True) + wire.value_pdu(1, wire.encoded(wire.data_set()), last=False)
    more = memoryview(wire.value_pdu(1, b"\xe0\x7f\x10\x00OW\0\0\0\0\0\x04" + bytes(100_000), last=False) * 2)
    tracemalloc.start()
    for data in (memoryview(begin), *(more for _ in range(320))):
        for event in stream.feed(data):
            talk.take(event)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert hall.opened == 1
    assert peak < 300_000


def test_claims_are_asked_after_the_head_only(wire):
    """As long as the head is not whole, nothing is opened."""
    hall = Hall()
    request = StoreRequest(Sender(1, "", 1, "", ""), 1, wire.CT, "1.2.3.4.5", EXPLICIT)
    intake = Intake(request, hall, PLACING)
    data = wire.encoded(wire.data_set(size=100))
    intake.take([memoryview(data)[:60]])
    assert hall.opened == 0
    intake.take([memoryview(data)[60:]])
    assert hall.opened == 1
    assert intake.end() == 0


def test_head_that_does_not_end_is_held_to_its_limit(wire):
    """Without the end of the head in 64 KB the claim is settled on what is known, and refused at the end."""
    hall = Hall()
    intake = Intake(StoreRequest(Sender(1, "", 1, "", ""), 1, wire.CT, "1.2.3", EXPLICIT), hall, PLACING)
    piece = memoryview(b"\x08\0\x01\0UN\0\0\0\0\0\x7f" + bytes(70_000))
    intake.take([piece])
    assert hall.opened == 1
    intake.take([piece])
    assert intake.end() == 0xC000
    assert (hall.settled, hall.kept) == (1, 0)


@pytest.mark.parametrize(("size", "status"), [(65_512, 0), (65_514, 0xC000)])
@pytest.mark.parametrize("pieces_of", [1000, 65_536, 200_000])
def test_what_is_left_out_ends_before_a_byte_is_written(wire, size, status, pieces_of):
    """File Meta Information before the data set is left out up to 64 KB; of more, a part would be in the file."""
    hall = Hall()
    intake = Intake(StoreRequest(Sender(1, "", 1, "", ""), 1, wire.CT, "1.2.3.4.5", EXPLICIT), hall, PLACING)
    data = b"\x02\0\x02\x01OB\0\0" + size.to_bytes(4, "little") + bytes(size) + wire.encoded(wire.data_set(size=100_000))
    for start in range(0, len(data), pieces_of):
        intake.take([memoryview(data)[start : start + pieces_of]])
    assert (intake.end(), hall.opened) == (status, int(status == 0))


def test_refusal_carries_its_status():
    """A refusal is a status and a reason."""
    with pytest.raises(Refused, match="because") as refused:
        raise Refused(0xC000, "because")
    assert refused.value.status == 0xC000
