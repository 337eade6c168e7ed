"""A picture has the right proportions, size and words."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset

from dicommove.images import Picture, picture

_BUNDLED = Path(pydicom.__file__).parent / "data"


@pytest.mark.parametrize(
    ("attributes", "aspect"),
    [
        ({}, 1.0),
        ({"PixelSpacing": [3.0, 1.5]}, 2.0),
        ({"ImagerPixelSpacing": [0.1, 0.2]}, 0.5),
        ({"PixelAspectRatio": [4, 3]}, 4 / 3),
        ({"PixelSpacing": [1, 1], "PixelAspectRatio": [4, 3]}, 1.0),
        ({"PixelSpacing": [0, 1]}, 1.0),
        ({"PixelSpacing": [1]}, 1.0),
        ({"PixelAspectRatio": [1000, 1]}, 1.0),
    ],
)
def test_proportions_of_a_pixel(instance, attributes, aspect):
    """Spacing before aspect ratio, the vertical value first; impossible values are ignored (PS3.3 10.7, C.7.6.3.1.7)."""
    assert picture(instance(np.zeros((2, 2), np.uint8), **attributes)).aspect == pytest.approx(aspect)


def test_proportions_in_functional_groups(instance):
    """An enhanced multi-frame has its spacing in the Pixel Measures macro (PS3.3 C.7.6.16.2.1)."""
    measures, shared = Dataset(), Dataset()
    measures.PixelSpacing = [2, 1]
    shared.PixelMeasuresSequence = [measures]
    assert picture(instance(np.zeros((2, 2), np.uint8), SharedFunctionalGroupsSequence=[shared])).aspect == 2.0


@pytest.mark.parametrize("shape", [(1000, 700), (1000, 700, 3), (257, 1), (256, 256)])
def test_thumbnails_average_blocks(shape):
    """No side is longer than asked, the mean stays, and what is small enough is left alone."""
    array = np.random.default_rng(2).integers(0, 256, shape, np.uint8)
    small = Picture(array, 1.5, "note").thumbnail(256)
    assert max(small.array.shape[:2]) <= 256
    assert (small.aspect, small.note, small.array.dtype) == (1.5, "note", np.uint8)
    assert abs(small.array.mean() - array.mean()) < 2


def test_nothing_has_no_thumbnail():
    """A picture without an array stays as it is."""
    nothing = Picture(None, note="Basic Text SR (no pixels)")
    assert nothing.thumbnail(10) is nothing


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("reportsi.dcm", "Basic Text SR (no pixels)"),
        ("waveform_ecg.dcm", "12-lead ECG Waveform (no pixels)"),
        ("rtplan.dcm", "RT Plan (no pixels)"),
        ("rtstruct.dcm", "RT Structure Set (no pixels)"),
    ],
)
def test_what_has_no_pixels_says_what_it_is(bundled, name, note):
    """The name of the SOP Class stands for it."""
    assert picture(bundled(name)).note == note


@pytest.mark.parametrize("path", sorted(p for p in _BUNDLED.rglob("*.dcm") if p.is_file()), ids=lambda p: p.name)
def test_no_bundled_file_raises(path):
    """Every file that pydicom brings along ends in a picture or in words."""
    shown = picture(path)
    if shown.array is None:
        assert shown.note
    else:
        assert shown.array.dtype == np.uint8
        assert shown.array.ndim == 2 or shown.array.shape[2] == 3


def test_odd_values_do_not_matter(instance):
    """Values that do not fit their VR are as good as absent."""
    dataset = instance(np.arange(4, dtype=np.uint8).reshape(2, 2))
    for keyword, value in {"WindowCenter": "abc", "WindowWidth": "x", "PixelSpacing": "1,5\\2", "RescaleSlope": "none"}.items():
        element = pydicom.DataElement(keyword, "LO", value)
        dataset[keyword] = element
    assert picture(dataset).note == "as stored"


@pytest.mark.parametrize(
    "name",
    ["MR_small.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "image_dfl.dcm", "rtdose_rle.dcm"],
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_end_in_words(bundled, tmp_path, name, data):
    """Bytes changed, taken out and put in anywhere behind the preamble: a picture or a note, never an exception."""
    content = bytearray(bundled(name).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(132, min(len(content), 3000) - 1))
        content[place : place + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    path = tmp_path / "damaged.dcm"
    path.write_bytes(content)
    shown = picture(path)
    assert shown.note or shown.array is not None


def test_threads_may_draw(bundled):
    """Drawing in another thread leaves the process's warning filters alone."""
    found: list[Picture] = []
    thread = threading.Thread(target=lambda: found.append(picture(bundled("CT_small.dcm"))))
    thread.start()
    thread.join(30)
    assert found[0].array.shape == (128, 128)
