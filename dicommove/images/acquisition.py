"""How a series was acquired, by one of its instances: plane, thickness, kernel, sequence, contrast, machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom.multival import MultiValue

from .attributes import functional_group, items, numbers, quietly, value
from .source import read_header

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom import Dataset

__all__ = ["ACQUISITION", "PLANES", "acquisition", "plane"]

PLANES = ("axial", "coronal", "sagittal", "oblique")
_NEAR = 0.866
"""Cosine of 30 degrees: a tilted gantry is axial still."""
_NORMALS = {0: "sagittal", 1: "coronal", 2: "axial"}
"""Axis of the patient that the normal of a plane follows (PS3.3 C.7.6.2.1.1)."""

# Where an attribute stands in an enhanced multi-frame: macro and keyword there (PS3.3 C.7.6.16, C.8.13.5, C.8.15.3).
_IN_GROUPS: dict[str, tuple[tuple[str, str], ...]] = {
    "SliceThickness": (("PixelMeasuresSequence", "SliceThickness"),),
    "SpacingBetweenSlices": (("PixelMeasuresSequence", "SpacingBetweenSlices"),),
    "PixelSpacing": (("PixelMeasuresSequence", "PixelSpacing"),),
    "ConvolutionKernel": (("CTReconstructionSequence", "ConvolutionKernel"),),
    "EchoTime": (("MREchoSequence", "EffectiveEchoTime"),),
    "RepetitionTime": (("MRTimingAndRelatedParametersSequence", "RepetitionTime"),),
    "SequenceName": (("", "PulseSequenceName"),),
    "ContrastBolusAgent": (("ContrastBolusAgentSequence", "CodeMeaning"),),
}
ACQUISITION = (
    "ImageType",
    "SliceThickness",
    "SpacingBetweenSlices",
    "PixelSpacing",
    "ConvolutionKernel",
    "ContrastBolusAgent",
    "SequenceName",
    "EchoTime",
    "RepetitionTime",
    "Manufacturer",
    "ManufacturerModelName",
)
"""Keywords that `acquisition` gives, beside ``plane``."""


def acquisition(source: Path | str | Dataset) -> dict[str, str]:
    r"""Read how an instance was acquired, wherever it stands; what the file does not say is left out.

    Parameters
    ----------
    source : path or Dataset
        A DICOM file, or a data set. Of a multi-frame, what is so of its first frame.

    Returns
    -------
    dict
        Texts by keyword of `ACQUISITION`, several values joined by ``\``; ``plane`` is one of `PLANES`.

    Raises
    ------
    OSError
        The file cannot be read.
    PixelError
        It is no DICOM file.

    Examples
    --------
    >>> from pydicom.data import get_testdata_file
    >>> found = acquisition(get_testdata_file("CT_small.dcm", download=False))
    >>> found["plane"], found["SliceThickness"], found["Manufacturer"]
    ('axial', '5.000000', 'GE MEDICAL SYSTEMS')
    """
    with quietly():
        header = read_header(source)
        said = {keyword: _said(header, keyword) for keyword in ACQUISITION}
        direction = numbers(functional_group(header, "PlaneOrientationSequence", 0), "ImageOrientationPatient")
        said["plane"] = plane(direction)
    return {keyword: text for keyword, text in said.items() if text}


def plane(direction: tuple[float, ...]) -> str:
    """Name the plane of an Image Orientation (Patient): within 30 degrees of an axis, else oblique; empty when it is none.

    Examples
    --------
    >>> plane((1, 0, 0, 0, 1, 0)), plane((0, 1, 0, 0, 0, -1)), plane((1, 0, 0, 0, 0.7, 0.7)), plane(())
    ('axial', 'sagittal', 'oblique', '')
    """
    if len(direction) != 6:
        return ""
    (a, b, c), (d, e, f) = direction[:3], direction[3:]
    normal = b * f - c * e, c * d - a * f, a * e - b * d
    length = sum(part * part for part in normal) ** 0.5
    if not 0.9 < length < 1.1:
        return ""  # rows and columns that are no unit vectors at right angles say nothing
    axis = max(_NORMALS, key=lambda one: abs(normal[one]))
    return _NORMALS[axis] if abs(normal[axis]) / length >= _NEAR else "oblique"


def _said(header: Dataset, keyword: str) -> str:
    if text := _text(header, keyword):
        return text
    places = ((where, name) for macro, name in _IN_GROUPS.get(keyword, ()) for where in _places(header, macro))
    return next((text for where, name in places if (text := _text(where, name))), "")


def _places(header: Dataset, macro: str) -> tuple[Dataset, ...]:
    """Where a macro may stand: in a functional group, or as a sequence of the data set itself."""
    return (functional_group(header, macro, 0), *items(header, macro)[:1]) if macro else (header,)


def _text(where: Dataset, keyword: str) -> str:
    found = value(where, keyword)
    values = found if isinstance(found, (MultiValue, list, tuple)) else [found]
    return "\\".join("" if one is None else str(one).strip("\0 ") for one in values).strip("\\")
