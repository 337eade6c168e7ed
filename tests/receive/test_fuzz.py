"""Whatever comes over the wire: no exception but the protocol's own, the same events however it is split, no memory that grows.

A few thousand broken associations in every run of the tests. ``DICOMMOVE_FUZZ_SECONDS=300 pytest -s tests/receive/test_fuzz.py``
goes on for so long, from another seed each time, which a failure names.
"""

from __future__ import annotations

import gc
import os
import random
import sys
import time
import tracemalloc
import zlib

import pytest
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from dicommove.head import PLACING
from dicommove.receive.associate import NegotiationError, accept_pdu, read_request
from dicommove.receive.dialogue import Dialogue, DialogueError
from dicommove.receive.events import AssociateRequest, Fragment
from dicommove.receive.intake import Refused
from dicommove.receive.negotiation import choose, refusal_of
from dicommove.receive.sink import Sender
from dicommove.receive.stream import PduStream, State

SECONDS = float(os.environ.get("DICOMMOVE_FUZZ_SECONDS", "0"))
STREAMS = 1600
DEFLATED = "1.2.840.10008.1.2.1.99"
LENGTHS = [
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\0\x10\0\0",
    b"\0\x10\0\1",
    b"\0\0\0\1",
    b"\xff\xff",
    b"\xfe\xff",
]


class Bin:
    """Decides and keeps like a reception with a store, and keeps nothing: whatever it is asked it takes, or refuses, or fails."""

    def __init__(self, chance):
        self.chance = chance
        self.stored = 0

    def settle(self, request, head):
        """Take it, mostly."""
        del request, head
        if self.chance.random() < 0.1:
            raise Refused(0x0124, "nobody asked")
        return self

    def write(self, data):
        """Drop bytes."""
        assert len(data)

    def finish(self, head):
        """Say it is stored."""
        assert head.text("SOPInstanceUID")
        self.stored += 1
        return 0

    def abandon(self, reason):
        """Hear why not."""
        assert reason

    def refused(self, request, refusal, size_bytes):
        """Hear of a refusal."""
        assert refusal.reason
        assert size_bytes >= 0
        assert request.sender

    def lost(self, request, reason, size_bytes):
        """Hear of a loss."""
        assert reason
        assert size_bytes >= 0
        assert request.sender

    def echoed(self, sender):
        """Hear of an echo."""
        assert sender


def association(pieces, admit):
    """Do what an association does, without a socket; return every event, and what was answered, as text that can be compared."""
    stream, dialogue, told = PduStream(), None, []
    for piece in pieces:
        for event in stream.feed(memoryview(piece)):
            if isinstance(event, Fragment):
                assert dialogue is not None
                try:
                    told.append(dialogue.take(event))
                except DialogueError as error:
                    return [*told, str(error)]
                continue
            told.append(repr(event))
            if not isinstance(event, AssociateRequest):
                return _over(told, dialogue)
            try:
                request = read_request(event.pdu)
            except NegotiationError as error:
                return [*told, str(error)]
            if refusal_of(request):
                return told
            contexts = choose(request.contexts)
            told.append(accept_pdu(request, [(one.context_id, one.result, one.transfer_syntax) for one in contexts], 16384))
            accepted = {one.context_id: one for one in contexts if one.transfer_syntax is not None}
            dialogue = Dialogue(accepted, Sender(1, "127.0.0.1", 1, "A", "B"), admit, PLACING, request.max_length)
            stream.state = State.ESTABLISHED
    return _over(told, dialogue)


def _over(told, dialogue):
    if dialogue is not None:
        dialogue.lose("closed")
    return told


def deflated(data):
    """Deflate a data set (PS3.5 A.5)."""
    deflate = zlib.compressobj(wbits=-15)
    return deflate.compress(data) + deflate.flush()


@pytest.fixture(scope="module")
def parts(wire):
    """What a sound association is made of: request, instances in four transfer syntaxes, echo, cancel, release."""
    syntaxes = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DEFLATED]
    contexts = [(2 * n + 1, wire.CT, (syntax,)) for n, syntax in enumerate(syntaxes)]
    ds = wire.data_set(size=700)
    encoded = [wire.encoded(ds, syntax) for syntax in syntaxes[:3]] + [deflated(wire.encoded(ds))]
    stores = [
        wire.store_pdus(data, context_id=2 * n + 1, size=size)
        for n, (data, size) in enumerate(zip(encoded, (90, 400, 2000, 50), strict=True))
    ]
    echo = wire.value_pdu(1, wire.command_set(e0002="1.2.840.10008.1.1", e0100=0x30, e0110=9, e0800=0x101), command=True)
    cancel = wire.value_pdu(1, wire.command_set(e0100=0xFFF, e0120=5, e0800=0x101), command=True)
    return [wire.request_pdu(contexts, windowed=True), *stores, echo, cancel, b"\x05\0\0\0\0\4\0\0\0\0"]


def broken(parts, chance):
    """Break an association: parts in another order, left out or there twice, then other bytes and lengths than there were."""
    rest = [chance.choice(parts[1:]) for _ in range(chance.randrange(6))]
    if chance.random() < 0.1:
        rest.append(chance.randbytes(chance.randrange(300)))
    data = bytearray(b"".join(([] if chance.random() < 0.05 else [parts[0]]) + rest))
    for _ in range(chance.choice((0, 1, 1, 2, 5, 30))):
        place = chance.randrange(len(data) + 1)
        how = chance.randrange(6)
        if how == 0:
            data[place : place + 1] = chance.randbytes(1)
        elif how == 1:
            length = chance.choice(LENGTHS)
            data[place : place + len(length)] = length
        elif how == 2:
            del data[place : place + chance.randrange(40)]
        elif how == 3:
            data[place:place] = chance.randbytes(chance.randrange(20))
        elif how == 4:
            data[place:place] = data[place : place + chance.randrange(200)]
        else:
            del data[place:]
    return bytes(data)


def in_pieces(data, chance):
    """Cut in pieces of any size."""
    largest = chance.choice((1, 3, 30, 300, 3000))
    pieces = []
    while data:
        size = chance.randint(1, largest)
        pieces.append(data[:size])
        data = data[size:]
    return pieces


def one_stream(parts, seed):
    """Break an association, take it whole and in pieces; return how many instances were stored."""
    chance = random.Random(seed)
    data = broken(parts, chance)
    luck = chance.random()
    bins = [Bin(random.Random(luck)), Bin(random.Random(luck))]
    whole, split = association([data] if data else [], bins[0]), association(in_pieces(data, chance), bins[1])
    # A fragment in pieces gives empty answers more.
    assert [one for one in whole if one] == [one for one in split if one], seed
    assert bins[0].stored == bins[1].stored, seed
    return bins[0].stored


def seeds():
    """Numbers of the streams: the same few in every run, or new ones for as long as the environment asks."""
    if not SECONDS:
        yield from range(STREAMS)
        return
    first, until = random.SystemRandom().randrange(1 << 48), time.monotonic() + SECONDS
    while time.monotonic() < until:
        yield first
        first += 1


def test_sound_associations_store_everything(parts):
    """Unbroken, all four transfer syntaxes are stored: the streams do reach what lies deepest."""
    admit = Bin(random.Random(4))
    admit.chance.random = lambda: 0.5
    association([b"".join(parts)], admit)
    assert admit.stored == 4


def test_broken_associations(parts):
    """Thousands of broken associations raise nothing, say the same however they are split, and leave nothing behind."""
    count, stored, blocks = 0, 0, 0
    for seed in seeds():
        stored += one_stream(parts, seed)
        count += 1
        if count == STREAMS // 4:
            gc.collect()
            blocks = sys.getallocatedblocks()
    gc.collect()
    left = sys.getallocatedblocks() - blocks
    print(f"{count} streams, {stored} instances stored, {left} blocks of memory left")  # noqa: T201 - a run of minutes tells what it did
    assert stored > count // 20
    assert left < STREAMS // 8  # what a stream leaves behind, however little, would be one block each at least


def test_no_association_holds_much(parts):
    """None of them has more in memory at once than the limits of a request, a command set and a head allow."""
    tracemalloc.start()
    try:
        for seed in range(-200, 0):
            one_stream(parts, seed)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000
