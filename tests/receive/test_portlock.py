"""Who holds a port, told by a file: what somebody else has put there instead hurts nobody."""

from __future__ import annotations

import json
import os

import pytest

from dicommove.lockfiles import open_locked
from dicommove.receive import portlock
from dicommove.receive.portlock import PortLock, holder_of
from dicommove.retrieve.running import turns

fcntl = pytest.importorskip("fcntl", reason="pipes and links as the systems of the tests have them")


@pytest.fixture
def ports(tmp_path, monkeypatch):
    """The folder of these files."""
    monkeypatch.setattr(portlock, "_folder", lambda: tmp_path)
    return tmp_path


def test_holder_is_told_as_long_as_it_lives(ports):
    """Process, user and folder; a file that nobody has locked is one of a dead process, and goes."""
    lock = PortLock(11112, "/data")
    assert holder_of(11112)["pid"] == str(os.getpid())
    assert holder_of(11112)["folder"] == "/data"
    lock.release()
    assert holder_of(11112) == {}
    (ports / "11112-1.json").write_text("{}")
    assert holder_of(11112) == {}
    assert not list(ports.iterdir())


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_planted_under_our_name_is_left_alone(ports, kind):
    """A link is not emptied, a pipe not waited for: the port is held without a word."""
    victim = ports / "victim"
    victim.write_text("precious")
    path = ports / f"11112-{os.getpid()}.json"
    {"link": lambda: path.symlink_to(victim), "pipe": lambda: os.mkfifo(path), "folder": path.mkdir}[kind]()
    PortLock(11112).release()
    assert victim.read_text() == "precious"
    assert os.path.lexists(path)
    assert holder_of(11112) == {}


@pytest.mark.parametrize("text", ["[1]", "null", "[" * 4000, "{", '"x"', ""])
def test_file_that_holds_something_else_tells_nothing(ports, text):
    """Locked by a living process, and no facts of ours in it."""
    path = ports / "11112-1.json"
    path.write_text(text)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert holder_of(11112) == {}


def test_facts_of_another_process_steer_no_terminal(ports):
    """They end in an error text: shown as code points, and cut."""
    path = ports / "11112-1.json"
    path.write_text(json.dumps({"pid": "1", "user": "\x1b[2J", "folder": "x" * 2000, "since": "\u202e"}))
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        facts = holder_of(11112)
    assert facts["user"] == "\\u001b[2J"
    assert len(facts["folder"]) == 300
    assert facts["since"] == "\\u202e"


def test_file_of_a_living_process_of_the_same_number_is_not_taken(ports):
    """Two containers with one state folder: the first one's file stays as it is, also when the second lets go."""
    path = ports / f"11112-{os.getpid()}.json"
    held = open_locked(path)
    os.write(held, b'{"pid": "7"}')
    PortLock(11112, "/other").release()
    assert path.read_text() == '{"pid": "7"}'
    os.close(held)


def test_turn_writes_through_no_link(tmp_path, monkeypatch):
    """A link in the place of a lock file: no turn is held, and the file that it leads to keeps its bytes."""
    monkeypatch.setattr(turns, "user_state_path", lambda _: tmp_path)
    turn = turns.Turn("archive.invalid", 104, remembered=True)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "turns").mkdir()
    for ending in (".turn", ".queue"):
        turn._path.with_suffix(ending).symlink_to(victim)
    assert turn.take()
    turn.give_back()
    assert victim.read_text() == "precious"
