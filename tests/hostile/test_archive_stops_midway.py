"""An archive that stops in the middle of a move: ends in the time asked for, and what had arrived is kept and counted."""

from __future__ import annotations

import contextlib
import struct

import pytest

from . import wire
from .cases import Cases
from .connection import EndedError

cases = Cases()


def after_two(talk):
    """Two came, and were told of."""
    for number in (1, 2):
        talk.send_instances(number)
        talk.pending(3 - number, number)


def ending(talk):
    """A final response, encoded."""
    return wire.p_data(talk.context, wire.response(talk.request, 0x0000, {0x1021: 3, 0x1022: 0}), command=True)


@cases("takes the request and is silent", "lost", kept=0)
def is_silent(talk):
    """`-td`, and `silence=`."""
    assert talk.gone()[-1][0] == wire.ABORT


@cases("sends two and is silent", "lost", kept=2, subjects=("api",))
def is_silent_after_two(talk):
    """They are kept."""
    after_two(talk)
    talk.gone()


@cases("sends all and never ends", "lost", api=("complete",), kept=3)
def never_ends(talk):
    """`movescu` cannot know that they were all; the API has their UIDs."""
    after_two(talk)
    talk.send_instances(3)
    talk.gone()


@cases("pends for ever without a change", "lost", kept=2, arguments=("-td", "0.5"))
def pends_for_ever(talk):
    """Responses that change nothing are no sign of life."""
    after_two(talk)
    with contextlib.suppress(EndedError):
        while not talk.story.over.wait(0.05):
            talk.pending(1, 2)


@cases("drips its final response a byte at a time", "lost", kept=2)
def drips(talk):
    """A byte is no response."""
    after_two(talk)
    with contextlib.suppress(EndedError):
        for byte in ending(talk):
            talk.send(bytes([byte]))
            if talk.story.over.wait(0.25):
                return


@cases("keeps an instance in the air for ever", "lost", kept=2)
def stuck_instance(talk):
    """Its sender is stuck too: the half instance is nowhere, and everything ends."""
    after_two(talk)
    one = wire.instance(3)
    with talk.story.sender().associate() as sender:
        sender.send(wire.p_data(1, wire.c_store(one.uid), command=True) + wire.p_data(1, one.data)[:700])
        talk.gone()


@cases("has ended, and drips the last instance for ever", "partial", kept=2)
def drips_a_straggler(talk):
    """A byte now and then is no arrival: the wait for stragglers ends all the same."""
    after_two(talk)
    one = wire.instance(3)
    with talk.story.sender().associate() as sender, contextlib.suppress(EndedError):
        sender.send(wire.p_data(1, wire.c_store(one.uid), command=True))
        talk.end(completed=3)
        talk.released()
        for byte in wire.p_data(1, one.data):
            sender.send(bytes([byte]))
            if talk.story.over.wait(0.2):
                return


@cases("closes, and goes on sending", "lost", "partial", api=("complete",), kept=3)
def closes_and_sends(talk):
    """What is in the middle when the association ends is taken to its end."""
    after_two(talk)
    with talk.story.sender().associate() as sender:
        one = wire.instance(3)
        sender.send(wire.p_data(1, wire.c_store(one.uid), command=True) + wire.p_data(1, one.data)[:700])
        talk.close()
        sender.send(wire.p_data(1, one.data)[700:])
        talk.story.sent.append(one)
        if sender.status() == 0:
            talk.story.acknowledged.append(one)
        sender.release()


@cases("wants to release in the middle", "lost", kept=2)
def releases(talk):
    """That is legal, answered, and the end (PS3.8 7.2)."""
    after_two(talk)
    talk.send(wire.pdu(wire.RELEASE_RQ, bytes(4)))
    assert talk.gone()[-1][0] == wire.RELEASE_RP


@cases("aborts after its final response", "complete", kept=3)
def aborts_after_the_end(talk):
    """It had ended."""
    after_two(talk)
    talk.send_instances(3)
    talk.send(ending(talk) + wire.abort(2, 2))
    talk.close()


@cases("wants to release as we do", "complete", kept=3, subjects=("api",))
def releases_at_the_same_time(talk):
    """A release collision (PS3.8 9.2.2): both are answered."""
    after_two(talk)
    talk.send_instances(3)
    talk.end(completed=3)
    assert talk.pdu()[0] == wire.RELEASE_RQ
    talk.send(wire.pdu(wire.RELEASE_RQ, bytes(4)))
    with contextlib.suppress(EndedError):
        if talk.pdu()[0] == wire.RELEASE_RP:
            talk.send(wire.pdu(wire.RELEASE_RP, bytes(4)))
    talk.gone()


@cases("never answers the release", "complete", kept=3)
def never_releases(talk):
    """Everything is here: the connection is cut, and all is well."""
    after_two(talk)
    talk.send_instances(3)
    talk.end(completed=3)
    talk.gone()


@cases("answers the release with data without end", "complete", kept=3)
def floods_instead_of_releasing(talk):
    """Responses to nothing are let pass while an answer is waited for, and not for ever."""
    after_two(talk)
    talk.send_instances(3)
    talk.end(completed=3)
    with contextlib.suppress(EndedError):
        while not talk.story.over.wait(0.001):
            talk.pending(0, 3)


@cases("answers the release with half a PDU", "complete", kept=3)
def releases_by_half(talk):
    """A read that waits for the rest ends with the time for the release."""
    after_two(talk)
    talk.send_instances(3)
    talk.send(ending(talk) + wire.pdu(wire.RELEASE_RP, b"\0\0", length=4))
    talk.gone()


@cases("stops in the middle of a pending response that says to be 4 GB long", "lost", kept=2)
def pdu_of_4_gb(talk):
    """Nothing of that size is awaited: aborted at once."""
    after_two(talk)
    talk.send(wire.pdu(wire.P_DATA, bytes(100), length=0xFFFFFFFF))
    talk.gone()


@cases("stops in a PDU of no bytes, and one of a value of none", "lost", "complete", api=("complete",), kept=3, subjects=("api",))
def empty_pdus(talk):
    """A P-DATA-TF has a value (PS3.8 9.3.5)."""
    after_two(talk)
    talk.send_instances(3)
    with contextlib.suppress(EndedError):
        talk.send(wire.pdu(wire.P_DATA, b"") + ending(talk))
        talk.send(wire.pdu(wire.P_DATA, wire.value_item(talk.context, b"", length=0)))
    talk.gone()


VIOLATIONS = {
    "an_unknown_pdu": struct.pack(">BxI", 0x7F, 4) + bytes(4),
    "a_second_acceptance": wire.pdu(wire.ASSOCIATE_AC, bytes(68)),
    "a_late_rejection": wire.reject(1, 1, 1),
    "a_question_for_an_association": wire.associate_rq(),
    "a_release_reply": wire.pdu(wire.RELEASE_RP, bytes(4)),
    "a_value_longer_than_its_pdu": wire.pdu(wire.P_DATA, wire.value_item(1, bytes(10), command=True, length=4000)),
    "a_value_of_one_byte": wire.pdu(wire.P_DATA, struct.pack(">IB", 1, 1)),
    "http": b"HTTP/1.1 504 Gateway Timeout\r\n\r\n",
}
for name, data in VIOLATIONS.items():

    def violates(talk, data=data):
        """Aborted (PS3.8 9.2), and what came is kept."""
        after_two(talk)
        talk.send(data)
        assert wire.ABORT in [kind for kind, _ in talk.gone()]

    violates.__name__ = name
    program = name in {"an_unknown_pdu", "a_release_reply", "a_value_longer_than_its_pdu"}
    cases(f"sends {name.replace('_', ' ')} in the middle", "lost", kept=2, subjects=("movescu", "api") if program else ("api",))(
        violates
    )

for source, reason in ((0, 0), (2, 0), (2, 6), (1, 1), (99, 99)):

    def aborts(talk, source=source, reason=reason):
        """Before any response, when the source is odd; else after two."""
        if source % 2 == 0:
            after_two(talk)
        talk.send(wire.abort(source, reason))
        talk.gone()

    aborts.__name__ = f"aborts_{source}_{reason}"
    cases(f"aborts with source {source}, reason {reason}", "lost", kept=0 if source % 2 else 2,
          subjects=("api",) if source == 2 else ("movescu", "api"))(aborts)  # fmt: skip

CUTS = [(place, way) for place in (0, 1, 5, 6, 7, 11, 12, 50, -1) for way in ("closes", "resets")]
for number, (place, way) in enumerate([*CUTS, (5, "half_closes"), (50, "half_closes")]):

    def cuts(talk, place=place, way=way):
        """The beginning of the final response, and no more."""
        after_two(talk)
        talk.send(ending(talk)[:place])
        {"closes": talk.close, "resets": talk.reset, "half_closes": talk.half_close}[way]()
        if way == "half_closes":
            talk.gone()

    cuts.__name__ = f"{way}_at_byte_{place}".replace("-1", "last")
    cases(f"{way} at byte {place} of its final response", "lost", kept=2, subjects=("movescu",) if number % 5 == 0 else ("api",))(
        cuts
    )

for way in ("closes", "resets"):

    def ends(talk, way=way):
        """Nobody has to release."""
        after_two(talk)
        talk.send_instances(3)
        talk.end(completed=3)
        assert talk.pdu()[0] == wire.RELEASE_RQ
        {"closes": talk.close, "resets": talk.reset}[way]()

    ends.__name__ = f"{way}_instead_of_releasing"
    cases(f"{way} instead of answering the release", "complete", kept=3)(ends)


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_an_archive_that_stops_midway(case, subject, faults):
    """It ends in its time, and keeps what arrived."""
    assert faults(case, subject) == []
