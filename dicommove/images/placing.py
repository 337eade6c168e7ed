"""How a picture lies: size of its pixels, letters for its edges, and its place in the patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .attributes import functional_group, numbers, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom import Dataset

__all__ = ["aspect", "edges", "letters", "place", "spacing_mm"]

_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")
_LETTERS = (("L", "R"), ("P", "A"), ("H", "F"))  # along each axis of the patient: positive, negative (PS3.3 C.7.6.2.1.1)
_OPPOSITE = dict([*_LETTERS, *(pair[::-1] for pair in _LETTERS)])
_SLANT = 0.2
"""Part of a direction along an axis that is worth its letter: some 12 degrees."""


def spacing_mm(header: Dataset, index: int = 0) -> tuple[float, float] | None:
    """Height and width of a pixel in mm; None when the file does not say (PS3.3 10.7.1.3)."""
    measures = functional_group(header, "PixelMeasuresSequence", index)
    found = (_pair(where, name) for where, name in ((measures, "PixelSpacing"), *((header, name) for name in _SPACINGS)))
    return next((pair for pair in found if pair), None)


def aspect(header: Dataset, index: int = 0) -> float:
    """Height of a pixel divided by its width; all four attributes hold the vertical value first (PS3.3 10.7.1.3, C.7.6.3.1.7)."""
    rows, columns = spacing_mm(header, index) or _pair(header, "PixelAspectRatio") or (1.0, 1.0)
    return rows / columns


def _pair(where: Dataset, keyword: str) -> tuple[float, float] | None:
    """Two numbers whose ratio is believable."""
    found = numbers(where, keyword)
    return found if len(found) == 2 and min(found) > 0 and 0.05 <= found[0] / found[1] <= 20 else None


def edges(header: Dataset, index: int = 0) -> dict[str, str]:
    """Letters of the four edges: A and P, L and R, H and F; two where the picture is oblique. Empty when nobody knows.

    Examples
    --------
    >>> from pydicom import Dataset
    >>> header = Dataset()
    >>> header.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    >>> edges(header)
    {'left': 'R', 'right': 'L', 'top': 'A', 'bottom': 'P'}
    """
    direction = numbers(functional_group(header, "PlaneOrientationSequence", index), "ImageOrientationPatient")
    if len(direction) == 6:
        right, bottom = letters(direction[:3]), letters(direction[3:])
    else:
        told = texts(header, "PatientOrientation")
        right, bottom = told if len(told) == 2 else ("", "")
    if not right or not bottom or set(right + bottom) - set(_OPPOSITE):
        return {}
    return {"left": _turned(right), "right": right, "top": _turned(bottom), "bottom": bottom}


def letters(direction: Sequence[float]) -> str:
    """Name a direction in the patient by at most two letters, the nearest axis first.

    Examples
    --------
    >>> letters((0.0, 0.9, -0.4)), letters((-1.0, 0.1, 0.0))
    ('PF', 'R')
    """
    axes = sorted(range(3), key=lambda axis: -abs(direction[axis]))
    seen = [axis for axis in axes if abs(direction[axis]) > _SLANT][:2]
    return "".join(_LETTERS[axis][direction[axis] < 0] for axis in seen)


def _turned(named: str) -> str:
    return "".join(_OPPOSITE[letter] for letter in named)


def place(header: Dataset, index: int = 0) -> str:
    """Say where along its normal a picture lies, in mm from the origin of its frame of reference; empty when nobody knows.

    Examples
    --------
    >>> from pydicom import Dataset
    >>> header = Dataset()
    >>> header.ImageOrientationPatient, header.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [-120, -80, -42.5]
    >>> place(header)
    'F 42.5 mm'
    """
    direction = numbers(functional_group(header, "PlaneOrientationSequence", index), "ImageOrientationPatient")
    position = numbers(functional_group(header, "PlanePositionSequence", index), "ImagePositionPatient")
    if len(direction) != 6 or len(position) != 3:
        return ""
    (a, b, c), (d, e, f) = direction[:3], direction[3:]
    normal = b * f - c * e, c * d - a * f, a * e - b * d
    along = sum(n * p for n, p in zip(normal, position, strict=True))
    if "PerFrameFunctionalGroupsSequence" not in header:
        offset = _offset(header, index)
        if offset is None:
            return ""
        along += offset
    axis = max(range(3), key=lambda one: abs(normal[one]))
    ahead = (along >= 0) == (normal[axis] >= 0)
    return f"{_LETTERS[axis][not ahead]} {abs(along):.4g} mm"


def _offset(header: Dataset, index: int) -> float | None:
    """Distance of a frame from the position of its instance, in mm along the normal; None when nobody knows.

    Only the first frame lies where the header says. Those of a dose have a vector of offsets (PS3.3 C.8.8.3.2): relative ones
    begin with zero, others are coordinates along z of the patient and are given for axial planes only.
    """
    offsets = numbers(header, "GridFrameOffsetVector")
    if index < len(offsets):
        return offsets[index] - offsets[0]
    return 0.0 if index == 0 else None
