"""Series are put in order, counted in frames, and keep their numbers while they grow."""

from __future__ import annotations

import pytest

from dicommove.panels.series import Gallery, Series


def row(path, series="1.1", **others):
    """What is known of an instance."""
    return {"path": path, "SeriesInstanceUID": series, "StudyInstanceUID": "1", "Rows": 8, **others}


def test_a_place_is_a_frame_of_an_instance():
    """Single frames and a multi-frame side by side."""
    series = Series.of(
        0, [row("a", InstanceNumber=1), row("b", InstanceNumber=2, NumberOfFrames="3"), row("c", InstanceNumber=3)]
    )
    assert series.count == 5
    assert [(series.slot(n).source.name, series.slot(n).frame) for n in range(5)] == [
        ("a", 0),
        ("b", 0),
        ("b", 1),
        ("b", 2),
        ("c", 0),
    ]
    for beyond in (-1, 5):
        with pytest.raises(IndexError, match="the series has 5"):
            series.slot(beyond)


@pytest.mark.parametrize(("claimed", "count"), [("0", 1), ("-5", 1), ("x", 1), (None, 1), ("99999999999", 100_000)])
def test_odd_numbers_of_frames(claimed, count):
    """At least one, and not any number that a small file may claim."""
    assert Series.of(0, [row("a", NumberOfFrames=claimed)]).count == count


def test_a_series_without_pixels_is_a_document():
    """One picture makes it pictures."""
    assert Series.of(0, [row("a", Rows=None)]).kind == "document"
    assert Series.of(0, [row("a", Rows=None), row("b")]).kind == "pictures"


def test_what_grows_keeps_its_number():
    """And what is there already is not taken twice."""
    gallery = Gallery({"1.1": 3})
    assert gallery.take([row("a", InstanceNumber=2), row("x", series="1.2")]) == [0, 1]
    before = gallery[0]
    assert gallery.take([row("a", InstanceNumber=2), row("b", InstanceNumber=1)]) == [0]
    assert gallery.take([row("b", InstanceNumber=1)]) == []
    assert [one["path"] for one in gallery[0].rows] == ["b", "a"]
    assert (before.count, gallery[0].count, gallery[0].expected, gallery[1].expected) == (1, 2, 3, None)


def test_the_list_is_by_study_and_number():
    """Studies in order of first sight; numbers as numbers; without number first."""
    gallery = Gallery()
    rows = [("1.10", "A", "10"), ("1.2", "A", "2"), ("2.1", "B", "1"), ("1.0", "A", None)]
    gallery.take(row(uid, series=uid, StudyInstanceUID=study, SeriesNumber=number) for uid, study, number in rows)
    assert [one.rows[0]["path"] for one in gallery.listed()] == ["1.0", "1.2", "1.10", "2.1"]


@pytest.mark.parametrize("number", [-1, 1, True, "0", None, 0.5])
def test_numbers_that_are_none(number):
    """Whatever a message says."""
    gallery = Gallery()
    gallery.take([row("a")])
    assert number not in gallery
    assert 0 in gallery


def test_where_a_series_has_grown():
    """Runs of new places, frames counted; None when what was there has changed its order."""
    rows = [row(str(n), InstanceNumber=n, NumberOfFrames=n) for n in range(1, 5)]
    whole = Series.of(0, rows)
    assert whole.inserted(whole) == []
    assert whole.inserted(Series.of(0, [rows[1]])) == [(0, 1), (3, 3), (6, 4)]
    assert whole.inserted(Series(0, (rows[2], rows[0]), whole.order)) is None


@pytest.mark.parametrize(
    ("rows", "volume"),
    [
        ([{"Modality": "CT"}], False),
        ([{"Modality": "MR", "NumberOfFrames": 20}], True),
        ([{"Modality": "US", "NumberOfFrames": 20}], False),
        ([{"Modality": "CR"}, {"Modality": "CR"}], False),
        ([{"ImageOrientationPatient": r"1\0\0\0\1\0", "ImagePositionPatient": rf"0\0\{z}"} for z in range(3)], True),
    ],
)
def test_what_is_a_volume(rows, volume):
    """Slices along a normal, and multi-frames of sectional modalities."""
    assert Series.of(0, [row(str(n), **one) for n, one in enumerate(rows)]).is_volume is volume
