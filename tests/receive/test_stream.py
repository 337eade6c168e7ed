"""The parser: the same events however the bytes are split, and an abort for whatever a state forbids."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicommove.receive.events import Aborted, AssociateRequest, Fragment, ProtocolFault, ReleaseRequest
from dicommove.receive.stream import RELEASE_REPLY, PduStream, State, abort_pdu, data_pdus

RELEASE = b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00"


def events_of(pieces):
    """Feed pieces; return the events, neighbouring parts of one fragment joined and views copied."""
    stream, events = PduStream(), []
    for piece in pieces:
        for event in stream.feed(memoryview(piece)):
            if isinstance(event, AssociateRequest):
                stream.state = State.ESTABLISHED
            _append(events, event)
    return events


def _append(events, event):
    if not isinstance(event, Fragment):
        events.append(event)
        return
    data = b"".join(event.pieces)
    if events and isinstance(events[-1], list) and events[-1][:2] == [event.context_id, event.is_command] and not events[-1][2]:
        events[-1][2:] = [event.is_last, events[-1][3] + data]
    else:
        events.append([event.context_id, event.is_command, event.is_last, data])


def established():
    """Make a parser that has an association."""
    stream = PduStream()
    stream.state = State.ESTABLISHED
    return stream


def fed(stream, data):
    """Feed everything at once."""
    return list(stream.feed(memoryview(data)))


@pytest.fixture(scope="module")
def recording(wire):
    """One association as bytes: two stores in small PDUs, several values in one PDU, an empty last value, an echo, a release."""
    command, data = wire.store_command(), wire.encoded(wire.data_set(size=900))
    halves = data[:100], data[100:]
    several = b"".join(len(half).__add__(2).to_bytes(4, "big") + bytes((1, 0)) + half for half in halves)
    last = (2).to_bytes(4, "big") + b"\x01\x02"
    return b"".join(
        (
            wire.request_pdu(),
            wire.store_pdus(wire.data_set(size=900), size=100),
            data_pdus(1, command),
            b"\x04\x00" + len(several + last).to_bytes(4, "big") + several + last,
            data_pdus(3, wire.command_set(e0100=0x30, e0110=9, e0800=0x101)),
            RELEASE,
        )
    )


def test_recording_as_a_whole(recording, wire):
    """A recorded association gives its request, its messages and its release."""
    events = events_of([recording])
    data = wire.encoded(wire.data_set(size=900))
    assert isinstance(events[0], AssociateRequest)
    assert [event[:3] for event in events[1:-1]] == [[1, True, True], [1, False, True]] * 2 + [[3, True, True]]
    assert events[2][3] == events[4][3] == data
    assert events[-1] == ReleaseRequest()


def test_byte_by_byte(recording):
    """Fed one byte at a time it gives the same events."""
    assert events_of([bytes((byte,)) for byte in recording]) == events_of([recording])


def test_every_boundary(recording):
    """Split in two at every place it gives the same events."""
    expected = events_of([recording])
    for place in range(1, len(recording)):
        assert events_of([recording[:place], recording[place:]]) == expected, place


@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_random_pieces(recording, data):
    """Split in any number of pieces it gives the same events."""
    places = sorted(data.draw(st.sets(st.integers(0, len(recording)), max_size=40)))
    pieces = [recording[start:end] for start, end in zip([0, *places], [*places, len(recording)], strict=True)]
    assert events_of(pieces) == events_of([recording])


@given(st.binary(max_size=400), st.sampled_from(list(State)))
@settings(deadline=None, max_examples=200)
def test_any_bytes_give_events_only(data, state):
    """Whatever comes, the parser raises nothing."""
    stream = PduStream()
    stream.state = state
    fed(stream, data)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30), st.binary(max_size=40)), max_size=20))
@settings(deadline=None, max_examples=200)
def test_any_pdus_split_alike(pdus):
    """PDUs of any type, with lengths that lie, give the same events whole and byte by byte."""
    data = b"".join(bytes((kind, 0)) + length.to_bytes(4, "big") + body for kind, length, body in pdus)
    assert events_of([data]) == events_of([bytes((byte,)) for byte in data])


@pytest.mark.parametrize("kind", [2, 3, 4, 5, 6])
def test_awaiting_request_takes_no_other_pdu(kind):
    """Before the A-ASSOCIATE-RQ every other known PDU is unexpected (PS3.8 AA-1)."""
    (fault,) = fed(PduStream(), bytes((kind, 0, 0, 0, 0, 4)) + bytes(4))
    assert (type(fault), fault.source, fault.reason) == (ProtocolFault, 2, 2)


@pytest.mark.parametrize("kind", [1, 2, 3, 6])
def test_established_takes_no_negotiation(kind):
    """On an association A-ASSOCIATE and A-RELEASE-RP are unexpected (PS3.8 AA-8)."""
    (fault,) = fed(established(), bytes((kind, 0, 0, 0, 0, 4)) + bytes(4))
    assert (fault.source, fault.reason) == (2, 2)


@pytest.mark.parametrize("kind", [0, 8, 0x47, 0xFF])
def test_unknown_pdu_is_unrecognized(kind):
    """A PDU type that does not exist has its own reason (HTTP's GET among them)."""
    (fault,) = fed(PduStream(), bytes((kind, 0, 0, 0, 0, 4)) + bytes(4))
    assert (fault.source, fault.reason) == (2, 1)


def test_value_longer_than_its_pdu():
    """A presentation data value that goes beyond its PDU is an invalid parameter value."""
    (fault,) = fed(established(), b"\x04\x00\x00\x00\x00\x08\x00\x00\x00\x09\x01\x00ab")
    assert (fault.source, fault.reason) == (2, 6)


def test_value_too_short_for_its_header():
    """A presentation data value without context ID and control header is an invalid parameter value."""
    (fault,) = fed(established(), b"\x04\x00\x00\x00\x00\x08\x00\x00\x00\x01\x01\x00ab")
    assert fault.reason == 6


def test_request_longer_than_the_limit_is_refused_by_its_header():
    """An A-ASSOCIATE-RQ of more than a megabyte is refused before it is collected."""
    (fault,) = fed(PduStream(), b"\x01\x00\x00\x10\x00\x01")
    assert fault.reason == 6


def test_nothing_comes_after_a_fault():
    """After a fault the parser is silent."""
    stream = PduStream()
    assert len(fed(stream, b"\x09\x00\x00\x00\x00\x00")) == 1
    assert fed(stream, RELEASE) == []


def test_abort_of_the_peer():
    """A-ABORT says its source and reason in every state that waits for something."""
    assert fed(PduStream(), abort_pdu(0, 0)) == [Aborted(0, 0)]
    assert fed(established(), abort_pdu(2, 5)) == [Aborted(2, 5)]


def test_closing_reads_nothing_more():
    """After the last word whatever comes is dropped without a fault (PS3.8 Sta13)."""
    stream = PduStream()
    stream.state = State.AWAITING_CLOSE
    assert fed(stream, RELEASE + b"\x09garbage") == []


def test_command_and_data_in_one_pdu_are_told_apart():
    """A PDU may hold the end of a command and the begin of its data set."""
    items = b"\0\0\0\x04\x01\x03ab" + b"\0\0\0\x03\x01\x00c"
    pdu = b"\x04\x00" + len(items).to_bytes(4, "big") + items
    events = [(e.is_command, e.is_last, b"".join(e.pieces)) for e in fed(established(), pdu)]
    assert events == [(True, True, b"ab"), (False, False, b"c")]


def test_pieces_are_views_of_what_was_fed():
    """Data is passed on without a copy."""
    data = bytearray(b"\x04\x00\x00\x00\x00\x08\x00\x00\x00\x04\x01\x00ab")
    (fragment,) = fed(established(), data)
    data[12] = ord("x")
    assert bytes(fragment.pieces[0]) == b"xb"


@pytest.mark.parametrize("max_length", [1, 7, 10, 20, 0])
def test_responses_honour_the_peers_length(max_length):
    """A command set is cut into PDUs no longer than the peer takes, where that is possible at all."""
    encoded = data_pdus(5, bytes(range(50)), max_length)
    (*_, last), whole = [e for e in fed(established(), encoded) if isinstance(e, Fragment)], b""
    for event in fed(established(), encoded):
        whole += b"".join(event.pieces)
    assert whole == bytes(range(50))
    assert last.is_last
    assert max_length in (0, 1) or int.from_bytes(encoded[2:6], "big") <= max_length


def test_in_pdu_tells_of_a_pdu_that_is_not_whole():
    """The parser knows whether it waits in the middle of something."""
    stream = established()
    assert not stream.in_pdu
    fed(stream, RELEASE_REPLY[:3])
    assert stream.in_pdu


@pytest.mark.parametrize("length", [0, 1, 5])
def test_data_pdu_without_a_value(length):
    """A P-DATA-TF too short for a single presentation data value is a fault, before any more bytes come (PS3.8 9.3.5)."""
    (fault,) = fed(established(), b"\x04\x00\x00\x00\x00" + bytes((length,)))
    assert (fault.source, fault.reason) == (2, 6)


def test_empty_command_fragments_are_an_unfinished_message():
    """A command set of empty fragments has begun: whoever sends them for ever is in the middle of a message."""
    stream = established()
    assert not stream.in_pdu
    assert fed(stream, b"\x04\0\0\0\0\x06\0\0\0\x02\x01\x01") == []
    assert stream.in_pdu
