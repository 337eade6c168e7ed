"""What a viewer gets of a frame draws the same picture as our own, whatever the frame is made of."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from dicommove.errors import PixelError
from dicommove.images import Table, Window, on_screen, picture, read_frame
from dicommove.images.attributes import numbers, text

_FILES = [
    "CT_small.dcm",
    "MR_small.dcm",
    "MR_small_bigendian.dcm",
    "examples_palette.dcm",
    "examples_ybr_color.dcm",
    "liver_1frame.dcm",
    "SC_rgb_rle_16bit.dcm",
    "SC_ybr_full_422_uncompressed.dcm",
    "J2K_pixelrep_mismatch.dcm",
    "JPEG2000.dcm",
]


def lut(first, entries, bits=16):
    """Item of a LUT sequence (PS3.3 C.11.1.1, C.11.2.1.1)."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries) % 65536, first, bits])
    item.add_new("LUTData", "US", [int(one) for one in entries])
    return item


def screen(source, index=0):
    """The frame as a viewer gets it."""
    return on_screen(read_frame(source, index))


@pytest.mark.parametrize("name", _FILES)
def test_drawn_by_the_book_it_is_our_picture(bundled, name):
    """Values, slope, window, table, inversion and padding together say all that the picture needs."""
    frame = read_frame(bundled(name))
    assert (on_screen(frame).drawn() == picture(bundled(name), frame.index + 1).array).all()


@pytest.mark.parametrize(
    ("stored", "expected"),
    [(np.uint8, "|u1"), (np.int8, "|i1"), (np.uint16, "<u2"), (np.int16, "<i2"), (np.uint32, "<u2"), (np.int32, "<i2")],
)
def test_values_come_as_stored(instance, stored, expected):
    """8 and 16 bits stay; small numbers of 32 bits become 16, for a browser has no use for more."""
    values = np.arange(64).astype(stored).reshape(8, 8) - (10 if np.dtype(stored).kind == "i" else 0)
    seen = screen(instance(values.astype(stored)))
    assert (seen.values == values).all()
    assert seen.values.dtype.str == expected
    assert seen.values.flags["C_CONTIGUOUS"]


def test_large_numbers_of_32_bits_become_floats(instance):
    """What does not fit 16 bits is float32."""
    assert screen(instance(np.array([[0, 1 << 20]], np.uint32))).values.dtype.str == "<f4"


def test_floating_point_pixels(instance):
    """Float Pixel Data with a NaN in it: shown, the NaN black (PS3.3 C.7.6.24)."""
    dataset = instance(np.zeros((1, 3), np.float32), BitsAllocated=32)
    dataset.add_new("FloatPixelData", "OF", np.array([np.nan, 0.25, 0.5], np.float32).tobytes())
    del dataset.PixelData, dataset.PixelRepresentation
    seen = screen(dataset)
    assert seen.values.dtype.str == "<f4"
    assert seen.drawn()[0, 0] == 0
    assert seen.drawn()[0, 2] == 255


def test_the_unit_is_what_the_file_says(instance):
    """Rescale Type, Units of a PET, Hounsfield units of a CT that rescales; none for others."""
    plain = np.zeros((2, 2), np.int16)
    assert screen(instance(plain, Modality="CT", RescaleIntercept=-1024, RescaleSlope=1)).unit == "HU"
    assert screen(instance(plain, Modality="PT", Units="BQML", RescaleIntercept=0, RescaleSlope=2)).unit == "BQML"
    assert screen(instance(plain, Modality="CT", RescaleIntercept=0, RescaleSlope=1, RescaleType="US")).unit == "HU"
    assert screen(instance(plain, Modality="MR", RescaleType="mm2/s")).unit == "mm2/s"
    assert not screen(instance(plain, Modality="MR")).unit


def test_a_voi_table_is_scaled_to_16_bits(instance):
    """A table of 10 bits reaches white at its own largest value."""
    seen = screen(instance(np.array([[4, 5, 6, 9]], np.uint16), VOILUTSequence=[lut(5, [0, 512, 1023], 10)]))
    assert isinstance(seen.voi, Table)
    assert (seen.voi.first, seen.voi.entries.tolist()) == (5, [0, 32800, 65535])
    assert seen.drawn().tolist() == [[0, 0, 128, 255]]


@pytest.mark.parametrize("descriptor", [[3, 0], [3, 0, 7], [60000, 0, 16]])
def test_a_damaged_voi_table_leaves_the_window(instance, descriptor):
    """A descriptor that is short, of odd bits, or promises more than there is: the window comes next."""
    item = lut(0, [0, 1, 2])
    item.LUTDescriptor = descriptor
    seen = screen(instance(np.array([[0, 5], [9, 9]], np.uint16), VOILUTSequence=[item], WindowCenter=5, WindowWidth=10))
    assert seen.voi == Window(5, 10)


def test_a_modality_table_is_looked_up(instance):
    """Values are in the unit of the table; its type is the unit; padding stays black (PS3.3 C.11.1.1.2)."""
    item = lut(0, [100, 200, 300, 400])
    item.ModalityLUTType = "HU"
    stored = np.array([[0, 1], [2, 3]], np.uint16)
    plain = screen(instance(stored, ModalityLUTSequence=[item], WindowCenter=250, WindowWidth=300))
    padded = screen(instance(stored, ModalityLUTSequence=[item], WindowCenter=250, WindowWidth=300, PixelPaddingValue=3))
    assert (plain.values.tolist(), plain.unit, plain.slope) == ([[100, 200], [300, 400]], "HU", 1.0)
    assert padded.drawn()[1, 1] == 0
    assert padded.drawn()[1, 0] > 0


def test_padding_is_said_only_where_there_is_some(instance):
    """A picture that is all padding, or has none, is drawn whole."""
    stored = np.arange(16, dtype=np.int16).reshape(4, 4)
    assert screen(instance(stored, PixelPaddingValue=3)).padding == (3, 3)
    assert screen(instance(stored, PixelPaddingValue=99)).padding is None
    assert screen(instance(np.full((2, 2), 3, np.int16), PixelPaddingValue=3)).padding is None


def test_another_window_keeps_the_function(instance):
    """What the user chooses is drawn by the file's own function; colour has no window."""
    grey = screen(instance(np.arange(16, dtype=np.int16).reshape(4, 4), WindowCenter=5, WindowWidth=10, VOILUTFunction="SIGMOID"))
    colour = screen(instance(np.zeros((2, 2, 3), np.uint8)))
    assert grey.through(8, 4).voi == Window(8, 4, "SIGMOID")
    assert colour.through(8, 4).voi is None
    assert (colour.drawn() == 0).all()


def test_an_odd_function_is_linear(instance):
    """A VOI LUT Function that the Standard does not know is taken as LINEAR."""
    seen = screen(instance(np.arange(16, dtype=np.int16).reshape(4, 4), WindowCenter=5, WindowWidth=10, VOILUTFunction="ODD"))
    assert seen.voi == Window(5, 10)


def test_a_missing_palette_is_said(instance):
    """PALETTE COLOR without its tables cannot be drawn."""
    with pytest.raises(PixelError, match="Palette"):
        screen(instance(np.zeros((2, 2), np.uint8), PhotometricInterpretation="PALETTE COLOR"))


def test_odd_values_are_read_without_remarks(instance, tmp_path):
    """In a thread, where pydicom's warnings cannot be kept off the screen, numbers and texts are read from the bytes."""
    dataset = instance(np.arange(16, dtype=np.int16).reshape(4, 4), WindowCenter=5, WindowWidth=10)
    path = tmp_path / "odd.dcm"
    dataset.SeriesDescription = "x" * 64
    dataset.save_as(path, enforce_file_format=False)
    content = path.read_bytes().replace(b"\x28\0\x50\x10DS\x02\x005 ", b"\x28\0\x50\x10DS\x16\x005.00000000000000000000")
    path.write_bytes(content.replace(b"LO\x40\0" + b"x" * 64, b"LO\x46\0" + b"x" * 70))
    with ThreadPoolExecutor() as pool:
        frame = pool.submit(read_frame, path).result()
        assert pool.submit(on_screen, frame).result().voi == Window(5, 10)
        assert pool.submit(text, frame.header, "SeriesDescription").result() == "x" * 70


def test_an_element_without_a_value_is_absent(instance):
    """An unknown VR that pydicom could not read, as a damaged file has it: no exception, no value."""
    header = instance(np.zeros((2, 2), np.uint8))
    header._dict[Tag("SliceThickness")] = RawDataElement(Tag("SliceThickness"), "Dn", 4, None, 0, False, True)
    assert (numbers(header, "SliceThickness"), text(header, "SliceThickness")) == ((), "")
