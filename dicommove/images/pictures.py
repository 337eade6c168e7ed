"""A picture: one frame as a person would look at it, and in words how it came about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import PixelError
from .attributes import quietly
from .colour import colour, palette
from .frame import Frame, read_frame
from .grey import grey
from .placing import aspect

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom import Dataset

__all__ = ["Picture", "picture"]


@dataclass(frozen=True, eq=False)
class Picture:
    """One frame, ready to be shown.

    Attributes
    ----------
    array : ndarray or None
        uint8 (rows, columns) with 0 black, or (rows, columns, 3) in RGB; None when there is nothing to show.
    aspect : float
        Height of a pixel divided by its width.
    note : str
        How it was windowed and which frame it is; without an array, what the instance is or why it cannot be shown.
    """

    array: NDArray[np.uint8] | None
    aspect: float = 1.0
    note: str = ""

    def thumbnail(self, size: int = 256) -> Picture:
        """Return a smaller picture of the same: blocks of pixels averaged until no side is longer than `size` pixels.

        Examples
        --------
        >>> Picture(np.zeros((1000, 500), np.uint8)).thumbnail(300).array.shape
        (250, 125)
        """
        if self.array is None or max(self.array.shape[:2]) <= size:
            return self
        step = -(-max(self.array.shape[:2]) // size)
        return replace(self, array=_averaged(self.array, step))


def _averaged(array: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    rows, columns = (-(-length // step) for length in array.shape[:2])
    missing = [(0, rows * step - array.shape[0]), (0, columns * step - array.shape[1]), (0, 0)][: array.ndim]
    blocks = np.pad(array, missing, mode="edge").reshape(rows, step, columns, step, *array.shape[2:])
    return np.asarray(np.rint(blocks.mean(axis=(1, 3), dtype=np.float32)), np.uint8)


def picture(source: Path | str | Dataset, frame: int | None = None) -> Picture:
    """Draw one frame of an instance as it is meant to be seen.

    Grey: modality LUT or rescale, the file's VOI LUT or first window, else what is usual for the modality; MONOCHROME1
    inverted; padding black. Colour: palettes and YBR become RGB. Other frames are not decoded.

    Parameters
    ----------
    source : path or Dataset
        A DICOM file, or a data set that holds its pixels.
    frame : int, optional
        Number of the frame, from 1 as in the Standard; the middle one when left out.

    Returns
    -------
    Picture
        Without an array, and with the reason in its note, when there is nothing to show.

    Raises
    ------
    OSError
        The file cannot be read.

    Examples
    --------
    >>> from pydicom.data import get_testdata_file
    >>> shown = picture(get_testdata_file("CT_small.dcm", download=False))
    >>> shown.array.shape, shown.aspect, shown.note
    ((128, 128), 1.0, 'window 40/400 (none in the file)')
    """
    with quietly():
        try:
            return _drawn(read_frame(source, None if frame is None else frame - 1))
        except PixelError as error:
            return Picture(None, note=str(error))
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - whoever wrote the file must not decide what the caller has to catch
            return Picture(None, note=f"cannot be shown ({type(error).__name__})")


def _drawn(frame: Frame) -> Picture:
    array, how = _shown(frame)
    which = f"frame {frame.index + 1} of {frame.count}" if frame.count > 1 else ""
    return Picture(array, aspect(frame.header, frame.index), ", ".join(part for part in (which, how) if part))


def _shown(frame: Frame) -> tuple[NDArray[np.uint8], str]:
    if frame.values.ndim == 3:
        return colour(frame), ""
    if frame.photometric == "PALETTE COLOR":
        return palette(frame), ""
    return grey(frame)
