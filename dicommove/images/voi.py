"""Which part of the values is shown: the file's VOI LUT or window, else what is usual for the modality (PS3.3 C.11.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.pixels.processing import apply_voi

from .attributes import functional_group, items, number, numbers, text, texts

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

    from .frame import Frame

__all__ = ["Table", "Window", "chosen_voi", "file_windows"]

_PERCENTILES = {"MR": (0.0, 99.5), "PT": (0.0, 99.8), "NM": (0.0, 99.8), "RTDOSE": (0.0, 100.0)}
"""Part of the values from black to white, by modality, where the file has no window: hot spots and bright skin are few pixels."""
_OTHERWISE = (0.5, 99.5)
_COUNTS = ("NM", "PT")
"""Decays are counted from 0 up: what lossy compression puts below is black."""
_FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")
_CT_WINDOW = (40.0, 400.0)
"""Soft tissue, in Hounsfield units."""


@dataclass(frozen=True)
class Window:
    """A part of the values, from black to white.

    Attributes
    ----------
    center, width : float
        In the unit of the modality.
    function : str
        ``LINEAR``, ``LINEAR_EXACT`` or ``SIGMOID``.
    of_file : bool
        The file says so; else it was made up by what is usual.

    Examples
    --------
    >>> Window(40, 400).apply(np.array([-160.0, 40.0, 239.0])).round(3).tolist()
    [0.0, 0.501, 1.0]
    """

    center: float
    width: float
    function: str = "LINEAR"
    of_file: bool = True

    def apply(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Bring values to 0 for black, 1 for white and beyond.

        PS3.3 C.11.2.1.2.1 (LINEAR), C.11.2.1.3.2 (LINEAR_EXACT), C.11.2.1.3.1 (SIGMOID).
        """
        center, width = self.center, self.width
        if self.function == "SIGMOID":
            steep = np.clip(-4 * (values - np.float32(center)) / np.float32(width), -80, 80)
            return np.asarray(1 / (1 + np.exp(steep)), np.float32)
        if self.function != "LINEAR_EXACT" and width == 1:
            return (values > center - 0.5).astype(np.float32)
        if self.function == "LINEAR_EXACT" or width < 1:
            return (values - np.float32(center)) / np.float32(width) + np.float32(0.5)
        return (values - np.float32(center - 0.5)) / np.float32(width - 1) + np.float32(0.5)


@dataclass(frozen=True, eq=False)
class Table:
    """A VOI LUT (PS3.3 C.11.2.1.1).

    Attributes
    ----------
    first : int
        The value that the first entry is for; values before and after the table take its ends.
    entries : ndarray
        uint16 from 0, black, to 65,535, white.
    """

    first: int
    entries: NDArray[np.uint16]

    def apply(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Look values up: 0 for black, 1 for white."""
        places = np.clip(np.nan_to_num(np.rint(values)) - self.first, 0, len(self.entries) - 1).astype(np.intp)
        return np.asarray(self.entries[places], np.float32) / np.float32(65535)


def chosen_voi(values: NDArray[np.float32], padding: NDArray[np.bool_] | None, frame: Frame) -> tuple[Window | Table, str]:
    """Choose what is shown: the file's VOI LUT, its first window that shows something, or the habits of the modality.

    Parameters
    ----------
    values : ndarray
        In the unit of the modality.
    padding : ndarray or None
        Where pixels are only filling.
    frame : Frame

    Returns
    -------
    tuple
        The choice, and in words how it came about.
    """
    group = functional_group(frame.header, "FrameVOILUTSequence", frame.index)
    table = _table(group)
    if table is not None:
        return table, "VOI LUT"
    sample = _sample(values, padding)
    for _, window in file_windows(frame.header, frame.index):
        if _shows_something(sample, window.center, window.width):
            return window, f"window {window.center:g}/{window.width:g}"
    return _by_habit(values, sample, frame)


def file_windows(header: Dataset, index: int = 0) -> list[tuple[str, Window]]:
    """Return the windows that the file has for a frame, each with its explanation (PS3.3 C.11.2.1.2).

    Examples
    --------
    >>> from pydicom import Dataset
    >>> header = Dataset()
    >>> header.WindowCenter, header.WindowWidth, header.WindowCenterWidthExplanation = [40, -600], [400, 1500], ["soft", "lung"]
    >>> file_windows(header)[1]
    ('lung', Window(center=-600.0, width=1500.0, function='LINEAR', of_file=True))
    """
    group = functional_group(header, "FrameVOILUTSequence", index)
    told = text(group, "VOILUTFunction").upper()
    function = told if told in _FUNCTIONS else "LINEAR"
    pairs = list(zip(numbers(group, "WindowCenter"), numbers(group, "WindowWidth"), strict=False))
    padded = (*texts(group, "WindowCenterWidthExplanation"), *[""] * len(pairs))
    return [(name, Window(center, width, function)) for name, (center, width) in zip(padded, pairs, strict=False) if width > 0]


def _table(group: Any) -> Table | None:
    """Return the first VOI LUT; None when there is none, or a damaged one: the window comes next."""
    tables = items(group, "VOILUTSequence")
    descriptor = numbers(tables[0], "LUTDescriptor") if tables else ()
    if len(descriptor) != 3:
        return None
    length, first, bits = int(descriptor[0]) or 1 << 16, int(descriptor[1]), int(descriptor[2])
    try:
        entries = np.asarray(apply_voi(np.arange(first, first + length, dtype=np.int32), group), np.float64)
    except Exception:  # noqa: BLE001 - hostile tables make it raise nearly anything
        return None
    top = max(2**bits - 1, float(entries.max()))
    return Table(first, np.rint(entries * (65535 / top)).astype(np.uint16))


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


def _by_habit(values: NDArray[np.float32], sample: NDArray[np.float32], frame: Frame) -> tuple[Window, str]:
    modality = text(frame.header, "Modality")
    if modality == "CT" and sample.min() < -500 and _shows_something(sample, *_CT_WINDOW):
        return Window(*_CT_WINDOW, of_file=False), "window {:g}/{:g} (none in the file)".format(*_CT_WINDOW)
    if frame.bits and frame.bits <= 8 and _is_as_stored(values, frame):
        top = _top(frame)
        return Window((top + 1) / 2, top + 1, of_file=False), "as stored"
    low, high = np.percentile(sample, _PERCENTILES.get(modality, _OTHERWISE))
    low = max(low, 0.0) if modality in _COUNTS else low
    if high <= low:
        low, high = sample.min(), sample.max()
    if high <= low:
        return Window(float(low) + 1, 1, "LINEAR_EXACT", of_file=False), "one value only"
    between = Window((float(low) + float(high)) / 2, float(high) - float(low), "LINEAR_EXACT", of_file=False)
    return between, f"values {low:.4g} to {high:.4g}"


def _is_as_stored(values: NDArray[Any], frame: Frame) -> bool:
    return bool(values.min() >= 0 and values.max() <= _top(frame)) and not number(frame.header, "PixelRepresentation", 0)


def _top(frame: Frame) -> int:
    """Return the value that is white: as a fractional segmentation says (PS3.3 C.8.20.2), else the largest of the bits."""
    return number(frame.header, "MaximumFractionalValue", 0) or 2**frame.bits - 1
