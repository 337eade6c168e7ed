"""What is said of a series when it is listed and when it is opened: counts, corner texts, presets, frame rate, warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import PixelError
from ..images import aspect, read_header, spacing_mm
from ..images.attributes import numbers, text
from .documents import document
from .presets import presets

if TYPE_CHECKING:
    from pydicom import Dataset

    from .series import Series

__all__ = ["beginning", "listed_row", "opened_content"]

_FASTEST = 60.0
"""Pictures a second: what a screen shows."""


def listed_row(series: Series, *, private: bool) -> dict[str, Any]:
    """Return a row of the message ``series``.

    Parameters
    ----------
    series : Series
    private : bool
        True leaves the patient out.
    """
    row = {keyword: series.text(keyword) for keyword in ("Modality", "SeriesNumber", "SeriesDescription")}
    return {
        "id": series.number,
        "modality": row["Modality"],
        "number": row["SeriesNumber"],
        "description": row["SeriesDescription"],
        "count": len(series.rows),
        "frames": series.count,
        "expected": series.expected,
        "kind": series.kind,
        "note": "; ".join(series.order.remarks),
        "patient": "" if private else "  ".join(_patient(series)),
    }


def _patient(series: Series) -> list[str]:
    return [found for keyword in ("PatientName", "PatientID", "StudyDate") if (found := series.text(keyword))]


def beginning(series: Series) -> int:
    """Index of the picture that is seen first: the middle one of a volume, else the first, as of a film.

    A multi-frame that says how fast it is to be played is a film, whatever its modality.
    """
    if not series.is_volume:
        return 0
    if len(series.rows) == 1:
        try:
            film = _rate(read_header(series.slot(0).source)) is not None
        except (OSError, PixelError):
            film = True
        return 0 if film else series.count // 2
    return series.count // 2


def opened_content(series: Series, index: int = 0, *, private: bool, arriving: bool = False) -> dict[str, Any]:
    """Return the message ``opened``; of an instance that cannot be read it says so in its warnings.

    Parameters
    ----------
    series : Series
    index : int
        The picture whose header is looked at.
    private : bool
        True leaves patient data out of the corner texts.
    arriving : bool
        True while more is on its way: a gap is no news then.
    """
    remarks = [] if arriving else list(series.order.remarks)
    content: dict[str, Any] = {
        "type": "opened", "series": series.number, "count": series.count, "kind": series.kind, "rows": 0, "columns": 0,
        "samples": 1, "aspect": None, "rate": None, "presets": [], "document": None, "warnings": remarks,
        "start": beginning(series),
        "text": {"top_left": [] if private else _patient(series), "top_right": [], "bottom_left": [], "bottom_right": []},
    }  # fmt: skip
    try:
        header = read_header(series.slot(min(max(index, 0), series.count - 1)).source)
    except (OSError, PixelError) as error:
        reason = error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)
        return content | {"warnings": [*remarks, f"cannot be read: {reason}"]}
    content["text"] |= _corners(series, header, private=private)
    if series.kind == "document":
        return content | {"document": document(header, private=private)}
    return content | _pictured(series, header)


def _pictured(series: Series, header: Dataset) -> dict[str, Any]:
    sizes = {keyword: numbers(header, keyword)[:1] for keyword in ("Rows", "Columns", "SamplesPerPixel")}
    rows, columns, samples = (int(found[0]) if found else 0 for found in sizes.values())
    return {
        "rows": rows,
        "columns": columns,
        "samples": samples or 1,
        "aspect": spacing_mm(header) or (aspect(header), 1.0),
        "rate": _rate(header),
        "presets": presets(header, series.text("Modality")) if samples != 3 else [],
    }


def _corners(series: Series, header: Dataset, *, private: bool) -> dict[str, list[str]]:
    """Texts for the corners: what the series is, and how it was made."""
    study = [] if private else [text(header, "StudyDescription"), text(header, "InstitutionName")]
    number, described = series.text("SeriesNumber"), series.text("SeriesDescription")
    made = [
        _with_unit(header, "SliceThickness", "{:g} mm thick"),
        f"{series.order.spacing:.4g} mm apart" if series.order.spacing else "",
        text(header, "ConvolutionKernel"),
        _with_unit(header, "KVP", "{:g} kV"),
        _with_unit(header, "RepetitionTime", "TR {:g} ms"),
        _with_unit(header, "EchoTime", "TE {:g} ms"),
    ]
    return {
        "top_right": [one for one in study if one],
        "bottom_left": [one for one in (f"{series.text('Modality')} {number}".strip(), described) if one],
        "bottom_right": [one for one in made if one],
    }


def _with_unit(header: Dataset, keyword: str, form: str) -> str:
    found = numbers(header, keyword)
    return form.format(found[0]) if found else ""


def _rate(header: Dataset) -> float | None:
    """Pictures a second, as the file recommends (PS3.3 C.7.6.5); None when it does not."""
    for keyword in ("RecommendedDisplayFrameRate", "CineRate"):
        if (found := numbers(header, keyword)) and found[0] > 0:
            return min(found[0], _FASTEST)
    between = numbers(header, "FrameTime")
    return min(1000 / between[0], _FASTEST) if between and between[0] > 0 else None
