"""Letters of the edges and the place in the patient are those of PS3.3 C.7.6.1.1.1 and C.7.6.2.1.1."""

from __future__ import annotations

import pytest
from pydicom import Dataset

from dicommove.images import edges, place, spacing_mm
from dicommove.images.placing import letters


def header(**attributes):
    """A data set with these attributes."""
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.mark.parametrize(
    ("direction", "seen"),
    [
        ([1, 0, 0, 0, 1, 0], "RLAP"),
        ([-1, 0, 0, 0, -1, 0], "LRPA"),
        ([0, 1, 0, 0, 0, -1], "APHF"),
        ([1, 0, 0, 0, 0, -1], "RLHF"),
    ],
)
def test_edges_of_the_three_planes(direction, seen):
    """Axial, axial upside down, sagittal, coronal: left, right, top, bottom."""
    assert "".join(edges(header(ImageOrientationPatient=direction)).values()) == seen


def test_an_oblique_edge_has_two_letters():
    """The nearest axis first; a slant of a few degrees is not worth a letter."""
    assert letters((0.8, 0.6, 0.0)) == "LP"
    assert letters((0.99, 0.1, 0.05)) == "L"


def test_patient_orientation_of_a_radiograph():
    """Without Image Orientation the letters of Patient Orientation are taken."""
    assert edges(header(PatientOrientation=["L", "F"])) == {"left": "R", "right": "L", "top": "H", "bottom": "F"}


@pytest.mark.parametrize("told", [["", ""], ["X", "F"], ["L"], "L", ["B", "F"]])
def test_odd_patient_orientations_are_left_out(told):
    """What is no letter of the Standard is not shown."""
    assert edges(header(PatientOrientation=told)) == {}


def test_letters_of_a_frame():
    """An enhanced multi-frame has plane and position in functional groups (PS3.3 C.7.6.16.2.3, C.7.6.16.2.4)."""
    plane, position, frame = Dataset(), Dataset(), Dataset()
    plane.ImageOrientationPatient, position.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, 12]
    frame.PlanePositionSequence = [position]
    shared = Dataset()
    shared.PlaneOrientationSequence = [plane]
    dataset = header(SharedFunctionalGroupsSequence=[shared], PerFrameFunctionalGroupsSequence=[Dataset(), frame])
    assert edges(dataset, 1)["right"] == "L"
    assert (place(dataset, 1), place(dataset, 0)) == ("H 12 mm", "")


@pytest.mark.parametrize(
    ("direction", "position", "said"),
    [
        ([1, 0, 0, 0, 1, 0], [5, 6, -42.5], "F 42.5 mm"),
        ([0, 1, 0, 0, 0, -1], [30, 0, 0], "L 30 mm"),
        ([1, 0, 0, 0, 0, -1], [0, -7, 0], "A 7 mm"),
    ],
)
def test_place_along_the_normal(direction, position, said):
    """Axial, sagittal and coronal, in letters of the patient."""
    assert place(header(ImageOrientationPatient=direction, ImagePositionPatient=position)) == said


def test_spacing_is_in_mm_only_when_it_is():
    """Pixel Aspect Ratio is a ratio; spacing comes from the three attributes in mm."""
    assert spacing_mm(header(PixelSpacing=[0.5, 0.25])) == (0.5, 0.25)
    assert spacing_mm(header(ImagerPixelSpacing=[0.1, 0.1])) == (0.1, 0.1)
    assert spacing_mm(header(PixelAspectRatio=[4, 3])) is None


def test_frames_behind_the_first_lie_where_their_offsets_say():
    """A dose has a vector of them (PS3.3 C.8.8.3.2), relative or as coordinates; of a multi-frame without, nobody knows."""
    header = Dataset()
    header.ImageOrientationPatient, header.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, -10]
    assert (place(header), place(header, 2)) == ("F 10 mm", "")
    for offsets in ([0, 3, 6], [-10, -7, -4]):
        header.GridFrameOffsetVector = offsets
        assert [place(header, index) for index in (0, 1, 2, 3)] == ["F 10 mm", "F 7 mm", "F 4 mm", ""]
