"""Opening and ending associations, and the four ways in which they fail."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from dataclasses import replace

import pytest

from dicommove.entities import Identity, Remote
from dicommove.errors import (
    AssociationError,
    AssociationLost,
    AssociationRejected,
    EntityError,
    PeerUnreachable,
    PresentationContextRejected,
)
from dicommove.net import FindOptions, echo, failures, find, open_association, wire
from dicommove.terms import EXPLICIT_VR_LITTLE_ENDIAN, IMPLEMENTATION_CLASS_UID, VERIFICATION, InformationModel

MODEL = InformationModel.STUDY_ROOT
SERVICES = [(VERIFICATION, None), (MODEL.find_uid, FindOptions(relational=True)), (MODEL.move_uid, None)]
DEADLINE = 10.0


def test_an_association_says_what_was_agreed_on(archive):
    """Accepted services, transfer syntax and implementation of the peer can be read."""
    with open_association(archive.remote, services=[*SERVICES, (MODEL.get_uid, None)]) as association:
        assert association.is_open
        assert association.accepted(MODEL.find_uid)
        assert not association.accepted(MODEL.get_uid)
        assert association.refused == {MODEL.get_uid: "the peer does not have this service"}
        assert association.transfer_syntax(MODEL.find_uid) == EXPLICIT_VR_LITTLE_ENDIAN
        assert association.transfer_syntax(MODEL.get_uid) is None
        assert association.implementation[1].startswith("PYNETDICOM")
        assert "open" in repr(association)
    assert not association.is_open
    assert "ended" in repr(association)


def test_echo_is_answered(archive):
    """C-ECHO returns the status of the answer."""
    with open_association(archive.remote, services=SERVICES) as association:
        assert echo(association) == 0x0000


def test_no_option_is_granted_without_an_answer(archive):
    """A peer that ignores extended negotiation has not granted relational queries."""
    with open_association(archive.remote, services=SERVICES) as association:
        assert not association.relational(MODEL.find_uid)


def test_granted_options_are_read(archive):
    """The acceptor's own bytes count, not what we asked for."""
    archive.extended[MODEL.find_uid] = b"\x01\x00\x01"
    with open_association(archive.remote, services=SERVICES) as association:
        assert association.relational(MODEL.find_uid)
        assert association.find_options(MODEL.find_uid) == FindOptions(relational=True, fuzzy_names=True)
        assert not association.move_options(MODEL.move_uid).relational


@pytest.mark.parametrize(("passcode", "expected"), [(None, (1, b"meier", b"")), ("env:PASSCODE", (2, b"meier", b"s3cret"))])
def test_the_user_is_named(archive, monkeypatch, passcode, expected):
    """User identity goes out as name alone, or as name and passcode."""
    monkeypatch.setenv("PASSCODE", "s3cret")
    with open_association(replace(archive.remote, identity=Identity("meier", passcode)), services=SERVICES):
        assert archive.users == [expected]


def test_a_passcode_that_is_missing_leaves_nothing_open(archive):
    """A secret that cannot be found ends the opening with its own error."""
    with pytest.raises(EntityError, match="NOT_SET_HERE is not set"):
        open_association(replace(archive.remote, identity=Identity("meier", "env:NOT_SET_HERE")), services=SERVICES)


def test_nothing_listens():
    """A refused connection says so, where, and what to check."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(PeerUnreachable, match=f"nothing listens at 127.0.0.1:{port}") as caught:
        open_association(Remote("127.0.0.1", port, ae_title="PACS"), services=SERVICES)
    assert caught.value.peer == f"PACS@127.0.0.1:{port}"
    assert caught.value.reason == "connection refused"
    assert isinstance(caught.value, ConnectionError)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError("timed out"), "did not answer within 10 s"),
        (socket.gaierror(-2, "Name or service not known"), "the name 'pacs' leads to no address"),
        (OSError(113, "No route to host"), "cannot be reached (no route to host)"),
        (ConnectionResetError(104, "Connection reset by peer"), "closed the connection at once"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]"), "no TLS with pacs:104"),
    ],
)
def test_each_way_of_not_arriving_has_its_words(error, words):
    """What the operating system says is told with what to do about it."""
    assert words in str(failures.unreachable(Remote("pacs", 104), error))


@pytest.mark.parametrize(
    ("numbers", "text", "advice"),
    [
        ((1, 1, 3), "calling AE title not recognised", "register our calling AE title 'TESTER'"),
        ((1, 1, 7), "called AE title not recognised", "not called 'SCRIPT'"),
        ((2, 3, 2), "local limit exceeded", "as many associations as it takes"),
        ((1, 1, 1), "no reason given", "Often the caller is not registered"),
        ((1, 2, 1), "no reason given by the association service", "identity="),
    ],
)
def test_a_rejection_names_its_reason_and_the_next_step(scripted, numbers, text, advice):
    """A-ASSOCIATE-RJ becomes numbers, their meaning, and what to do."""

    def reject(line):
        line.read()
        line.send(0x03, b"\0" + bytes(numbers))

    with pytest.raises(AssociationRejected, match=text) as caught:
        open_association(scripted.plays(reject), services=SERVICES)
    assert advice in str(caught.value)
    assert (caught.value.result, caught.value.source, caught.value.reason) == numbers
    assert caught.value.reason_text == text


def test_a_rejection_that_is_faster_than_we_are_is_read(scripted, monkeypatch):
    """A rejection that came, and closed the connection, before anybody looked is not taken for silence."""
    connect = wire._Wire.connect

    def slowly(self, primitive):
        connect(self, primitive)
        self._ready.clear()
        threading.Thread(target=lambda: (self.assoc.dul.join(DEADLINE), self._ready.set())).start()

    def reject(line):
        line.read()
        line.send(0x03, b"\0\1\1\7")

    monkeypatch.setattr(wire._Wire, "connect", slowly)
    with pytest.raises(AssociationRejected, match="called AE title not recognised"):
        open_association(scripted.plays(reject), services=SERVICES)


def test_a_rejection_outside_the_standard_is_still_a_failure_of_the_association(scripted):
    """Numbers that the Standard does not know end the opening too."""

    def reject(line):
        line.read()
        line.send(0x03, b"\0\x09\x09\x09")

    with pytest.raises(AssociationError):
        open_association(replace(scripted.plays(reject), acse_timeout=0.5), services=SERVICES)


def test_no_service_is_accepted(archive):
    """An association without any of the services is none."""
    with pytest.raises(PresentationContextRejected, match="the peer does not have this service") as caught:
        open_association(archive.remote, services=[(MODEL.get_uid, None)])
    assert caught.value.abstract_syntaxes == (MODEL.get_uid,)


def test_all_services_may_be_required(archive):
    """With ``require="all"`` one that is not accepted is enough to fail."""
    with pytest.raises(PresentationContextRejected) as caught:
        open_association(archive.remote, services=[*SERVICES, (MODEL.get_uid, None)], require="all")
    assert caught.value.abstract_syntaxes == (MODEL.get_uid,)


def test_a_service_that_was_not_accepted_fails_when_it_is_used(archive, identifier):
    """A request never goes out on a context that does not exist."""
    patient_root = InformationModel.PATIENT_ROOT
    with (
        open_association(archive.remote, services=[*SERVICES, (patient_root.find_uid, None)]) as association,
        pytest.raises(PresentationContextRejected, match="Patient Root"),
    ):
        find(association, identifier, patient_root)


def answer_nothing(line):
    """Read the request and say nothing until our side gives up."""
    while line.read()[0]:
        pass


def answer_abort(line):
    """Abort instead of answering."""
    line.read()
    line.send(0x07, b"\0\0\0\0")


def answer_garbage(line):
    """Answer with something that is no DICOM."""
    line.read()
    line.connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    answer_nothing(line)


def answer_broken_accept(line):
    """Accept with items that cannot be decoded."""
    line.read()
    line.send(0x02, b"\xff" * 200)
    answer_nothing(line)


def answer_huge(line):
    """Announce a PDU of four gigabytes."""
    line.read()
    line.connection.sendall(struct.pack(">BBL", 2, 0, 0xFFFFFFFF))
    answer_nothing(line)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (answer_nothing, "silent"),
        (answer_abort, "aborted"),
        (lambda line: line.read(), "closed"),
        (answer_garbage, "aborted"),
        (answer_broken_accept, "aborted"),
        (answer_huge, "aborted"),
    ],
)
def test_a_peer_that_does_not_answer_is_lost(scripted, behaviour, reason):
    """Abort, close, silence and nonsense instead of an answer are told apart, and each wait ends."""
    with pytest.raises(AssociationLost, match="before it answered our request for one") as caught:
        open_association(replace(scripted.plays(behaviour), acse_timeout=0.5), services=SERVICES)
    assert caught.value.reason == reason
    assert caught.value.responses == 0
    assert "is 'TESTER' registered there" in str(caught.value)


def test_a_peer_that_stops_in_the_middle_of_a_pdu_is_lost(scripted, monkeypatch):
    """Half an A-ASSOCIATE-AC is not waited for without end."""
    monkeypatch.setattr(wire, "STALL_SECONDS", 0.3)

    def stop(line):
        line.read()
        line.connection.sendall(b"\x02\x00\x00\x00\x01")
        answer_nothing(line)

    with pytest.raises(AssociationLost):
        open_association(replace(scripted.plays(stop), acse_timeout=5), services=SERVICES)


def test_the_request_says_who_we_are(scripted):
    """Called and calling AE title and our implementation stand in the A-ASSOCIATE-RQ, with two transfer syntaxes a service."""
    seen = {}

    def note(line):
        seen["body"] = line.read()[1]

    with pytest.raises(AssociationLost):
        open_association(scripted.plays(note), services=SERVICES)
    body = seen["body"]
    assert (body[4:20], body[20:36]) == (b"SCRIPT          ", b"TESTER          ")
    assert IMPLEMENTATION_CLASS_UID.encode() in body
    assert body.count(b"\x20\x00") >= len(SERVICES)
    assert body.count(b"1.2.840.10008.1.2.1") == len(SERVICES)
