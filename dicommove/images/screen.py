"""One frame as a viewer takes it: values as stored, and in numbers what is to be done with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .attributes import functional_group, items, text
from .colour import colour, palette
from .grey import in_unit, padding_mask, padding_range, rescale
from .voi import Table, Window, chosen_voi

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .frame import Frame

__all__ = ["Screen", "on_screen"]


@dataclass(frozen=True, eq=False)
class Screen:
    """What a viewer needs to draw a frame, and to draw it again through another window.

    Attributes
    ----------
    values : ndarray
        Grey: (rows, columns) of uint8, int8, uint16, int16 or float32, little endian; NaN is drawn black.
        Colour: uint8 (rows, columns, 3) in RGB, drawn as it is.
    slope, intercept : float
        From `values` to the unit of the modality.
    unit : str
        ``HU``, ``BQML`` and the like; empty when unknown or without one.
    inverted : bool
        The smallest value is white (MONOCHROME1).
    voi : Window, Table or None
        What is shown at first; None for colour.
    padding : tuple of float or None
        Lowest and highest of `values` that are drawn black, whatever the window.
    note : str
        How the window came about, in words.
    """

    values: NDArray[Any]
    slope: float = 1.0
    intercept: float = 0.0
    unit: str = ""
    inverted: bool = False
    voi: Window | Table | None = None
    padding: tuple[float, float] | None = None
    note: str = ""

    def through(self, center: float, width: float) -> Screen:
        """Return the same through another window."""
        function = self.voi.function if isinstance(self.voi, Window) else "LINEAR"
        return replace(self, voi=self.voi and Window(center, max(width, 1e-6), function))

    def drawn(self) -> NDArray[np.uint8]:
        """Draw it as a viewer does.

        Returns
        -------
        ndarray
            uint8 (rows, columns), or (rows, columns, 3).

        Examples
        --------
        >>> Screen(np.array([[0, 50, 100]], np.uint8), voi=Window(50, 100, "LINEAR_EXACT")).drawn().tolist()
        [[0, 128, 255]]
        """
        if self.voi is None:
            return 255 - self.values if self.inverted else self.values
        values = self.values.astype(np.float32) * np.float32(self.slope) + np.float32(self.intercept)
        shown = np.rint(np.clip(np.nan_to_num(self.voi.apply(values)), 0.0, 1.0) * 255).astype(np.uint8)
        shown = 255 - shown if self.inverted else shown
        if self.values.dtype.kind == "f":
            shown[np.isnan(self.values)] = 0
        if self.padding is not None:
            shown[(self.values >= self.padding[0]) & (self.values <= self.padding[1])] = 0
        return shown


def on_screen(frame: Frame) -> Screen:
    """Prepare a decoded frame for a viewer that windows it itself; drawn by the book it equals `picture`.

    Raises
    ------
    PixelError
        The palette is missing or damaged.

    Examples
    --------
    >>> from pydicom.data import get_testdata_file
    >>> from dicommove.images import read_frame
    >>> screen = on_screen(read_frame(get_testdata_file("CT_small.dcm", download=False)))
    >>> screen.values.dtype.str, screen.intercept, screen.unit, screen.voi.width
    ('<i2', -1024.0, 'HU', 400.0)
    """
    if frame.values.ndim == 3:
        return Screen(np.ascontiguousarray(colour(frame)))
    if frame.photometric == "PALETTE COLOR":
        return Screen(np.ascontiguousarray(palette(frame)))
    mask, shown = padding_mask(frame), in_unit(frame)
    voi, note = chosen_voi(shown, mask, frame)
    inverted, unit = frame.photometric == "MONOCHROME1", _unit(frame)
    if items(frame.header, "ModalityLUTSequence"):  # looked up here: a second table in the viewer would cost it twice the time
        if mask is not None:
            shown[mask] = np.nan
        return Screen(_narrow(shown), 1.0, 0.0, unit, inverted, voi, None, note)
    slope, intercept = rescale(frame)
    return Screen(
        _narrow(frame.values), slope, intercept, unit, inverted, voi, None if mask is None else padding_range(frame), note
    )


def _narrow(values: NDArray[Any]) -> NDArray[Any]:
    """Bring values to a type that a browser has, without loss where there is one."""
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    if values.dtype.kind == "f" or values.dtype.itemsize > 2:
        values = _whole(values)
    return np.ascontiguousarray(values, values.dtype.newbyteorder("<"))


def _whole(values: NDArray[Any]) -> NDArray[Any]:
    """16 bits for numbers that are whole and small, else float32."""
    low, high = values.min(), values.max()
    for kind in (np.uint16, np.int16):
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max and (values.dtype.kind != "f" or not np.any(values % 1)):
            return values.astype(kind)
    return values.astype(np.float32)


def _unit(frame: Frame) -> str:
    """Unit of the values after the modality LUT: as the file says, Hounsfield units of a CT that rescales (PS3.3 C.11.1.1.2)."""
    tables = items(frame.header, "ModalityLUTSequence")
    group = functional_group(frame.header, "PixelValueTransformationSequence", frame.index)
    told = text(tables[0], "ModalityLUTType") if tables else text(group, "RescaleType")
    if told and told != "US":
        return told
    if text(frame.header, "Modality") == "CT" and "RescaleIntercept" in group:
        return "HU"
    return text(frame.header, "Units")
