"""What is no picture: a report as text, an ECG as leads to be plotted, a PDF to be offered, else one line of what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.waveforms.numpy_handler import multiplex_array

from ..images import kind
from ..images.attributes import items, numbers, text
from .report import report_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

__all__ = ["document", "pdf_of"]

_POINTS = 2_000
"""Samples of a lead that are sent: a screen is no wider."""
_MOST_LEADS, _MOST_NAMES = 16, 30


def document(header: Dataset, *, private: bool) -> dict[str, Any]:
    """Say what an instance without pixels holds, for the message ``opened``.

    Parameters
    ----------
    header : Dataset
        The whole data set.
    private : bool
        True leaves names of persons out.

    Examples
    --------
    >>> from pydicom import Dataset
    >>> plan = Dataset()
    >>> plan.SOPClassUID, plan.StructureSetROISequence = "1.2.840.10008.5.1.4.1.1.481.3", [Dataset(), Dataset()]
    >>> plan.StructureSetROISequence[0].ROIName, plan.StructureSetROISequence[1].ROIName = "Lung", "Heart"
    >>> document(plan, private=True)
    {'title': 'RT Structure Set', 'lines': ['2 structures: Lung, Heart'], 'plot': None, 'pdf': False}
    """
    title, lines = kind(header).removesuffix(" (no pixels)"), []
    if items(header, "ContentSequence"):
        lines = report_lines(header, private=private)
    elif "EncapsulatedDocument" in header:
        lines = _encapsulated(header, private=private)
    else:
        lines = _summary(header)
    plot = _plot(header) if items(header, "WaveformSequence") else None
    if isinstance(plot, str):
        lines, plot = [*lines, plot], None
    return {"title": title, "lines": lines, "plot": plot, "pdf": _is_pdf(header)}


def pdf_of(header: Dataset) -> bytes:
    """Return the PDF of an Encapsulated PDF, without the padding to an even length (PS3.3 C.24.2); empty when there is none."""
    content = header.get("EncapsulatedDocument") if _is_pdf(header) else b""
    if not isinstance(content, bytes):
        return b""
    told = numbers(header, "EncapsulatedDocumentLength")
    return content[: int(told[0])] if told and told[0] == len(content) - 1 else content


def _is_pdf(header: Dataset) -> bool:
    content = header.get("EncapsulatedDocument")
    return isinstance(content, bytes) and content.lstrip()[:5] == b"%PDF-"


def _encapsulated(header: Dataset, *, private: bool) -> list[str]:
    content = header.get("EncapsulatedDocument")
    size = len(content) if isinstance(content, bytes) else 0
    told = "" if private else text(header, "DocumentTitle")
    kind_of = text(header, "MIMETypeOfEncapsulatedDocument") or "document"
    return [*([told] if told else []), f"{kind_of}, {size / 1000:.1f} kB"]


_PARTS = (
    ("StructureSetROISequence", "ROIName", "structure"),
    ("BeamSequence", "BeamName", "beam"),
    ("IonBeamSequence", "BeamName", "ion beam"),
    ("FractionGroupSequence", "", "fraction group"),
    ("RegistrationSequence", "", "registration"),
    ("GraphicAnnotationSequence", "", "annotation"),
    ("SurfaceSequence", "", "surface"),
    ("ReferencedSeriesSequence", "", "referenced series"),
    ("WaveformSequence", "", "waveform"),
    ("ContentSequence", "", "content item"),
)


def _summary(header: Dataset) -> list[str]:
    """One line for each part that is worth it."""
    lines = [one for keyword in ("ContentLabel", "StructureSetLabel", "RTPlanLabel") if (one := text(header, keyword))]
    for sequence, keyword, what in _PARTS:
        found = items(header, sequence)
        if found:
            names = ", ".join(one for item in found[:_MOST_NAMES] if keyword and (one := text(item, keyword)))
            plural = "" if len(found) == 1 or what.endswith("series") else "s"
            lines.append(f"{len(found)} {what}{plural}" + (f": {names}" if names else ""))
    return lines or ["no pixels, and nothing else that could be shown here; its header can"]


def _plot(header: Dataset) -> dict[str, Any] | str:
    """Return the leads of the first waveform (PS3.3 C.10.9), or why there are none, in words."""
    group = items(header, "WaveformSequence")[0]
    try:
        values: NDArray[Any] = multiplex_array(header, 0, as_raw=False)
    except Exception as error:  # noqa: BLE001 - hostile waveforms make pydicom raise nearly anything
        return f"the waveform cannot be read ({type(error).__name__})"
    rate = (numbers(group, "SamplingFrequency") or (1.0,))[0]
    channels = items(group, "ChannelDefinitionSequence")[:_MOST_LEADS]
    leads = [{"name": _lead(one, n), "samples": _thinned(values[:, n])} for n, one in enumerate(channels)]
    return {"seconds": len(values) / rate if rate > 0 else 0.0, "unit": _unit(channels[0]) if channels else "", "leads": leads}


def _lead(channel: Dataset, place: int) -> str:
    named = [text(channel, "ChannelLabel"), *(text(one, "CodeMeaning") for one in items(channel, "ChannelSourceSequence"))]
    return next((name for name in named if name), f"channel {place + 1}").removeprefix("Lead ")


def _unit(channel: Dataset) -> str:
    return next((text(one, "CodeValue") for one in items(channel, "ChannelSensitivityUnitsSequence")), "")


def _thinned(samples: NDArray[Any]) -> list[float]:
    """Bring a lead to at most `_POINTS` values: lowest and highest of each piece, so that no peak is lost."""
    values = np.nan_to_num(samples.astype(np.float64))
    if len(values) > _POINTS:
        pieces = np.array_split(values, _POINTS // 2)
        values = np.array([edge for piece in pieces for edge in sorted((piece.min(), piece.max()), key=piece.tolist().index)])
    return [round(value, 3) for value in values.tolist()]
