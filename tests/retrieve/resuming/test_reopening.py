"""Results that are opened again from their folder: the same outcome, words and tables, also after a process was killed."""

from __future__ import annotations

import shutil
from contextlib import closing

import pandas as pd
import pytest

import dicommove as dm
from dicommove.store import SqliteJournal

TABLES = ("requests", "progress", "instances", "ledger", "series", "studies", "conflicts")


def same(one: dm.MoveResult, other: dm.MoveResult) -> None:
    """Everything that a result shows is shown again."""
    assert repr(one) == repr(other)
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table))


@pytest.mark.parametrize("fault", [None, "drop:3", "abort:5", "conflict", "refuse", "unexpected"])
def test_a_result_is_the_same_when_it_is_opened_again(fault, demo, anna, data):
    """Outcome, reason, text and every table of a result come back from the journal."""
    result = anna(demo(fault=fault)).move(data, stragglers=0.1)
    again = dm.reopen(data)
    assert again == result
    same(again, result)
    assert again.explain().causes == result.explain().causes


def test_the_rows_of_a_table_come_back(pacs, data):
    """Each row's fate is read again, with the rows that led to nothing."""
    table = pd.DataFrame({"AccessionNumber": ["A20240061", "UNKNOWN"], "case": ["a", "b"]})
    result = pacs.move(table, data, layout="{row.case}/{instance}.dcm")
    assert (result.outcome, list(result.requests["match"])) == ("partial", ["found", "none"])
    same(dm.reopen(data), result)


def test_moves_to_others_and_by_count_come_back(demo, anna, data, tmp_path):
    """What was not observed stays so, and complete by count does not become complete by UID."""
    pacs = demo()
    counted = anna(pacs).plan(data, instances=False).move()
    assert set(counted.requests["expected_by"]) == {"counts"}
    same(dm.reopen(data), counted)
    elsewhere = anna(pacs).move(tmp_path / "none", destination="NOTEBOOK")
    same(dm.reopen(tmp_path / "none"), elsewhere)


def test_each_of_several_moves_can_be_chosen(pacs, data):
    """The last one unless its number is given; one that is not there is said with those that are."""
    first = pacs.studies().where(PatientID="JP-0042").move(data)
    second = pacs.studies().where(PatientID="000123").move(data)
    assert (dm.reopen(data), dm.reopen(str(data), first.operation)) == (second, first)
    with pytest.raises(dm.StoreError, match=r"knows of no move 77; the last ones are 1, 2$"):
        dm.reopen(data, 77)


def test_a_folder_without_a_move_says_so(data, tmp_path):
    """A folder that is none of ours, and one in which nothing was moved."""
    with pytest.raises(dm.StoreError, match="holds no journal"):
        dm.reopen(tmp_path)
    data.mkdir()
    with closing(SqliteJournal(data)), pytest.raises(dm.StoreError, match="knows of no move"):
        dm.reopen(data)


def test_a_move_without_an_end_is_as_far_as_it_came(demo, anna, data):
    """Of a process that was killed: what has its final response is judged by it, the rest is lost, what arrived is there."""
    result = anna(demo()).move(data)
    with closing(SqliteJournal(data)) as journal:
        database = journal._database._writer
        database.execute("DELETE FROM requests")
        database.execute(
            "DELETE FROM events WHERE own LIKE '%ended%' OR shared IN (SELECT id FROM shared WHERE facts LIKE '%ended%')"
        )
        last = result.progress["request"].max()
        kept = [row for row in journal.rows("responses") if row["request"] != last]
        database.execute("DELETE FROM responses")
        for row in kept:
            journal.append("responses", result.operation, row)
        arrival = max(number for (number,) in database.execute("SELECT id FROM arrivals"))
        database.execute("DELETE FROM arrivals WHERE id = ?", (arrival,))
    again = dm.reopen(data)
    assert (again.outcome, list(again.requests["outcome"])) == ("partial", ["complete", "lost"])
    assert "its process was killed, or still runs" in again.reason
    assert again.ledger["state"].value_counts().to_dict() == {"received": 129, "missing": 1} | dict.fromkeys(
        set(again.ledger["state"].cat.categories) - {"received", "missing"}, 0
    )


def test_a_retry_without_an_end_is_as_far_as_it_came(demo, anna, data):
    """Killed while it asked again: the end of the first attempt is not the end of the whole, and what came since counts."""
    first = anna(demo(fault="drop:3")).move(data, stragglers=0.1)
    done = first.retry_missing(progress=False)
    assert (first.outcome, done.outcome) == ("partial", "complete")
    with closing(SqliteJournal(data)) as journal:
        kinds = [event["kind"] for event in journal.rows("events")]
        database = journal._database._writer
        numbers = [number for (number,) in database.execute("SELECT id FROM events ORDER BY id")]
        killed_at = numbers[kinds.index("continued")]
        database.execute("DELETE FROM events WHERE id > ?", (killed_at,))
        database.execute("DELETE FROM requests WHERE own LIKE '%\"asked\"%' OR id > 2")
    again = dm.reopen(data)
    assert (again.outcome, set(again.ledger["state"])) == ("complete", {"received"})
    with closing(SqliteJournal(data)) as journal:
        journal._database._writer.execute("DELETE FROM arrivals WHERE id = (SELECT max(id) FROM arrivals)")
    again = dm.reopen(data)
    assert again.outcome == "partial"
    assert "1 of 66 expected SOP Instances are missing" in again.reason


def test_a_journal_that_was_removed_gives_no_empty_ledger(pacs, data):
    """No record of the move is told as such: a ledger without rows would say that nothing was expected."""
    result = pacs.studies().where(PatientID="JP-0042").move(data)
    shutil.rmtree(data / ".dicommove")
    for table in ("ledger", "instances", "progress", "series"):
        with pytest.raises(dm.StoreError, match="does not know this move"):
            getattr(result, table)
    assert "does not know this move" in str(result)
