"""Going on with the last move of a folder: by its own requests, asking only for what is not there, never the query again."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace

import pandas as pd
import pytest

import dicommove as dm
from dicommove.demo_archive import services
from dicommove.retrieve import plan_resume
from dicommove.store import SqliteJournal


@pytest.fixture
def finds(monkeypatch):
    """The C-FINDs that the demo archives get."""
    seen, find = [], services.QueryRetrieveService._find

    def counted(self, exchange):
        seen.append(exchange)
        find(self, exchange)

    monkeypatch.setattr(services.QueryRetrieveService, "_find", counted)
    return seen


def _instances(data):
    return sorted(path for path in data.rglob("*.dcm") if ".dicommove" not in path.parts)


def test_only_the_gap_is_asked_for_and_the_query_never_again(demo, anna, data, finds):
    """Of a move that left three instances missing those three are asked for; the result is of the whole."""
    assert anna(demo(fault="drop:3")).move(data, stragglers=0.1).outcome == "partial"
    asked = len(finds)
    result = dm.resume(data, peer=demo(), progress=False)
    assert (result.outcome, len(result.ledger), set(result.ledger["state"])) == ("complete", 130, {"received"})
    sent = result.requests[result.requests["Status"].notna()]
    assert (list(sent["level"]), list(sent["received"])) == (["IMAGE"], [3])
    assert len(finds) == asked


def test_complete_move_is_told_without_a_word_to_the_archive(anna, data):
    """Nothing is missing: no port is opened and nothing sent, so that an archive that is gone does not matter."""
    with dm.demo() as pacs:
        anna(pacs).move(data)
    result = dm.resume(data)
    assert (result.outcome, len(result.ledger)) == ("complete", 130)
    assert result.requests["Status"].isna().all()
    with closing(SqliteJournal(data)) as journal:
        assert [event["kind"] for event in journal.rows("events", result.operation)] == ["ended"]


def test_file_with_another_size_is_asked_for_again(pacs, anna, data):
    """An instance counts as there when its file has the size that it came with; series of which all is gone are asked whole."""
    anna(pacs).move(data)
    first, *others = _instances(data)
    os.truncate(first, 500)
    gone = [path for path in others if path.parent == others[-1].parent]
    for path in gone:
        path.unlink()
    result = dm.resume(data)
    assert (result.outcome, len(result.ledger)) == ("complete", 130)
    sent = result.requests[result.requests["Status"].notna()]
    assert sent["received"].sum() == 1 + len(gone)
    assert all(path.stat().st_size > 500 for path in [first, *gone])


def test_interrupted_twice_it_is_still_the_same_move(demo, anna, data):
    """A resumed move that is cancelled is itself resumed."""
    slow = demo(fault="slow:0.02")
    for stop in (20, 60):
        operation = anna(slow).start_move(data) if stop == 20 else dm.start_resume(data)
        with operation._tally.changed:
            assert operation._tally.changed.wait_for(lambda s=stop, o=operation: o.progress.received >= s, 30)
        operation.cancel()
        assert operation.result(timeout=60).outcome == "cancelled"
    there = {path: path.stat().st_mtime_ns for path in _instances(data)}
    result = dm.resume(data, peer=demo())
    assert (result.outcome, len(result.ledger)) == ("complete", 130)
    assert {path: path.stat().st_mtime_ns for path in there} == there
    assert plan_resume(data).resumes == 3


def test_rows_of_the_table_are_kept(demo, data):
    """Each row has its fate, its instances know their row, and the layout still has the table's cells."""
    table = pd.DataFrame({"PatientID": ["000123", "nobody"], "case": ["a", "b"]})
    first = demo(fault="drop:3").move(table, data, several="all", layout="{row.case}/{instance}.dcm", stragglers=0.1)
    result = dm.resume(data, peer=demo())
    assert set(result.requests["row"]) == {0, 1}
    assert set(result.requests["match"]) == set(first.requests["match"])
    assert {path.parent.name for path in _instances(data)} == {"a"}
    assert set(result.instances["row"]) == {0}
    assert len(_instances(data)) == 130


def test_counted_request_whose_instances_are_all_there_is_not_sent_again(demo, anna, data, finds):
    """Where the archive only gave a number, as many files as it counted are the proof."""
    pacs = demo()
    anna(pacs).plan(data, instances=False).move()
    asked = len(finds)
    result = dm.resume(data, peer=demo())
    assert result.outcome == "complete"
    assert result.requests["Status"].isna().all()
    assert set(result.requests["expected_by"]) == {"counts"}
    assert len(result.ledger) == 130
    assert len(finds) == asked


def test_counted_request_with_a_gap_asks_which_instances_there_are(demo, anna, data):
    """Then only what is missing comes again."""
    pacs = demo()
    anna(pacs).plan(data, instances=False).move()
    there = _instances(data)
    there.pop().unlink()
    before = {path: path.stat().st_ino for path in there}
    result = dm.resume(data, peer=pacs)
    sent = result.requests[result.requests["Status"].notna()]
    assert (result.outcome, sent["received"].sum()) == ("complete", 1)
    assert {path: path.stat().st_ino for path in there} == before


def test_what_a_killed_process_left_open_is_closed(pacs, anna, data):
    """After its resumption the operation has an end in the journal, and nothing is let in for its sake."""
    result = anna(pacs).move(data)
    with closing(SqliteJournal(data)) as journal:
        facts = {**journal.operations()[0]["facts"]}
        open_operation = journal.begin("move", **facts)  # as a process leaves it that is killed before its first C-MOVE
        journal.append("events", open_operation, {"kind": "port", "event": "opened", "at": "2026-01-01T00:00:00+00:00"})
    resumed = dm.resume(data)
    assert resumed.outcome == "complete"
    with closing(SqliteJournal(data)) as journal:
        _, end = journal.rows("events", open_operation)
    assert (end["kind"], end["resumed_by"]) == ("ended", resumed.operation)
    assert dm.resume(data, operation=result.operation).plan.resumes == result.operation


def test_what_cannot_be_resumed_says_why(pacs, anna, data, tmp_path):
    """No folder, no move, no such move, another destination, an older journal, an archive with TLS: each with the way out."""
    with pytest.raises(dm.StoreError, match=r"nothing to resume.*no journal"):
        dm.resume(data)
    (tmp_path / "other").mkdir()
    dm.rebuild(tmp_path / "other")
    with pytest.raises(dm.StoreError, match="holds no move"):
        dm.resume(tmp_path / "other")
    anna(pacs).move(data, destination="ELSEWHERE")
    with pytest.raises(dm.StoreError, match="went to ELSEWHERE"):
        dm.resume(data)
    with pytest.raises(dm.StoreError, match="number 7"):
        dm.resume(data, operation=7)
    with closing(SqliteJournal(data)) as journal:
        facts = {**journal.operations()[0]["facts"]}
        journal.begin("move", **{**facts, "remote": {**facts["remote"], "secured": True}})
    with pytest.raises(dm.StoreError, match=r"with TLS.*peer=dm.Peer"):
        dm.resume(data)
    with closing(SqliteJournal(data)) as journal:
        journal.begin("move", requests=[])
    with pytest.raises(dm.StoreError, match="earlier version"):
        dm.resume(data)


def test_move_that_is_under_way_is_not_resumed(demo, anna, data, until):
    """Two moves would ask for the same instances; once it has ended it can be."""
    operation = anna(demo(fault="slow:0.05")).start_move(data)
    until(operation, lambda progress: progress.received >= 2)
    with pytest.raises(dm.StoreError, match="still under way"):
        dm.resume(data)
    operation.cancel()
    assert operation.result(timeout=60).outcome == "cancelled"
    assert dm.resume(data, peer=demo()).outcome == "complete"


def test_retry_that_is_under_way_is_not_resumed(demo, anna, data):
    """The move had ended before, and goes on: resuming it beside itself would ask twice."""
    first = anna(demo(fault="drop:3")).move(data, stragglers=0.1)
    said = []

    def resume_beside(snapshot) -> None:
        if snapshot.phase == "preparing" and not said:
            with pytest.raises(dm.StoreError, match="still under way") as refused:
                dm.resume(data)
            said.append(refused)

    assert first.retry_missing(peer=demo(fault="slow:0.3"), progress=resume_beside).outcome == "complete"
    assert said


def test_archive_that_is_gone_can_be_resumed_later(demo, anna, data):
    """The failed attempt is no loss: the next one goes on with the same requests."""
    with dm.demo(fault="drop:3") as pacs:
        anna(pacs).move(data, stragglers=0.1)
    with pytest.raises(dm.PeerUnreachable):
        dm.resume(data)
    assert dm.resume(data, peer=replace(demo(), name=None)).outcome == "complete"
