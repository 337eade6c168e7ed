"""How an instance was acquired: planes by their normal, and attributes wherever an enhanced multi-frame keeps them."""

from __future__ import annotations

import math

import pytest
from pydicom import Dataset
from pydicom.sequence import Sequence

from dicommove import frames
from dicommove.images import ACQUISITION, PLANES, acquisition, plane


def tilted(degrees):
    """An axial plane turned about the left-right axis."""
    angle = math.radians(degrees)
    return (1.0, 0.0, 0.0, 0.0, math.cos(angle), math.sin(angle))


@pytest.mark.parametrize(
    ("direction", "named"),
    [
        ((1, 0, 0, 0, 1, 0), "axial"),
        ((1, 0, 0, 0, 0, -1), "coronal"),
        ((0, 1, 0, 0, 0, -1), "sagittal"),
        ((-1, 0, 0, 0, -1, 0), "axial"),
        (tilted(25), "axial"),
        (tilted(35), "oblique"),
        (tilted(65), "coronal"),
        ((0, 0, 0, 0, 0, 0), ""),
        ((1, 0, 0, 1, 0, 0), ""),
        ((1, 0, 0), ""),
    ],
)
def test_a_plane_is_named_by_its_normal(direction, named):
    """Within 30 degrees of an axis it has its name; what is no orientation has none."""
    assert plane(tuple(map(float, direction))) == named


def test_the_planes_are_those_of_the_table():
    """The categories of the DataFrame are what can be answered."""
    assert PLANES == frames.PLANES
    assert set(ACQUISITION) <= set(frames.PEEK)


def test_attributes_of_an_enhanced_multi_frame_are_found():
    """Thickness and orientation stand in functional groups, the sequence's name and contrast elsewhere at the top."""
    measures, direction, group, header, agent = Dataset(), Dataset(), Dataset(), Dataset(), Dataset()
    measures.SliceThickness, measures.PixelSpacing = "1.5", [0.5, 0.25]
    direction.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    group.PixelMeasuresSequence, group.PlaneOrientationSequence = Sequence([measures]), Sequence([direction])
    agent.CodeMeaning = "Gadoterate"
    header.SharedFunctionalGroupsSequence = Sequence([group])
    header.PulseSequenceName, header.ContrastBolusAgentSequence = "SE", Sequence([agent])

    found = acquisition(header)

    assert found["plane"] == "coronal"
    assert (found["SliceThickness"], found["PixelSpacing"]) == ("1.5", "0.5\\0.25")
    assert (found["SequenceName"], found["ContrastBolusAgent"]) == ("SE", "Gadoterate")


def test_a_header_without_anything_says_nothing():
    """Absent is left out, never empty."""
    assert acquisition(Dataset()) == {}
