"""An abused port: bytes, lengths and PDUs that no requestor may send; the right A-ABORT, and the next one is served."""

from __future__ import annotations

import random

import pytest

from . import wire
from .abusing import API, Abuses, refused

cases = Abuses()
LENGTHS = (0, 1, 0xFFFFFFFF)
UNRECOGNIZED, UNEXPECTED, INVALID = (2, 1), (2, 2), (2, 6)
"""Source and reason of A-ABORT (PS3.8 9.3.8)."""


def answered(talk, data, *, associated=False):
    """Source and reason of the A-ABORT that answers bytes over a connection of their own."""
    with talk.story.sender() as sender:
        if associated:
            sender.associate()
        sender.send(data)
        return sender.aborted() if associated else refused(sender)


@cases("scans the port: 500 connections, closed, reset or half closed at once")
def scans(talk):
    """As every scanner, balancer and monitor does."""
    for number in range(500):
        sender = talk.story.sender()
        (sender.close, sender.reset, sender.half_close)[number % 3]()
        sender.close()


@cases("speaks HTTP")
def http(talk):
    """A browser, or a monitor."""
    assert answered(talk, b"GET / HTTP/1.1\r\nHost: pacs\r\nConnection: keep-alive\r\n\r\n") == UNRECOGNIZED


@cases("says hello in TLS where none is spoken", subjects=API)
def tls_hello(talk):
    """A sender that is set up for TLS."""
    assert answered(talk, bytes.fromhex("16030100c5010000c10303") + bytes(190)) == UNRECOGNIZED


@cases("sends a text line without an end, and waits", subjects=API)
def telnet(talk):
    """Fewer bytes than a header has: nothing can be said yet, and nobody has to wait for the rest."""
    with talk.story.sender() as sender:
        sender.send(b"\r\n")
        yield


@cases("sends random bytes over 60 connections")
def random_bytes(talk):
    """Each of them ends, with whatever reason."""
    chance = random.Random(9)
    for _ in range(60):
        with talk.story.sender() as sender:
            sender.send(chance.randbytes(chance.randrange(1, 400)))
            sender.half_close()
            sender.gone()


@cases("sends random PDUs, well framed, over 60 associations")
def random_pdus(talk):
    """The header is right and what it holds is not."""
    chance = random.Random(10)
    for _ in range(60):
        with talk.story.sender().associate() as sender:
            sender.send(wire.pdu(chance.choice((4, 4, 4, 1, 5, 7)), chance.randbytes(chance.randrange(1, 400))))
            sender.half_close()
            sender.gone()


@cases("begins with PDUs of 0, 1 and 4 GB")
def first_lengths(talk):
    """Before an association; what is no request is unexpected whatever its length."""
    for kind in range(1, 8):
        right = INVALID if kind in {wire.ASSOCIATE_RQ, wire.ABORT} else UNEXPECTED
        for length in LENGTHS:
            assert answered(talk, wire.pdu(kind, b"\0" * min(length, 1), length=length)) == right, (kind, length)


@cases("sends release, abort and data PDUs of 0, 1 and 4 GB over associations")
def later_lengths(talk):
    """A P-DATA-TF holds one presentation data value at least (PS3.8 9.3.5); one of 4 GB may be on its way."""
    for kind, lengths in ((wire.RELEASE_RQ, LENGTHS), (wire.ABORT, LENGTHS), (wire.P_DATA, (0, 1, 5))):
        for length in lengths:
            data = wire.pdu(kind, b"\0" * min(length, 1), length=length)
            assert answered(talk, data, associated=True) == INVALID, (kind, length)


@cases("announces a P-DATA-TF of 4 GB, begins an instance in it, and stops")
def endless_data(talk):
    """What has come is not kept, and nobody waits for the rest."""
    one = wire.instance(1)
    with talk.story.sender().associate() as sender:
        sender.send(wire.p_data(1, wire.c_store(one.uid), command=True))
        value = wire.value_item(1, one.data, last=False, length=0xFFFFFFFF - 4)
        sender.send(wire.pdu(wire.P_DATA, value, length=0xFFFFFFFF))
        yield


@cases("sends presentation data values of 0, 1, 4 GB, and longer than their PDU")
def lying_values(talk):
    """PS3.8 9.3.5.1: two bytes at least, and no more than the PDU has left."""
    for length in (0, 1, 300, 0x7FFFFFFF, 0xFFFFFFFF):
        value = wire.value_item(1, bytes(40), length=length)
        assert answered(talk, wire.pdu(wire.P_DATA, value), associated=True) == INVALID, length


@cases("leaves some bytes in a PDU behind its last value", subjects=API)
def crumbs(talk):
    """Too few for another value."""
    value = wire.value_item(1, wire.c_store("1.2.3"), command=True)
    for crumbs in (1, 5):
        data = wire.pdu(wire.P_DATA, value + bytes(crumbs)) + wire.pdu(wire.P_DATA, value)
        assert answered(talk, data, associated=True) == INVALID


@cases("sends values for contexts 0, 2, 5 and 255, that were not negotiated, and for a refused one")
def foreign_contexts(talk):
    """The service user aborts."""
    contexts = ((1, wire.CT, (wire.EXPLICIT,)), (3, "1.2.840.10008.5.1.4.1.2.2.1", (wire.EXPLICIT,)))
    for context in (0, 2, 3, 5, 255):
        with talk.story.sender().associate(contexts=contexts) as sender:
            assert [sender.contexts[number][0] for number in (1, 3)] == [0, 3]
            sender.send(wire.p_data(context, wire.c_store("1.2.3"), command=True))
            assert sender.aborted() == (0, 0)


@cases("stores without asking for an association")
def data_first(talk):
    """P-DATA-TF in Sta2."""
    one = wire.instance(1)
    assert answered(talk, wire.p_data(1, wire.c_store(one.uid), command=True) + wire.p_data(1, one.data)) == UNEXPECTED


@cases("asks for a second association over the first one", subjects=API)
def asks_twice(talk):
    """A-ASSOCIATE-RQ in Sta6."""
    assert answered(talk, wire.associate_rq(), associated=True) == UNEXPECTED


@cases("asks for a second association in the middle of an instance")
def asks_within(talk):
    """What was begun is not kept."""
    one = wire.instance(1)
    begun = wire.p_data(1, wire.c_store(one.uid), command=True) + wire.pdu(wire.P_DATA, wire.value_item(1, one.data, last=False))
    assert answered(talk, begun + wire.associate_rq(), associated=True) == UNEXPECTED


@cases("answers what nobody asked: accepts, rejects, responds to a release")
def answers_unasked(talk):
    """PDUs of an acceptor, from a requestor."""
    for data in (wire.pdu(wire.ASSOCIATE_AC, wire.associate_rq()[6:]), wire.reject(1, 1, 7), wire.pdu(wire.RELEASE_RP, bytes(4))):
        assert answered(talk, data, associated=True) == UNEXPECTED
        assert answered(talk, data) == UNEXPECTED


@cases("sends PDUs of types that nobody knows")
def unknown_types(talk):
    """With a length, and with the bytes that it promises."""
    for kind in (0, 8, 0x41, 0x80, 0xFF):
        assert answered(talk, wire.pdu(kind, bytes(10))) == UNRECOGNIZED
        assert answered(talk, wire.pdu(kind, bytes(10)), associated=True) == UNRECOGNIZED


@cases("stores an instance after its release")
def stores_released(talk):
    """The release is answered; what comes after it is not read any more."""
    one = wire.instance(4)
    with talk.story.sender().associate() as sender:
        sender.send(wire.pdu(wire.RELEASE_RQ, bytes(4)) + wire.p_data(1, wire.c_store(one.uid), command=True))
        sender.send(wire.p_data(1, one.data))
        assert [kind for kind, _ in sender.gone()] == [wire.RELEASE_RP]


@cases("aborts at once: before and after it has asked, and again", subjects=API)
def aborts(talk):
    """None of them is answered (PS3.8 AA-2, AA-3)."""
    with talk.story.sender() as sender:
        sender.send(wire.abort())
        assert sender.gone() == []
    with talk.story.sender().associate() as sender:
        sender.send(wire.abort(0, 0) + wire.abort(2, 6))
        assert sender.gone() == []


@cases("goes on with garbage after its message was aborted")
def raves_on(talk):
    """There is one A-ABORT, and it arrives whole."""
    with talk.story.sender().associate() as sender:
        sender.send(wire.p_data(1, b"no command set", command=True))
        assert sender.pdu() == (wire.ABORT, bytes(4))
        sender.send(b"GET / HTTP/1.1\r\n" * 5000)
        sender.half_close()
        assert sender.gone() == []


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_no_pdu_harms_the_port(case, subject, faults):
    """The bad one is aborted, the next one served."""
    assert faults(case, subject) == []
