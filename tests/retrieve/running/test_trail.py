"""What searches and moves leave in the audit trail, the purpose of a move, and how much a stranger can make us record."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

import dicommove as dm
from dicommove import named
from dicommove.cli.command_line import main
from dicommove.retrieve.running import notes, recording, trail
from dicommove.store import Store


@pytest.fixture(autouse=True)
def site(tmp_path, monkeypatch):
    """The site's configuration file."""
    (tmp_path / "site").mkdir()
    monkeypatch.setenv("DICOMMOVE_CONFIG", str(tmp_path / "own.toml"))
    monkeypatch.setattr(named, "site_config_path", lambda *_, **__: tmp_path / "site")
    return tmp_path / "site" / "config.toml"


@pytest.fixture
def pacs(tmp_path):
    """The demo archive, with an audit trail."""
    with dm.demo() as demo:
        yield replace(demo, audit=str(tmp_path / "audit.log"))


def _lines(tmp_path):
    return [json.loads(line) for line in (tmp_path / "audit.log").read_text(encoding="ascii").splitlines()]


def test_a_move_leaves_its_lines_and_no_name(pacs, tmp_path):
    """Query, move, port opened, end, port closed: who, where, how much and what for, and nobody's name or ID."""
    query = pacs.studies().where(PatientName="MEIER^ANNA", PatientID="000123")
    query.move(tmp_path / "data", purpose="study 17", progress=False)
    lines = _lines(tmp_path)
    events = [line["event"] for line in lines]
    assert events == ["query", "move", "listener_opened", "move_ended", "listener_closed"]
    assert {"PatientName", "PatientID"} <= set(lines[0]["keys"])
    move, end = lines[1], lines[3]
    assert (move["purpose"], move["expected"], move["studies"]) == ("study 17", 130, 2)
    assert (end["outcome"], end["received"]) == ("complete", 130)
    text = (tmp_path / "audit.log").read_text(encoding="ascii")
    assert "MEIER" not in text
    assert "000123" not in text


def test_every_c_move_is_recorded_with_user_host_and_purpose(pacs, tmp_path):
    """In the row of each request, and in the report."""
    result = pacs.studies().where(PatientID="000123").move(tmp_path / "data", purpose="study 17", progress=False)
    with Store(tmp_path / "data") as store:
        sent = [row for row in store.journal.rows("events", result.operation) if row["kind"] == "request"]
    assert len(sent) == 2
    assert {(row["purpose"], row["host"]) for row in sent} == {("study 17", socket.gethostname())}
    assert all(row["user"] for row in sent)
    result.report(tmp_path / "move.md")
    assert "study 17" in (tmp_path / "move.md").read_text(encoding="utf-8")


def test_a_move_without_its_purpose_is_refused(pacs, tmp_path):
    """Before anything is asked; a search and a plan need none, but what was planned without is not moved either."""
    strict = replace(pacs, require_purpose=True)
    query = strict.studies().where(PatientID="000123")
    for start in (query.move, query.start_move, query.peek):
        with pytest.raises(dm.QueryError, match=r'purpose="\.\.\."'):
            start(tmp_path / "data", progress=False)
    assert not (tmp_path / "audit.log").exists()
    with pytest.raises(dm.QueryError, match="purpose"):
        strict.move(["1.2.3"], tmp_path / "data", purpose="  ")
    assert query.count() == 2
    with pytest.raises(dm.QueryError, match="purpose"):
        query.plan(tmp_path / "data").move()
    assert not (tmp_path / "data").exists()


def test_the_site_may_ask_everybody_for_a_purpose(pacs, site, tmp_path, capsys):
    """Above all entries, also of an archive that has none; the shell says the same in one line."""
    site.write_text("require_purpose = true\n", encoding="utf-8")
    call = ["move", "--peer", f"DEMO@127.0.0.1:{pacs.port}", "--study", "1.2.3", "--to", str(tmp_path / "data")]
    assert main(call) == 2, "wrong usage"
    assert "--purpose" in capsys.readouterr().err
    result = pacs.studies().where(PatientID="000123").move(tmp_path / "data", purpose="study 17", progress=False)
    assert result.outcome == "complete"


def test_nothing_is_asked_without_its_line_where_lines_are_required(pacs, tmp_path):
    """A trail that cannot be written refuses search, move and port; else it is warned of, and the move goes on."""
    broken = replace(pacs, audit=str(tmp_path / "missing" / "audit.log"), require_audit=True)
    query = broken.studies().where(PatientID="000123")
    with pytest.raises(dm.AuditError):
        query.count(progress=False)
    with pytest.raises(dm.AuditError):
        query.move(tmp_path / "data", progress=False)
    with pytest.raises(dm.AuditError):
        broken.listening(minutes=1)
    lax = replace(broken, require_audit=False)
    with pytest.warns(dm.AuditWarning, match="No such file"):
        result = lax.studies().where(PatientID="000123").move(tmp_path / "data", progress=False)
    assert result.outcome == "complete"


def test_a_trail_that_breaks_while_a_move_runs_is_said(pacs, tmp_path):
    """What was begun is not undone; the operation's trouble and its journal name the file."""
    operation = pacs.studies().where(PatientID="000123").start_move(tmp_path / "data")
    (tmp_path / "audit.log").rename(tmp_path / "old.log")
    (tmp_path / "audit.log").mkdir()
    result = operation.result(timeout=60)
    with Store(tmp_path / "data") as store:
        rows = store.journal.rows("events", result.operation)
    assert result.outcome == "complete"
    assert any("Is a directory" in str(row.get("reason")) for row in rows)


def test_what_our_port_refuses_has_its_line(pacs, tmp_path):
    """A called AE title that is not ours, and bytes that are no DICOM: with address and reason, without what was sent."""
    with pacs.listening(minutes=1) as port:
        with socket.create_connection(("127.0.0.1", port.port)) as stranger:
            stranger.sendall(b"GET / HTTP/1.0\r\n\r\n")
            stranger.settimeout(10)
            while stranger.recv(1024):
                pass
        seen = port.seen
    (refusal,) = [line for line in _lines(tmp_path) if line["event"] == "refusal"]
    assert refusal["address"] == "127.0.0.1"
    assert refusal["reason"]
    assert len(seen) == 1


def test_lines_of_refusals_end(pacs, tmp_path, monkeypatch):
    """A port scanner gets so many lines; how many more there were stands at the end."""
    monkeypatch.setattr(trail, "MOST_REFUSAL_LINES", 5)
    refusals = trail.Refusals(pacs)
    for number in range(9):
        assert refusals.note({"address": "10.0.0.1", "status": 0x0124, "reason": str(number)}) is None
    refusals.close()
    lines = _lines(tmp_path)
    assert [line.get("reason") for line in lines] == ["0", "1", "2", "3", "4", None]
    assert (lines[0]["status"], lines[-1]["more"]) == ("0x0124", 4)


def test_a_scanner_fills_no_journal(pacs, tmp_path, monkeypatch):
    """What it does is recorded up to a number of bytes, then counted; the move is what it would have been."""
    monkeypatch.setattr(notes, "EVENT_BYTES", 3_000)
    listener = replace(pacs.listener, port=_free_port())
    operation = replace(pacs, listener=listener).studies().where(PatientID="000123").start_move(tmp_path / "data")
    _scan(listener.port, operation, 40)
    result = operation.result(timeout=60)
    with Store(tmp_path / "data") as store:
        rows = store.journal.rows("events", result.operation)
    assert result.outcome == "complete"
    left = [row for row in rows if row["kind"] == "left_out"]
    assert sum(row["kind"] == "association" for row in rows) <= 15
    assert left[0]["events"] > 0


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _scan(port, operation, times):
    """Connect and leave, as often as that, while the port is open."""
    done = 0
    while done < times and not operation.done():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as stranger:
                stranger.sendall(b"\x07\0\0\0\0\x04\0\0\0\0")
                done += 1
        except OSError:  # it is not open yet
            operation.wait(0.01)


def test_pending_responses_end_in_the_journal(pacs, tmp_path, monkeypatch):
    """As many as fit, the final ones in any case, and how many were left out."""
    monkeypatch.setattr(recording, "RESPONSE_BYTES", 4_000)
    result = pacs.studies().where(PatientID="000123").move(tmp_path / "data", progress=False)
    progress = result.progress
    with Store(tmp_path / "data") as store:
        (left,) = [row for row in store.journal.rows("events", result.operation) if row["kind"] == "left_out"]
    assert len(progress) + left["responses"] == 132
    assert (progress["status_category"] == "Success").sum() == 2
    assert result.outcome == "complete"


def test_a_purpose_is_no_novel(pacs, tmp_path):
    """It stands in every line: a text of bounded length."""
    with pytest.raises(dm.QueryError, match="at most 1000"):
        pacs.studies().where(PatientID="000123").move(tmp_path / "data", purpose="x" * 1001)


@pytest.mark.skipif(os.name == "nt", reason="POSIX only")
def test_the_trail_is_no_part_of_the_data_folder(pacs, tmp_path):
    """A move writes its lines where it was told, and leaves nothing else there."""
    pacs.studies().where(PatientID="000123").move(tmp_path / "data", progress=False)
    assert {path.name for path in Path(tmp_path).iterdir()} == {"data", "audit.log", "site"}
