"""The middle slice stands for its series."""

from __future__ import annotations

import pandas as pd
import pytest

from dicommove.images import middle

_AXIAL = "1\\0\\0\\0\\1\\0"


def test_position_goes_before_number():
    """Slices numbered at random are ordered along their normal."""
    heights = [30, 10, 20, 50, 40]
    rows = [
        {"InstanceNumber": n, "ImagePositionPatient": f"0\\0\\{z}", "ImageOrientationPatient": _AXIAL}
        for n, z in enumerate(heights)
    ]
    assert middle(rows)["ImagePositionPatient"] == "0\\0\\30"


def test_numbers_where_orientations_differ():
    """A localizer in three planes has no normal: Instance Number decides."""
    rows = [
        {"InstanceNumber": str(n), "ImagePositionPatient": "0\\0\\0", "ImageOrientationPatient": direction}
        for n, direction in ((3, _AXIAL), (1, "0\\1\\0\\0\\0\\-1"), (2, "1\\0\\0\\0\\0\\-1"))
    ]
    assert middle(rows)["InstanceNumber"] == "2"


@pytest.mark.parametrize("value", [None, "", "abc", float("nan"), object()])
def test_what_cannot_be_ordered_keeps_its_order(value):
    """Without usable numbers the middle of the order of arrival is taken."""
    rows = [{"InstanceNumber": value, "id": n} for n in range(3)]
    assert middle(rows)["id"] == 1


def test_pixels_go_first():
    """Of a series that mixes images and others an image stands for it."""
    assert middle([{"Rows": None, "id": 1}, {"Rows": 512, "id": 2}, {"Rows": pd.NA, "id": 3}, {"Rows": float("nan")}])["id"] == 2


def test_of_nothing():
    """An empty series has no middle."""
    assert middle([]) is None


def test_numbers_or_tuples_are_taken():
    """Positions may come as numbers instead of text."""
    rows = [{"ImagePositionPatient": (0, 0, z), "ImageOrientationPatient": [1, 0, 0, 0, 1, 0]} for z in (5.5, -3, 1)]
    assert middle(rows)["ImagePositionPatient"] == (0, 0, 1)
