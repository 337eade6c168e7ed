"""An abused port: idle, half-open, stuck and slow connections in crowds; the honest sender beside them is served in time."""

from __future__ import annotations

import contextlib
import resource
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from . import wire
from .abusing import Abuses
from .connection import HERE, Connection, EndedError

cases = Abuses()
ECHO = wire.p_data(1, wire.command_set({0x0002: wire.CT, 0x0100: wire.C_ECHO, 0x0110: 7, 0x0800: 0x0101}), command=True)
BEGUN = wire.p_data(1, wire.c_store("1.2.3.1.1"), command=True) + wire.pdu(
    wire.P_DATA, wire.value_item(1, wire.instance(1).data[:900], last=False)
)
"""Half an instance that is asked for."""


@pytest.fixture(scope="module", autouse=True)
def _descriptors():
    """Both ends of hundreds of connections are in this process: more than the 1,024 descriptors that are usual."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 8192), hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connections(talk, number):
    """So many connections that say nothing."""
    return [talk.story.sender() for _ in range(number)]


def associations(talk, number):
    """So many associations, one after the other; those that must give way do."""
    return [talk.story.sender().associate() for _ in range(number)]


@cases("opens 300 connections and says nothing")
def idle(talk):
    """More than there is room for: the oldest give way."""
    crowd = connections(talk, 300)
    yield
    assert len(crowd) == 300


@cases("opens 300 connections and sends half a header, or half a request, over each")
def half_open(talk):
    """As idle ones."""
    crowd = connections(talk, 300)
    for number, sender in enumerate(crowd):
        with contextlib.suppress(EndedError):
            sender.send(wire.associate_rq()[: 3 + 97 * (number % 2)])
    yield


@cases("opens 128 associations and says nothing more")
def idle_associations(talk):
    """All that there may be: the one idle longest gives way."""
    crowd = associations(talk, 128)
    yield
    assert len(crowd) == 128


@cases("opens 128 associations and stops in the middle of an instance over each")
def stuck(talk):
    """All that there may be, none between messages: the one silent longest gives way."""
    crowd = associations(talk, 128)
    for sender in crowd:
        sender.send(BEGUN)
    yield


@cases("opens 128 associations and drips a byte into each, on and on")
def dripping(talk):
    """None is idle, none silent: the one whose message has lasted longest gives way."""
    crowd, over = associations(talk, 128), threading.Event()
    for sender in crowd:
        sender.send(BEGUN + wire.pdu(wire.P_DATA, b"", length=100_006) + wire.value_item(1, b"", length=100_002))

    def drip():
        while not over.wait(0.2):
            for sender in crowd:
                with contextlib.suppress(EndedError):
                    sender.send(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@cases("never reads an answer: echoes until nothing more can be sent")
def deaf(talk):
    """Our answers fill every buffer; only that association waits."""
    with socket.socket() as small:
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        small.connect((HERE, talk.story.destination))
        deaf = Connection(small)
        deaf.send(wire.associate_rq())
        assert deaf.pdu()[0] == wire.ASSOCIATE_AC
        small.settimeout(0.3)
        with contextlib.suppress(TimeoutError):
            while True:
                small.sendall(ECHO * 1000)
        yield


@cases("drips an instance a byte at a time, beside an honest sender", kept=4)
def dripping_one(talk):
    """Each is served at its own pace."""
    one = wire.instance(4)
    with talk.story.sender().associate() as slow:
        whole = wire.p_data(1, wire.c_store(one.uid), command=True) + wire.p_data(1, one.data, size=500)
        for byte in whole[:1500]:
            slow.send(bytes([byte]))
        talk.send_instances(1, 2)
        for byte in whole[1500:]:
            slow.send(bytes([byte]))
        talk.story.sent.append(one)
        assert slow.status() == 0
        talk.story.acknowledged.append(one)


@cases("half closes 100 connections and stays")
def half_closed(talk):
    """They are over for us, whatever they still wait for."""
    crowd = connections(talk, 100)
    for sender in crowd:
        sender.half_close()
    for sender in crowd:
        assert sender.gone() == []
    yield


@cases("asks for 200 associations at once, and stores over each", kept=200, within=60.0)
def two_hundred(talk):
    """More than there may be at once: those that come later wait a moment, and who had to give way tries again."""
    together = threading.Barrier(200)

    def store(number):
        together.wait(30)
        for _ in range(5):
            with contextlib.suppress(EndedError), talk.story.sender() as sender:
                assert sender.associate().store(wire.instance(number)) == 0
                return sender.release()
        raise AssertionError(f"{number} had to give way five times")

    with ThreadPoolExecutor(200) as pool:
        list(pool.map(store, range(1, 201)))


@cases.plainly("stops in the middle of the last instance, and ends the move", "partial", kept=2)
def stuck_at_the_end(talk):
    """Nobody waits for ever for what was begun; what arrived is kept."""
    talk.send_instances(1, 2)
    with talk.story.sender().associate() as sender:
        sender.send(BEGUN.replace(b"1.2.3.1.1", b"1.2.3.1.3"))
        talk.end(completed=2, failed=1)
        sender.gone()


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_no_crowd_keeps_an_honest_sender_out(case, subject, faults):
    """It is served, and the move is complete."""
    assert faults(case, subject) == []
