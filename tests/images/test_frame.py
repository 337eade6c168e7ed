"""One frame is decoded, whatever surrounds it; what cannot be decoded says why."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import MPEG4HP41, UID, DeflatedExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from dicommove.errors import PixelError
from dicommove.images import frame_array, picture, read_frame


def test_the_middle_frame_is_taken_when_none_is_named(bundled):
    """30 frames of ultrasound: the sixteenth, numbered from 0 as 15."""
    frame = read_frame(bundled("examples_ybr_color.dcm"))
    assert (frame.index, frame.count, frame.photometric) == (15, 30, "RGB")
    assert frame.values.shape == (240, 320, 3)


def test_other_frames_stay_encoded(bundled):
    """A frame can be had although the one before it is damaged: only the wanted one is decoded."""
    whole = dcmread(bundled("SC_rgb_rle_2frame.dcm"))
    expected = whole.pixel_array[1]
    good = bundled("SC_rgb_rle_2frame.dcm").read_bytes()
    start = good.index(b"\xfe\xff\x00\xe0", good.index(b"\xe0\x7f\x10\x00OB") + 20) + 8
    damaged = dcmread(BytesIO(good[: start + 64] + b"\xff" * 64 + good[start + 128 :]))
    assert (frame_array(damaged, 1) == expected).all()
    with pytest.raises(PixelError, match="cannot be decoded"):
        frame_array(damaged, 0)


def test_a_frame_of_a_large_file_is_read_alone(instance, tmp_path):
    """A native multi-frame is read at the place of its frame: the file may be far larger than what is read."""
    first = np.zeros((64, 64), np.uint16)
    dataset = instance(first, NumberOfFrames=1000)
    path = tmp_path / "large.dcm"
    dataset.save_as(path, enforce_file_format=False)
    with path.open("r+b") as file:
        header = path.read_bytes()
        at = header.index(b"\xe0\x7f\x10\x00OW\0\0") + 8
        file.seek(at)
        file.write((64 * 64 * 2 * 1000).to_bytes(4, "little"))
        file.seek(at + 4 + 64 * 64 * 2 * 700)
        file.write(np.full((64, 64), 7, np.uint16).tobytes())
    assert (frame_array(path, 700) == 7).all()
    assert not frame_array(path, 699).any()


def test_too_many_frames_claimed_still_shows_the_first(instance):
    """Number of Frames may lie: when its middle cannot be had, the first frame is shown and named."""
    shown = picture(instance(np.arange(64, dtype=np.uint8).reshape(8, 8), NumberOfFrames=500))
    assert shown.note == "frame 1 of 500, as stored"


@pytest.mark.parametrize("frame", [0, -1, 3])
def test_a_frame_that_is_not_there(instance, frame):
    """Frames count from 1; another number gives a note, no wrong picture."""
    shown = picture(instance(np.zeros((4, 4), np.uint8), Rows=2, NumberOfFrames=2), frame=frame)
    assert shown.array is None
    assert "the instance has 2" in shown.note


@pytest.mark.parametrize("name", ["ExplVR_LitEndNoMeta.dcm", "image_dfl.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm"])
def test_odd_files_are_opened(bundled, name):
    """Without file meta, deflated, big endian, implicit: all are read as far as their pixels."""
    shown = picture(bundled(name))
    assert shown.array is not None or shown.note.endswith("(no pixels)")


def test_big_endian_and_little_endian_agree(bundled):
    """The same instance in two byte orders gives the same values."""
    assert (frame_array(bundled("MR_small_bigendian.dcm")) == frame_array(bundled("MR_small.dcm"))).all()


def test_signed_values_stay_signed(bundled):
    """Pixel Representation 1 gives negative values."""
    assert frame_array(bundled("J2K_pixelrep_mismatch.dcm")).min() < -1000


def test_truncated_pixels_are_said(bundled):
    """Fewer bytes than Rows and Columns say."""
    assert picture(bundled("MR_truncated.dcm")).note == "cannot be decoded: Pixel Data is shorter than Rows and Columns say"


def _deflated(dataset, payload: bytes, path):
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    meta = BytesIO()
    write_file_meta_info(meta, dataset.file_meta, enforce_standard=False)
    body = meta.getvalue()
    length = b"\x02\0\0\0UL\x04\0" + len(body).to_bytes(4, "little")
    path.write_bytes(b"\0" * 128 + b"DICM" + length + body + payload)
    return path


def test_a_deflated_bomb_is_not_inflated(instance, tmp_path):
    """Some hundred kilobytes that inflate to more than a quarter of a gigabyte are refused."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    zeros = bytes(1 << 20)
    payload = b"".join(squeeze.compress(zeros) for _ in range(300)) + squeeze.flush()
    shown = picture(_deflated(instance(np.zeros((2, 2), np.uint8)), payload, tmp_path / "bomb.dcm"))
    assert shown.note == "the deflated data set is too large for a picture"


def test_damaged_deflated_data_is_said(instance, tmp_path):
    """Bytes that zlib refuses end in a note."""
    shown = picture(_deflated(instance(np.zeros((2, 2), np.uint8)), b"\xff" * 64, tmp_path / "bad.dcm"))
    assert shown.note == "the deflated data set is damaged"


def test_claims_beyond_all_measure_are_refused(instance):
    """A small file that claims 65,535 x 65,535 pixels is not believed."""
    shown = picture(instance(np.zeros((2, 2), np.uint16), Rows=65535, Columns=65535))
    assert shown.note == "65535 x 65535 is too large for a picture"


@pytest.mark.parametrize("keyword", ["Rows", "Columns", "BitsAllocated"])
def test_what_is_missing_is_named(instance, keyword):
    """Without its size or depth a frame cannot be read."""
    dataset = instance(np.zeros((2, 2), np.uint8))
    delattr(dataset, keyword)
    assert "missing" in picture(dataset).note


@pytest.mark.parametrize(
    "keyword", ["SamplesPerPixel", "PhotometricInterpretation", "PixelRepresentation", "PlanarConfiguration", "BitsStored"]
)
def test_what_a_careless_writer_left_out_is_assumed(instance, keyword):
    """Attributes with one sensible value need not be there."""
    stored = np.arange(4, dtype=np.uint8).reshape(2, 2)
    dataset = instance(stored)
    delattr(dataset, keyword)
    assert (picture(dataset).array == stored).all()


def test_video_and_unknown_syntaxes_are_named(instance):
    """What no decoder exists for is said by the syntax's name."""
    dataset = instance(np.zeros((2, 2), np.uint8))
    dataset.file_meta.TransferSyntaxUID = MPEG4HP41
    assert picture(dataset).note == "no decoder for MPEG-4 AVC/H.264 High Profile / Level 4.1"
    dataset.file_meta.TransferSyntaxUID = UID("1.2.3.4")
    assert picture(dataset).note == "no decoder for transfer syntax 1.2.3.4"


def test_extended_offset_table_finds_the_frame(instance):
    """Frames are found by the Extended Offset Table (PS3.3 C.7.6.3.1.8)."""
    dataset = instance(np.zeros((4, 4), np.uint8), NumberOfFrames=2)
    dataset.compress(RLELossless, np.stack([np.full((4, 4), 3, np.uint8), np.full((4, 4), 9, np.uint8)]), encapsulate_ext=True)
    assert dataset.ExtendedOffsetTable
    assert (frame_array(dataset, 1) == 9).all()


def test_empty_encapsulated_pixel_data_is_said(instance):
    """A fragment of nothing ends in a note, not in an exception."""
    dataset = instance(np.zeros((2, 2), np.uint8))
    dataset.file_meta.TransferSyntaxUID = RLELossless
    dataset["PixelData"].value = encapsulate([b"\0\0"])
    assert picture(dataset).note.startswith("cannot be decoded")


def test_boxes_that_lead_nowhere_are_refused(instance):
    """A JPEG 2000 box of length 0 before the codestream would be stepped over for ever."""
    dataset = instance(np.zeros((2, 2), np.uint8))
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    dataset["PixelData"].value = encapsulate([b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(32)])
    assert picture(dataset).note == "cannot be decoded: its JPEG 2000 boxes are damaged"


def test_what_is_no_instance(tmp_path):
    """Text, nothing and random bytes are no DICOM instances; a file that is not there is an OSError."""
    for content in (b"hello world, this is no instance", b"", bytes(range(256)) * 8):
        path = tmp_path / "file"
        path.write_bytes(content)
        shown = picture(path)
        assert shown.array is None
        assert "no" in shown.note.split()
    with pytest.raises(FileNotFoundError):
        picture(tmp_path / "absent.dcm")


_WITHOUT_DECODERS = """
import sys
for name in ("PIL", "pylibjpeg", "libjpeg", "openjpeg", "rle", "gdcm", "jpeg_ls"):
    sys.modules[name] = None
from dicommove.images import picture
for path in sys.argv[1:]:
    print(picture(path).note)
"""


def test_a_missing_decoder_names_the_extra(bundled):
    """Without the decoders' packages, JPEG says which extra helps and RLE, which pydicom knows itself, is drawn."""
    names = ("SC_rgb_jpeg_gdcm.dcm", "MR_small_jp2klossless.dcm", "MR_small_RLE.dcm")
    command = [sys.executable, "-c", _WITHOUT_DECODERS, *(str(bundled(name)) for name in names)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert all(line.endswith('needs a decoder: pip install "dicommove[lab]"') for line in lines[:2])
    assert lines[2] == "window 600/1600"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have no names here")
def test_pipe_is_nothing_to_wait_for(tmp_path):
    """A pipe where a catalogue names a file is no picture; nobody waits for its other end."""
    os.mkfifo(tmp_path / "1.dcm")
    with pytest.raises(PixelError, match="no file"):
        read_frame(tmp_path / "1.dcm")
