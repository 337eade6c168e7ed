"""The wire: the same A-ASSOCIATE-RQ, the same C-MOVE-RQ, timeouts that hold, the acceptor's answer shown."""

from __future__ import annotations

import re
import threading

import pytest
from pynetdicom import evt
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import PatientRootQueryRetrieveInformationModelMove, StudyRootQueryRetrieveInformationModelMove

from dicommove.terms import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    VERIFICATION,
)

from .movescu_programs import instance, listening, silent_peer

PATIENT_ROOT = PatientRootQueryRetrieveInformationModelMove.name
REJECTED = [
    "E: Association Rejected",
    "E: Result: Rejected Permanent, Source: Service User",
    "E: Reason: No reason given",
]
EXACT = ("-k", "QueryRetrieveLevel=STUDY", "-k", "PatientID=P1", "-k", "StudyInstanceUID=1.2.3")


def anonymous(pdu: bytes) -> bytes:
    """An A-ASSOCIATE-RQ without what must differ: Implementation Class UID and Version Name, and the lengths that count them."""
    body = re.sub(
        rb"\x52\x00..1\.2\.826\.0\.1\.3680043\.9\.3811[0-9.]*|\x52\x00..2\.25\.[0-9]+", b"[class]", pdu[6:], flags=re.DOTALL
    )
    body = re.sub(rb"\x55\x00..(PYNETDICOM|DICOMMOVE)_[0-9]+", b"[version]", body, flags=re.DOTALL)
    return re.sub(rb"\x50\x00..\x51", b"\x50\x00[length]\x51", body, flags=re.DOTALL)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-aet", "ME", "-aec", "YOU", "-pdu", "0"),
        ("-S", "--max-pdu", "123456", "--relational-retrieval"),
        ("-O", "--enhanced-conversion"),
        ("-P", "--relational-retrieval", "--enhanced-conversion"),
    ],
)
def test_the_association_is_asked_for_with_the_same_bytes(both, options):
    """13 contexts with 4 transfer syntaxes each, titles, PDU length, extended negotiation; only who implements it differs."""
    with listening() as (port, received):
        theirs, ours = both("127.0.0.1", port, *options, *EXACT)
    assert (theirs.code, ours.code) == (1, 1)
    # The original sometimes takes a rejection that comes at once for a failed connection.
    assert ours.lines == ["I: Requesting Association", *REJECTED]
    assert theirs.lines[1:] in (REJECTED, ["I: Aborting Association"])
    assert len(received) == 2
    assert anonymous(received[0]) == anonymous(received[1])
    assert anonymous(received[0]).count(b"[class]") == anonymous(received[1]).count(b"[version]") == 1
    assert received[1].count(b"\x40\x00\x00") == 13 * 4


@pytest.mark.parametrize(
    ("options", "syntax"),
    [
        ((), IMPLICIT_VR_LITTLE_ENDIAN),
        (("-S", "-aem", "THEM"), EXPLICIT_VR_LITTLE_ENDIAN),
        (("-O", "-aem", ""), DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN),
        (("-aet", "ME", "-aem", ""), EXPLICIT_VR_BIG_ENDIAN),
    ],
)
def test_the_request_is_the_same_in_every_transfer_syntax(both, archive_that, options, syntax):
    """Command set and Identifier, bit for bit, whichever syntax the archive chooses."""
    received = []

    def handle(event):
        request = event.request
        received.append(
            (
                request.MessageID,
                request.Priority,
                str(request.AffectedSOPClassUID),
                request.MoveDestination,
                request.Identifier.getvalue(),
                event.context.transfer_syntax,
            )
        )
        yield None, None

    models = [build_context(f"1.2.840.10008.5.1.4.1.2.{model}.2", syntax) for model in (1, 2, 3)]
    archive = archive_that(handle, contexts=models)
    both(*archive, *options, *EXACT)
    assert len(received) == 2
    assert received[0] == received[1]
    assert received[0][-1] == syntax


@pytest.mark.parametrize(
    ("syntax", "failed", "shown"),
    [
        (IMPLICIT_VR_LITTLE_ENDIAN, 2, "['1.2.3.0', '1.2.3.1']"),
        (EXPLICIT_VR_BIG_ENDIAN, 1, "1.2.3.0"),
        (IMPLICIT_VR_LITTLE_ENDIAN, 16, str([f"1.2.3.{n}" for n in range(16)])),
        (IMPLICIT_VR_LITTLE_ENDIAN, 17, "Array of 17 elements"),
    ],
)
def test_the_failed_list_is_shown(both, archive_that, full_destination, syntax, failed, shown):
    """The UIDs of the final response's Identifier, as by the original, from a big-endian archive too."""

    def handle(_):
        yield full_destination
        yield failed
        for number in range(failed):
            yield 0xFF00, instance(f"1.2.3.{number}")

    archive = archive_that(handle, contexts=[build_context(StudyRootQueryRetrieveInformationModelMove, syntax)])
    theirs, ours = both(*archive, "-S", *EXACT)
    assert (theirs.code, ours.code) == (0, 4)
    assert ours.lines == theirs.lines
    assert f"I: (0008,0058) Failed SOP Instance UID List        UI: {shown}" in ours.lines


def test_the_answer_to_extended_negotiation_is_shown(movescu, archive_that):
    """The original never looks at it."""

    def grant(event):
        return dict.fromkeys(event.app_info, b"\x01\x00")

    def handle(_):
        yield None, None

    archive = archive_that(handle, (evt.EVT_SOP_EXTENDED, grant))
    ran = movescu(*archive, "--relational-retrieval", "--enhanced-conversion", *EXACT)
    assert "I: Relational retrieval: accepted by the peer" in ran.lines
    assert "W: Enhanced conversion: not accepted by the peer" in ran.lines


def test_the_acse_timeout_holds(both):
    """A peer that takes the connection and says nothing."""
    with silent_peer() as port:
        theirs, ours = both("127.0.0.1", port, "-ta", "0.3", *EXACT)
    assert (theirs.code, ours.code) == (1, 1)
    assert ours.lines == theirs.lines
    assert any("ACSE timeout reached" in line for line in ours.lines)


def test_the_dimse_timeout_holds(both, archive_that):
    """Nothing within -td: A-ABORT at once, in the original's words, without C-CANCEL."""
    go_on, ended = threading.Event(), []

    def handle(_):
        go_on.wait(20)
        yield None, None

    archive = archive_that(handle, (evt.EVT_ABORTED, lambda event: ended.append(event.event.name)))
    theirs, ours = both(*archive, "-td", "0.3", *EXACT)
    go_on.set()
    assert (theirs.code, ours.code) == (0, 4)
    assert ours.lines == theirs.lines
    assert "E: DIMSE timeout reached while waiting for message response" in ours.lines
    assert not any("C-CANCEL" in line for line in ours.lines)


def test_an_archive_without_services_is_1(both, archive_that):
    """No context at all is accepted."""
    theirs, ours = both(*archive_that(lambda _: iter(()), contexts=[build_context(VERIFICATION)]), *EXACT)
    assert (theirs.code, ours.code) == (1, 1)
    assert ours.lines == theirs.lines
    assert "E: No accepted presentation contexts" in ours.lines


def test_an_archive_without_the_model_is_1(movescu, archive_that):
    """The line of the original, without its traceback and without hanging for the network timeout."""
    archive = archive_that(lambda _: iter(()), contexts=[build_context(StudyRootQueryRetrieveInformationModelMove)])
    ran = movescu(*archive, *EXACT)
    assert ran.code == 1
    assert ran.lines == [
        "I: Requesting Association",
        "I: Association Accepted",
        f"E: No presentation context for '{PATIENT_ROOT}' has been accepted by the peer for the SCU role",
    ]
