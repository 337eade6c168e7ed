"""A kernel that dies in the middle: its port is free again, nothing acknowledged is lost, and only the gap is asked for."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import dicommove as dm

_MOVE = """
import sys
import dicommove as dm
listener = dm.Listener(port=int(sys.argv[2]))
pacs = dm.Peer("127.0.0.1", int(sys.argv[1]), ae_title="DEMO", calling_ae_title="NOTEBOOK", listener=listener)
tell = lambda progress: progress.received >= 20 and print("now", flush=True)
pacs.studies().where(PatientID="000123").move(sys.argv[3], progress=tell)
"""


@pytest.fixture
def port():
    """A port that nobody listened on a moment ago, for two processes in turn."""
    with dm.demo() as other:
        return other.port


@pytest.fixture
def archive(port):
    """A slow archive in a process of its own, which knows our port."""
    command = [sys.executable, "-m", "dicommove", "demo", "--serve", "--port", "0", "--fault", "slow:0.01"]
    process = subprocess.Popen([*command, "--register", f"NOTEBOOK=127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True)
    with process.stdout:
        yield int(process.stdout.readline().split("127.0.0.1:")[1].split(".")[0])
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_killed_kernel_goes_on_where_it_stopped(archive, port, data, number):
    """After kill -9, and signals that nobody handles, the same cell asks only for what is not in the folder, on the same port."""
    command = [sys.executable, "-c", _MOVE, str(archive), str(port), str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as kernel:
        assert kernel.stdout.readline() == "now\n"
        kernel.send_signal(number)
        assert kernel.stderr.read() == ""
    assert kernel.returncode == -number
    kept = {path: path.read_bytes() for path in data.rglob("*.dcm")}
    assert 20 <= len(kept) < 130
    listener = dm.Listener(port=port)
    pacs = dm.Peer("127.0.0.1", archive, ae_title="DEMO", calling_ae_title="NOTEBOOK", listener=listener)
    result = pacs.studies().where(PatientID="000123").move(data)
    assert result.outcome == "complete"
    assert len(result.ledger) == 130
    sent = result.requests[result.requests["Status"].notna()]
    assert sent["received"].sum() <= 130 - len(kept)
    assert all(Path(path).read_bytes() == content for path, content in kept.items())


def test_a_second_kernel_moves_the_same_into_the_same_folder(archive, port, data):
    """Both at once, each with an archive of its own: both are complete, and each instance is there once, whole."""
    command = [sys.executable, "-c", _MOVE, str(archive), str(port), str(data)]
    with dm.demo() as pacs, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kernel:
        assert kernel.stdout.readline() == "now\n"
        result = pacs.studies().where(PatientID="000123").move(data)
        kernel.stdout.read()
    assert kernel.returncode == 0
    assert result.outcome == "complete"
    assert set(result.ledger["state"]) == {"received"}
    assert len([path for path in data.rglob("*.dcm") if ".dicommove" not in path.parts]) == 130
    assert list((data / ".dicommove").rglob("*.dcm")) == []
    assert dm.Catalog(data).verify().empty
