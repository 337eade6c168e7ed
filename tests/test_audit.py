"""The audit trail: where lines go, how one looks, and what happens when it cannot be written."""

from __future__ import annotations

import json
import os
import socket
import stat
import threading

import pytest

import dicommove as dm
from dicommove import audit, named

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX only")


@pytest.fixture(autouse=True)
def site(tmp_path, monkeypatch):
    """The two configuration files, empty of the user's own."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setenv("DICOMMOVE_CONFIG", str(tmp_path / "own.toml"))
    monkeypatch.setattr(named, "site_config_path", lambda *_, **__: folder)
    return folder / "config.toml"


def _lines(path):
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


@posix
def test_a_file_is_its_users_alone_and_only_ever_grows(tmp_path):
    """It is made 0600, and each line goes to its end, after one that somebody else has written too."""
    path = tmp_path / "audit.log"
    audit.record("query", to=[str(path)], level="STUDY")
    with path.open("a") as other:
        other.write('{"event": "other"}\n')
    audit.record("move", to=[str(path)], requests=2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [line["event"] for line in _lines(path)] == ["query", "other", "move"]
    assert set(_lines(path)[0]) == {"time", "user", "host", "pid", "event", "level"}


def test_a_rotated_file_is_made_anew(tmp_path):
    """Somebody else may take the file away at any time: the next line begins a new one."""
    path = tmp_path / "audit.log"
    audit.record("query", to=[str(path)])
    path.rename(tmp_path / "audit.log.1")
    audit.record("move", to=[str(path)])
    assert [line["event"] for line in _lines(path)] == ["move"]


@pytest.mark.parametrize("hostile", ["a\nb", 'a", "event": "b', "\x1b[2J", "\u202e\u2028", "x" * 100_000, "\ud800"])
def test_a_value_stays_within_its_line(tmp_path, hostile):
    """Whatever a stranger sends, a line is one line of ASCII, short, and has the event that we gave it."""
    path = tmp_path / "audit.log"
    audit.record("refusal", to=[str(path)], reason=hostile, uids=[hostile] * 1000)
    text = path.read_bytes()
    assert text.count(b"\n") == 1
    assert len(text) < 60_000
    assert text[:-1].isascii()
    assert text[:-1].decode().isprintable()
    assert _lines(path)[0]["event"] == "refusal"


def test_lines_of_threads_do_not_mix(tmp_path):
    """Each is written in one piece."""
    path = tmp_path / "audit.log"
    threads = [
        threading.Thread(target=lambda: [audit.trouble("refusal", to=[str(path)], reason="r" * 250) for _ in range(50)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(_lines(path)) == 200


@posix
@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "nowhere"])
def test_what_is_no_file_is_not_written(tmp_path, kind):
    """A link is not followed, a pipe is not waited for; that is warned of, or refused where lines are required."""
    path = tmp_path / "audit.log"
    {
        "link": lambda: path.symlink_to(tmp_path / "elsewhere"),
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
        "nowhere": lambda: None,
    }[kind]()
    target = path / "audit.log" if kind == "nowhere" else path
    with pytest.warns(dm.AuditWarning, match="done all the same"):
        audit.record("move", to=[str(target)])
    with pytest.raises(dm.AuditError, match=r"cannot be written: .*mended first"):
        audit.record("move", to=[str(target)], require=True)
    assert not (tmp_path / "elsewhere").exists()


@posix
def test_syslog_gets_the_line(tmp_path, monkeypatch):
    """As RFC 5424's older sister has it: priority, program and process, then the JSON."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
        syslog.bind(str(tmp_path / "log"))
        syslog.settimeout(5)
        monkeypatch.setattr(audit, "_SOCKETS", (str(tmp_path / "log"),))
        audit.record("move", to=["syslog"], requests=1)
        head, _, text = syslog.recv(65_536).decode("ascii").partition(": ")
    assert head == f"<86>dicommove[{os.getpid()}]"
    assert json.loads(text)["requests"] == 1


def test_without_syslog_a_file_is_proposed(monkeypatch):
    """What to do next is said."""
    monkeypatch.setattr(audit, "_SOCKETS", ())
    with pytest.raises(dm.AuditError, match="no syslog: name a file"):
        audit.record("move", to=["syslog"], require=True)


def test_the_configuration_names_targets_for_everything(site, tmp_path):
    """A key above the entries holds for all that is done on this machine; a relative name is relative to its file."""
    site.write_text('audit = "site.log"\n', encoding="utf-8")
    (tmp_path / "own.toml").write_text('audit = ["own.log"]\n', encoding="utf-8")
    audit.record("purge", to=[str(tmp_path / "given.log")], instances=1)
    for path in (site.parent / "site.log", tmp_path / "own.log", tmp_path / "given.log"):
        assert [line["event"] for line in _lines(path)] == ["purge"]


def test_the_site_may_require_lines(site, tmp_path):
    """Then what cannot be told is not done, whoever asks."""
    site.write_text('audit = "missing/site.log"\nrequire_audit = true\n', encoding="utf-8")
    with pytest.raises(dm.AuditError, match="No such file"):
        audit.record("purge", to=[str(tmp_path / "given.log")])


def test_a_configuration_that_cannot_be_read_is_told(site, tmp_path):
    """The targets given get their line all the same, and nothing is lost in silence."""
    site.write_text("audit = [", encoding="utf-8")
    problem = audit.trouble("move", to=[str(tmp_path / "given.log")])
    assert "is no TOML" in str(problem)
    assert len(_lines(tmp_path / "given.log")) == 1


@pytest.mark.parametrize("value", [3, "", " ", ["a", 3], b"audit.log", "a\0b", {"file": "a"}])
def test_what_is_no_target_is_refused(value):
    """When the peer is made, not when the line is due."""
    with pytest.raises(dm.EntityError, match="audit="):
        dm.Peer("pacs", 104, audit=value)


def test_a_peers_file_is_found_from_everywhere(tmp_path, monkeypatch):
    """A relative name is of the folder in which the peer was made."""
    monkeypatch.chdir(tmp_path)
    assert dm.Peer("pacs", 104, audit="audit.log").audit == (str(tmp_path / "audit.log"),)
