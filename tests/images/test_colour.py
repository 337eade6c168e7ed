"""Colour arrives as RGB of 8 bits, whatever it was stored as."""

from __future__ import annotations

import numpy as np
import pytest

from dicommove.images import picture

_STRIPES = [
    (255, 0, 0), (255, 128, 128), (0, 255, 0), (128, 255, 128), (0, 0, 255), (128, 128, 255), (0, 0, 0), (64, 64, 64),
    (192, 192, 192), (255, 255, 255),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("SC_rgb_rle.dcm", 0),
        ("SC_rgb_rle_16bit.dcm", 1),
        ("SC_rgb_rle_32bit.dcm", 1),
        ("SC_rgb_dcmtk_+eb+cr.dcm", 2),
        ("SC_rgb_dcmtk_+eb+cy+np.dcm", 6),
        ("SC_rgb_dcmtk_+eb+cy+s2.dcm", 6),
        ("SC_ybr_full_422_uncompressed.dcm", 6),
        ("SC_rgb_jpeg_gdcm.dcm", 0),
        ("SC_rgb_jls_lossy_line.dcm", 8),
        ("SC_rgb_jls_lossy_sample.dcm", 8),
        ("SC_rgb_gdcm_KY.dcm", 8),
    ],
)
def test_ten_stripes_have_their_colours(bundled, name, tolerance):
    """RGB and YBR, planes and pixels, 8 to 32 bits, five compressions: the same ten stripes."""
    array = picture(bundled(name)).array
    found = array[5::10, array.shape[1] // 2].astype(int)
    assert array.dtype == np.uint8
    assert np.abs(found - _STRIPES).max() <= tolerance


def test_planes_are_put_together(instance):
    """Planar Configuration 1 holds one plane after the other (PS3.3 C.7.6.3.1.3)."""
    array = np.random.default_rng(1).integers(0, 256, (8, 6, 3), np.uint8)
    planes = np.ascontiguousarray(array.transpose(2, 0, 1))
    dataset = instance(array, PlanarConfiguration=1)
    dataset["PixelData"].value = planes.tobytes()
    assert (picture(dataset).array == array).all()


def test_palette_of_16_bits_is_looked_up(bundled):
    """The bundled palette example is blue in its heading and grey in its sector."""
    array = picture(bundled("examples_palette.dcm")).array
    assert array.shape[2] == 3
    assert len(np.unique(array.reshape(-1, 3), axis=0)) > 50


def _with_palette(instance, entries: np.ndarray, bits: int):
    dataset = instance(np.array([[0, 1], [2, 9]], np.uint8), PhotometricInterpretation="PALETTE COLOR")
    for name in ("Red", "Green", "Blue"):
        dataset.add_new(f"{name}PaletteColorLookupTableDescriptor", "US", [3, 0, bits])
        dataset.add_new(f"{name}PaletteColorLookupTableData", "OW", entries.tobytes())
    return dataset


def test_values_beyond_the_palette_take_its_last_colour(instance):
    """The last entry stands for all that is larger (PS3.3 C.7.6.3.1.5)."""
    shown = picture(_with_palette(instance, np.array([0, 30000, 65535], "<u2"), 16))
    assert shown.array[..., 0].tolist() == [[0, 117], [255, 255]]


def test_palette_that_holds_bytes_in_words(instance):
    """Entries of 16 bits that never pass 255 are taken as 8 bits, as their writers meant them."""
    shown = picture(_with_palette(instance, np.array([0, 100, 255], "<u2"), 16))
    assert shown.array[..., 1].tolist() == [[0, 100], [255, 255]]


def test_a_missing_palette_is_said(instance):
    """Without a palette there is no colour to show, and the note says so."""
    shown = picture(instance(np.zeros((2, 2), np.uint8), PhotometricInterpretation="PALETTE COLOR"))
    assert shown.array is None
    assert "Palette" in shown.note
