"""An archive that does not let us in: each way ends in its time, with its exception, and with exit code 1."""

from __future__ import annotations

import contextlib
import struct

import pytest

from . import wire
from .cases import Cases
from .connection import EndedError

cases = Cases()
LOST, REJECTED, REFUSED = ("AssociationLost",), ("AssociationRejected",), ("PresentationContextRejected",)


def outside(sentence, api, **how):
    """Nobody gets in: nothing is asked, and nothing is there."""
    return cases(sentence, "no_association", api=api, at=how.pop("at", "proposal"), kept=0, **how)


def accepts(talk, contexts, user=None, **lies):
    """An A-ASSOCIATE-AC with items of contexts given by hand."""
    user = wire.user_information() if user is None else user
    body = talk.proposal[:68] + wire.item(0x10, b"1.2.840.10008.3.1.1.1") + contexts + user
    talk.send(wire.pdu(wire.ASSOCIATE_AC, body, **lies))


def context(number, result, *syntaxes, **lies):
    """A presentation context as it is answered (PS3.8 9.3.3.2)."""
    return wire.item(0x21, bytes([number, 0, result, 0]) + b"".join(wire.item(0x40, each.encode()) for each in syntaxes), **lies)


def each_context(talk, result, *syntaxes):
    """The same answer to everything that was proposed."""
    return b"".join(context(number, result, *syntaxes) for number in wire.proposed(talk.proposal))


REJECTIONS = [
    (1, 1, 1),
    (1, 1, 2),
    (1, 1, 3),
    (1, 1, 7),
    (1, 2, 2),
    (2, 2, 1),
    (2, 3, 1),
    (2, 3, 2),
    (1, 1, 10),
    (2, 3, 0),
    (1, 9, 99),
]
for numbers in REJECTIONS:

    def rejects(talk, numbers=numbers):
        """Result, source, reason (PS3.8 9.3.4)."""
        talk.send(wire.reject(*numbers))

    rejects.__name__ = "rejects_{}_{}_{}".format(*numbers)
    usual = numbers in {(1, 1, 1), (1, 1, 7), (2, 3, 1)}
    outside(f"rejects with {numbers}", REJECTED, subjects=("movescu", "api") if usual else ("api",))(rejects)

for number in (0, 7, 255):

    def rejects_strangely(talk, number=number):
        """A result that does not exist is a rejection all the same."""
        talk.send(wire.reject(number, 1, 1))

    rejects_strangely.__name__ = f"rejects_with_result_{number}"
    outside(f"rejects with the result {number}", REJECTED + LOST, subjects=("movescu", "api") if number == 0 else ("api",))(
        rejects_strangely
    )


@outside("rejects in a PDU that is longer than a rejection", REJECTED + LOST, subjects=("api",))
def rejects_at_length(talk):
    """Twenty bytes where four belong."""
    talk.send(wire.pdu(wire.ASSOCIATE_RJ, b"\0\1\1\1" + bytes(16)))


@outside("rejects in a PDU of two bytes", LOST, subjects=("api",))
def rejects_in_short(talk):
    """There is no reason in it."""
    talk.send(wire.pdu(wire.ASSOCIATE_RJ, b"\0\1"))


for result in (1, 2, 3, 4, 9):

    def refuses_all(talk, result=result):
        """The same result for each context."""
        talk.accept(result=result)
        talk.rest()

    refuses_all.__name__ = f"refuses_contexts_with_{result}"
    outside(f"refuses every context with {result}", REFUSED, subjects=("movescu", "api") if result == 3 else ("api",))(
        refuses_all
    )


@outside("accepts an association without any context", REFUSED + LOST, subjects=("api",))
def accepts_no_context(talk):
    """No item about them at all."""
    accepts(talk, b"")
    talk.rest()


@outside("accepts contexts that were never proposed", REFUSED + LOST, subjects=("api",))
def accepts_foreign_contexts(talk):
    """And says nothing of those that were."""
    accepts(talk, b"".join(context(number, 0, wire.IMPLICIT) for number in (2, 201, 251, 255)))
    talk.rest()


@outside("accepts with a transfer syntax that was not proposed", REFUSED + LOST)
def accepts_foreign_syntax(talk):
    """Nobody can say how an Identifier is to be written."""
    accepts(talk, each_context(talk, 0, wire.JPEG2000))
    talk.rest()


@outside("accepts with an empty transfer syntax", REFUSED + LOST, subjects=("api",))
def accepts_empty_syntax(talk):
    """As above."""
    accepts(talk, each_context(talk, 0, ""))
    talk.rest()


@outside("accepts contexts without a transfer syntax", REFUSED + LOST)
def accepts_without_syntax(talk):
    """The sub-item lacks (PS3.8 9.3.3.2)."""
    accepts(talk, each_context(talk, 0))
    talk.rest()


@outside("accepts in a PDU of no bytes", LOST, subjects=("api",))
def accepts_nothing(talk):
    """An empty A-ASSOCIATE-AC."""
    talk.send(wire.pdu(wire.ASSOCIATE_AC, b""))


@outside("accepts with an item that is longer than its PDU", REFUSED + LOST)
def accepts_with_a_long_item(talk):
    """The last item says 65,535."""
    accepts(talk, each_context(talk, 3, wire.IMPLICIT) + context(1, 0, wire.IMPLICIT, length=65535), user=b"")
    talk.rest()


@outside("accepts in a PDU that says to be 4 GB long", LOST)
def accepts_in_4_gb(talk):
    """Nothing of that size is awaited."""
    accepts(talk, each_context(talk, 0, wire.IMPLICIT), length=0xFFFFFFFF)
    with contextlib.suppress(EndedError):
        while not talk.story.over.is_set():
            talk.send(bytes(1 << 16))


@outside("accepts in a PDU that says to be longer than it is", LOST)
def accepts_in_half(talk):
    """The rest never comes."""
    accepts(talk, each_context(talk, 0, wire.IMPLICIT), length=4000)
    talk.gone()


@outside("accepts the connection and is silent", LOST)
def is_silent(talk):
    """The association has its own time."""
    talk.gone()


@outside("accepts a byte at a time", LOST)
def drips(talk):
    """Each byte comes in time, the answer does not."""
    accepted = wire.associate_ac(talk.proposal)
    with contextlib.suppress(EndedError):
        for place in range(len(accepted)):
            talk.send(accepted[place : place + 1])
            if talk.story.over.wait(0.3):
                return
        raise AssertionError("was patient for minutes")


@outside("closes the connection at once", (*LOST, "PeerUnreachable"), at="connection", subjects=("api",))
def closes_at_once(talk):
    """Before it is asked anything."""
    talk.close()


@outside("resets the connection at once", (*LOST, "PeerUnreachable"), at="connection")
def resets_at_once(talk):
    """A firewall, or a list of addresses."""
    talk.reset()


@outside("asks for an association itself", LOST, subjects=("api",))
def asks_back(talk):
    """An A-ASSOCIATE-RQ where the answer belongs."""
    talk.send(wire.associate_rq())
    talk.gone()


@outside("sends data before it has accepted", LOST, subjects=("api",))
def data_too_early(talk):
    """P-DATA where there is no association (PS3.8 9.2)."""
    talk.send(wire.p_data(1, b"\0\0\0\0", command=True))
    talk.gone()


@outside("wants to release before it has accepted", LOST, subjects=("api",))
def releases_too_early(talk):
    """As above."""
    talk.send(wire.pdu(wire.RELEASE_RQ, bytes(4)))
    talk.gone()


GARBAGE = {
    "http": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "tls_alert": b"\x15\x03\x01\x00\x02\x02\x46",
    "ssh": b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    "smtp": b"220 mail.example.com ESMTP \x1b[2J\r\n",
    "zeros": bytes(4096),
    "ones": b"\xff" * 4096,
    "unknown_pdu": struct.pack(">BxI", 0x08, 4) + bytes(4),
    "release_reply": wire.pdu(wire.RELEASE_RP, bytes(4)),
}
for name, garbage in GARBAGE.items():

    def answers_garbage(talk, garbage=garbage):
        """No port of DICOM, or none in order."""
        talk.send(garbage)
        talk.gone()

    answers_garbage.__name__ = f"answers_{name}"
    outside(f"answers with {name}", LOST, subjects=("movescu", "api") if name in {"http", "tls_alert", "ones"} else ("api",))(
        answers_garbage
    )

for source, reason in ((0, 0), (2, 1), (2, 6), (1, 9), (255, 255)):

    def aborts(talk, source=source, reason=reason):
        """A-ABORT in the place of an answer."""
        talk.send(wire.abort(source, reason))
        talk.gone()

    aborts.__name__ = f"aborts_{source}_{reason}"
    outside(f"aborts with source {source}, reason {reason}", LOST, subjects=("api",) if source else ("movescu", "api"))(aborts)

for place in (1, 5, 6, 74, 180):
    for way in ("closes", "resets", "half_closes"):

        def cuts(talk, place=place, way=way):
            """The beginning of an answer, and no more."""
            talk.send(wire.associate_ac(talk.proposal)[:place])
            {"closes": talk.close, "resets": talk.reset, "half_closes": talk.half_close}[way]()
            if way == "half_closes":
                talk.gone()

        cuts.__name__ = f"{way}_at_byte_{place}"
        outside(
            f"{way} at byte {place} of its answer", LOST, subjects=("movescu",) if way[0] == "r" and place == 6 else ("api",)
        )(cuts)


@cases("takes as much as one likes in a PDU, or very little", "complete", at="proposal", kept=3)
def accepts_small_pdus(talk):
    """A maximum length of 128 is legal (PS3.8 D.1), so is more than one context with another answer."""
    talk.accept(max_length=128)
    talk.context, talk.request, _ = talk.message()
    talk.send_instances(1, 2, 3)
    talk.end(completed=3)
    talk.rest()


@cases("accepts without any user information", "complete", "no_association", api=("complete", *LOST), at="proposal")
def accepts_without_user_information(talk):
    """No maximum length means none (PS3.8 D.1); an answer without it is broken, and may be taken or not."""
    accepts(talk, each_context(talk, 0, wire.IMPLICIT), user=b"")
    with contextlib.suppress(EndedError):
        talk.context, talk.request, _ = talk.message()
        talk.send_instances(1, 2, 3)
        talk.end(completed=3)
    talk.rest()


@pytest.mark.parametrize(("case", "subject"), cases.judged(), ids=str)
def test_an_archive_that_does_not_let_us_in(case, subject, faults):
    """It ends in its time, and says which way it was."""
    assert faults(case, subject) == []
