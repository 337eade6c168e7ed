"""Each kind of picture as DCMTK draws it: what a viewer gets, drawn by the book, within a stated tolerance of 256 grey levels."""

from __future__ import annotations

import subprocess
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset

from dicommove.images import aspect, on_screen, read_frame

pytestmark = pytest.mark.peer

RAMP = np.arange(4096).reshape(64, 64)
COLOURS = np.stack([RAMP // 16, 255 - RAMP // 16, RAMP % 256], axis=2).astype(np.uint8)


class Kind(NamedTuple):
    """A frame, how it is windowed, and by how many grey levels of 256 the two programs may differ."""

    stored: np.ndarray
    attributes: dict
    options: tuple = ("+Wi", "1")
    tolerance: int = 1


def lut(first, entries, bits=16):
    """Item of a LUT sequence."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, bits])
    item.add_new("LUTData", "US", [int(one) for one in entries])
    return item


def window(center, width, **others):
    """Attributes of a window."""
    return {"WindowCenter": center, "WindowWidth": width, **others}


def ybr(rgb):
    """RGB to YBR_FULL (PS3.3 C.7.6.3.1.2)."""
    matrix = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
    return np.clip(np.rint(rgb @ matrix.T + [0, 128, 128]), 0, 255).astype(np.uint8)


def palette(bits):
    """Tables of 256 colours (PS3.3 C.7.9)."""
    tables = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, entries in (("Red", range(256)), ("Green", range(255, -1, -1)), ("Blue", [(7 * n) % 256 for n in range(256)])):
        values = np.array(entries, np.uint16) * (257 if bits == 16 else 1)
        tables[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        tables[f"{name}PaletteColorLookupTableData"] = values.astype("<u2" if bits == 16 else np.uint8).tobytes()
    return tables


KINDS = {
    "8 bits": Kind((RAMP // 16).astype(np.uint8), {}, ("-W",), 0),
    "12 bits": Kind(RAMP.astype(np.uint16), window(1000, 1500, BitsStored=12, HighBit=11)),
    "16 bits": Kind((RAMP * 16).astype(np.uint16), window(32768, 40000)),
    "signed": Kind((RAMP - 2048).astype(np.int16), window(-200, 1500)),
    "signed 12 bits": Kind((RAMP - 2048).astype(np.int16), window(100, 3000, BitsStored=12, HighBit=11)),
    "MONOCHROME1": Kind(RAMP.astype(np.uint16), window(2000, 2500, PhotometricInterpretation="MONOCHROME1")),
    "rescale": Kind(RAMP.astype(np.uint16), window(40, 400, RescaleSlope="0.25", RescaleIntercept="-300")),
    "SIGMOID": Kind(RAMP.astype(np.uint16), window(2048, 1000, VOILUTFunction="SIGMOID")),
    "window of 1": Kind(RAMP.astype(np.uint16), window(2048, 1), tolerance=0),
    "modality LUT": Kind(RAMP.astype(np.uint16), window(3000, 5000, ModalityLUTSequence=[lut(100, np.arange(0, 8000, 2))])),
    "VOI LUT": Kind(
        RAMP.astype(np.uint16), {"VOILUTSequence": [lut(500, np.linspace(0, 65535, 2000) ** 2 / 65535)]}, ("+Wl", "1")
    ),
    "VOI LUT 10 bits": Kind(RAMP.astype(np.uint16), {"VOILUTSequence": [lut(0, np.arange(1024), 10)]}, ("+Wl", "1")),
    "palette 8 bits": Kind((RAMP % 256).astype(np.uint8), palette(8), (), 0),
    "palette 16 bits": Kind((RAMP % 256).astype(np.uint8), palette(16), (), 1),
    "RGB": Kind(COLOURS, {}, (), 0),
    "planar": Kind(COLOURS, {"PlanarConfiguration": 1, "PixelData": COLOURS.transpose(2, 0, 1).tobytes()}, (), 0),
    "YBR_FULL": Kind(COLOURS, {"PhotometricInterpretation": "YBR_FULL", "PixelData": ybr(COLOURS).tobytes()}, (), 2),
    "planar YBR_FULL": Kind(
        COLOURS,
        {
            "PhotometricInterpretation": "YBR_FULL",
            "PlanarConfiguration": 1,
            "PixelData": ybr(COLOURS).transpose(2, 0, 1).tobytes(),
        },
        (),
        2,
    ),
}


@pytest.fixture
def reference(require, tmp_path):
    """Draw a file with DCMTK."""

    def draw(path, *options):
        command = [require("dcmj2pnm"), *options, path, tmp_path / "reference.pnm"]
        subprocess.run(command, check=True, capture_output=True)
        return np.asarray(Image.open(tmp_path / "reference.pnm")).astype(int)

    return draw


def saved(dataset, folder):
    """Write a data set as a file that DCMTK takes."""
    dataset.SOPInstanceUID = "1.2.3"
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    if "HighBit" not in dataset:
        dataset.HighBit = dataset.BitsStored - 1
    dataset.save_as(folder / "made.dcm", enforce_file_format=True)
    return folder / "made.dcm"


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_as_dcmtk_draws_it(instance, reference, tmp_path, name):
    """The same pixels through the same window, table, palette or colour model."""
    kind = KINDS[name]
    path = saved(instance(kind.stored, **kind.attributes), tmp_path)
    drawn = on_screen(read_frame(path, 0)).drawn().astype(int)
    expected = reference(path, *kind.options)
    assert drawn.shape == expected.shape
    assert np.abs(drawn - expected).max() <= kind.tolerance
    assert len(np.unique(drawn)) > 1


def test_frames_of_a_multi_frame(instance, reference, tmp_path):
    """Every frame is the one that DCMTK draws under its number."""
    frames = np.stack([np.roll(RAMP // 16, 7 * n, axis=0) for n in range(3)]).astype(np.uint8)
    path = saved(instance(frames[0], NumberOfFrames=3, PixelData=frames.tobytes()), tmp_path)
    for index in range(3):
        assert (on_screen(read_frame(path, index)).drawn() == reference(path, "-W", "+F", str(index + 1))).all()


def test_one_bit(bundled, reference):
    """A segmentation of one bit a pixel is black and white."""
    assert (on_screen(read_frame(bundled("liver_1frame.dcm"), 0)).drawn() == reference(bundled("liver_1frame.dcm"), "+Wm")).all()


@pytest.mark.parametrize("attributes", [{"PixelSpacing": [2, 1]}, {"PixelAspectRatio": [3, 2]}])
def test_proportions(instance, reference, tmp_path, attributes):
    """Pixels that are not square make the picture as high as DCMTK makes it; one row of rounding."""
    path = saved(instance((RAMP // 16).astype(np.uint8), **attributes), tmp_path)
    rows, columns = reference(path, "-W", "+a", "+Sxv", "64").shape
    assert columns == 64
    assert abs(rows - 64 * aspect(read_frame(path, 0).header)) <= 1
