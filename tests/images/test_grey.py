"""Grey scale is brought to the screen as PS3.3 C.11 has it."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import Dataset

from dicommove.images import picture


def _ramp(kind: type = np.int16) -> np.ndarray:
    return np.arange(-2048, 2048, dtype=kind).reshape(64, 64)


def test_a_linear_window_ends_where_the_standard_says(instance):
    """Window 2048/4096 with LINEAR gives 0 at 0, 255 at 4095 and nothing clipped between (PS3.3 C.11.2.1.2.1)."""
    shown = picture(instance(np.arange(4096, dtype=np.uint16).reshape(64, 64), WindowCenter=2048, WindowWidth=4096))
    assert shown.note == "window 2048/4096"
    assert (shown.array.ravel()[[0, 1, 4094, 4095]] == [0, 0, 255, 255]).all()
    assert shown.array.ravel()[2048] == 128
    assert np.bincount(shown.array.ravel(), minlength=256).max() <= 17


@pytest.mark.parametrize(("function", "expected"), [("LINEAR_EXACT", [0, 128, 255]), ("SIGMOID", [30, 128, 225])])
def test_other_window_functions(instance, function, expected):
    """At the lower edge, the centre and the upper edge of the window (PS3.3 C.11.2.1.3)."""
    shown = picture(instance(_ramp(), WindowCenter=0, WindowWidth=1000, VOILUTFunction=function))
    assert np.abs(shown.array.ravel()[[1548, 2048, 2548]].astype(int) - expected).max() <= 1


def test_rescale_comes_before_the_window(instance):
    """A CT stored with an offset of 1024 is windowed in Hounsfield units."""
    stored = (_ramp() + 2048).astype(np.uint16)
    shown = picture(instance(stored, RescaleSlope=1, RescaleIntercept=-2048, WindowCenter=40, WindowWidth=400))
    direct = picture(instance(_ramp(), WindowCenter=40, WindowWidth=400))
    assert (shown.array == direct.array).all()


def test_ct_without_a_window_is_shown_as_soft_tissue(instance):
    """Hounsfield units without a window get 40/400, and the note says that the file had none."""
    shown = picture(instance(_ramp(), Modality="CT"))
    assert shown.note == "window 40/400 (none in the file)"
    assert shown.array.ravel()[2048 - 161] == 0
    assert shown.array.ravel()[2048 + 241] == 255


def test_monochrome1_is_inverted(instance):
    """The smallest value is white (PS3.3 C.7.6.3.1.2)."""
    stored = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert (picture(instance(stored, PhotometricInterpretation="MONOCHROME1")).array == 255 - stored).all()


def test_padding_is_black_and_does_not_spoil_the_window(instance):
    """Pixel Padding Value is left out of the percentiles and drawn black, in MONOCHROME1 too."""
    stored = np.full((64, 64), -32768, np.int16)
    stored[16:48, 16:48] = np.arange(1024, dtype=np.int16).reshape(32, 32)
    shown = picture(instance(stored, PixelPaddingValue=-32768, PhotometricInterpretation="MONOCHROME1"))
    assert shown.array[0, 0] == 0
    assert shown.array[16, 16] == 255
    assert shown.note.startswith("values 5.")


def test_a_window_that_shows_nothing_is_passed_over(instance):
    """The second window is taken when the first leaves a plain surface; percentiles when all do."""
    stored = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    second = picture(instance(stored, WindowCenter=[-5000, 2048], WindowWidth=[100, 4096]))
    none = picture(instance(stored, WindowCenter=-5000, WindowWidth=100))
    assert second.note == "window 2048/4096"
    assert none.note.startswith("values")


@pytest.mark.parametrize(("center", "width"), [("", ""), (100, 0), (100, -5)])
def test_unusable_windows_are_passed_over(instance, center, width):
    """Empty, zero and negative widths are no windows."""
    shown = picture(instance(_ramp(), WindowCenter=center, WindowWidth=width))
    assert shown.note.startswith("values")
    assert shown.array.max() == 255


def test_eight_bits_are_shown_as_stored(instance):
    """An ultrasound image of 8 bits is not stretched."""
    stored = np.arange(50, 114, dtype=np.uint8).reshape(8, 8)
    shown = picture(instance(stored, Modality="US"))
    assert (shown.array == stored).all()
    assert shown.note == "as stored"


def test_one_value_only_is_black_and_said(instance):
    """An empty image does not divide by zero."""
    shown = picture(instance(np.full((8, 8), 700, np.int16)))
    assert shown.note == "one value only"
    assert not shown.array.any()


def test_counts_begin_at_zero(instance):
    """What a lossy nuclear medicine image holds below zero is black."""
    stored = np.concatenate([np.full(64, -30), np.arange(960)]).astype(np.int16).reshape(32, 32)
    shown = picture(instance(stored, Modality="NM"))
    assert shown.note.startswith("values 0 to")


def _table(values: list[int], first: int = 0, bits: int = 16) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(values), first, bits])
    item.add_new("LUTData", "US", values)
    return item


def test_voi_lut_goes_before_the_window(instance):
    """A VOI LUT that turns the scale round is obeyed (PS3.3 C.11.2.1.1)."""
    stored = np.arange(256, dtype=np.uint16).reshape(16, 16)
    table = _table([(255 - value) * 257 for value in range(256)])
    shown = picture(instance(stored, VOILUTSequence=[table], WindowCenter=128, WindowWidth=256))
    assert shown.note == "VOI LUT"
    assert (shown.array == 255 - stored).all()


def test_a_damaged_voi_lut_leaves_the_window(instance):
    """A table without data is as good as none."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [256, 0, 16])
    shown = picture(instance(_ramp(), VOILUTSequence=[item], WindowCenter=0, WindowWidth=1000))
    assert shown.note == "window 0/1000"


def test_modality_lut_is_applied(instance):
    """A Modality LUT that doubles the values moves them in the window (PS3.3 C.11.1.1)."""
    stored = np.arange(256, dtype=np.uint16).reshape(16, 16)
    item = _table([value * 2 for value in range(256)])
    item.ModalityLUTType = "US"
    shown = picture(instance(stored, ModalityLUTSequence=[item], WindowCenter=256, WindowWidth=512))
    assert np.abs(shown.array.astype(int) - stored).max() <= 1


def test_enhanced_multi_frame_takes_the_values_of_its_frame(instance):
    """Rescale and window stand in functional groups, per frame before shared (PS3.3 C.7.6.16)."""

    def group(center: int) -> Dataset:
        rescale, window, item = Dataset(), Dataset(), Dataset()
        rescale.RescaleSlope, rescale.RescaleIntercept = 2, -100
        window.WindowCenter, window.WindowWidth = center, 100
        item.PixelValueTransformationSequence, item.FrameVOILUTSequence = [rescale], [window]
        return item

    frames = np.arange(768, dtype=np.uint16).reshape(48, 16) % 256
    dataset = instance(frames, Rows=16, NumberOfFrames=3, PerFrameFunctionalGroupsSequence=[group(n) for n in (0, 50, 100)])
    assert picture(dataset).note == "frame 2 of 3, window 50/100"
    assert picture(dataset, frame=3).note == "frame 3 of 3, window 100/100"
    assert picture(dataset, frame=1).array.ravel()[50] in (127, 128, 129)


def test_floating_point_pixels_with_holes(instance):
    """Float Pixel Data with NaN and infinity is drawn (PS3.3 C.7.6.24)."""
    values = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    values[0, :2] = np.nan, np.inf
    dataset = instance(values, FloatPixelData=values.tobytes())
    del dataset.PixelData, dataset.BitsStored
    shown = picture(dataset)
    assert shown.array.shape == (16, 16)
    assert shown.array[0, 0] == 0
    assert shown.array[0, 1] == 255


def test_one_bit_pixels_are_black_and_white(bundled):
    """A binary segmentation of 1 bit a pixel has two values."""
    shown = picture(bundled("liver_1frame.dcm"))
    assert set(np.unique(shown.array)) == {0, 255}
