"""Real senders: DCMTK's storescu, dcmsend and echoscu; what arrives is what their files hold."""

from __future__ import annotations

import shutil
import subprocess
import warnings
from pathlib import Path

import pydicom.data
import pytest
from pydicom import dcmread

from dicommove.head import read_head

pytestmark = pytest.mark.peer
COMPRESSED = (("1.2.840.10008.1.2.4.50", "-xy"), ("1.2.840.10008.1.2.4.90", "-xv"), ("1.2.840.10008.1.2.5", "-xr"))
NATIVE = (("1.2.840.10008.1.2.2", "-xb"), ("1.2.840.10008.1.2", "-xi"), ("1.2.840.10008.1.2.1", "-xe"))


def run(program, *arguments):
    """Run a program of DCMTK; skip the test where it is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    return subprocess.run([program, *map(str, arguments)], check=False, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def instances():
    """Pydicom's own files that DCMTK can read as instances, one per SOP Instance UID, with their transfer syntaxes."""
    found = {}
    for path in sorted(Path(pydicom.data.__file__).parent.rglob("*.dcm")):
        head = read_head(path)
        uid = head.text("SOPInstanceUID")
        if uid and head.text("SOPClassUID") and head.readable and path.stat().st_size % 2 == 0:
            found[uid] = (path, head.transfer_syntax_uid)
    return found.values()


def test_echoscu(reception, recorder):
    """DCMTK's echo is answered."""
    assert run("echoscu", "127.0.0.1", reception.port).returncode == 0
    assert len(recorder.of("echo")) == 1


@pytest.mark.parametrize("syntax_and_option", NATIVE + COMPRESSED, ids=lambda pair: pair[1])
def test_storescu_sends_what_its_file_holds(reception, recorder, instances, syntax_and_option):
    """Files of each transfer syntax arrive in it, pixel data byte for byte."""
    syntax, option = syntax_and_option
    paths = [path for path, its_syntax in instances if its_syntax == syntax]
    if not paths:
        pytest.skip("no such file")
    for path in paths[:4]:
        answer = run("storescu", "-R", option, "127.0.0.1", reception.port, path)
        if "missing SOP class" in answer.stderr:
            continue  # DCMTK itself cannot read the file; nothing was sent
        assert answer.returncode == 0, answer.stderr
        sink = recorder.sinks[-1]
        assert sink.request.transfer_syntax_uid == syntax
        pixels = _pixels(path)
        assert pixels in bytes(sink.data)
    assert recorder.sinks


def _pixels(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = dcmread(path)
        return ds.PixelData if "PixelData" in ds else b""


def test_dcmsend_sends_many_on_one_association(reception, recorder, instances):
    """DCMTK's dcmsend proposes many contexts and gets every instance through."""
    paths = [path for path, syntax in instances if syntax == "1.2.840.10008.1.2.1"][:12]
    answer = run("dcmsend", "--no-uid-checks", "127.0.0.1", reception.port, *paths)
    assert answer.returncode == 0, answer.stderr
    assert {sink.head.text("SOPInstanceUID") for sink in recorder.sinks} == {
        read_head(path).text("SOPInstanceUID") for path in paths
    }
    assert all(sink.status == 0 for sink in recorder.sinks)
