"""An abused port: command sets, data sets and fragments that no honest sender makes."""

from __future__ import annotations

import contextlib
import struct
import threading

import pytest

from . import wire
from .abusing import Abuses
from .connection import EndedError

cases = Abuses()
TWO = ((1, wire.CT, (wire.EXPLICIT,)), (3, wire.MR, (wire.EXPLICIT,)))
UNRECOGNIZED_OPERATION = 0x0211
USER = (0, 0)
"""Source and reason of A-ABORT by the service user (PS3.8 9.3.8): the rules of messages are its own."""


def command(data):
    """A whole command set, whatever it is."""
    return wire.p_data(1, data, command=True)


def aborted(talk, *data):
    """Source and reason of the A-ABORT that answers it over an association of its own."""
    with talk.story.sender().associate(contexts=TWO) as sender:
        with contextlib.suppress(EndedError):
            for each in data:
                sender.send(each)
        return sender.aborted()


def value(data, *, context=1, is_command=False, last=False):
    """A P-DATA-TF of one value."""
    return wire.pdu(wire.P_DATA, wire.value_item(context, data, command=is_command, last=last))


def without(*elements):
    """A C-STORE-RQ that lacks elements."""
    fields = wire.read_command(wire.c_store("1.2.3.1.1"))
    return wire.command_set({key: each for key, each in fields.items() if key not in (0, *elements)})


@cases("sends a command set of 100 MB")
def huge_command(talk):
    """Aborted after some KB of it."""
    assert aborted(talk, *[value(bytes(1_000_000), is_command=True)] * 100) == USER


@cases("sends a command set of one-byte fragments without an end")
def endless_command(talk):
    """It is as long as all of them."""
    assert aborted(talk, value(b"\0", is_command=True) * 10_000) == USER


@cases("sends command sets whose elements lie about their lengths, are cut off, or of other groups")
def lying_commands(talk):
    """None of them can be understood."""
    sound = wire.c_store("1.2.3.1.1")
    at = sound.index(struct.pack("<HH", 0, 0x0002)) + 4
    lying = [sound[:at] + struct.pack("<I", length) + sound[at + 4 :] for length in (0xFFFFFFFF, 5000, len(sound))]
    cut = [sound[:size] for size in (4, 11, 15, len(sound) - 1)]
    other = sound + struct.pack("<HHI", 8, 0x18, 0)
    explicit = wire.element(0x00000002, "UI", wire.CT) + wire.element(0x00000100, "US", b"\1\0")
    for data in (*lying, *cut, other, explicit, b"", bytes(7), b"GET / HTTP/1.1\r\n\r\n"):
        assert aborted(talk, command(data)) == USER, data


@cases("sends commands without Command Field, Message ID or data set type, or with numbers of 4 bytes")
def lacking_commands(talk):
    """They cannot be answered."""
    for number in (0x0100, 0x0110, 0x0800):
        assert aborted(talk, command(without(number))) == USER
        long = wire.command_set(wire.read_command(without(0x0000)) | {0x0000: 0, number: struct.pack("<I", 1)})
        assert aborted(talk, command(long[12:])) == USER


@cases("stores without SOP class, without instance, with empty, absurd or foreign ones in the command")
def nameless(talk):
    """Read, dropped, 0x0122 or 0xCxxx (PS3.4 B.2.3); the association goes on."""
    foreign = {0x0002: "1.2.840.10008.1.1"}, {0x0002: wire.MR}, {0x0002: "1.2/3"}, {0x1000: "../../x"}, {0x1000: "1." * 40}
    commands = [without(0x0002), without(0x1000), without(0x0002, 0x1000)]
    with talk.story.sender().associate() as sender:
        for request in (*commands, *(wire.c_store("1.2.3.1.1", more=more) for more in foreign)):
            sender.send(command(request) + wire.p_data(1, wire.instance(1).data))
            status = sender.status()
            assert status == 0x0122 or 0xC000 <= status <= 0xCFFF, hex(status)
        assert sender.store(wire.instance(1)) == 0


@cases("asks for operations that are not ours, and that nobody knows, with and without data sets")
def other_services(talk):
    """0x0211, unrecognized operation (PS3.7 C.5.12), and the association goes on."""
    fields = (0x0010, 0x0020, 0x0021, 0x0100, 0x0110, 0x0120, 0x0130, 0x0140, 0x0150, 0x0002, 0x0BAD, 0x7FFF)
    with talk.story.sender().associate() as sender:
        for field in fields:
            for kind in (0x0101, 0x0001):
                names = {0x0003: wire.CT, 0x1001: "1.2.3", 0x1002: 1, 0x1008: 1, 0x0600: "STORESCP"}
                sender.send(command(wire.c_store("1.2.3.1.1", more={0x0100: field, 0x0800: kind} | names)))
                if kind == 1:
                    sender.send(wire.p_data(1, wire.instance(1).data))
                context, answer, data = sender.message()
                assert (context, answer[0x0100], answer[0x0900], data) == (1, field | 0x8000, UNRECOGNIZED_OPERATION, b"")
        assert sender.store(wire.instance(1)) == 0


@cases("sends responses instead of requests")
def responses(talk):
    """Nobody waits for them."""
    for field in (0x8001, 0x8021, 0x8030, 0xFFFF):
        answer = wire.command_set({0x0002: wire.CT, 0x0100: field, 0x0120: 1, 0x0800: 0x0101, 0x0900: 0})
        assert aborted(talk, command(answer)) == USER


@cases("sends a data set that no command announced: at first, after an echo, after an instance, twice")
def unannounced(talk):
    """It belongs to nothing."""
    one = wire.instance(1)
    data, store = wire.p_data(1, one.data), command(wire.c_store(one.uid))
    echo = command(wire.command_set({0x0002: wire.CT, 0x0100: wire.C_ECHO, 0x0110: 7, 0x0800: 0x0101}))
    talk.story.sent.append(one)
    for before in (b"", echo, store + data, command(wire.c_store(one.uid, more={0x0800: 0x0101}))):
        assert aborted(talk, before + data) == USER


@cases("announces a data set and sends the next command instead")
def unfulfilled(talk):
    """The first is not kept, nor is the second answered."""
    assert aborted(talk, command(wire.c_store("1.2.3.1.1")) * 2) == USER


@cases("stores with a command that announces no data set")
def no_data_set(talk):
    """0xCxxx at once: there is no instance."""
    with talk.story.sender().associate() as sender:
        sender.send(command(wire.c_store("1.2.3.1.1", more={0x0800: 0x0101})))
        assert sender.status() >= 0xC000
        assert sender.store(wire.instance(1)) == 0


@cases("sends a data set of 100 MB in one PDU", kept=4, subjects=("movescu",))
def one_pdu(talk):
    """Longer than anybody announced; it is passed on as it comes."""
    one = wire.instance(4, pixels=bytes(100_000_000))
    with talk.story.sender().associate() as sender:
        assert sender.store(one, size=len(one.data)) == 0


@cases("sends an instance in one-byte fragments, empty ones between them", kept=4)
def tiny_fragments(talk):
    """30,000 PDUs; the bytes are the same."""
    one = wire.instance(4, pixels=bytes(range(256)) * 80)
    pieces = (value(one.data[at : at + 1]) + value(b"") * (at % 2) for at in range(len(one.data)))
    talk.story.sent.append(one)
    with talk.story.sender().associate() as sender:
        sender.send(command(wire.c_store(one.uid)) + b"".join(pieces) + value(b"", last=True))
        assert sender.status() == 0
        talk.story.acknowledged.append(one)


def for_ever(sender, data):
    """Send it until the other side has enough."""
    with contextlib.suppress(EndedError, OSError):
        while True:
            sender.send(data)


@cases("sends empty fragments for ever, of commands and of data sets, beside an honest sender")
def empty_fragments(talk):
    """They cost nothing but time, and end with the move."""
    senders = [talk.story.sender().associate() for _ in range(2)]
    senders[1].send(command(wire.c_store("1.2.3.1.1")))
    threads = [
        threading.Thread(target=for_ever, args=(sender, value(b"", is_command=not number) * 100))
        for number, sender in enumerate(senders)
    ]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()


@cases("ends at any byte of a store: closes, resets, aborts or releases, at 60 places")
def ends_anywhere(talk):
    """What was not whole is not there."""
    one = wire.instance(4)
    whole = command(wire.c_store(one.uid)) + wire.p_data(1, one.data, size=300)
    for number in range(60):
        sender = talk.story.sender().associate()
        sender.send(whole[: number * (len(whole) - 1) // 60])
        if number % 4 == 2:
            sender.send(wire.abort(0, 0))
        if number % 4 == 3:
            sender.send(wire.pdu(wire.RELEASE_RQ, bytes(4)))
        (sender.close, sender.reset, sender.half_close, sender.half_close)[number % 4]()
        sender.close()


@cases("releases in the middle of an instance")
def releases_within(talk):
    """The release is answered; there is no instance, and no status."""
    one = wire.instance(4)
    with talk.story.sender().associate() as sender:
        sender.send(command(wire.c_store(one.uid)) + value(one.data[:900]) + wire.pdu(wire.RELEASE_RQ, bytes(4)))
        assert [kind for kind, _ in sender.gone()] == [wire.RELEASE_RP]


@cases("stores ten instances without waiting for an answer", kept=10)
def pipelined(talk):
    """Without an asynchronous window it must not (PS3.7 D.3.3.3); each is answered, in order."""
    with talk.story.sender().associate() as sender:
        for number in range(1, 11):
            sender.offer(wire.instance(number), message_id=number)
        for number in range(1, 11):
            _, answer, _ = sender.message()
            assert (answer[0x0120], answer[0x0900]) == (number, 0)
            talk.story.acknowledged.append(talk.story.sent[number - 1])
        sender.release()


@cases("begins a message on another context before the first one is whole")
def interleaved(talk):
    """PS3.8 and PS3.7: one message after the other."""
    ct, mr = wire.c_store("1.2.3.1.1"), wire.c_store("1.2.3.1.2", wire.MR)
    first = command(ct)
    half = value(wire.instance(1).data[:600])
    for data in (
        first + wire.p_data(3, mr, command=True),
        first + half + wire.p_data(3, mr, command=True),
        first + half + value(wire.instance(1).data[600:], context=3, last=True),
        value(ct[:50], is_command=True) + value(mr[50:], context=3, is_command=True, last=True),
    ):
        assert aborted(talk, data) == USER


@cases("mixes fragments of commands and of data sets")
def mixed(talk):
    """A command is whole before its data set begins, and a data set before the next command."""
    request, data = wire.c_store("1.2.3.1.1"), wire.instance(1).data
    for begun in (
        value(request[:50], is_command=True) + value(data[:100]),
        command(request) + value(data[:100]) + value(request[:50], is_command=True),
        command(request) + value(data[:100]) + value(b"", is_command=True, last=True),
    ):
        assert aborted(talk, begun) == USER


@cases("cancels what nobody has asked for, before, between and after instances")
def cancels(talk):
    """C-CANCEL has no response (PS3.7 9.3.2.3)."""
    cancel = command(wire.command_set({0x0100: wire.C_CANCEL, 0x0120: 1, 0x0800: 0x0101}))
    with talk.story.sender().associate() as sender:
        for number in (1, 2):
            sender.send(cancel * 3)
            assert sender.store(wire.instance(number)) == 0
        sender.send(cancel)
        sender.release()


@cases("stores 1,000 times what cannot be an instance")
def refused_often(talk):
    """Each is refused with 0xCxxx, and memory does not grow with them."""
    bad = command(wire.c_store("1.2.3.1.1")) + wire.p_data(1, b"no instance at all")
    with talk.story.sender().associate() as sender:
        for _ in range(100):
            sender.send(bad * 10)
            assert {sender.status() >> 12 for _ in range(10)} == {0xC}
        sender.release()


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_no_message_harms_the_port(case, subject, faults):
    """The bad one is aborted or refused, the next one served."""
    assert faults(case, subject) == []
