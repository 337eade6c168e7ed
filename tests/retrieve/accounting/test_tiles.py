"""Tiles: one per series, its middle slice, and a caption that names no person unless asked to."""

from __future__ import annotations

from pathlib import Path

import pytest

from dicommove.retrieve.accounting.tiles import series_tiles


def row(number, series="2", **facts):
    """A row of the instances, as the journal has it."""
    return {
        "SOPInstanceUID": f"{series}.{number}",
        "SeriesInstanceUID": series,
        "Modality": "CT",
        "SeriesDescription": "Head",
        "InstanceNumber": str(number),
        "Rows": "64",
        "PatientID": "P1",
        "PatientName": "Meier^Anna",
        "StudyDate": "20240131",
        "path": f"/data/{series}.{number}.dcm",
        **facts,
    }


def test_nothing_received_is_no_tile():
    """An empty move has an empty sheet."""
    assert series_tiles([]) == []


def test_one_tile_per_series_in_the_order_of_first_sight():
    """Instances of several series may arrive mixed."""
    tiles = series_tiles([row(1, "9"), row(1, "2", Modality="MR", SeriesDescription=None), row(2, "9"), row(3, "9")])

    assert [tile.caption for tile in tiles] == [("CT  Head", "3 instances"), ("MR", "1 instance")]


def test_the_middle_slice_stands_for_its_series():
    """By Instance Number, whatever the order of arrival."""
    (tile,) = series_tiles([row(number) for number in (5, 1, 4, 2, 3)])

    assert tile.source == Path("/data/2.3.dcm")


@pytest.mark.parametrize("number", [None, "", "+-5", "--", "five", "٣", "9" * 5000, "1e999", "\0"])
def test_odd_numbers_end_no_sheet(number):
    """What an archive writes as Instance Number is hostile: there is a tile all the same."""
    (tile,) = series_tiles([row(1, InstanceNumber=number), row(2), row(3)])

    assert tile.caption == ("CT  Head", "3 instances")


def test_copies_are_counted_once():
    """An instance that arrived twice is one instance."""
    (tile,) = series_tiles([row(1), row(1, disposition="duplicate"), row(2)])

    assert tile.caption[1] == "2 instances"


def test_a_series_without_any_facts_has_a_caption():
    """Absent facts leave a word, not an empty line."""
    (tile,) = series_tiles([{"SOPInstanceUID": "1.2", "path": "/data/1.dcm"}])

    assert tile.caption == ("series", "1 instance")


def test_no_person_is_named_unless_asked_for():
    """Series facts only; patient and study date with `private=False`."""
    (private,) = series_tiles([row(1)])
    (open_,) = series_tiles([row(1)], private=False)

    assert not any(fact in line for fact in ("P1", "Meier", "2024") for line in private.caption)
    assert open_.caption == (*private.caption, "P1  Meier^Anna  20240131")
