"""The pathing grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from dicommove.errors import QueryError
from dicommove.query.path import apply_path, parse_path


def _applied(*paths):
    dataset = Dataset()
    for path in paths:
        apply_path(dataset, path)
    return dataset


@pytest.mark.parametrize("path", ["PatientName=CITIZEN^Jan", "(0010,0010)=CITIZEN^Jan", "0010,0010=CITIZEN^Jan"])
def test_keyword_and_tag_mean_the_same(path):
    """An element is named by keyword or tag."""
    assert _applied(path).PatientName == "CITIZEN^Jan"


@pytest.mark.parametrize(
    ("path", "keyword", "value"),
    [
        ("PatientName=", "PatientName", ""),
        ("PatientName", "PatientName", ""),
        ("Columns=1024", "Columns", 1024),
        ("Columns=", "Columns", None),
        ("PixelData=00ff ea08", "PixelData", b"\x00\xff\xea\x08"),
        ("AcquisitionIndex=1\\2\\3", "AcquisitionIndex", [1, 2, 3]),
        ("ModalitiesInStudy=CT\\MR", "ModalitiesInStudy", ["CT", "MR"]),
        ("FrameIncrementPointer=(0018,1063)", "FrameIncrementPointer", 0x00181063),
        ("PatientComments=a=b", "PatientComments", "a=b"),
        ("PatientBirthDate=2020-01-01", "PatientBirthDate", "2020-01-01"),
        ("BeamSequence=", "BeamSequence", []),
    ],
)
def test_values_are_converted_not_judged(path, keyword, value):
    """What was typed is what is set, wrong dates included, and without a warning."""
    assert _applied(path)[keyword].value == value


def test_items_are_made_as_far_as_needed():
    """Four empty items for [3]; nested sequences; one more than one past the end extends."""
    dataset = _applied(
        "BeamSequence[3]=", "BeamSequence[0].BeamLimitingDeviceSequence[0].NumberOfLeafJawPairs=1", "BeamSequence[7].BeamNumber=9"
    )
    assert len(dataset.BeamSequence) == 8
    assert dataset.BeamSequence[0].BeamLimitingDeviceSequence[0].NumberOfLeafJawPairs == 1
    assert dataset.BeamSequence[7].BeamNumber == 9


def test_later_path_replaces_and_extends():
    """Items stay when a second path names another attribute of them."""
    dataset = _applied("BeamSequence[0].BeamNumber=1", "BeamSequence[0].BeamName=A", "BeamSequence[0].BeamNumber=2")
    assert (dataset.BeamSequence[0].BeamNumber, dataset.BeamSequence[0].BeamName) == (2, "A")


def test_private_element_is_unknown_bytes():
    """A private tag is sent as UN from hexadecimal digits."""
    element = _applied("(0009,1001)=0aff")[0x00091001]
    assert (element.VR, element.value) == ("UN", b"\x0a\xff")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("", "no element of a path"),
        ("=x", "no element of a path"),
        ("PatientNam=", "did you mean 'PatientName'"),
        ("BeamSequence.BeamNumber=1", "item must be said"),
        ("BeamSequence[-1].BeamNumber=1", "no element of a path"),
        ("BeamSequence[].BeamNumber=1", "no element of a path"),
        ("BeamSequence[99999].BeamNumber=1", "up to 9999"),
        ("PatientName[0]=x", "is no sequence"),
        ("(00100010)=", "no element of a path"),
        ("OverlayRows=1", "repeating group"),
        ("Columns=x", "cannot be written as VR US"),
        ("PixelData=0", "cannot be written as VR OB"),
    ],
)
def test_what_is_no_path_is_explained(path, hint):
    """Each refusal says what is wrong."""
    with pytest.raises(QueryError) as caught:
        _applied(path)
    assert hint in str(caught.value)


def test_value_of_a_sequence_is_ignored_never_set():
    """A sequence has items, not text."""
    assert _applied("BeamSequence=x").BeamSequence == []


@given(st.text(max_size=60))
def test_any_text_is_a_path_or_query_error(text):
    """Nothing else is raised."""
    try:
        path = parse_path(text)
    except QueryError:
        return
    assert path.elements
