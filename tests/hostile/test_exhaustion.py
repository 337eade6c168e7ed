"""A computer that has no more threads or descriptors: it is said so in plain words, nothing hangs, and the next move is whole."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import threading

import pytest

import dicommove as dm
from dicommove.errors import DicomMoveError, ListenerError, PeerUnreachable, StoreError
from dicommove.receive import registry

PATIENCE = {"stragglers": 0.2, "progress": False}


@pytest.fixture(scope="module")
def pacs():
    """A demo archive."""
    with dm.demo() as pacs:
        yield pacs


@pytest.fixture
def query(pacs):
    """Two studies."""
    return pacs.studies().where(PatientID="000123")


@pytest.fixture
def spent(monkeypatch):
    """Have no thread for those of a name, once or always: ``spent("dicommove-move", times=1)``; returns the names refused."""
    start, refused = threading.Thread.start, []

    def begin(name, times=1_000):
        def starting(thread):
            if thread.name == name and len(refused) < times:
                refused.append(name)
                raise RuntimeError("can't start new thread")
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", starting)
        return refused

    return begin


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("dicommove-move", DicomMoveError),
        ("dicommove journal", StoreError),
        ("dicommove-reception", ListenerError),
        ("dicommove-open", PeerUnreachable),
    ],
)
def test_without_a_thread_nothing_begins(query, spent, tmp_path, monkeypatch, name, kind):
    """Each thread that cannot be had is told as no more threads, by the exception of its room; the next move is complete."""
    with monkeypatch.context():
        refused = spent(name)
        with pytest.raises(kind, match="may start no more threads"):
            query.move(tmp_path / "data", **PATIENCE)
    assert refused
    monkeypatch.undo()
    assert not registry._receptions
    assert query.move(tmp_path / "data", **PATIENCE).outcome == "complete"


@pytest.mark.parametrize("name", ["dicommove-open", "dicommove-watchdog"])
def test_a_missing_thread_ends_one_request(query, spent, tmp_path, name):
    """The request whose thread is missing is lost with the reason, and the next one is sent."""
    spent(name, times=1)
    result = query.move(tmp_path / "data", **PATIENCE)
    assert result.outcome == "partial"
    assert "may start no more threads" in result.reason
    assert result.requests["outcome"].tolist() == ["lost", "complete"]


@pytest.fixture
def search():
    """A search of somebody who listens and would not answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield dm.Peer("127.0.0.1", listening.getsockname()[1]).studies().where(PatientID="1").find


def test_archive_is_not_blamed_for_our_descriptors(search, monkeypatch):
    """An association for which there are no descriptors was never asked for: the archive did not close it."""
    monkeypatch.setattr(socket, "socketpair", _no_descriptors)
    with pytest.raises(PeerUnreachable, match=r"was not asked: too many files are open .*ulimit -n"):
        search()


def test_archive_is_not_blamed_for_our_threads(search, spent):
    """An association for which there is no thread was never asked for."""
    refused = spent("dicommove-net")
    with pytest.raises(PeerUnreachable, match="was not asked: this process may start no more threads"):
        search()
    assert refused


@pytest.mark.parametrize(
    ("owner", "name"), [(socket, "socketpair"), (selectors, "DefaultSelector"), (socket.socket, "listen")], ids=str
)
def test_port_without_descriptors(pacs, monkeypatch, owner, name):
    """A port that cannot be opened for want of descriptors is in nobody's use, and is not waited for."""
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, _no_descriptors)
        with pytest.raises(ListenerError, match="too many files are open") as raised:
            pacs.listening(minutes=1)
    assert not raised.value.in_use
    assert not registry._receptions


def _no_descriptors(*_, **__):
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
