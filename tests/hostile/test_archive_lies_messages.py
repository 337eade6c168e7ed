"""An archive that lies in its messages: what belongs to no answer changes nothing, what cannot be read ends the association."""

from __future__ import annotations

import contextlib
import struct

import pytest

from . import wire
from .cases import Cases
from .connection import EndedError

cases = Cases()
FIELDS = {"remaining": 0x1020, "completed": 0x1021, "failed": 0x1022, "warning": 0x1023}


def delivers(talk):
    """All three, each told of."""
    for number in (1, 2, 3):
        talk.send_instances(number)
        talk.pending(3 - number, number)


def final(talk, completed=3, **fields):
    """The encoded final response, to be damaged."""
    return wire.response(talk.request, 0x0000, {FIELDS["completed"]: completed} | {int(k): v for k, v in fields.items()})


def raw(*elements):
    """A command set in the order given."""
    body = b"".join(struct.pack("<HHI", 0, number, len(value)) + value for number, value in elements)
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def us(number):
    """A number as it is in a command set."""
    return struct.pack("<H", number)


@cases("answers on after the final response, with a failure", "complete", kept=3)
def goes_on_after_the_end(talk):
    """The first final response ends it (PS3.7 9.1.4)."""
    delivers(talk)
    talk.end(completed=3)
    with contextlib.suppress(EndedError):
        talk.end(0xC000, failed=3)
        for number in range(50):
            talk.pending(number, number)


@cases("ends twice in one segment, first with success for less", "partial", api=("complete",), kept=3)
def ends_twice_at_once(talk):
    """Both in one TCP segment: the first counts."""
    talk.send_instances(1, 2, 3)
    both = [wire.p_data(talk.context, final(talk, completed), command=True) for completed in (2, 3)]
    talk.send(b"".join(both))


@cases("answers under a Message ID of its own", "complete", kept=3)
def own_message_id(talk):
    """Some archives do; what arrived agrees."""
    talk.send_instances(1, 2, 3)
    talk.pending(0, 3)
    talk.answer(0x0000, completed=3, more={0x0120: 4711})


@cases("answers without saying to which message", "complete", kept=3, subjects=("api",))
def no_message_id(talk):
    """There is one request only."""
    talk.send_instances(1, 2, 3)
    talk.command(raw((0x0100, us(0x8021)), (0x0800, us(0x0101)), (0x0900, us(0)), (0x1021, us(3))))


@cases("sends a data set with each pending response", "complete", kept=3)
def pending_with_data(talk):
    """A data set where none belongs is read and forgotten (PS3.4 C.4.2.1.4.2)."""
    for number in (1, 2, 3):
        talk.send_instances(number)
        talk.answer(0xFF00, data=wire.implicit({0x00080058: "1.2.3.1.1"}), remaining=3 - number, completed=number)
    talk.end(completed=3)


@cases("says success with a list of failures", "complete", kept=3)
def success_with_a_list(talk):
    """A Failed SOP Instance UID List that no counter speaks of, of instances that came."""
    delivers(talk)
    talk.end(completed=3, data=wire.implicit({0x00080058: "1.2.3.1.1\\1.2.3.1.2"}))


@cases("sends a data set that its pending response does not announce", "lost", api=("complete",), kept=3)
def data_unannounced(talk):
    """Fragments that belong to no message are a violation (PS3.8 E.2): aborted."""
    talk.send_instances(1, 2, 3)
    talk.pending(0, 3)
    talk.send(wire.p_data(talk.context, wire.implicit({0x00080052: "STUDY"})))
    assert talk.gone()[-1][0] == wire.ABORT


@cases("announces a data set with its final response and sends none", "lost", api=("complete",), kept=3)
def data_never_sent(talk):
    """The message has not ended; its time does."""
    talk.send_instances(1, 2, 3)
    talk.end(completed=3, more={0x0800: 1})
    talk.gone()


@cases("announces a data set and sends it without end", "lost", kept=0, subjects=("movescu",))
def data_without_end(talk):
    """The 16 MB that a message may have are soon full."""
    talk.answer(0x0000, more={0x0800: 1})
    piece = wire.pdu(wire.P_DATA, wire.value_item(talk.context, bytes(16000), last=False))
    with contextlib.suppress(EndedError):
        while not talk.story.over.is_set():
            talk.send(piece)


@cases("sends a command set without end", "lost", kept=0)
def command_without_end(talk):
    """It is aborted long before the memory or the time is over."""
    piece = wire.pdu(wire.P_DATA, wire.value_item(talk.context, bytes(16000), command=True, last=False))
    with contextlib.suppress(EndedError):
        while not talk.story.over.is_set():
            talk.send(piece)


@cases("answers as a C-STORE and a C-FIND would, and then rightly", "complete", kept=3)
def wrong_command_fields(talk):
    """What is no C-MOVE-RSP is passed over, whatever its status."""
    talk.send_instances(1, 2, 3)
    for field in (0x8001, 0x8020, 0x8030, 0x8010, 0x0021, 0x0FFF, 0xFFFF):
        talk.answer(0xC000, more={0x0100: field})
    talk.end(completed=3)


@cases("answers only as a C-FIND would", "lost", api=("complete",), kept=3)
def never_answers_the_move(talk):
    """A final response of another service ends nothing."""
    talk.send_instances(1, 2, 3)
    talk.answer(0x0000, more={0x0100: 0x8020}, completed=3)
    talk.gone()


@cases("stores over the association that it was asked over", "partial", kept=2)
def stores_on_the_same_association(talk):
    """That would be C-GET, and was not negotiated: nothing of it is stored, and nothing acknowledged."""
    talk.send_instances(1, 2)
    one = wire.instance(3)
    talk.send(wire.p_data(talk.context, wire.c_store(one.uid), command=True) + wire.p_data(talk.context, one.data))
    talk.end(completed=3)


@cases("ends on a presentation context that was never proposed", "complete", "lost", api=("complete",), kept=3)
def other_context(talk):
    """Passed over or taken: what arrived is there, and nothing else is said."""
    talk.send_instances(1, 2, 3)
    talk.context = 211
    talk.end(completed=3)
    talk.gone()


@cases("writes its command set backwards", "complete", kept=3)
def command_backwards(talk):
    """Against PS3.7 6.3.1, and still clear."""
    delivers(talk)
    talk.command(
        raw((0x1023, us(0)), (0x1022, us(0)), (0x1021, us(3)), (0x0900, us(0)), (0x0800, us(0x0101)), (0x0100, us(0x8021)))
    )


@cases("writes its status twice", "complete", "partial", api=("complete",), kept=3)
def status_twice(talk):
    """Which of the two is meant nobody knows; what arrived decides."""
    talk.send_instances(1, 2, 3)
    talk.command(raw((0x0100, us(0x8021)), (0x0800, us(0x0101)), (0x0900, us(0)), (0x0900, us(0xC000)), (0x1021, us(3))))


@cases("lies about the group length of its command set", "complete", kept=3)
def group_length_lies(talk):
    """Nobody needs it to read on."""
    delivers(talk)
    whole = final(talk)
    talk.command(whole[:8] + b"\xff\xff\xff\xff" + whole[12:])


@cases("leaves the group length out", "complete", kept=3, subjects=("api",))
def no_group_length(talk):
    """As above."""
    delivers(talk)
    talk.command(final(talk)[12:])


@cases("gives an element of its command set a length of 4 GB", "lost", api=("complete",), kept=3)
def element_of_4_gb(talk):
    """The status is behind it, so there is none."""
    talk.send_instances(1, 2, 3)
    talk.command(raw((0x0100, us(0x8021))) + b"\0\0\x20\1\xff\xff\xff\xff")
    talk.gone()


@cases("answers with random bytes", "lost", kept=0)
def command_of_random_bytes(talk):
    """No command set at all: passed over, and nothing else comes."""
    talk.command(bytes((n * 89 + 7) % 256 for n in range(4001)))
    talk.gone()


@cases("answers with an empty command set, and then rightly", "complete", kept=3, subjects=("api",))
def empty_command(talk):
    """It is no answer to anything."""
    delivers(talk)
    talk.command(b"")
    talk.end(completed=3)


@cases("comments its failure with 60,000 characters that steer terminals", "refused", kept=0)
def comment_of_60_kb(talk):
    """An Error Comment has 64 (VR LO); what is shown of it is bounded, and clean."""
    comment = b"\x1b]0;owned\x07\x1b[2J\r\x00\x9b31m<script>alert(1)</script>" * 1000
    talk.answer(0xC000, more={0x0902: comment, 0x0901: b"\1\0\2" * 9, 0x0903: b"\0" * 4000}, failed=3)


@cases("sends pending responses by the thousand", "complete", kept=3)
def floods_with_pendings(talk):
    """Ten thousand that change nothing."""
    one = wire.p_data(talk.context, wire.response(talk.request, 0xFF00, {0x1020: 3, 0x1021: 0}), command=True)
    talk.send(one * 10_000)
    delivers(talk)
    talk.end(completed=3)


@cases("cuts its final response into fragments of one byte", "complete", kept=3, subjects=("api",))
def bytes_of_a_response(talk):
    """That is legal (PS3.8 9.3.5.1)."""
    delivers(talk)
    talk.send(wire.p_data(talk.context, final(talk), command=True, size=1))


@cases("puts all its responses into one PDU", "complete", kept=3, subjects=("api",))
def one_pdu_for_all(talk):
    """Several values in a P-DATA-TF; each response is whole."""
    talk.send_instances(1, 2, 3)
    responses = [wire.response(talk.request, 0xFF00, {0x1021: n, 0x1020: 3 - n}) for n in (1, 2)] + [final(talk)]
    items = [wire.value_item(talk.context, each, command=True) for each in responses]
    talk.send(wire.pdu(wire.P_DATA, b"".join(items)))


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_messages_that_lie(case, subject, faults):
    """What belongs to no answer changes nothing."""
    assert faults(case, subject) == []
