"""A series as one array, in the unit of its modality, for the next cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import PixelError
from .reader import Reader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..images import Screen
    from .series import Series

__all__ = ["volume"]


def volume(series: Series) -> NDArray[Any]:
    """Decode all pictures of a series, in the order in which they are looked at.

    Returns
    -------
    ndarray
        (pictures, rows, columns) in the unit of the modality: int16 where all values are whole and fit, else float32;
        of colour uint8 (pictures, rows, columns, 3). Padding stays as it is.

    Raises
    ------
    OSError
        A file cannot be read.
    PixelError
        A picture cannot be decoded, or they differ in size.
    """
    pictures: NDArray[Any] | None = None
    with Reader() as reader:
        for index in range(series.count):
            own = _in_unit(reader.read(series.slot(index))[1])
            pictures = np.empty((series.count, *own.shape), own.dtype) if pictures is None else pictures
            if own.shape != pictures.shape[1:]:
                raise PixelError(f"picture {index + 1} is of another size than those before it: an array needs one size")
            if own.dtype != pictures.dtype:
                pictures = pictures.astype(np.float32)
            pictures[index] = own
    if pictures is None:
        raise PixelError("the series has no pictures yet")
    return pictures


def _in_unit(screen: Screen) -> NDArray[Any]:
    if screen.values.ndim == 3:
        return screen.values
    whole = float(screen.slope).is_integer() and float(screen.intercept).is_integer() and screen.values.dtype.kind in "iu"
    if whole:
        values = screen.values.astype(np.int64) * int(screen.slope) + int(screen.intercept)
        if values.min() >= -32768 and values.max() <= 32767:
            return values.astype(np.int16)
    return screen.values.astype(np.float32) * np.float32(screen.slope) + np.float32(screen.intercept)
