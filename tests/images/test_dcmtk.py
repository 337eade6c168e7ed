"""Pictures agree with those of DCMTK, which was written by other people from the same Standard."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest
from PIL import Image

from dicommove.images import picture

pytestmark = pytest.mark.peer

_ALIKE = [
    ("MR_small.dcm", 1),
    ("MR_small_RLE.dcm", 1),
    ("MR_small_bigendian.dcm", 1),
    ("MR_small_padded.dcm", 1),
    ("SC_rgb_jpeg_dcmtk.dcm", 3),
    ("SC_rgb_rle_16bit.dcm", 1),
    ("SC_ybr_full_422_uncompressed.dcm", 1),
    ("SC_rgb_small_odd_big_endian.dcm", 1),
    ("examples_palette.dcm", 1),
    ("examples_ybr_color.dcm", 3),
    ("image_dfl.dcm", 1),
]


@pytest.mark.parametrize(("name", "tolerance"), _ALIKE)
def test_same_picture_as_dcmtk(bundled, require, tmp_path, name, tolerance):
    """The same frame through the same window differs by rounding, and by the decoder where it is lossy."""
    shown = picture(bundled(name))
    frame = re.match(r"frame (\d+)", shown.note)
    window = ["+Wi", "1"] if "window" in shown.note else ["-W"]
    where = ["+F", frame[1] if frame else "1", bundled(name), tmp_path / "reference.pnm"]
    subprocess.run([require("dcmj2pnm"), *window, *where], check=True, capture_output=True)
    reference = np.asarray(Image.open(tmp_path / "reference.pnm")).astype(int)
    assert reference.shape == shown.array.shape
    assert np.abs(reference - shown.array).max() <= tolerance


def test_soft_tissue_window_as_dcmtk_draws_it(bundled, require, tmp_path):
    """The window that we choose for a CT without one gives what DCMTK gives when told the same window."""
    command = [require("dcmj2pnm"), "+Ww", "40", "400", bundled("CT_small.dcm"), tmp_path / "reference.pnm"]
    subprocess.run(command, check=True, capture_output=True)
    reference = np.asarray(Image.open(tmp_path / "reference.pnm")).astype(int)
    assert np.abs(reference - picture(bundled("CT_small.dcm")).array).max() <= 1


def test_one_bit_as_dcmtk_draws_it(bundled, require, tmp_path):
    """Pixels of one bit are black and white, as DCMTK's own stretch makes them."""
    command = [require("dcmj2pnm"), "+Wm", bundled("liver_1frame.dcm"), tmp_path / "reference.pnm"]
    subprocess.run(command, check=True, capture_output=True)
    assert (np.asarray(Image.open(tmp_path / "reference.pnm")) == picture(bundled("liver_1frame.dcm")).array).all()
