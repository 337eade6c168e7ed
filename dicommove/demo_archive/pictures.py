"""Image instances from arrays: slices of a volume, single pictures, colour and cine (PS3.3 C.7.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .composing import Attributes, compose
from .elements import Element

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from .elements import Elements
    from .painting import Grid
    from .people import Series

__all__ = ["colour_picture", "grey_picture", "slices_of"]


def slices_of(
    series: Series, volume: NDArray[np.int16], grid: Grid, *, step: int = 1, extra: Attributes | None = None
) -> Iterator[Elements]:
    """One instance for each slice of a volume (slices, rows, columns), with its place in the patient.

    Parameters
    ----------
    series : Series
    volume : ndarray of int16
        Stored values are these minus Rescale Intercept of `extra`, if it has one.
    grid : Grid
        Where the slices are; `step` says that the volume holds every `step`-th of them.
    extra : Attributes, optional
        More attributes, the same for all.
    """
    corner = grid.first_xy_mm
    for number, pixels in enumerate(volume):
        z = grid.first_z_mm + grid.thickness_mm * step * number
        place: Attributes = {
            "FrameOfReferenceUID": series.frame_of_reference_uid,
            "ImagePositionPatient": [corner, corner, z],
            "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
            "SliceLocation": z,
            "SliceThickness": grid.thickness_mm * step,
            "PixelSpacing": [grid.spacing_mm, grid.spacing_mm],
            "PatientPosition": "HFS",
            "PositionReferenceIndicator": None,
            "PatientOrientation": ["L", "P"],
            "AcquisitionNumber": 1,
            "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        }
        yield grey_picture(series, number + 1, pixels, {**place, **(extra or {})})


def grey_picture(series: Series, number: int, pixels: NDArray[np.int16 | np.uint16], extra: Attributes | None = None) -> Elements:
    """One instance of one grey frame (rows, columns) of 16 bits."""
    attributes: Attributes = {
        **series.attributes(number),
        "ImageType": ["ORIGINAL", "PRIMARY"],
        **_pixel_module(pixels, samples=1, photometric="MONOCHROME2"),
        **(extra or {}),
    }
    elements = compose(attributes, series.study.patient.charset)
    elements[0x7FE00010] = Element("OW", pixels.astype("<i2" if pixels.dtype.kind == "i" else "<u2").tobytes())
    return elements


def colour_picture(series: Series, number: int, frames: NDArray[np.uint8], extra: Attributes | None = None) -> Elements:
    """One instance in RGB, of one picture (rows, columns, 3) or of several (frames, rows, columns, 3)."""
    attributes: Attributes = {
        **series.attributes(number),
        "ImageType": ["ORIGINAL", "PRIMARY"],
        **_pixel_module(frames[0] if frames.ndim == 4 else frames, samples=3, photometric="RGB"),
        "PlanarConfiguration": 0,
        "PatientOrientation": None,
        **({"NumberOfFrames": len(frames)} if frames.ndim == 4 else {}),
        **(extra or {}),
    }
    data = frames.tobytes()
    elements = compose(attributes, series.study.patient.charset)
    elements[0x7FE00010] = Element("OB", data + b"\0" * (len(data) % 2))
    return elements


def _pixel_module(pixels: NDArray[np.generic], *, samples: int, photometric: str) -> Attributes:
    """Image Pixel module (PS3.3 C.7.6.3); 16-bit words are used in full."""
    bits = pixels.dtype.itemsize * 8
    return {
        "SamplesPerPixel": samples,
        "PhotometricInterpretation": photometric,
        "Rows": pixels.shape[0],
        "Columns": pixels.shape[1],
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
    }
