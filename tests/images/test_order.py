"""A series is looked at along its normal, and what is odd about it is said."""

from __future__ import annotations

import pytest

from dicommove.images import Order, ordered

AXIAL, SAGITTAL = "1\\0\\0\\0\\1\\0", "0\\1\\0\\0\\0\\-1"


def slices(heights, numbers=None, orientation=AXIAL):
    """Rows of slices at these heights in mm."""
    rows = [{"ImagePositionPatient": f"0\\0\\{z}", "ImageOrientationPatient": orientation} for z in heights]
    return [{**row, "InstanceNumber": n} for row, n in zip(rows, numbers, strict=True)] if numbers else rows


def test_slices_are_ordered_by_position():
    """Whatever the order of arrival; the distance is known then."""
    assert ordered(slices([5, 0, 10, 2.5, 7.5])) == Order((1, 3, 0, 4, 2), 2.5)


def test_the_first_instance_is_first():
    """Positions that fall while numbers rise are looked at from the top: number 1 is first."""
    assert ordered(slices([30, 10, 20], [1, 3, 2])).places == (0, 2, 1)


def test_numbers_do_not_undo_geometry():
    """Interleaved numbers, as of an MR, stay in the order of their positions."""
    assert ordered(slices([0, 3, 6, 9], [1, 3, 2, 4])).places == (0, 1, 2, 3)


def test_a_gap_is_said():
    """One slice of five is missing."""
    order = ordered(slices([0, 2, 4, 8, 10]))
    assert (order.spacing, order.remarks) == (2.0, ("a gap of 4 mm after image 3, where 2 mm is usual",))


def test_more_gaps_are_counted():
    """The first is named."""
    assert ordered(slices([0, 1, 2, 5, 6, 9])).remarks == ("a gap of 3 mm after image 3, where 1 mm is usual, and 1 more",)


def test_phases_at_one_position_follow_their_numbers():
    """A dynamic series: each position twice, the earlier number first."""
    order = ordered(slices([0, 5, 0, 5], [1, 2, 3, 4]))
    assert (order.places, order.spacing) == ((0, 2, 1, 3), 5.0)
    assert order.remarks == ("3 pictures share their position with others",)


def test_several_orientations_are_said():
    """A localizer has no common normal."""
    order = ordered(slices([0], [2]) + slices([0], [1], SAGITTAL))
    assert (order.places, order.spacing) == ((1, 0), None)
    assert order.remarks == ("slices of 2 orientations, in order of their numbers",)


def test_several_sizes_are_said():
    """A series whose pictures differ in size."""
    rows = [{"InstanceNumber": n, "Rows": 512, "Columns": columns} for n, columns in enumerate((512, 256))]
    assert ordered(rows).remarks == ("pictures of 2 sizes",)


@pytest.mark.parametrize("odd", ["", "a\\b\\c", "1\\2", "nan\\0\\0", None])
def test_odd_positions_leave_the_numbers(odd):
    """Positions that are none do not raise."""
    rows = [{"InstanceNumber": n, "ImagePositionPatient": odd, "ImageOrientationPatient": AXIAL} for n in (2, 1)]
    assert ordered(rows) == Order((1, 0))


def test_of_nothing_and_of_one():
    """Nothing to order."""
    assert (ordered([]), ordered([{}])) == (Order(()), Order((0,)))
