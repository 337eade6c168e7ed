"""Plans: a dry run that shows what a move would do, and the guards that stop what was not meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

import dicommove as dm


def test_a_plan_sends_no_c_move(pacs, anna, data):
    """Planning makes no folder; its text says counts, size, disk and requests."""
    plan = anna(pacs).plan(data)
    assert not data.exists()
    assert (plan.studies, plan.expected, plan.present) == (2, 130, 0)
    assert all(f"{name}:" in repr(plan) for name in ("Archive", "Folder", "Instances", "Estimated size", "Free on disk"))


def test_text_and_html_say_the_same(pacs, anna, data):
    """Every fact of the text stands in the HTML."""
    plan = anna(pacs).plan(data)
    html = plan._repr_html_()
    assert all(value in html for _, value in plan.facts())


def test_a_plan_moves_exactly_what_it_shows(pacs, anna, data):
    """Moving a plan brings the instances that it expects."""
    plan = anna(pacs).plan(data)
    result = plan.move()
    assert set(result.ledger["SOPInstanceUID"]) == {instance.uid for instance in plan.instances}


def test_what_says_too_little_is_refused(pacs, data):
    """A query without one selective key is never resolved for a move."""
    with pytest.raises(dm.QueryError, match="says too little"):
        pacs.studies().where(ModalitiesInStudy="CT").plan(data)


def test_too_much_is_planned_but_not_moved(pacs, data):
    """Above the limit the plan shows and the move raises, with counts and bytes; limit=None says "I know"."""
    query = pacs.studies().where(StudyDate=dm.between("2023-01-01", "2024-12-31"))
    plan = query.plan(data, limit=2)
    with pytest.raises(dm.MoveTooLarge) as caught:
        plan.move()
    assert caught.value.studies == plan.studies > 2
    assert caught.value.size_bytes == plan.size_bytes
    assert not data.exists()
    query.plan(data, limit=None).check()


def test_a_table_is_taken_as_meant(pacs, anna, data):
    """Limits do not hold for tables and lists of UIDs."""
    frame = anna(pacs).find()
    pacs.plan(frame, data, limit=1).check()


def test_a_full_disk_is_refused_before_anything_is_sent(pacs, anna, data, monkeypatch):
    """Less free than the estimate and a tenth: the text says how much is needed."""
    plan = anna(pacs).plan(data)
    monkeypatch.setattr(dm.Plan, "free_bytes", property(lambda _: plan.size_bytes))
    with pytest.raises(dm.StoreError, match=r"estimate \+ 10 %"):
        plan.move()


def test_instances_can_be_left_unasked(pacs, anna, data):
    """With instances=False only counts are asked for, and they are enough for a complete move."""
    plan = anna(pacs).plan(data, instances=False)
    assert {request.expected_by for request in plan.requests} == {"counts"}
    assert plan.instances == ()
    assert plan.move().outcome == "complete"


def test_missing_instances_are_named_after_a_move_by_counts(demo, anna, data):
    """Where arrivals disagree with the count, the instances are asked for afterwards, so that the ledger can name them."""
    result = anna(demo(fault="drop:3")).plan(data, instances=False, stragglers=0.2).move()
    assert result.outcome == "partial"
    assert result.ledger["state"].value_counts()["missing"] == 3


def test_without_counts_the_peer_is_the_only_witness(pacs, anna, data):
    """An expectation by the peer's counters alone is unverified, whatever arrived."""
    plan = anna(pacs).plan(data, instances=False)
    plan = replace(plan, requests=tuple(replace(one, expected=None, expected_by="peer") for one in plan.requests))
    result = plan.move()
    assert result.outcome == "unverified"
    assert set(result.ledger["state"]) == {"received"}


def test_row_fields_need_a_table(pacs, anna, data):
    """A layout with {row.column} is refused for a query."""
    with pytest.raises(dm.QueryError, match="columns of a table"):
        anna(pacs).plan(data, layout="{row.site}/{instance}.dcm")


def test_studies_take_the_archives_count(pacs, anna, data):
    """With counts alone the table of studies says complete where as many arrived."""
    result = anna(pacs).plan(data, instances=False).move()
    assert list(result.studies["state"]) == ["complete", "complete"]
    assert list(result.studies["expected"]) == [66, 64]


def test_answers_that_were_cut_off_are_never_complete(pacs, anna, data):
    """Everything that was found arrived, but the archive had more: the outcome is unverified, and the reason says so."""
    result = replace(anna(pacs).plan(data), truncated=True).move()
    assert result.outcome == "unverified"
    assert "cut off" in result.reason


def test_a_run_again_of_many_series_asks_for_the_rest_only(pacs, anna, data, monkeypatch):
    """Where there are too many series to ask for all instances, those of studies that the folder has are asked for."""
    monkeypatch.setattr("dicommove.retrieve.asking.expectation.MOST_SERIES", 1)
    first = anna(pacs).move(data)
    assert set(first.requests["expected_by"]) == {"counts"}
    again = anna(pacs).move(data)
    assert again.outcome == "complete"
    assert len(again.progress) == 0
