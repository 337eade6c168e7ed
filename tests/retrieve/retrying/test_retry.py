"""Retries on the demo archive: only the gap is asked for, every attempt is a row, and the whole decides the outcome."""

from __future__ import annotations

import pandas as pd
import pytest

import dicommove as dm
from dicommove.retrieve.retrying import memory as retry_memory
from dicommove.retrieve.retrying.pace import Pace

QUICK = {"stragglers": 0.1, "progress": False}


@pytest.fixture(autouse=True)
def _quick_pauses(monkeypatch):
    """Pauses of the real clock are short here; that they grow is tested with a clock that is given."""
    monkeypatch.setattr("dicommove.retrieve.running.again.PACE", Pace(first_s=0.01, most_s=0.02))


def attempts(result) -> list[tuple]:
    """What was asked: attempt, level, expected, received."""
    return list(result.requests[["attempt", "level", "expected", "received"]].itertuples(index=False, name=None))


def test_only_the_gap_is_asked_for(demo, anna, data):
    """Three dropped instances of 130: the second attempt asks for three, by UID, and the whole is complete."""
    first = anna(demo(fault="drop:3")).move(data, **QUICK)
    again = first.retry_missing(progress=False)
    assert (first.outcome, again.outcome) == ("partial", "complete")
    rows = again.requests
    assert set(rows.loc[rows["attempt"] > 1, "level"]) == {"IMAGE"}
    assert rows.loc[rows["attempt"] > 1, "expected"].sum() == 3
    assert set(again.ledger["state"]) == {"received"}
    assert set(again.ledger["copies"]) == {1}
    assert again.operation == first.operation
    assert set(again.progress["request"]) == set(rows["request"])


def test_the_row_of_the_first_attempt_stays_what_it_was(demo, anna, data):
    """What the first C-MOVE came to is kept: its row is partial although the whole is complete."""
    result = anna(demo(fault="drop:3")).move(data, retry="missing", **QUICK)
    assert result.outcome == "complete"
    assert list(result.requests["outcome"][result.requests["attempt"] == 1]).count("partial") == 1
    assert not result.explain().causes


def test_nothing_is_sent_when_nothing_is_missing(pacs, anna, data):
    """A complete move has no second attempt, however it is asked."""
    result = anna(pacs).move(data, retry="missing", **QUICK)
    assert set(result.requests["attempt"]) == {1}
    assert attempts(result.retry_missing(progress=False)) == attempts(result)


def test_a_count_is_enough_to_name_what_is_missing(demo, anna, data):
    """Only counts were known before the move: the archive is asked which instances there are, and the gap by UID."""
    result = anna(demo(fault="drop:3")).plan(data, instances=False, stragglers=0.1, retry="missing").move(progress=False)
    assert result.outcome == "complete"
    rows = result.requests
    assert set(rows.loc[rows["attempt"] == 1, "expected_by"]) == {"counts"}
    assert rows.loc[rows["attempt"] > 1, "expected"].sum() == 3
    assert set(result.ledger["state"]) == {"received"}


def test_an_archive_that_aborts_each_c_move_is_emptied_piece_by_piece(demo, anna, data):
    """It aborts after 40 instances of each C-MOVE, in studies of more: all of them arrive all the same."""
    result = anna(demo(fault="abort:40")).move(data, retry="missing", **QUICK)
    assert result.outcome == "complete", result
    assert len(result.instances) == 130
    assert set(result.ledger["copies"]) == {1}


def test_an_archive_that_moves_studies_only_is_asked_for_studies(demo, data):
    """SERIES is refused at the first attempt, IMAGE is tried once in this process, and never again; nothing is written twice."""
    pacs = demo(fault="study-only")
    series = pacs.studies().where(PatientID="000123").series().where(Modality="CT").find()["SeriesInstanceUID"]
    first = pacs.series(series.iloc[0]).move(data, **QUICK)
    assert first.outcome == "refused"
    again = first.retry_missing(progress=False)
    assert again.outcome == "complete", again
    assert [level for _, level, _, _ in attempts(again)] == ["SERIES", "IMAGE", "STUDY"]
    unexpected = again.ledger["state"] == "unexpected"
    assert unexpected.any()
    assert again.ledger.loc[unexpected, "path"].notna().all()
    other = pacs.series(series.iloc[1]).move(data, retry="missing", **QUICK)
    assert [level for _, level, _, _ in attempts(other)][1:] in (["STUDY"], [])


def test_surplus_is_dropped_at_our_door(demo, data):
    """With surplus="drop" what nobody asked for is answered with 0x0124, gets its row, and no file."""
    pacs = demo(fault="study-only")
    wanted = pacs.studies().where(PatientID="000123").series().where(Modality="CT").find()["SeriesInstanceUID"].iloc[0]
    result = pacs.series(wanted).move(data, retry="missing", surplus="drop", **QUICK)
    ledger = result.ledger
    assert result.outcome == "complete", result
    assert set(ledger["state"]) == {"received", "refused"}
    assert set(ledger["SeriesInstanceUID"][ledger["state"] == "received"]) == {wanted}
    assert ledger["path"][ledger["state"] == "refused"].isna().all()
    assert set(result.instances["SeriesInstanceUID"]) == {wanted}
    assert set(result.series["SeriesInstanceUID"]) == {wanted}
    assert set(result.studies["state"]) == {"complete"}


def test_an_archive_out_of_resources_is_left_after_some_requests(demo, data):
    """It answers every C-MOVE with 0xA702: the result says so, after as many attempts as are bearable."""
    result = demo(fault="refuse").studies().where(PatientID="JP-0042").move(data, retry="missing", **QUICK)
    assert result.outcome == "refused"
    assert result.explain().causes[0].name == "out_of_resources"
    assert 2 < len(result.requests) < 30


def test_an_archive_that_does_not_know_us_is_asked_once_more(demo, data):
    """0xA801 does not go away by asking: one request, and no more."""
    result = demo(fault="unknown-destination").studies().where(PatientID="JP-0042").move(data, retry="missing", **QUICK)
    assert (result.outcome, len(result.requests)) == ("refused", 3)


def test_a_wait_for_the_archive_is_shown_and_heard_by_cancel(demo, anna, data):
    """The archive goes away: the phase says how long it is waited for, and cancel ends it at once with a result."""
    pacs = demo(fault="drop:3")
    first = anna(pacs).move(data, **QUICK)
    pacs.stop()
    shown = []

    def look(snapshot) -> None:
        shown.append(snapshot.phase)
        if snapshot.phase.startswith("waiting for the archive, "):
            raise KeyboardInterrupt

    again = first.retry_missing(progress=look)
    assert again.outcome == "cancelled"
    assert any(phase.endswith(" left") for phase in shown)
    assert len(again.ledger) == 130


def test_cancel_ends_a_retry_that_is_underway(demo, anna, data):
    """The second attempts run, one object each: cancel ends them, what came stays, and going on is possible."""

    def stop(snapshot) -> None:
        if snapshot.requests_done > 3:
            raise KeyboardInterrupt

    result = anna(demo(fault="abort:1")).move(data, retry="missing", stragglers=0, progress=stop)
    assert result.outcome == "cancelled", result
    assert result.requests["attempt"].max() > 1
    states = result.ledger["state"].value_counts()
    assert states["received"] > 0
    assert states["received"] + states["missing"] == 130


def test_an_archive_that_stays_away_leaves_the_result_as_it_is(demo, anna, data):
    """Without patience one attempt is enough; its row says what was in the way, and nothing is raised."""
    pacs = demo(fault="drop:3")
    first = anna(pacs).move(data, **QUICK)
    pacs.stop()
    again = first.retry_missing(patience=0, progress=False)
    assert again.outcome == "partial"
    assert "PeerUnreachable" in again.requests["reason"].iloc[-1]


def test_what_was_removed_meanwhile_is_missing(pacs, anna, data):
    """A file that came and was deleted is no instance that is here: the ledger names it, and the text says why it is not."""
    first = anna(pacs).move(data, **QUICK)
    next(data.rglob("*.dcm")).unlink()
    pacs.stop()
    again = first.retry_missing(patience=0, progress=False)
    assert again.outcome == "partial"
    lacking = again.ledger[again.ledger["state"] == "missing"]
    assert (len(lacking), bool(lacking["received"].any()), lacking["path"].isna().all()) == (1, False, True)
    assert "1 of 66 expected SOP Instances are missing" in again.reason
    assert again.explain().causes[0].name == "unreachable"
    assert dm.reopen(data).ledger.equals(again.ledger)


def test_what_was_removed_and_came_again_is_counted_once(pacs, anna, data):
    """The second arrival is the one that is here."""
    first = anna(pacs).move(data, **QUICK)
    next(data.rglob("*.dcm")).unlink()
    again = first.retry_missing(progress=False)
    assert (again.outcome, set(again.ledger["state"]), again.ledger["copies"].max()) == ("complete", {"received"}, 2)
    assert "130 of 130 instances are here" in str(again.explain())


def test_a_move_that_could_not_be_sent_at_all_raises(demo, anna, data):
    """The archive went away after the plan: with no patience left this is the exception that it is without retry."""
    pacs = demo()
    plan = anna(pacs).plan(data, retry="missing", patience="0s")
    pacs.stop()
    with pytest.raises(dm.PeerUnreachable):
        plan.move(progress=False)


def test_the_rows_of_a_table_are_kept(demo, data):
    """Each attempt says for which row of the user's table it was, and its files lie where the row says."""
    pacs = demo(fault="drop:3")
    table = pd.DataFrame({"PatientID": ["JP-0042"], "case": ["c7"]})
    result = pacs.move(table, data, several="all", retry="missing", layout="{row.case}/{instance}.dcm", **QUICK)
    assert result.outcome == "complete"
    assert set(result.requests["row"]) == {0}
    assert all("/c7/" in path for path in result.instances["path"])


def test_a_result_that_was_reopened_goes_on(demo, anna, data):
    """After a restart the journal is enough: attempts are numbered on, and the reopened result shows all of them."""
    anna(demo(fault="drop:3")).move(data, **QUICK)
    again = dm.reopen(data).retry_missing(progress=False)
    assert again.outcome == "complete"
    reopened = dm.reopen(data)
    assert attempts(reopened) == attempts(again)
    assert (reopened.outcome, reopened.reason) == (again.outcome, again.reason)


def test_what_another_destination_got_cannot_be_asked_for_again(demo, anna, data):
    """Nobody can say what is missing there: before the move and after it this is said."""
    with pytest.raises(dm.QueryError, match="another destination"):
        anna(demo()).plan(data, destination="OTHER", retry="missing")


@pytest.mark.parametrize(
    "option", [{"retry": "all"}, {"surplus": "burn"}, {"patience": "soon"}, {"patience": -1}, {"patience": float("nan")}]
)
def test_options_that_are_none_are_refused(pacs, anna, data, option):
    """A value that is not taken is named before anything is sent."""
    with pytest.raises(dm.QueryError, match=next(iter(option))):
        anna(pacs).plan(data, **option)


def test_what_was_refused_is_remembered_for_the_archive_alone(demo):
    """Two archives are two memories; forgetting begins anew."""
    one, other = demo(), demo()
    retry_memory.refused_by(one).instance("1.2.3", "no")
    assert retry_memory.refused_by(one).why("1.2.3") == "no"
    assert retry_memory.refused_by(other).why("1.2.3") is None
    retry_memory.refused_by(one).forget()
    assert retry_memory.refused_by(one).why("1.2.3") is None
