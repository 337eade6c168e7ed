"""The upper layer's thread: woken by what comes and by what is to be sent, and strict with what it takes."""

from __future__ import annotations

import socket
import struct
import threading

import pytest

from dicommove.net.provider import Alarm, _Values


@pytest.fixture
def alarm():
    """An alarm."""
    made = Alarm()
    yield made
    made.close()


@pytest.fixture
def pair():
    """Two connected sockets."""
    one, two = socket.socketpair()
    with one, two:
        yield one, two


def test_alarm_ends_a_wait_from_another_thread(alarm, pair):
    """Whoever waits for a silent connection is woken by the alarm, long before the time is over."""
    ended = threading.Event()
    waiting = threading.Thread(target=lambda: (alarm.wait(pair[0], 60), ended.set()))
    waiting.start()
    alarm.ring()
    assert ended.wait(10)
    waiting.join()


def test_alarm_rings_once(alarm, pair):
    """However often it was rung, one wait takes it all, and the next waits again."""
    for _ in range(3):
        alarm.ring()
    assert not alarm.wait(pair[0], 10)
    pair[1].send(b"1")
    assert alarm.wait(pair[0], 10)
    with pytest.raises(BlockingIOError):
        alarm._waiting.recv(1)


def test_alarm_tells_what_can_be_read(alarm, pair):
    """A connection that has bytes is told apart from an alarm that rang."""
    alarm.ring()
    assert not alarm.wait(pair[0], 10)
    pair[1].send(b"1")
    assert alarm.wait(pair[0], 10)


def test_closed_alarm_is_silent(alarm):
    """Ringing after the end harms nobody."""
    alarm.close()
    alarm.ring()


def pdu(*values):
    """A P-DATA-TF of these presentation data values."""
    body = b"".join(struct.pack(">IBB", len(value) + 1, context_id, value[0]) + value[1:] for context_id, value in values)
    return bytearray(struct.pack(">BxI", 4, len(body)) + body)


def test_values_of_a_pdu_are_told_apart():
    """Several values in one PDU come in order, each with its context and control header."""
    values = [(1, b"\x03command"), (3, b"\x00data"), (3, b"\x02")]
    assert _Values(pdu(*values)).to_primitive().presentation_data_value_list == values


@pytest.mark.parametrize("cut", [1, 4, 8])
def test_value_longer_than_its_pdu_is_refused(cut):
    """A value that claims more than its PDU holds, or a header that is cut off, raises; the association is aborted then."""
    whole = pdu((1, b"\x03command"), (3, b"\x00data"))
    with pytest.raises((ValueError, struct.error)):
        _Values(whole[:-cut])


@pytest.mark.parametrize("length", [0, 1])
def test_value_without_context_or_header_is_refused(length):
    """A value too short for its context and control header raises."""
    with pytest.raises(ValueError, match="longer than its PDU"):
        _Values(bytearray(struct.pack(">BxI", 4, 6) + struct.pack(">IBB", length, 1, 3)))
