"""A kernel that dies in the middle: its port is free again, nothing acknowledged is lost, and only the gap is asked for."""

from __future__ import annotations

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


def test_a_killed_kernel_goes_on_where_it_stopped(archive, port, data):
    """After kill -9 the same cell asks only for what is not in the folder, on the same port."""
    command = [sys.executable, "-c", _MOVE, str(archive), str(port), str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kernel:
        assert kernel.stdout.readline() == "now\n"
        kernel.kill()
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
