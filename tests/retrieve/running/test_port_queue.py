"""A port that another process holds: who has it, and waiting for it as a phase of the move."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

import pytest

import dicommove as dm

_HOLDER = """
import sys
from dicommove.entities import Listener
from dicommove.receive import join

class Claimant:
    began = 0.0
    def claim(self, request, head): return 0
    def note(self, kind, facts): pass

with join(Listener(port=int(sys.argv[1])), peer_host="127.0.0.1", claimant=Claimant(), folder="/data/of/another"):
    print("open", flush=True)
    sys.stdin.readline()
"""
DEADLINE = 30.0


@pytest.fixture
def holder(tmp_path, monkeypatch):
    """Another process of ours that listens on a port; told to end by its ``stdin``."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with dm.demo() as other:
        port = other.port
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "open\n"
    process.port = port
    yield process
    process.kill()
    process.wait(10)
    process.stdin.close()
    process.stdout.close()


@pytest.fixture
def listening(pacs, holder):
    """The demo archive's peer with a listener on the port that is held."""

    def peer(**how):
        return replace(pacs, listener=dm.Listener("NOTEBOOK", holder.port, **how))

    return peer


def test_the_error_names_the_holder(listening, holder, anna, data):
    """User, process, since when and folder, and the three ways out."""
    with pytest.raises(dm.ListenerError, match="Three ways out") as raised:
        anna(listening()).move(data, progress=False)
    text = str(raised.value)
    assert str(holder.pid) in text
    assert "/data/of/another" in text
    assert "since 20" in text
    assert raised.value.holder["user"] in text
    assert 'Listener(wait="30min")' in text


def test_a_move_waits_for_the_port_as_a_phase(listening, holder, anna, data):
    """It says who has it and how long it goes on waiting, and moves as soon as the port is free."""
    operation = anna(listening(wait="30min")).start_move(data)
    deadline = time.monotonic() + DEADLINE
    while not operation.progress.phase.startswith("waiting for port"):
        assert time.monotonic() < deadline, operation
        assert not operation.wait(0.05)
    assert f"port {holder.port} (process {holder.pid} has it), " in operation.progress.phase
    holder.stdin.close()
    assert operation.result(60).outcome == "complete"


def test_the_wait_ends(listening, anna, data):
    """When the time is over the error is the same as without waiting."""
    with pytest.raises(dm.ListenerError, match="is in use by process"):
        anna(listening(wait="0.2s")).move(data, progress=False)


def test_cancel_ends_the_wait(listening, anna, data):
    """A move that waits for its port can be cancelled; nothing is sent."""
    operation = anna(listening(wait=600)).start_move(data)
    deadline = time.monotonic() + DEADLINE
    while not operation.progress.phase.startswith("waiting for port"):
        assert time.monotonic() < deadline, operation
        assert not operation.wait(0.05)
    operation.cancel()
    result = operation.result(60)
    assert result.outcome == "cancelled"
    assert result.requests["Status"].isna().all()
