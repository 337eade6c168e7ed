"""What the archive can send at once comes first; what is offline is listed with its reason and not asked for."""

from __future__ import annotations

import pandas as pd
import pytest

import dicommove as dm
from dicommove.demo_archive.availability import Availability as DemoAvailability
from dicommove.retrieve.asking.availability import available
from dicommove.terms import Level

RANGE = dm.between("1990-01-01", "2030-12-31")


@pytest.fixture
def offline(monkeypatch):
    """Let demo archives say of the studies of a patient that they are offline, or unavailable."""
    said = {}
    of = DemoAvailability.of

    def instead(self, node):
        return said.get(node.key(Level.PATIENT), of(self, node))

    monkeypatch.setattr(DemoAvailability, "of", instead)
    return said


@pytest.mark.parametrize("level", [Level.STUDY, Level.SERIES, Level.IMAGE])
def test_online_first_nearline_last_offline_not_at_all(level):
    """What the archive says nothing of, or nothing known, is taken at its best; the order stays else."""
    said = ["NEARLINE", "OFFLINE", "ONLINE ", "", "unavailable", "NEARLINE", "SOON"]
    sorted_ = available([{"n": str(n), "InstanceAvailability": text} for n, text in enumerate(said)], level)
    assert [match["n"] for match in sorted_.wanted] == ["2", "3", "6", "0", "5"]
    assert ([match["n"] for match in sorted_.left], sorted_.nearline) == (["1", "4"], 2)
    assert [words[:6] for words in sorted_.words()] == ["2 of 7", "2 of 7"]


def test_nothing_is_said_where_everything_is_at_hand(pacs, anna, data):
    """A plan of online studies has no warning."""
    assert anna(pacs).plan(data).warnings == ()


def test_nearline_studies_are_counted_and_asked_for_last(demo, data):
    """The plan says how many; its C-MOVEs begin with what is online."""
    pacs = demo(fault="nearline")
    studies = pacs.studies().where(StudyDate=RANGE).returning("InstanceAvailability").find()
    nearline = set(studies.loc[studies["InstanceAvailability"] == "NEARLINE", "StudyInstanceUID"])
    plan = pacs.studies().where(StudyDate=RANGE).plan(data)
    order = [request.study in nearline for request in plan.requests]
    assert order == sorted(order)
    assert f"{len(nearline)} of {len(studies)} studies are nearline" in repr(plan)


def test_the_silence_before_a_nearline_study_is_a_phase(demo, anna, data, until):
    """While the archive fetches it nothing comes, and the progress says so; it can be cancelled then."""
    operation = anna(demo(fault="nearline:600")).start_move(data)
    until(operation, lambda progress: progress.requests_done == 1 and progress.phase == "preparing")
    assert "preparing at the archive" in str(operation.progress)
    operation.cancel()
    assert operation.result(30).outcome == "cancelled"


def test_offline_studies_of_a_query_are_listed_and_not_asked_for(demo, offline, data):
    """The others arrive; the outcome is partial, and the table of requests gives the reason."""
    offline["000123"] = "OFFLINE"
    pacs = demo()
    result = pacs.studies().where(PatientName="M*", StudyDate=RANGE).move(data, progress=False)
    left = result.requests[result.requests["request"].isna()]
    assert (result.outcome, len(left)) == ("partial", 2)
    assert set(left["reason"]) == {"the archive says OFFLINE: not asked for"}
    assert set(left["PatientID"]) == {"000123"}
    assert left["StudyInstanceUID"].notna().all()
    assert "2 matches are offline" in result.reason
    assert "ask the administrator of the archive to bring them back" in repr(result)
    assert "000123" not in set(result.instances["PatientID"])


def test_nothing_is_sent_where_everything_is_offline(demo, anna, offline, data):
    """It is no "no match": the archive has them, and cannot give them now."""
    offline["000123"] = "UNAVAILABLE"
    result = anna(demo()).move(data, progress=False)
    assert (result.outcome, len(result.progress), len(result.requests)) == ("refused", 0, 2)
    assert "UNAVAILABLE" in result.requests["reason"].iloc[0]
    assert result.explain().causes[0].name == "offline"


def test_offline_rows_of_a_table_have_their_fate(demo, offline, data):
    """Such a row led to no C-MOVE, and says why; the other rows are moved."""
    offline["JP-0042"] = "OFFLINE"
    pacs = demo()
    table = pd.DataFrame({"PatientID": ["000123", "JP-0042"], "case": ["a", "b"]})
    result = pacs.move(table, data, several="all", progress=False)
    rows = result.requests[result.requests["row"] == 1]
    assert (result.outcome, len(result.instances)) == ("partial", 130)
    assert set(rows["reason"]) == {"the archive says OFFLINE: not asked for"}
    assert rows["request"].isna().all()


def test_a_resumed_plan_keeps_what_was_not_asked_for(demo, anna, offline, data):
    """Reopened from the folder, the result still says which studies were left out."""
    offline["000123"] = "OFFLINE"
    anna(demo()).move(data, progress=False)
    again = dm.reopen(data)
    assert (again.outcome, len(again.requests)) == ("refused", 2)
