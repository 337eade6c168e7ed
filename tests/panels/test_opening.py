"""What is said when a series is opened: corner texts, presets, frame rate, and what is odd about it."""

from __future__ import annotations

import pytest

from dicommove.panels.opening import opened_content
from dicommove.panels.presets import presets
from dicommove.panels.series import Series
from dicommove.panels.subject import subject_of


def opened(*datasets, private=True):
    """Message of a series of data sets."""
    return opened_content(Series.of(0, subject_of(list(datasets)).rows), private=private)


def test_presets_of_a_ct(slice_of):
    """The file's own under 0, the customary ones under 1 to 5, automatic under a."""
    found = {one["key"]: (one["name"], one["center"], one["width"]) for one in presets(slice_of(0), "CT")}
    assert found == {
        "0": ("file", -1000.0, 60.0), "1": ("brain", 40.0, 80.0), "2": ("lung", -600.0, 1500.0), "3": ("bone", 450.0, 1800.0),
        "4": ("abdomen", 50.0, 400.0), "5": ("mediastinum", 50.0, 350.0), "a": ("automatic", None, None),
    }  # fmt: skip


def test_presets_of_others_are_those_of_the_file(slice_of):
    """Its first under 0, the others by their explanation and at most five."""
    dataset = slice_of(0, Modality="MR", WindowCenter=list(range(8)), WindowWidth=[10] * 8)
    dataset.WindowCenterWidthExplanation = ["normal", "harder"]
    found = [(one["key"], one["name"]) for one in presets(dataset, "MR")]
    assert found == [("0", "file: normal"), ("1", "harder"), *((str(n), "file") for n in (2, 3, 4, 5)), ("a", "automatic")]


def test_a_colour_series_has_none(slice_of):
    """Nothing to window."""
    assert opened(slice_of(0, SamplesPerPixel=3, PhotometricInterpretation="RGB"))["presets"] == []


@pytest.mark.parametrize(
    ("attributes", "rate"),
    [
        ({}, None),
        ({"FrameTime": "40"}, 25.0),
        ({"CineRate": 15, "FrameTime": "40"}, 15.0),
        ({"RecommendedDisplayFrameRate": 10, "CineRate": 15}, 10.0),
        ({"CineRate": 0, "FrameTime": "-1"}, None),
        ({"CineRate": 100_000}, 60.0),
    ],
)
def test_the_frame_rate_is_the_file_s(slice_of, attributes, rate):
    """As recommended, else of the cine, else by the time of a frame (PS3.3 C.7.6.5); never faster than a screen."""
    assert opened(slice_of(0, **attributes))["rate"] == rate


def test_gaps_are_said(slice_of):
    """In the warnings of the series."""
    assert opened(slice_of(0), slice_of(1), slice_of(5))["warnings"] == ["a gap of 8 mm after image 2, where 5 mm is usual"]


def test_how_it_was_made(slice_of):
    """Bottom right; study and institution only with the patient."""
    dataset = slice_of(0, ConvolutionKernel="B30f", KVP="120", StudyDescription="CT Meier", InstitutionName="Klinik")
    hidden, shown = opened(dataset)["text"], opened(dataset, private=False)["text"]
    assert hidden["bottom_right"] == ["2 mm thick", "B30f", "120 kV"]
    assert hidden["top_left"] == hidden["top_right"] == []
    assert (shown["top_left"], shown["top_right"]) == (["Meier^Anna", "P1"], ["CT Meier", "Klinik"])


def test_a_header_that_cannot_be_read_is_said(tmp_path):
    """Gone, or no instance: the series opens all the same."""
    (tmp_path / "notes.dcm").touch()
    for name, why in (("absent.dcm", "No such file"), ("notes.dcm", "no DICOM instance")):
        content = opened_content(Series.of(0, [{"path": str(tmp_path / name), "Rows": 8}]), private=True)
        assert why in content["warnings"][0]
        assert content["count"] == 1


def test_a_volume_begins_with_its_middle_and_a_film_with_its_first(slice_of):
    """As radiologists are used to; a multi-frame that says how fast it is to be played is a film."""
    frames = {"NumberOfFrames": 4, "PixelData": bytes(4 * 96)}
    assert opened(*(slice_of(n) for n in range(7)))["start"] == 3
    assert opened(slice_of(0, **frames))["start"] == 2
    assert opened(slice_of(0, CineRate=30, **frames))["start"] == 0
    assert opened(slice_of(0, Modality="US", **frames))["start"] == 0
    assert opened(*(slice_of(n, ImagePositionPatient=None, ImageOrientationPatient=None) for n in range(3)))["start"] == 0
