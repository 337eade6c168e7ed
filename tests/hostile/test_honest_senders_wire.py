"""What an honest sender may say: negotiation, segmentation and commands as the Standard allows them; all of it works."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from . import wire
from .abusing import API, Abuses

cases = Abuses()
FOUR = wire.instance(4)
COMMAND = wire.c_store(FOUR.uid)


def sent(talk, data, *, answers=1, one=FOUR, **how):
    """Send an instance as these bytes over an association of its own; each answer must be 0x0000."""
    with talk.story.sender().associate(**how) as sender:
        talk.story.sent.append(one)
        sender.send(data)
        assert [sender.status() for _ in range(answers)] == [0] * answers
        talk.story.acknowledged.append(one)
        sender.release()


def value(data, *, is_command=False, last=False):
    """A presentation data value of context 1."""
    return wire.value_item(1, data, command=is_command, last=last)


def role(uid=wire.CT, scu=1, scp=1):
    """SCP/SCU Role Selection (PS3.7 D.3.3.4)."""
    return wire.item(0x54, struct.pack(">H", len(uid)) + uid.encode() + bytes([scu, scp]))


def identity(kind, primary, secondary=b"", response=1):
    """User Identity (PS3.7 D.3.3.7)."""
    fields = struct.pack(">BBH", kind, response, len(primary)) + primary + struct.pack(">H", len(secondary)) + secondary
    return wire.item(0x58, fields)


@cases("selects roles: SCU, SCP, both, and one for a class that it does not propose", kept=4, subjects=API)
def roles(talk):
    """We take what is stored; the answer may leave the roles as they are by default."""
    for more in (role(), role(scp=0), role(scu=0), role() + role(wire.MR)):
        sent(talk, wire.p_data(1, COMMAND, command=True) + wire.p_data(1, FOUR.data), more=more)


@cases("negotiates SOP classes by extended and common extended negotiation", kept=4, subjects=API)
def extended(talk):
    """Level of storage, digital signatures, coercion (PS3.4 B.3.1); related general classes (PS3.7 D.3.3.6)."""
    size = struct.pack(">H", len(wire.CT))
    plain = wire.item(0x56, size + wire.CT.encode() + bytes([2, 0, 3, 0, 1, 0]))
    service = "1.2.840.10008.4.2"
    general = struct.pack(">H", 2 + len(wire.MR)) + struct.pack(">H", len(wire.MR)) + wire.MR.encode()
    common = wire.item(0x57, size + wire.CT.encode() + struct.pack(">H", len(service)) + service.encode() + general)
    sent(talk, wire.p_data(1, COMMAND, command=True) + wire.p_data(1, FOUR.data), more=plain + common)


@cases("says who its user is in all five ways, and wants an answer", kept=4)
def identities(talk):
    """User name, with passcode, Kerberos, SAML, JSON Web Token; an acceptor that does not know it answers nothing."""
    for kind, secondary in ((1, b""), (2, b"secret"), (3, b""), (4, b""), (5, b"")):
        for response in (0, 1):
            more = identity(kind, b"jane" * 500, secondary, response)
            sent(talk, wire.p_data(1, COMMAND, command=True) + wire.p_data(1, FOUR.data), more=more)


@cases("proposes an asynchronous window, unlimited or of 8, and sends 8 instances within it", kept=8)
def window(talk):
    """What we perform at once is in our answer; what comes earlier waits (PS3.7 D.3.3.3)."""
    for invoked in (0, 8):
        with talk.story.sender() as sender:
            sender.send(wire.associate_rq(more=wire.item(0x53, struct.pack(">HH", invoked, 1))))
            kind, body = sender.pdu()
            assert kind == wire.ASSOCIATE_AC
            (user,) = [content for number, content in wire.items_of(body[68:]) if number == 0x50]
            assert dict(wire.items_of(user))[0x53] == struct.pack(">HH", 1, 1)
            for number in range(1, 9):
                sender.offer(wire.instance(number), message_id=number)
            answers = [sender.message()[1] for _ in range(8)]
            assert [(answer[0x0120], answer[0x0900]) for answer in answers] == [(number, 0) for number in range(1, 9)]
            talk.story.acknowledged.extend(talk.story.sent[-8:])
            sender.release()


@cases("takes PDUs of 7, 128, 4096, 2^32 - 1 or any number of bytes", kept=8, subjects=API)
def maximum_lengths(talk):
    """No answer is longer than what it takes."""
    for number, length in enumerate((7, 128, 4096, 0xFFFFFFFF, 0), 4):
        one = wire.instance(number)
        with talk.story.sender().associate(max_length=length) as sender:
            sender.offer(one)
            answer = b""
            while not answer.endswith(one.uid.encode() + b"\0" * (len(one.uid) % 2)):
                _, body = sender.pdu()
                assert not length or len(body) <= length
                answer += body[6:]
            assert wire.read_command(answer)[0x0900] == 0
            talk.story.acknowledged.append(one)
            sender.release()


@cases("cuts an instance into one byte a value, one value a PDU", kept=4)
def byte_by_byte(talk):
    """Command and data set both."""
    sent(talk, wire.p_data(1, COMMAND, command=True, size=1) + wire.p_data(1, FOUR.data, size=1))


@cases("sends every byte in a TCP segment of its own", kept=4)
def segment_by_segment(talk):
    """Where a read ends means nothing."""
    with talk.story.sender().associate() as sender:
        for byte in wire.p_data(1, COMMAND, command=True) + wire.p_data(1, FOUR.data):
            sender.send(bytes([byte]))
        talk.story.sent.append(FOUR)
        assert sender.status() == 0
        talk.story.acknowledged.append(FOUR)
        sender.release()


@cases("puts several values into a PDU, the last of a message empty", kept=4, subjects=API)
def several_values(talk):
    """PS3.8 9.3.5, and D.2 for empty ones."""
    data = FOUR.data
    thirds = value(data[:11]) + value(data[11:700]) + value(b"") + value(data[700:])
    command = value(COMMAND[:30], is_command=True) + value(COMMAND[30:], is_command=True) + value(b"", is_command=True, last=True)
    sent(talk, wire.pdu(wire.P_DATA, command) + wire.pdu(wire.P_DATA, thirds + value(b"", last=True)))


@cases("puts command and data set into one PDU, and two instances too", kept=4, subjects=API)
def one_pdu(talk):
    """A PDU may hold values of either kind."""
    whole = value(COMMAND, is_command=True, last=True) + value(FOUR.data, last=True)
    sent(talk, wire.pdu(wire.P_DATA, whole))
    sent(talk, wire.pdu(wire.P_DATA, whole + whole), answers=2)


@cases("fills PDUs to the longest that we announced", kept=4, subjects=API)
def longest(talk):
    """To the byte."""
    one = wire.instance(4, pixels=bytes(1_000_001))
    with talk.story.sender() as sender:
        sender.send(wire.associate_rq())
        _, body = sender.pdu()
        (user,) = [content for number, content in wire.items_of(body[68:]) if number == 0x50]
        (length,) = struct.unpack(">I", dict(wire.items_of(user))[0x51])
        assert sender.store(one, size=(length or 1 << 20) - 6) == 0
        sender.release()


@cases("writes other bytes than 0 where the Standard says that they are not tested", subjects=API)
def reserved(talk):
    """PS3.8 9.3: reserved fields shall not be tested to these values when received."""
    request = bytearray(wire.associate_rq())
    request[1], request[8:10], request[42:74] = 0xFF, b"\xff\xff", bytes([0xFF]) * 32
    at = request.index(b"\x20\0")
    request[at + 1] = request[at + 5] = request[at + 6] = request[at + 7] = 0xFF
    with talk.story.sender() as sender:
        sender.send(bytes(request))
        kind, body = sender.pdu()
        assert kind == wire.ASSOCIATE_AC
        assert wire.accepted(body) == {1: (0, wire.EXPLICIT)}
        one = wire.instance(1)
        data = bytearray(wire.p_data(1, wire.c_store(one.uid), command=True))
        data[1] = 0xFF
        sender.send(bytes(data) + wire.p_data(1, one.data))
        talk.story.sent.append(one)
        assert sender.status() == 0
        sender.send(b"\x05\xff\0\0\0\4\xff\xff\xff\xff")
        assert sender.pdu() == (wire.RELEASE_RP, bytes(4))


@cases("echoes before, between and after instances, over contexts of its own", subjects=API)
def echoes(talk):
    """Verification and storage in one association."""
    contexts = ((1, wire.VERIFICATION, (wire.IMPLICIT,)), (3, wire.CT, (wire.EXPLICIT,)))
    with talk.story.sender().associate(contexts=contexts) as sender:
        for number in (1, 2, 3):
            assert sender.echo() == 0
            assert sender.store(wire.instance(number), context=3) == 0
        assert sender.echo() == 0
        sender.release()


@cases("ends without a release: closes, aborts or resets after the last answer")
def ends_rudely(talk):
    """What was acknowledged is there all the same."""
    for number in (1, 2, 3):
        sender = talk.story.sender().associate()
        assert sender.store(wire.instance(number)) == 0
        if number == 2:
            sender.send(wire.abort(0, 0))
        (sender.close, sender.close, sender.reset)[number - 1]()


@cases("names no Move Originator, ours, one with blanks or NUL behind, another one, and odd Message IDs", kept=4)
def originators(talk):
    """Both elements are optional (PS3.7 9.3.1.1)."""
    for title in (b"MOVESCU", b"MOVESCU   ", b"MOVESCU\0\0\0", b"SOMEBODY", b""):
        for number in (1, 65_535, 0):
            command = wire.c_store(FOUR.uid, message_id=number, more={0x1030: title, 0x1031: number})
            sent(talk, wire.p_data(1, command, command=True) + wire.p_data(1, FOUR.data))


@cases("pads UIDs with NUL, with blanks, or not at all, in command and data set", kept=6)
def padded_uids(talk):
    """Blanks and no padding are wrong, and common."""
    for number, filler in ((4, b"\0"), (5, b" "), (6, b"")):
        one = wire.instance(number)
        uid = one.uid.encode()
        written = struct.pack("<HH2sH", 8, 0x18, b"UI", len(uid + filler)) + uid + filler
        data = one.data.replace(wire.element(0x00080018, "UI", uid), written)
        names = b"".join(
            struct.pack("<HHI", 0, n, len(name + filler)) + name + filler for n, name in ((2, wire.CT.encode()), (0x1000, uid))
        )
        command = wire.command_set({0x0100: wire.C_STORE, 0x0110: 1, 0x0700: 0, 0x0800: 1})[12:] + names
        sent(talk, wire.p_data(1, command, command=True) + wire.p_data(1, data), one=replace(one, data=data))


@cases("sends command sets without group length, with more elements, in another order", kept=4)
def odd_commands(talk):
    """Some toolkits leave it out, some add retired ones (PS3.7 E.2); nothing hangs on the order."""
    parts = {number: wire.command_set({number: each})[12:] for number, each in wire.read_command(COMMAND).items() if number}
    turned = b"".join(reversed(parts.values()))
    wrong = struct.pack("<HHII", 0, 0, 4, 0xFFFFFFFF) + COMMAND[12:]
    retired = wire.c_store(FOUR.uid, more={0x0001: b"\0\0\0\0", 0x5010: "text", 0x5110: bytes(6), 0x0903: "what"})
    for command in (COMMAND[12:], wrong, retired, turned):
        sent(talk, wire.p_data(1, command, command=True) + wire.p_data(1, FOUR.data))


@cases("calls itself by odd titles, and us with blanks around", kept=4)
def titles(talk):
    """Blanks around an AE title mean nothing (PS3.5 6.2)."""
    data = wire.p_data(1, COMMAND, command=True) + wire.p_data(1, FOUR.data)
    for calling in ("A", "SIXTEEN_LETTERS_", "lower case", "  INDENTED", "$&%/()=?", "ÄRZTE"):
        sent(talk, data, calling=calling)
    for called in ("STORESCP        ", "  STORESCP", "   STORESCP     "):
        sent(talk, data, called=called)


@cases("keeps three associations open, and stores over them in turn", kept=9, subjects=API)
def in_turn(talk):
    """One that idles while others work is not forgotten."""
    senders = [talk.story.sender().associate() for _ in range(3)]
    for number in range(1, 10):
        assert senders[number % 3].store(wire.instance(number)) == 0
    for sender in senders:
        sender.release()
        sender.close()


@cases("proposes a class in three contexts, each with another transfer syntax, and stores over each", subjects=API)
def same_class_thrice(talk):
    """Each context keeps its own syntax."""
    contexts = tuple((n, wire.CT, (syntax,)) for n, syntax in ((1, wire.JPEG2000), (3, wire.EXPLICIT), (255, wire.IMPLICIT)))
    with talk.story.sender().associate(contexts=contexts) as sender:
        assert sender.contexts == {1: (0, wire.JPEG2000), 3: (0, wire.EXPLICIT), 255: (0, wire.IMPLICIT)}
        for number in (1, 2, 3):
            assert sender.store(wire.instance(number), context=3) == 0
        sender.release()


@cases("uses one Message ID for every instance, and the highest there is", subjects=API)
def message_ids(talk):
    """Only running ones need differ."""
    for message_id in (7, 65_535, 0):
        with talk.story.sender().associate() as sender:
            for number in (1, 2, 3):
                sender.offer(wire.instance(number), message_id=message_id)
                _, answer, _ = sender.message()
                assert (answer[0x0120], answer[0x0900]) == (message_id, 0)
            sender.release()


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_every_honest_way_works(case, subject, faults):
    """It is accepted, acknowledged, and kept byte for byte."""
    assert faults(case, subject) == []
