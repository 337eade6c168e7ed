"""A series as an array: in its unit, in order, or a clear reason why not."""

from __future__ import annotations

import numpy as np
import pytest

from dicommove.errors import PixelError
from dicommove.panels.series import Series
from dicommove.panels.volume import volume


def array(*datasets):
    """Array of a series of data sets."""
    return volume(Series.of(0, [{"dataset": one, "InstanceNumber": n} for n, one in enumerate(datasets)]))


def test_whole_numbers_stay_whole(slice_of):
    """Hounsfield units fit 16 bits."""
    found = array(slice_of(0), slice_of(1))
    assert (found.dtype, found[1, 0, 0]) == (np.int16, -1023)


def test_fractions_become_floats(slice_of):
    """One slice with a slope of a half makes the whole an array of floats; those before it keep their values."""
    found = array(slice_of(0), slice_of(1, RescaleSlope="0.5"))
    assert (found.dtype, found[0, 0, 1], found[1, 0, 0]) == (np.float32, -1023.0, -1023.5)


def test_what_does_not_fit_16_bits_becomes_floats(slice_of):
    """A slope of a thousand."""
    assert array(slice_of(0, RescaleSlope="1000")).dtype == np.float32


def test_colour_stays_colour(slice_of):
    """Bytes in RGB."""
    dataset = slice_of(0, SamplesPerPixel=3, PlanarConfiguration=0, BitsAllocated=8, BitsStored=8, PixelRepresentation=0)
    dataset.PhotometricInterpretation, dataset.PixelData = "RGB", bytes(range(144))
    found = array(dataset)
    assert (found.shape, found.dtype, found[0, 0, 1].tolist()) == ((1, 8, 6, 3), np.uint8, [3, 4, 5])


def test_different_sizes_are_refused(slice_of):
    """The text says which picture."""
    with pytest.raises(PixelError, match="picture 2 is of another size"):
        array(slice_of(0), slice_of(1, Rows=6, Columns=8))
