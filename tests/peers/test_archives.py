"""The real peers do what the other tests take for granted."""

from __future__ import annotations

import subprocess

import pytest

pytestmark = pytest.mark.peer


def test_real_files_are_varied(real_files):
    """Several compressions, more than three character sets, no SOP Instance twice."""
    assert len({file.syntax for file in real_files}) >= 5
    assert len({file.SpecificCharacterSet for file in real_files}) >= 8
    assert len({file.SOPInstanceUID for file in real_files}) == len(real_files)


def _move(require, archive, study: str, destination: str) -> str:
    """Let DCMTK's movescu ask for one study; returns what it says."""
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study}"]
    command = [
        require("movescu"),
        "-v",
        "-S",
        "-aec",
        archive.ae_title,
        "-aem",
        destination,
        *keys,
        archive.host,
        str(archive.port),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def test_an_archive_sends_what_it_was_loaded_with(archive, storescp, real_files, require):
    """Every loaded instance arrives at a destination that was registered while the archive ran."""
    peer = archive()
    loaded = peer.load(real_files)
    peer.register(storescp.ae_title, storescp.port)
    for study in sorted({file.StudyInstanceUID for file in loaded}):
        _move(require, peer, study, storescp.ae_title)
    assert set(storescp.received()) == {file.SOPInstanceUID for file in loaded}


def test_the_receiver_keeps_every_bit(storescp, real_files, require):
    """What DCMTK's storescu sends, of a file that it does not re-write, lies in the receiver's folder bit for bit."""
    file = next(file for file in real_files if file.path.name == "chrFren.dcm")
    where = ["-aec", storescp.ae_title, storescp.host, str(storescp.port)]
    subprocess.run([require("storescu"), *where, file.path], check=True, capture_output=True, timeout=60)
    assert storescp.received() == {file.SOPInstanceUID: file.content}


def test_an_unknown_destination_is_refused(dcmqrscp, real_files, require):
    """A destination that was never registered is 0xA801."""
    peer = dcmqrscp()
    loaded = peer.load(real_files[:3])
    assert "Unknown" in _move(require, peer, loaded[0].StudyInstanceUID, "NOBODY")


@pytest.mark.parametrize(("asked", "outcome"), [("1", pytest.fail.Exception), ("0", pytest.skip.Exception)])
def test_a_missing_program_fails_only_where_it_was_asked_for(require, monkeypatch, asked, outcome):
    """DICOMMOVE_REQUIRE_PEERS=1 makes a test fail that would be skipped else."""
    monkeypatch.setenv("DICOMMOVE_REQUIRE_PEERS", asked)
    with pytest.raises(outcome, match="no-such-program is not installed"):
        require("no-such-program")
