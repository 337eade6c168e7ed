"""Peek: one instance of each series tells how it was acquired, and is not asked for twice."""

from __future__ import annotations

import pytest

import dicommove as dm
from dicommove import frames
from dicommove.images import PLANES
from dicommove.retrieve import plan_peek, read_options


@pytest.fixture
def archive():
    """A running demo archive's peer."""
    with dm.demo() as pacs:
        yield pacs


def arrivals(folder):
    """Instances in a folder."""
    return sorted(path.name for path in folder.rglob("*.dcm"))


def test_each_series_has_a_row_with_how_it_was_acquired(archive, tmp_path):
    """Columns, order and dtypes are the contract's; the facts are those of the middle instance."""
    table = archive.studies().where(PatientID="000123").series().peek(tmp_path / "data")

    assert list(table.columns) == list(frames.PEEK)
    head = table[table["SeriesDescription"] == "Head 2.5 soft"].iloc[0]
    assert (head["plane"], head["SliceThickness"], head["ConvolutionKernel"], head["count"]) == ("axial", 2.5, "H31s", 64)
    assert set(table["plane"].cat.categories) == set(PLANES)
    assert table["reason"].isna().all()
    assert len(arrivals(tmp_path)) == len(table) == 5


def test_what_was_seen_is_not_asked_for_again(archive, tmp_path):
    """A second peek says the same and sends no C-MOVE."""
    query = archive.studies().where(PatientID="000123").series()
    first = query.peek(tmp_path / "data")

    peek, _ = plan_peek(archive, query, tmp_path / "data", options=read_options(archive))
    assert peek.plan.requests == ()
    assert query.peek(tmp_path / "data").equals(first)


def test_what_the_filter_keeps_is_moved_as_series(archive, tmp_path):
    """The table has no SOP Instance UID, so that a move of its rows is one of whole series."""
    table = archive.studies().where(PatientID="000123").series().peek(tmp_path / "data")

    result = archive.move(table[table["ConvolutionKernel"] == "H31s"], tmp_path / "data")

    assert result.outcome == "complete"
    assert len(result.instances) == 64


def test_an_instance_that_is_not_sent_says_so(tmp_path):
    """The row of a series stands, with the reason and what the archive says of it."""
    with dm.demo(fault="refuse") as pacs:
        table = pacs.studies().where(PatientID="JP-0042").series().peek(tmp_path / "data", stragglers=0)

    assert table["path"].isna().all()
    assert table["reason"].str.startswith("not possible here").all()
    assert table["Modality"].notna().all()


def test_a_query_that_says_too_little_is_refused(archive, tmp_path):
    """A peek moves too: it wants a selective key, as a move does."""
    with pytest.raises(dm.QueryError, match="too little"):
        archive.series().where(Modality="CT").peek(tmp_path / "data")


def test_a_peek_needs_to_see_what_arrives(archive, tmp_path):
    """At another destination nobody can look at it."""
    with pytest.raises(dm.QueryError, match="destination"):
        archive.studies().where(PatientID="000123").series().peek(tmp_path / "data", destination="OTHER")
