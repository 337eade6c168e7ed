"""Where a decoder of the extra is not installed, its tile says which transfer syntax it is for and what to do."""

from __future__ import annotations

import subprocess
import sys

from pydicom.uid import JPEGLSLossless

_PROGRAM = """
import sys, threading
for name in ("pylibjpeg", "gdcm", "jpeg_ls"):  # before pydicom looks for them
    sys.modules[name] = None
import pydicom
from dicommove.panels.preview import Preview
preview, came = Preview(sys.argv[1]), threading.Event()
def take(content, buffers=None):
    if content["type"] in ("frame", "thumb"):
        print(content.get("error") or content.get("note"))
        came.set()
preview.send = take
for kind in ({"type": "want", "series": 0, "frames": [0]}, {"type": "thumb", "series": [0]}):
    came.clear()
    preview._handle_custom_msg(kind, [])
    assert came.wait(30)
preview.close()
"""


def test_the_tile_names_the_missing_decoder(on_disk, slice_of):
    """In the picture's place and in its thumbnail, in a fresh interpreter that has none of the decoders."""
    dataset = slice_of(0)
    dataset.PixelData = b"\xfe\xff\x00\xe0\0\0\0\0\xfe\xff\x00\xe0\x04\0\0\0\xff\xd8\xff\xd9\xfe\xff\xdd\xe0\0\0\0\0"
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
    folder = on_disk(dataset)
    done = subprocess.run([sys.executable, "-c", _PROGRAM, folder], check=True, capture_output=True, text=True, timeout=60)
    said = 'JPEG-LS Lossless Image Compression needs a decoder: pip install "dicommove[lab]"'
    assert done.stdout.splitlines() == [said, said]
