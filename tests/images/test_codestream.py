"""What a file claims is looked at before it is believed: frames that say they are huge, headers of millions of elements."""

from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit

from dicommove.errors import PixelError
from dicommove.images import frame_array, read_header, source


@pytest.fixture
def compressed(instance):
    """Make an instance of 64 by 64 pixels whose frame, once compressed, was changed."""

    def make(kind, syntax, change):
        coded = BytesIO()
        Image.new("L", (64, 64)).save(coded, kind, **({"no_jp2": True} if kind == "JPEG2000" else {}))
        frame = bytearray(coded.getvalue())
        change(frame)
        dataset = instance(np.zeros((64, 64), np.uint8))
        dataset.PixelData = encapsulate([bytes(frame)])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta.TransferSyntaxUID = syntax
        return dataset

    return make


def huge_jpeg(frame):
    """Rows and columns of its frame header (ISO/IEC 10918-1 B.2.2)."""
    at = frame.index(b"\xff\xc0")
    frame[at + 5 : at + 9] = struct.pack(">HH", 65535, 65535)


def huge_jpeg2000(frame):
    """Reference grid of its SIZ segment (ISO/IEC 15444-1 A.5.1)."""
    at = frame.index(b"\xff\x51")
    frame[at + 6 : at + 14] = struct.pack(">II", 60000, 60000)


@pytest.mark.parametrize(
    ("kind", "syntax", "change", "told"),
    [("JPEG", JPEGBaseline8Bit, huge_jpeg, "65535 x 65535"), ("JPEG2000", JPEG2000Lossless, huge_jpeg2000, "60000 x 60000")],
)
def test_frame_that_says_it_is_huge_is_refused_before_it_is_decoded(compressed, kind, syntax, change, told):
    """A decoder would work for minutes on some hundred bytes, and take gigabytes."""
    assert frame_array(compressed(kind, syntax, lambda _: None)).shape == (64, 64)
    with pytest.raises(PixelError, match=f"says that it is {told}, which is too large for a picture"):
        frame_array(compressed(kind, syntax, change))


def test_frame_without_a_header_is_left_to_the_decoder(compressed):
    """What is no JPEG at all has no size; the decoder says so."""
    with pytest.raises(PixelError, match="cannot be decoded"):
        frame_array(compressed("JPEG", JPEGBaseline8Bit, lambda frame: frame.__setitem__(slice(None), b"\xff" * 40)))


def test_samples_of_a_frame_are_bounded(instance):
    """A few megabytes of RLE may stand for 16000 by 16000 pixels, which windowing would make gigabytes of."""
    with pytest.raises(PixelError, match="16000 x 16000 is too large"):
        frame_array(instance(np.zeros((4, 4), np.uint8), Rows=16000, Columns=16000))


def test_elements_before_the_pixels_are_bounded(instance, tmp_path, monkeypatch):
    """A file of a million empty elements is refused after the first hundred thousand, and says why."""
    monkeypatch.setattr(source, "MOST_ELEMENTS", 200)
    dataset = instance(np.zeros((4, 4), np.uint8))
    path = tmp_path / "a.dcm"
    dataset.save_as(path, enforce_file_format=False)
    assert read_header(path).Rows == 4
    for number in range(200):
        dataset.add_new(0x0009_1000 + number, "LO", "")
    dataset.save_as(path, enforce_file_format=False)
    with pytest.raises(PixelError, match="more than 200 elements stand before its pixels"):
        read_header(path)
