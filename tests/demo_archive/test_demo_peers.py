"""DCMTK's programs as clients of the demo archive."""

import re
import socket
import subprocess

import pytest
from pydicom import dcmread

pytestmark = pytest.mark.peer


def run(require, program, *arguments, cwd=None):
    """Output of one of DCMTK's programs."""
    done = subprocess.run([require(program), *arguments], capture_output=True, timeout=60, cwd=cwd, check=False)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def test_echoscu_is_answered(archive, require):
    """DCMTK's echoscu succeeds, and is rejected with another title."""
    assert run(require, "echoscu", "-aec", "DEMO", "127.0.0.1", str(archive.port))[0] == 0
    code, text = run(require, "echoscu", "-aec", "OTHER", "127.0.0.1", str(archive.port))
    assert code != 0
    assert "Called AE Title Not Recognized" in text


def test_findscu_reads_the_answers(archive, require, tmp_path):
    """DCMTK's findscu reads wildcard matches; the files that it extracts hold what we answered."""
    keys = [
        "-k",
        "QueryRetrieveLevel=STUDY",
        "-k",
        "PatientName=MEIER*",
        "-k",
        "StudyDate=20240101-20240331",
        "-k",
        "StudyInstanceUID",
    ]
    code, text = run(require, "findscu", "-S", "-X", "-aec", "DEMO", "127.0.0.1", str(archive.port), *keys, cwd=tmp_path)
    assert code == 0, text
    answers = [dcmread(file, force=True) for file in sorted(tmp_path.glob("rsp*.dcm"))]
    assert len(answers) == 4
    assert {str(answer.PatientName) for answer in answers} == {"MEIER^ANNA", "MEIERHÖFER^JÖRG^^Dr."}


def test_findscu_shows_our_error_comment(archive, require):
    """What we refuse is shown by findscu with status and comment."""
    keys = ["-k", "QueryRetrieveLevel=SERIES", "-k", "SeriesInstanceUID"]
    _, text = run(require, "findscu", "-d", "-S", "-aec", "DEMO", "127.0.0.1", str(archive.port), *keys)
    assert re.search("a900", text, re.IGNORECASE)
    assert "StudyInstanceUID must be one value" in text


def test_movescu_receives_a_compressed_series(archive, require, tmp_path):
    """DCMTK's movescu asks and receives: JPEG 2000 stays as it is stored."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    archive.register("MOVESCU", "127.0.0.1", port)
    study = next(node for node in archive.index.nodes("STUDY") if node.header.text(0x00080050) == "A20240150")
    series = next(iter(study.below.values()))
    keys = ["-k", "QueryRetrieveLevel=SERIES", "-k", f"StudyInstanceUID={study.uid}", "-k", f"SeriesInstanceUID={series.uid}"]
    options = ["-S", "-aet", "MOVESCU", "-aec", "DEMO", "-aem", "MOVESCU", "--port", str(port), "+xv", "-od", str(tmp_path)]
    code, text = run(require, "movescu", *options, "127.0.0.1", str(archive.port), *keys)
    assert code == 0, text
    received = {str(d.SOPInstanceUID): d for d in map(dcmread, tmp_path.iterdir())}
    assert received.keys() == series.below.keys()
    assert {str(d.file_meta.TransferSyntaxUID) for d in received.values()} == {"1.2.840.10008.1.2.4.90"}
