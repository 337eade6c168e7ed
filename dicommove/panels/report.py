"""A structured report as lines of text: the tree of its content items, each with its name and value (PS3.3 C.17.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..images.attributes import items, number, text
from .header import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydicom import Dataset

__all__ = ["report_lines"]

_MOST_LINES, _DEEPEST = 2_000, 16


def report_lines(header: Dataset, *, private: bool) -> list[str]:
    """Write a report down, two spaces deeper for each level.

    Parameters
    ----------
    header : Dataset
        A structured report, or a key object selection.
    private : bool
        True leaves names of persons and dates out.

    Examples
    --------
    >>> from pydicom import Dataset
    >>> report, name, finding = Dataset(), Dataset(), Dataset()
    >>> name.CodeMeaning = "Finding"
    >>> finding.ValueType, finding.TextValue, finding.ConceptNameCodeSequence = "TEXT", "Nodule of 4 mm", [name]
    >>> report.ValueType, report.ContentSequence = "CONTAINER", [finding]
    >>> report_lines(report, private=True)
    ['Report', '  Finding: Nodule of 4 mm']
    """
    lines: list[str] = []
    for line in _lines(header, 0, private=private):
        if len(lines) == _MOST_LINES:
            return [*lines, f"only the first {_MOST_LINES} lines are shown"]
        lines.append(line)
    return lines


def _lines(item: Dataset, depth: int, *, private: bool) -> Iterator[str]:
    kind = text(item, "ValueType")
    name = _meaning(item, "ConceptNameCodeSequence")
    told = HIDDEN if private and kind in ("PNAME", "DATE", "DATETIME") else _VALUES.get(kind, _nothing)(item)
    head = name or ("Report" if depth == 0 else kind.capitalize() if not told else "")
    first, *rest = (": ".join(part for part in (head, told) if part) or "item").splitlines() or [""]
    yield "  " * depth + first
    for line in rest:
        yield "  " * (depth + 1) + line
    if depth < _DEEPEST:
        for below in items(item, "ContentSequence"):
            yield from _lines(below, depth + 1, private=private)


def _meaning(item: Dataset, keyword: str) -> str:
    return next((text(one, "CodeMeaning") or text(one, "CodeValue") for one in items(item, keyword)), "")


def _nothing(_: Dataset) -> str:
    return ""


def _measured(item: Dataset) -> str:
    """Return a number with its unit; why there is none, where that is said."""
    for one in items(item, "MeasuredValueSequence")[:1]:
        codes = items(one, "MeasurementUnitsCodeSequence")
        unit = next((code for code in (text(codes[0], "CodeValue"), text(codes[0], "CodeMeaning")) if code), "") if codes else ""
        return f"{text(one, 'NumericValue')} {'' if unit in ('1', '{no units}') else unit}".strip()
    return _meaning(item, "NumericValueQualifierCodeSequence")


def _referenced(item: Dataset) -> str:
    found = items(item, "ReferencedSOPSequence")
    frame = number(found[0], "ReferencedFrameNumber", 0) if found else 0
    return f"instance {text(found[0], 'ReferencedSOPInstanceUID')}" + (f", frame {frame}" if frame else "") if found else ""


def _drawn(item: Dataset) -> str:
    return text(item, "GraphicType").lower()


_VALUES: dict[str, Callable[[Dataset], str]] = {
    "TEXT": lambda item: text(item, "TextValue"),
    "CODE": lambda item: _meaning(item, "ConceptCodeSequence"),
    "NUM": _measured,
    "PNAME": lambda item: text(item, "PersonName"),
    "DATE": lambda item: text(item, "Date"),
    "TIME": lambda item: text(item, "Time"),
    "DATETIME": lambda item: text(item, "DateTime"),
    "UIDREF": lambda item: text(item, "UID"),
    "IMAGE": _referenced,
    "COMPOSITE": _referenced,
    "WAVEFORM": _referenced,
    "SCOORD": _drawn,
    "SCOORD3D": _drawn,
}
