"""A report is enough to retrieve the same again: its lines are run, on real archives, by the programs that they name."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import dicommove as dm
from dicommove.retrieve.reporting.commands import Call, command_lines, with_receiver
from dicommove.terms import InformationModel

from .archives import RealFile, data_set_bytes

pytestmark = pytest.mark.peer

DEADLINE = 120


@pytest.fixture
def peer_of(free_port):
    """Make a peer of a running archive, with a listener that the archive is told of."""

    def make(archive) -> dm.Peer:
        port = free_port()
        archive.register("NOTEBOOK", port)
        listener = dm.Listener(port=port)
        return dm.Peer(archive.host, archive.port, ae_title=archive.ae_title, calling_ae_title="NOTEBOOK", listener=listener)

    return make


def run(lines, folder: Path) -> dict[str, bytes]:
    """Run the lines one after the other in a folder of their own; encoded data sets by SOP Instance UID."""
    (folder / "received").mkdir(parents=True)
    for line in lines:
        words = [sys.executable if word == "python" else word for word in shlex.split(line)]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=DEADLINE, check=False)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
    return {RealFile(path).SOPInstanceUID: data_set_bytes(path) for path in (folder / "received").iterdir()}


def test_pynetdicoms_lines_for_an_archive_elsewhere(orthanc, peer_of, real_files, tmp_path):
    """They have a receiver that another computer can reach, and do as they are when pasted into a shell."""
    server = orthanc()
    (file,) = server.load([next(file for file in real_files if file.path.name == "MR_small.dcm")])
    pacs = peer_of(server)
    call = Call("pacs.hospital", server.port, server.ae_title, "NOTEBOOK", "NOTEBOOK", pacs.listener.port)
    keys = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": file.StudyInstanceUID}
    lines = with_receiver("pynetdicom", call, list(command_lines("pynetdicom", call, InformationModel.STUDY_ROOT, [keys])))
    assert not any("--store" in line for line in lines)
    script = "\n".join(lines).replace("pacs.hospital", server.host).replace("python -m", f"{shlex.quote(sys.executable)} -m")
    (tmp_path / "received").mkdir()
    done = subprocess.run(["sh"], input=script, cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert [RealFile(path).SOPInstanceUID for path in (tmp_path / "received").iterdir()] == [file.SOPInstanceUID], done


def test_the_lines_of_a_report_bring_the_same(archive, require, peer_of, real_files, tmp_path):
    """Each program brings the SOP Instances of the move; ours byte for byte, the others write them anew."""
    require("movescu")
    server = archive()
    native = next(file for file in real_files if file.path.name == "MR_small.dcm")
    compressed = next(file for file in real_files if file.path.name == "693_J2KI.dcm")
    assert len(server.load([native, compressed])) == 2
    pacs = peer_of(server)
    queries = [(pacs.studies(native.StudyInstanceUID), native), (pacs.studies(compressed.StudyInstanceUID).series(), compressed)]
    for query, file in queries:
        place = tmp_path / file.path.stem
        place.mkdir()
        result = query.move(place / "data", progress=False)
        assert result.outcome == "complete"
        report = json.loads(result.report(place / "move.json").read_text())
        repeated = {program: run(lines, place / program) for program, lines in report["commands"].items()}
        assert {program: list(came) for program, came in repeated.items()} == {
            program: [file.SOPInstanceUID] for program in ("pynetdicom", "dcmtk", "dicommove")
        }
        moved = {row.SOPInstanceUID: data_set_bytes(Path(row.path)) for row in result.instances.itertuples()}
        assert repeated["dicommove"] == moved
