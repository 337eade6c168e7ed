"""PIXELS: from one instance to an array and a picture, and from many to a contact sheet; knows nothing of Jupyter or of results.

`sheet` alone needs matplotlib and is therefore not imported here.
"""

from __future__ import annotations

from .acquisition import ACQUISITION, PLANES, acquisition, plane
from .frame import Frame, frame_array, frame_of, read_frame
from .kinds import kind
from .middle import middle
from .order import Order, numeric, ordered
from .pictures import Picture, picture
from .placing import aspect, edges, place, spacing_mm
from .screen import Screen, on_screen
from .source import Encoded, opened, read_header
from .tiles import Tile
from .voi import Table, Window, file_windows

__all__ = [
    "ACQUISITION",
    "PLANES",
    "Encoded",
    "Frame",
    "Order",
    "Picture",
    "Screen",
    "Table",
    "Tile",
    "Window",
    "acquisition",
    "aspect",
    "edges",
    "file_windows",
    "frame_array",
    "frame_of",
    "kind",
    "middle",
    "numeric",
    "on_screen",
    "opened",
    "ordered",
    "picture",
    "place",
    "plane",
    "read_frame",
    "read_header",
    "spacing_mm",
]
