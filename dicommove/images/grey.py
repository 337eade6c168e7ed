"""Grey scale: from stored values to 8 bits, as PS3.3 C.11 and PS3.4 N.2 have it: modality LUT, then VOI LUT or window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.pixels.processing import apply_modality_lut, apply_voi

from .attributes import functional_group, items, number, numbers, text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .frame import Frame

__all__ = ["grey"]

_PERCENTILES = {"MR": (0.0, 99.5), "PT": (0.0, 99.8), "NM": (0.0, 99.8), "RTDOSE": (0.0, 100.0)}
"""Part of the values from black to white, by modality, where the file has no window: hot spots and bright skin are few pixels."""
_OTHERWISE = (0.5, 99.5)
_COUNTS = ("NM", "PT")
"""Decays are counted from 0 up: what lossy compression puts below is black."""
_CT_WINDOW = (40.0, 400.0)
"""Soft tissue, in Hounsfield units."""


def grey(frame: Frame) -> tuple[NDArray[np.uint8], str]:
    """Bring a grey frame to the screen.

    Returns
    -------
    tuple
        uint8 (rows, columns), 0 black; and in words how it was windowed.
    """
    padding = _padding(frame)
    values = _modality(frame)
    scaled, how = _voi(values, padding, frame)
    shown = np.rint(np.clip(scaled, 0.0, 1.0) * 255).astype(np.uint8)
    if frame.photometric == "MONOCHROME1":
        shown = 255 - shown
    if padding is not None:
        shown[padding] = 0
    return shown, how


def _padding(frame: Frame) -> NDArray[np.bool_] | None:
    """Where pixels are only there to fill the rectangle (PS3.3 C.7.5.1.1.2); None when nowhere."""
    first = numbers(frame.header, "PixelPaddingValue")
    if not first:
        return None
    last = numbers(frame.header, "PixelPaddingRangeLimit") or first
    low, high = sorted((first[0], last[0]))
    mask: NDArray[np.bool_] = (frame.values >= low) & (frame.values <= high)
    return mask if mask.any() and not mask.all() else None


def _modality(frame: Frame) -> NDArray[np.float32]:
    """Values in the unit of the modality, Hounsfield units for CT (PS3.3 C.11.1)."""
    if items(frame.header, "ModalityLUTSequence"):
        try:
            return np.asarray(apply_modality_lut(frame.values, frame.header), np.float32)
        except Exception:  # noqa: BLE001 - a damaged table is as good as none
            return frame.values.astype(np.float32)
    group = functional_group(frame.header, "PixelValueTransformationSequence", frame.index)
    slope, intercept = numbers(group, "RescaleSlope")[:1], numbers(group, "RescaleIntercept")[:1]
    values = frame.values.astype(np.float32)
    return values * np.float32((slope or (1.0,))[0]) + np.float32((intercept or (0.0,))[0])


def _voi(values: NDArray[np.float32], padding: NDArray[np.bool_] | None, frame: Frame) -> tuple[NDArray[np.float32], str]:
    """Values from 0 to 1: by the file's VOI LUT, its first window that shows something, or the habits of the modality."""
    by_table = _voi_table(values, frame)
    if by_table is not None:
        return by_table, "VOI LUT"
    sample = _sample(values, padding)
    group = functional_group(frame.header, "FrameVOILUTSequence", frame.index)
    function = text(group, "VOILUTFunction") or "LINEAR"
    for center, width in zip(numbers(group, "WindowCenter"), numbers(group, "WindowWidth"), strict=False):
        if width > 0 and _shows_something(sample, center, width):
            return _windowed(values, center, width, function), f"window {center:g}/{width:g}"
    return _by_habit(values, sample, frame)


def _voi_table(values: NDArray[np.float32], frame: Frame) -> NDArray[np.float32] | None:
    group = functional_group(frame.header, "FrameVOILUTSequence", frame.index)
    tables = items(group, "VOILUTSequence")
    if not tables:
        return None
    try:
        shown = apply_voi(np.rint(values).astype(np.int32), group)
    except Exception:  # noqa: BLE001 - a damaged table is as good as none: the window comes next
        return None
    bits = (numbers(tables[0], "LUTDescriptor") or (0, 0, 16))[-1]
    top = max(2**bits - 1, float(shown.max()))
    return np.asarray(shown, np.float32) / np.float32(top)


def _sample(values: NDArray[np.float32], padding: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    """Enough finite pixels to judge the whole by."""
    seen = values if padding is None else values[~padding]
    flat = seen.ravel()
    flat = flat[:: max(1, flat.size // 250_000)]
    finite: NDArray[np.float32] = flat[np.isfinite(flat)]
    return finite if finite.size else np.zeros(1, np.float32)


def _shows_something(sample: NDArray[np.float32], center: float, width: float) -> bool:
    """Whether a window leaves more than one plain surface: writers leave windows behind that belong to other values."""
    low, high = center - width / 2, center + width / 2
    return bool(((sample > low) & (sample < high)).mean() > 0.005 or ((sample <= low).mean() > 0.005 < (sample >= high).mean()))


def _windowed(values: NDArray[np.float32], center: float, width: float, function: str) -> NDArray[np.float32]:
    """PS3.3 C.11.2.1.2.1 (LINEAR), C.11.2.1.3.2 (LINEAR_EXACT), C.11.2.1.3.1 (SIGMOID)."""
    if function == "SIGMOID":
        steep = np.clip(-4 * (values - np.float32(center)) / np.float32(width), -80, 80)
        return np.asarray(1 / (1 + np.exp(steep)), np.float32)
    if function == "LINEAR_EXACT" or width <= 1:
        return (values - np.float32(center)) / np.float32(width) + np.float32(0.5)
    return (values - np.float32(center - 0.5)) / np.float32(width - 1) + np.float32(0.5)


def _by_habit(values: NDArray[np.float32], sample: NDArray[np.float32], frame: Frame) -> tuple[NDArray[np.float32], str]:
    modality = text(frame.header, "Modality")
    if modality == "CT" and sample.min() < -500 and _shows_something(sample, *_CT_WINDOW):
        return _windowed(values, *_CT_WINDOW, "LINEAR"), "window {:g}/{:g} (none in the file)".format(*_CT_WINDOW)
    if frame.bits and frame.bits <= 8 and _is_as_stored(values, frame):
        return values / np.float32(_top(frame)), "as stored"
    low, high = np.percentile(sample, _PERCENTILES.get(modality, _OTHERWISE))
    low = max(low, 0.0) if modality in _COUNTS else low
    if high <= low:
        low, high = sample.min(), sample.max()
    if high <= low:
        return np.zeros_like(values), "one value only"
    return np.nan_to_num((values - np.float32(low)) / np.float32(high - low)), f"values {low:.4g} to {high:.4g}"


def _is_as_stored(values: NDArray[Any], frame: Frame) -> bool:
    return bool(values.min() >= 0 and values.max() <= _top(frame)) and not number(frame.header, "PixelRepresentation", 0)


def _top(frame: Frame) -> int:
    """Return the value that is white: as a fractional segmentation says (PS3.3 C.8.20.2), else the largest of the bits."""
    return number(frame.header, "MaximumFractionalValue", 0) or 2**frame.bits - 1
