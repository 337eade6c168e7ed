"""PIXELS: from one instance to an array and a picture, and from many to a contact sheet; knows nothing of Jupyter or of results.

`sheet` alone needs matplotlib and is therefore not imported here.
"""

from __future__ import annotations

from .frame import Frame, frame_array, read_frame
from .middle import middle
from .pictures import Picture, picture
from .tiles import Tile

__all__ = ["Frame", "Picture", "Tile", "frame_array", "middle", "picture", "read_frame"]
