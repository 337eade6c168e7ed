"""Frames and thumbnails as messages: what is said of them in JSON, pixels beside it in buffers."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image

from ..images import Table, Window, aspect, edges, numeric, picture, place, spacing_mm

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..images import Frame, Screen
    from .series import Slot

__all__ = ["Message", "frame_message", "png", "thumb_message", "windowed", "withheld"]

_THUMB = 96
"""Pixels of the longer side of a thumbnail."""


@dataclass(frozen=True, eq=False)
class Message:
    """A custom message to the front end.

    Attributes
    ----------
    content : dict
        JSON.
    buffers : tuple
        Bytes beside it.
    """

    content: dict[str, Any]
    buffers: tuple[Any, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Bytes of the buffers."""
        return sum(memoryview(buffer).nbytes for buffer in self.buffers)


def frame_message(slot: Slot, frame: Frame, screen: Screen) -> Message:
    """Say a decoded frame as a message of type ``frame``; where its file has no window that serves, ``usual`` is true.

    Parameters
    ----------
    slot : Slot
    frame : Frame
    screen : Screen
    """
    rows, columns = screen.values.shape[:2]
    content: dict[str, Any] = {
        "type": "frame", "rows": rows, "columns": columns, "samples": 3 if screen.values.ndim == 3 else 1,
        "dtype": screen.values.dtype.str[1:], "slope": screen.slope, "intercept": screen.intercept, "unit": screen.unit,
        "inverted": screen.inverted, "window": None, "usual": False, "function": "LINEAR", "lut": None, "padding": screen.padding,
        "aspect": spacing_mm(frame.header, frame.index) or (aspect(frame.header, frame.index), 1.0),
        "position": place(frame.header, frame.index), "orientation": edges(frame.header, frame.index),
        "instance": _instance(slot), "note": screen.note, "error": None,
    }  # fmt: skip
    buffers: tuple[Any, ...] = (screen.values.data.cast("B"),)
    if isinstance(screen.voi, Window):
        content |= windowed(screen.voi) | {"usual": not screen.voi.of_file}
    if isinstance(screen.voi, Table):
        content["lut"] = {"first": screen.voi.first, "bits": 16, "length": len(screen.voi.entries)}
        buffers += (screen.voi.entries.astype("<u2", copy=False).data.cast("B"),)
    return Message(content, buffers)


def windowed(window: Window) -> dict[str, Any]:
    """Say a window as parts of the message ``frame``."""
    return {"window": (window.center, window.width), "function": window.function}


def withheld(slot: Slot | None, reason: str) -> Message:
    """Return the message of type ``frame`` of one that cannot be shown, with the reason in words."""
    return Message({"type": "frame", "rows": 0, "columns": 0, "instance": slot and _instance(slot), "error": reason})


def thumb_message(slot: Slot) -> Message:
    """Return the message of type ``thumb`` of a series: a PNG, or a note where there is no picture."""
    try:
        shown = picture(slot.source, slot.frame + 1).thumbnail(_THUMB)
    except OSError as error:
        return Message({"type": "thumb", "note": f"the file cannot be read: {error.strerror or type(error).__name__}"})
    if shown.array is None:
        return Message({"type": "thumb", "note": shown.note})
    return Message({"type": "thumb", "note": ""}, (png(shown.array, shown.aspect),))


def png(array: NDArray[np.uint8], aspect: float = 1.0) -> bytes:
    """Encode a picture of 8 bits as PNG, its pixels made square.

    Examples
    --------
    >>> import numpy as np
    >>> png(np.zeros((4, 2), np.uint8))[1:4]
    b'PNG'
    """
    image = Image.fromarray(array)
    if aspect != 1.0:
        rows, columns = array.shape[:2]
        size = (columns, round(rows * aspect)) if aspect > 1 else (round(columns / aspect), rows)
        image = image.resize((max(1, size[0]), max(1, size[1])), Image.Resampling.BILINEAR)
    file = BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _instance(slot: Slot) -> int | None:
    found = numeric(slot.row.get("InstanceNumber"))
    return int(found[0]) if found else None
