"""An abused port: requests for an association that are wrong, absurd or endless."""

from __future__ import annotations

import struct

import pytest

from . import wire
from .abusing import API, Abuses, refused, rejected

cases = Abuses()
DICOM = wire.item(0x10, b"1.2.840.10008.3.1.1.1")
INVALID = (2, 6)
"""Source and reason of A-ABORT (PS3.8 9.3.8)."""


def context(number=1, *syntaxes, abstract=wire.CT):
    """A presentation context item."""
    offered = b"".join(wire.item(0x40, syntax.encode("latin-1")) for syntax in syntaxes or (wire.EXPLICIT,))
    return wire.item(0x20, bytes([number, 0, 0, 0]) + wire.item(0x30, abstract.encode("latin-1")) + offered)


def request(*items, version=1, called=b"STORESCP", calling=b"ARCHIVE"):
    """An A-ASSOCIATE-RQ of any items."""
    head = struct.pack(">H2x16s16s32x", version, called.ljust(16), calling.ljust(16))
    return wire.pdu(wire.ASSOCIATE_RQ, head + b"".join(items))


def sound(*items, **how):
    """A sound one, and more in it."""
    return request(DICOM, context(), *items, wire.user_information(), **how)


def aborted(talk, data):
    """Source and reason of the A-ABORT that answers it."""
    with talk.story.sender() as sender:
        sender.send(data)
        return refused(sender)


def accepted(sender, data):
    """Contexts of the A-ASSOCIATE-AC that answers it: result and transfer syntax by ID."""
    sender.send(data)
    kind, body = sender.pdu()
    assert kind == wire.ASSOCIATE_AC, f"PDU {kind} instead of A-ASSOCIATE-AC"
    sender.contexts = wire.accepted(body)
    return sender.contexts


@cases("puts items and sub-items that nobody knows into its request")
def unknown_items(talk):
    """They are stepped over (PS3.8 9.3.1), 60,000 bytes of them too."""
    unknown = [wire.item(kind, bytes(size)) for kind, size in ((0x00, 0), (0x11, 7), (0x99, 60_000), (0xFF, 1))]
    user = wire.user_information(more=b"".join(unknown[:2] + unknown[3:]))
    with talk.story.sender() as sender:
        assert accepted(sender, request(unknown[0], DICOM, *unknown, context(), user, unknown[1])) == {1: (0, wire.EXPLICIT)}
        assert sender.store(wire.instance(1)) == 0


@cases("lies about the length of each kind of item")
def lying_items(talk):
    """Longer than what holds it, at each level."""
    inner = bytes([1, 0, 0, 0]) + wire.item(0x30, wire.CT.encode())
    for liar in (
        wire.item(0x10, b"1.2.840.10008.3.1.1.1", length=0xFFFF),
        wire.item(0x20, inner, length=0xFFFF),
        wire.item(0x20, inner, length=2),
        wire.item(0x20, inner + wire.item(0x40, wire.EXPLICIT.encode(), length=400)),
        wire.item(0x20, bytes([1, 0, 0, 0]) + wire.item(0x30, wire.CT.encode(), length=1000)),
        wire.item(0x50, wire.item(0x51, bytes(4), length=5)),
        wire.item(0x50, bytes(3)),
        b"\x20",
    ):
        assert aborted(talk, request(DICOM, context(), liar)) == INVALID, liar


@cases("cuts its request off at every byte, and says so in the header", subjects=API)
def cut_off(talk):
    """An A-ABORT, or a rejection where the application context is cut off: never an association."""
    whole = request(DICOM, context(3, wire.IMPLICIT, wire.EXPLICIT))[6:]
    for size in (*range(0, 68, 9), *range(68, len(whole), 3)):
        with talk.story.sender() as sender:
            sender.send(wire.pdu(wire.ASSOCIATE_RQ, whole[:size]))
            sender.half_close()
            ((kind, _),) = sender.gone()
        whole_items = size in {68, 68 + len(DICOM)}
        assert kind in {wire.ASSOCIATE_RJ, wire.ASSOCIATE_AC} if whole_items else kind == wire.ABORT, size


@cases("stops in the middle of its request, at 40 places, and waits")
def half_requests(talk):
    """Nobody else has to wait for them."""
    data, waiting = sound(), [talk.story.sender() for _ in range(40)]
    for number, sender in enumerate(waiting):
        sender.send(data[: 1 + number * len(data) // 41])
    yield


@cases("proposes nothing")
def no_contexts(talk):
    """An association over which nothing can be stored."""
    with talk.story.sender() as sender:
        assert accepted(sender, request(DICOM, wire.user_information())) == {}
        sender.send(wire.p_data(1, wire.c_store("1.2.3"), command=True))
        assert sender.aborted() == (0, 0)


@cases("proposes 128 contexts, and stores over the last", subjects=API)
def all_contexts(talk):
    """As many as there are IDs (PS3.8 9.3.2.2)."""
    offered = [context(number, *([wire.IMPLICIT] * 9), wire.EXPLICIT) for number in range(1, 256, 2)]
    with talk.story.sender() as sender:
        found = accepted(sender, request(DICOM, *offered, wire.user_information()))
        assert found == dict.fromkeys(range(1, 256, 2), (0, wire.EXPLICIT))
        assert sender.store(wire.instance(1), context=255) == 0


@cases("proposes 10,000 contexts")
def too_many_contexts(talk):
    """There are 128 IDs: some come twice."""
    offered = b"".join(context(number % 256 | 1) for number in range(10_000))
    assert aborted(talk, request(DICOM, offered, wire.user_information())) == INVALID


@cases("offers 1,000 transfer syntaxes, the native one at the end", subjects=API)
def many_syntaxes(talk):
    """It is found."""
    offered = [f"1.2.840.10008.1.2.4.{number}" for number in range(1000)]
    with talk.story.sender() as sender:
        assert accepted(sender, request(DICOM, context(1, *offered, wire.EXPLICIT))) == {1: (0, wire.EXPLICIT)}
        assert sender.store(wire.instance(1)) == 0


@cases("gives two contexts one ID, or an even one, or 0", subjects=API)
def wrong_ids(talk):
    """PS3.8 9.3.2.2: odd, and each once."""
    for numbers in ((1, 1), (1, 3, 1), (2,), (1, 4), (0,)):
        assert aborted(talk, request(DICOM, *map(context, numbers), wire.user_information())) == INVALID, numbers


@cases("proposes contexts without abstract syntax, without transfer syntaxes, with empty and unspeakable ones")
def odd_contexts(talk):
    """Each is refused for itself; the sound one beside them is accepted."""
    bare = wire.item(0x20, bytes([1, 0, 0, 0]))
    no_syntax = wire.item(0x20, bytes([3, 0, 0, 0]) + wire.item(0x30, wire.CT.encode()))
    others = context(5, ""), context(7, abstract=""), context(9, "../../etc/passwd"), context(11, abstract="1.2\0.3/\x1b[2J")
    with talk.story.sender() as sender:
        found = accepted(sender, request(DICOM, bare, no_syntax, *others, context(13), wire.user_information()))
        assert {number: result for number, (result, _) in found.items()} == {1: 3, 3: 4, 5: 4, 7: 3, 9: 4, 11: 3, 13: 0}
        sender.send(wire.p_data(9, wire.c_store("1.2.3"), command=True))
        assert sender.aborted() == (0, 0)


@cases("calls and is called by titles of blanks, NUL, controls and high bytes")
def odd_titles(talk):
    """Who calls is taken as it is; who is called may be refused: called AE title not recognized (PS3.8 9.3.4)."""
    for title in (b" " * 16, bytes(16), b"\x1b[2J\x07\r\n", b"\xff" * 16, b"A\0B\\C/../"):
        with talk.story.sender() as sender:
            assert accepted(sender, sound(calling=title))
        with talk.story.sender() as sender:
            sender.send(sound(called=title))
            kind, body = sender.pdu()
            assert kind == wire.ASSOCIATE_AC or tuple(body[1:4]) == (1, 1, 7), title


@cases("speaks protocol version 0, 2 and 0xFFFE", subjects=API)
def other_versions(talk):
    """Rejected for good by the service provider: protocol version not supported (PS3.8 9.3.4)."""
    for version in (0, 2, 0xFFFE):
        with talk.story.sender() as sender:
            assert rejected(sender, sound(version=version)) == (1, 2, 2)


@cases("has another application context, an empty one, none", subjects=API)
def other_applications(talk):
    """Rejected for good: application context name not supported (PS3.8 9.3.4)."""
    for items in ((wire.item(0x10, b"1.2.840.10008.3.1.1.2"),), (wire.item(0x10, b""),), ()):
        with talk.story.sender() as sender:
            assert rejected(sender, request(*items, context(), wire.user_information())) == (1, 1, 2)


@cases("asks with more than 1 MB", subjects=API)
def too_long(talk):
    """Aborted at the header, before its bytes are taken."""
    assert aborted(talk, wire.pdu(wire.ASSOCIATE_RQ, sound()[6:], length=1_048_577)) == INVALID


@cases("asks with nearly 1 MB of contexts, ten times")
def nearly_too_long(talk):
    """Taken and answered; what was offered is not kept ten times."""
    offered = [
        context(number, *(f"1.2.840.10008.1.2.4.{n:020}" for n in range(170)), wire.EXPLICIT) for number in range(1, 255, 2)
    ]
    for _ in range(10):
        with talk.story.sender() as sender:
            assert len(accepted(sender, request(DICOM, *offered, context(255), wire.user_information()))) == 128
    journals = sum(path.stat().st_size for path in talk.story.folder.rglob(".dicommove/**/*") if path.is_file())
    assert journals < 3_000_000, f"the journal has {journals} bytes"


@cases("drips its request, a byte at a time", subjects=API)
def slow_request(talk):
    """Nobody waits for it, and it is let in when it is whole."""
    data = sound()
    with talk.story.sender() as sender:
        for byte in data[:-1]:
            sender.send(bytes([byte]))
        yield
        sender.half_close()


@cases("takes PDUs of 1 to 7 bytes at most, or of 2^32 - 1", kept=8, subjects=API)
def odd_maximum(talk):
    """The answer comes in as small pieces as it takes; a maximum that leaves no room for a value gets one byte at a time."""
    for number, length in enumerate((1, 6, 7, 8, 0xFFFFFFFF)):
        with talk.story.sender().associate(max_length=length) as sender:
            assert sender.store(wire.instance(4 + number)) == 0


@cases("sends no user information, or it twice, or with a maximum length of no bytes", subjects=API)
def odd_user_information(talk):
    """There is nothing in it that an association would need."""
    for user in ((), (wire.user_information(),) * 2, (wire.item(0x50, wire.item(0x51, b"")),), (wire.item(0x50, b""),)):
        with talk.story.sender() as sender:
            assert accepted(sender, request(DICOM, context(), *user))
            assert sender.store(wire.instance(1)) == 0


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_no_request_harms_the_port(case, subject, faults):
    """The bad one is aborted or rejected, the next one served."""
    assert faults(case, subject) == []
