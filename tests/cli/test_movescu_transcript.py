"""The transcript: the original's lines, on the same stream, in the same order, at every level."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from itertools import takewhile

import pytest

from dicommove.cli import main

from .movescu_programs import DEADLINE, OURS, instance, masked

PATIENT = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=000123")
UNKNOWN = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3")


def without_receiving(lines):
    """The requestor's own lines: those of the Storage SCP come in between, whenever an instance comes."""
    receiving = ("Received Store", "Storing DICOM", "Accepting Association", "Association Released", "DICOM file already")
    return [line for line in lines if not line[3:].startswith(receiving)]


def receiving(lines):
    """The lines of the Storage SCP."""
    return [line for line in lines if line not in without_receiving(lines)]


def test_the_seed_example_runs_line_by_line(both, movescu, archive_that):
    """With --store: the lines of the document in its order, and the original's words throughout."""

    def handle(_):
        yield archive_that.destination
        yield 1
        yield 0xFF00, instance()

    archive = archive_that(handle)
    arguments = (*archive, *archive_that.storing, "-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=P1")
    theirs, ours = both(*arguments)
    assert (theirs.code, ours.code) == (0, 0)
    assert theirs.out == ours.out == ""
    assert without_receiving(ours.lines) == without_receiving(theirs.lines)
    assert without_receiving(ours.lines) == [
        "I: Requesting Association",
        "I: Association Accepted",
        "I: Sending Move Request: MsgID 1",
        "I: ",
        "I: # Request Identifier",
        "I: (0008,0052) CS [PATIENT]                                # 1 QueryRetrieveLevel",
        "I: (0010,0020) LO [P1]                                     # 1 PatientID",
        "I: ",
        "I: Move SCP Response: 1 - 0xFF00 (Pending)",
        "I: Sub-Operations Remaining: 0, Completed: 1, Failed: 0, Warning: 0",
        "I: Move SCP Result: 0x0000 (Success)",
        "I: Sub-Operations Remaining: 0, Completed: 1, Failed: 0, Warning: 0",
        "I: Releasing Association",
    ]
    assert receiving(theirs.lines) == [
        "I: Accepting Association",
        "I: Received Store Request",
        "I: Storing DICOM file: CT.1.2.3.4",
        "I: Association Released",
    ]
    assert receiving(ours.lines) == receiving(theirs.lines)
    again = movescu(*arguments, folder=ours.folder.name)
    assert again.code == 0
    assert receiving(again.lines) == [
        "I: Accepting Association",
        "I: Received Store Request",
        "I: Storing DICOM file: CT.1.2.3.4",
        "W: DICOM file already exists, overwriting",
        "I: Association Released",
    ]
    assert again.files == ours.files


@pytest.mark.parametrize("options", [("-v",), ("-d",), ("-q",), ("-ll", "warn"), ("-ll", "error"), ("-ll", "debug")])
@pytest.mark.parametrize("ending", ["result", "refusal", "rejection", "no peer"])
def test_every_level_shows_the_same_lines(both, demo, options, ending):
    """Association, request, messages, result and release: only names of the implementation and two notes differ."""
    arguments = {
        "result": (*demo.arguments, *UNKNOWN),
        "refusal": (*demo.arguments, "-aem", "NOBODY", *PATIENT),
        "rejection": (*demo.arguments, "-aec", "OTHER", *PATIENT),
        "no peer": ("127.0.0.1", "9", *PATIENT),
    }[ending]
    theirs, ours = both(*arguments, *options)
    expected = [line for line in masked(theirs.lines) if "pydicom.read_dataset()" not in line]
    found = [line for line in masked(ours.lines) if not line.startswith("W: nothing matched")]
    if ending == "rejection" and "E: Association Rejected" not in expected:
        return  # the original lost the race between the rejection and its own look at the connection
    assert [line for line in found if "PatientID" not in line or line[0] != "W"] == expected
    assert theirs.out == ours.out == ""


def test_quiet_says_nothing_at_all(movescu, demo):
    """Not even that an Identifier cannot be read."""
    for arguments in ((*demo.arguments, *UNKNOWN), (*demo.arguments, "-k", "Nothing="), (*demo.arguments, "-f", "none.dcm")):
        ran = movescu(*arguments, "-q")
        assert ran.out == ran.err == ""
        assert ran.code in (2, 5)


def test_debug_shows_what_is_received_but_no_value_of_it(movescu, archive_that):
    """PDUs and command sets as in pynetdicom's log; a name in a data set is shown at no level."""

    def handle(_):
        yield archive_that.destination
        yield 1
        yield 0xFF00, instance(PatientName="SECRET^NAME")

    ran = movescu(*archive_that(handle), *archive_that.storing, "-d", "-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=P1")
    assert ran.code == 0
    for line in (
        "D: ======================= INCOMING A-ASSOCIATE-RQ PDU ========================",
        "D:     Abstract Syntax: =CT Image Storage",
        "D: ======================= OUTGOING A-ASSOCIATE-AC PDU ========================",
        "D: Message Type                  : C-STORE RQ",
        "D: Affected SOP Instance UID     : 1.2.3.4",
        "D: Message Type                  : C-MOVE RSP",
        "D: Completed Sub-operations      : 1",
    ):
        assert line in ran.lines
    assert "SECRET" not in ran.err


def test_the_block_of_a_received_request_is_the_original_s(both, archive_that):
    """The same lines at -d for the sender's association and its C-STORE."""

    def handle(_):
        yield archive_that.destination
        yield 1
        yield 0xFF00, instance()

    archive = archive_that(handle)
    theirs, ours = both(*archive, *archive_that.storing, "-d", "-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=P1")
    for title in ("INCOMING A-ASSOCIATE-RQ PDU", "Message Type                  : C-STORE RQ"):
        blocks = [block_of(masked(run.lines), title) for run in (theirs, ours)]
        assert blocks[0]
        assert blocks[0][:12] == blocks[1][:12]


def block_of(lines, title):
    """The lines from the one that holds a title to the end of its block."""
    start = next(number for number, line in enumerate(lines) if title in line)
    rest = lines[start:]
    return rest[: next(number for number, line in enumerate(rest) if " END " in line) + 1]


@pytest.mark.parametrize("how", ["abort", "close"])
def test_an_association_that_is_lost_is_told_in_the_original_s_words(both, archive_that, how):
    """And ends with 4 instead of 0."""

    def handle(event):
        if how == "abort":
            event.assoc.abort(block=False)
        else:
            event.assoc.dul.socket.close()
        yield None, None

    theirs, ours = both(*archive_that(handle), *UNKNOWN)
    assert (theirs.code, ours.code) == (0, 4)
    # The original may begin to release what is aborted already, and notice it once or twice.
    ends = ("I: Releasing Association", "I: Association Aborted")
    assert ours.lines[:-1] == list(takewhile(lambda line: not line.startswith(ends), theirs.lines))
    assert ours.lines[-1].startswith("I: Association Aborted")
    assert ("E: Connection closed while waiting for DIMSE message" in ours.lines) is (how == "close")


def test_an_identifier_that_matches_more_than_it_names_is_warned_about(movescu, demo):
    """One line that names the missing key; --strict refuses to send it."""
    loose = ("-k", "QueryRetrieveLevel=SERIES", "-k", "PatientID=000123", "-k", "SeriesInstanceUID=*")
    warned = [line for line in movescu(*demo.arguments, *loose).lines if line.startswith("W: Study")]
    assert len(warned) == 1
    assert "StudyInstanceUID" in warned[0]
    assert "SeriesInstanceUID" in warned[0]
    refused = movescu(*demo.arguments, *loose, "--strict")
    assert refused.code == 2
    assert refused.lines[-1].startswith("E: StudyInstanceUID, SeriesInstanceUID: ")
    assert "--strict" in refused.lines[-1]
    assert "I: Requesting Association" not in refused.lines


def test_a_reader_that_goes_away_is_no_fault(tmp_path, demo):
    """``movescu ... 2>&1 | head -1``: the move goes on, and there is no traceback."""
    command = [sys.executable, "-m", OURS, "movescu", *map(str, demo.storing), *PATIENT]
    reading, writing = os.pipe()
    process = subprocess.Popen(command, cwd=tmp_path, stderr=writing, stdout=writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.readline() == "I: Requesting Association\n"
    assert process.wait(DEADLINE) == 0
    assert len(list(tmp_path.iterdir())) == 130


def test_loggers_are_left_as_they_were(demo, tmp_path, monkeypatch, capsys):
    """Called within a process, it puts its handlers on the loggers and takes them off again."""
    monkeypatch.chdir(tmp_path)
    before = loggers()
    assert main(["movescu", *map(str, demo.arguments), *UNKNOWN]) == 5
    assert "I: Move SCP Result: 0x0000 (Success)" in capsys.readouterr().err
    assert loggers() == before


def loggers():
    """Handlers and level of each logger that the program uses."""
    return [(logging.getLogger(name).handlers[:], logging.getLogger(name).level) for name in ("movescu", "pynetdicom")]
