"""C-FIND over real associations."""

from __future__ import annotations

import struct
import sys
import threading
from dataclasses import replace

import pytest
from pydicom.dataset import Dataset

from dicommove.errors import AssociationLost
from dicommove.net import find, open_association
from dicommove.net.command import C_FIND_RQ, RESPONSE
from dicommove.terms import InformationModel, StatusCategory

MODEL = InformationModel.STUDY_ROOT
SERVICES = [(MODEL.find_uid, None)]
DEADLINE = 10.0
FIND_RSP = C_FIND_RQ | RESPONSE
PATIENT = bytes.fromhex("1000200002000000") + b"P1"


def answer(number):
    """An answer with a study of this number."""
    found = Dataset()
    found.QueryRetrieveLevel = "STUDY"
    found.StudyInstanceUID = f"1.2.{number}"
    return 0xFF00, found


def test_matches_come_as_rows_in_order(archive, identifier):
    """Every answer is a row, and the final status is told."""
    archive.find_answers = [answer(number) for number in range(700)]
    with open_association(archive.remote, services=SERVICES) as association:
        found = find(association, identifier, MODEL)
        again = find(association, identifier, MODEL)
    assert [match["StudyInstanceUID"] for match in found.matches] == [f"1.2.{number}" for number in range(700)]
    assert (found.status, found.category) == (0x0000, StatusCategory.SUCCESS)
    assert (found.cancelled_by, found.pending_warnings, found.unreadable) == (None, False, 0)
    assert again.matches == found.matches
    assert archive.requests[0][0] != archive.requests[1][0]


def test_the_identifier_is_sent_as_it_is(archive, identifier):
    """No key is added to what was given."""
    identifier.SpecificCharacterSet = "ISO_IR 192"
    identifier.PatientName = "MÜLLER*"
    with open_association(archive.remote, services=SERVICES) as association:
        find(association, identifier, MODEL)
    assert archive.requests[0][1] == identifier


def test_an_optional_key_that_was_ignored_is_told(archive, identifier):
    """0xFF01 is kept as a fact."""
    archive.find_answers = [answer(1), (0xFF01, answer(2)[1])]
    with open_association(archive.remote, services=SERVICES) as association:
        found = find(association, identifier, MODEL)
    assert found.pending_warnings
    assert len(found.matches) == 2


def test_a_failure_is_returned_with_its_comment(archive, identifier):
    """Bad news is a result, not an exception."""
    status = Dataset()
    status.Status, status.ErrorComment = 0xA700, "too busy"
    archive.find_answers = [(status, None)]
    with open_association(archive.remote, services=SERVICES) as association:
        found = find(association, identifier, MODEL)
    assert (found.status, found.comment, found.meaning) == (0xA700, "too busy", "Out of resources")
    assert found.category is StatusCategory.FAILURE


def test_more_matches_than_wanted_are_cancelled(archive, identifier):
    """One match too many sends C-CANCEL, and the association stays usable."""
    archive.find_answers = [answer(number) for number in range(30)]
    archive.answers_before_cancel = 20
    with open_association(archive.remote, services=SERVICES) as association:
        found = find(association, identifier, MODEL, max_matches=5)
        assert association.is_open
    assert len(found.matches) == 5
    assert found.cancelled_by == "max_matches"
    assert archive.cancelled.is_set()


def test_as_many_matches_as_wanted_are_no_reason_to_cancel(archive, identifier):
    """The bound itself is not beyond the bound."""
    archive.find_answers = [answer(number) for number in range(5)]
    with open_association(archive.remote, services=SERVICES) as association:
        found = find(association, identifier, MODEL, max_matches=5)
    assert (len(found.matches), found.cancelled_by, found.status) == (5, None, 0x0000)


def test_an_event_cancels(archive, identifier):
    """Setting the event sends C-CANCEL."""
    archive.find_answers = [answer(number) for number in range(30)]
    archive.answers_before_cancel = 20
    with open_association(archive.remote, services=SERVICES) as association:
        found = find(association, identifier, MODEL, cancel=archive.first_sent)
    assert found.cancelled_by == "event"
    assert found.status == 0xFE00


def test_a_peer_that_does_not_obey_is_aborted(scripted, identifier, monkeypatch):
    """After the grace the association is aborted, and what was asked for is returned."""
    monkeypatch.setattr(sys.modules[find.__module__], "CANCEL_SECONDS", 0.3)

    def flood(line):
        line.accept()
        context, _ = line.command()
        while True:
            line.respond(context, PATIENT, CommandField=FIND_RSP, MessageIDBeingRespondedTo=1, Status=0xFF00)

    with open_association(scripted.plays(flood), services=SERVICES) as association:
        found = find(association, identifier, MODEL, max_matches=2)
        assert not association.is_open
    assert found.matches == ({"PatientID": "P1"}, {"PatientID": "P1"})
    assert (found.cancelled_by, found.status) == ("max_matches", 0xFE00)


@pytest.mark.parametrize("cancel", [None, threading.Event()])
def test_silence_has_an_end(scripted, identifier, cancel):
    """A peer that says nothing for the timeout is lost, with what it had said counted."""

    def fall_silent(line):
        line.accept()
        context, _ = line.command()
        line.respond(context, PATIENT, CommandField=FIND_RSP, MessageIDBeingRespondedTo=1, Status=0xFF00)
        line.read()

    with (
        open_association(scripted.plays(fall_silent), services=SERVICES) as association,
        pytest.raises(AssociationLost, match=r"fell silent after 1 response: nothing came for 0\.5 s") as caught,
    ):
        find(association, identifier, MODEL, timeout=0.5, cancel=cancel)
    assert (caught.value.reason, caught.value.responses) == ("silent", 1)


def test_matches_that_cannot_be_read_are_counted(scripted, identifier):
    """A row that is cut off is kept as far as it goes."""

    def cut_off(line):
        line.accept()
        context, _ = line.command()
        line.respond(context, PATIENT + b"\x10\x00", CommandField=FIND_RSP, MessageIDBeingRespondedTo=1, Status=0xFF00)
        line.respond(context, CommandField=FIND_RSP, MessageIDBeingRespondedTo=1, Status=0)
        line.read()
        line.send(0x06, b"\0\0\0\0")

    with open_association(scripted.plays(cut_off), services=SERVICES) as association:
        found = find(association, identifier, MODEL)
    assert (found.matches, found.unreadable) == (({"PatientID": "P1"},), 1)


def test_a_peer_that_answers_with_a_number_of_its_own_is_understood(scripted, identifier):
    """Another Message ID than ours, which no earlier request had, is taken; what is no C-FIND response is passed over."""

    def odd(line):
        line.accept()
        context, _ = line.command()
        line.respond(context, CommandField=0x8021, MessageIDBeingRespondedTo=0, Status=0)
        line.respond(context, PATIENT, CommandField=FIND_RSP, MessageIDBeingRespondedTo=0, Status=0xFF00)
        line.respond(context, CommandField=FIND_RSP, MessageIDBeingRespondedTo=0, Status=0)
        line.read()
        line.send(0x06, b"\0\0\0\0")

    with open_association(scripted.plays(odd), services=SERVICES) as association:
        assert find(association, identifier, MODEL).matches == ({"PatientID": "P1"},)


def test_a_response_without_a_status_is_nonsense(scripted, identifier):
    """Without a Status nobody knows whether more will come: the association is aborted."""

    def no_status(line):
        line.accept()
        context, _ = line.command()
        line.respond(context, CommandField=FIND_RSP, MessageIDBeingRespondedTo=1)
        line.read()

    with (
        open_association(scripted.plays(no_status), services=SERVICES) as association,
        pytest.raises(AssociationLost, match="sent what is no DICOM"),
    ):
        find(association, identifier, MODEL)


def test_a_message_without_end_is_cut_off(scripted, identifier, monkeypatch):
    """An Identifier that grows and grows does not fill the memory."""
    monkeypatch.setattr("dicommove.net.messages.MAX_MESSAGE", 100_000)

    def endless(line):
        line.accept()
        context, _ = line.command()
        line.respond(context, b"x", CommandField=FIND_RSP, MessageIDBeingRespondedTo=1, Status=0xFF00)
        line.respond(context, CommandField=FIND_RSP, MessageIDBeingRespondedTo=1, Status=0xFF00, CommandDataSetType=1)
        while True:
            line.fragment(context, 0x00, b"\0" * 10_000)

    with (
        open_association(scripted.plays(endless), services=SERVICES) as association,
        pytest.raises(AssociationLost, match="sent what is no DICOM"),
    ):
        find(association, identifier, MODEL)


def test_a_large_identifier_is_cut_to_the_size_that_the_peer_takes(archive, identifier):
    """More than one fragment arrives as one Identifier."""
    identifier.StudyInstanceUID = [f"1.2.840.10008.{number}" for number in range(2500)]
    with open_association(replace(archive.remote, max_pdu=0), services=SERVICES) as association:
        find(association, identifier, MODEL)
    assert len(archive.requests[0][1].StudyInstanceUID) == 2500


def _answering_for_ever(line):
    """Send matches until somebody says C-CANCEL, which is heard late."""
    line.accept()
    context, _ = line.command()
    for _ in range(2_000):
        line.respond(context, PATIENT, CommandField=FIND_RSP, MessageIDBeingRespondedTo=1, Status=0xFF00)
    line.respond(context, CommandField=FIND_RSP, MessageIDBeingRespondedTo=1, Status=0xFE00)
    line.read()


@pytest.mark.parametrize("limit", [{"MOST_MATCHES": 50}, {"LARGEST_ANSWER": 500}, {"MOST_VALUES": 49}])
def test_an_archive_that_answers_for_ever_is_told_to_stop(scripted, identifier, monkeypatch, limit):
    """So many matches, and so many bytes of them, are kept; the rest is dropped, and that is said."""
    for name, value in limit.items():
        monkeypatch.setattr(sys.modules["dicommove.net.find"], name, value)
    with open_association(scripted.plays(_answering_for_ever), services=SERVICES) as association:
        found = find(association, identifier, MODEL)
    assert len(found.matches) == 50
    assert found.cancelled_by == "limit"


def _answering_at_length(line):
    """Send large Identifiers until nobody reads any more, then go on with the reading side."""
    line.accept()
    context, _ = line.command()
    for _ in range(40):
        line.respond(context, LARGE, CommandField=FIND_RSP, MessageIDBeingRespondedTo=1, Status=0xFF00)
    line.respond(context, CommandField=FIND_RSP, MessageIDBeingRespondedTo=1, Status=0x0000)
    line.read()


LARGE = struct.pack("<HHI", 0x4008, 0x0300, 1 << 16) + bytes(1 << 16)
"""An Identifier of 64 KB."""


def test_large_answers_that_nobody_has_read_are_bounded_in_bytes(scripted, identifier, monkeypatch):
    """However few they are: what is not read stays in the connection, and the peer waits; nothing is lost."""
    monkeypatch.setattr(sys.modules["dicommove.net.wire"], "BACKLOG_BYTES", 3 << 16)
    seen = []
    read = sys.modules["dicommove.net.find"].read_match
    with open_association(scripted.plays(_answering_at_length), services=SERVICES) as association:

        def slow(data, *, explicit):
            seen.append(association.messages.waiting_bytes)
            return read(data, explicit=explicit)

        monkeypatch.setattr(sys.modules["dicommove.net.find"], "read_match", slow)
        found = find(association, identifier, MODEL)
    assert len(found.matches) == 40
    assert max(seen) <= 4 << 16


def _commanding_at_length(line):
    """Answer with a command set of some megabytes."""
    line.accept()
    context, _ = line.command()
    line.respond(context, CommandField=FIND_RSP, MessageIDBeingRespondedTo=1, Status=0xFF00, ErrorComment="x" * (3 << 20))
    line.read()


def test_command_set_that_is_far_too_long_ends_the_association(scripted, identifier):
    """256 of them may wait: none is kept that is longer than any that is meant."""
    with (
        open_association(scripted.plays(_commanding_at_length), services=SERVICES) as association,
        pytest.raises(AssociationLost, match="sent what is no DICOM"),
    ):
        find(association, identifier, MODEL)
