"""Colour: palettes and RGB of any depth to 8 bits each (PS3.3 C.7.6.3.1, C.7.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.pixels.processing import apply_color_lut

from ..errors import PixelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .frame import Frame

__all__ = ["colour", "palette"]


def colour(frame: Frame) -> NDArray[np.uint8]:
    """Bring an RGB frame to 8 bits a sample.

    Returns
    -------
    ndarray
        uint8 (rows, columns, 3).
    """
    return _to_bytes(frame.values, 2.0**frame.bits - 1)


def palette(frame: Frame) -> NDArray[np.uint8]:
    """Look up the colours of a PALETTE COLOR frame.

    Returns
    -------
    ndarray
        uint8 (rows, columns, 3).

    Raises
    ------
    PixelError
        The palette is missing or damaged.
    """
    try:
        found = apply_color_lut(frame.values, frame.header)[..., :3]
    except Exception as error:  # hostile descriptors make it raise nearly anything
        raise PixelError("its Palette Color Lookup Table is missing or damaged") from error
    # Entries of 16 bits that never pass 255 hold 8: many writers say so wrongly.
    return _to_bytes(found, 255.0 if found.max() <= 255 else 65535.0)


def _to_bytes(values: NDArray[Any], top: float) -> NDArray[np.uint8]:
    if values.dtype == np.uint8 and top == 255:
        return values
    scaled = np.clip(values.astype(np.float64) / top, 0, 1) * 255
    return np.rint(scaled).astype(np.uint8)
