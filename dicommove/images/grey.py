"""Grey scale: from stored values to 8 bits, as PS3.3 C.11 and PS3.4 N.2 have it: modality LUT, then VOI LUT or window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.pixels.processing import apply_modality_lut

from .attributes import functional_group, items, numbers
from .voi import chosen_voi

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .frame import Frame

__all__ = ["grey", "in_unit", "padding_mask", "padding_range", "rescale"]


def grey(frame: Frame) -> tuple[NDArray[np.uint8], str]:
    """Bring a grey frame to the screen.

    Returns
    -------
    tuple
        uint8 (rows, columns), 0 black; and in words how it was windowed.
    """
    padding = padding_mask(frame)
    values = in_unit(frame)
    voi, how = chosen_voi(values, padding, frame)
    shown = np.rint(np.clip(np.nan_to_num(voi.apply(values)), 0.0, 1.0) * 255).astype(np.uint8)
    if frame.photometric == "MONOCHROME1":
        shown = 255 - shown
    if padding is not None:
        shown[padding] = 0
    return shown, how


def padding_range(frame: Frame) -> tuple[float, float] | None:
    """Return the stored values, lowest and highest, that only fill the rectangle (PS3.3 C.7.5.1.1.2)."""
    first = numbers(frame.header, "PixelPaddingValue")
    if not first:
        return None
    last = numbers(frame.header, "PixelPaddingRangeLimit") or first
    low, high = sorted((first[0], last[0]))
    return low, high


def padding_mask(frame: Frame) -> NDArray[np.bool_] | None:
    """Where pixels are only there to fill the rectangle; None when nowhere, or everywhere."""
    limits = padding_range(frame)
    if limits is None:
        return None
    mask: NDArray[np.bool_] = (frame.values >= limits[0]) & (frame.values <= limits[1])
    return mask if mask.any() and not mask.all() else None


def rescale(frame: Frame) -> tuple[float, float]:
    """Return slope and intercept from stored values to the unit of the modality (PS3.3 C.11.1, C.7.6.16.2.9)."""
    group = functional_group(frame.header, "PixelValueTransformationSequence", frame.index)
    slope, intercept = numbers(group, "RescaleSlope")[:1], numbers(group, "RescaleIntercept")[:1]
    return (slope or (1.0,))[0], (intercept or (0.0,))[0]


def in_unit(frame: Frame) -> NDArray[np.float32]:
    """Values in the unit of the modality, Hounsfield units for CT (PS3.3 C.11.1)."""
    if items(frame.header, "ModalityLUTSequence"):
        try:
            return np.asarray(apply_modality_lut(frame.values, frame.header), np.float32)
        except Exception:  # noqa: BLE001 - a damaged table is as good as none
            return frame.values.astype(np.float32)
    slope, intercept = rescale(frame)
    return frame.values.astype(np.float32) * np.float32(slope) + np.float32(intercept)
