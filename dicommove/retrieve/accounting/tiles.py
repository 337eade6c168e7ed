"""Tiles of a contact sheet from instance rows: one per series, its middle slice, and a caption."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from ...images import Tile, middle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Row = Mapping[str, object]

__all__ = ["series_tiles"]


def series_tiles(rows: Iterable[Row], *, private: bool = True) -> list[Tile]:
    """Make one tile per series, in the order of first sight.

    Parameters
    ----------
    rows : iterable of Mapping
        As of `MoveResult.instances`.
    private : bool
        True captions with series facts only; False adds patient and study date.
    """
    series: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        series[row.get("SeriesInstanceUID")].append(row)
    return [_tile(own, private=private) for own in series.values()]


def _tile(rows: list[Row], *, private: bool) -> Tile:
    shown = middle(rows) or rows[len(rows) // 2]
    number = len({row.get("SOPInstanceUID") for row in rows})
    caption = [
        "  ".join(_text(shown, keyword) for keyword in ("Modality", "SeriesDescription")).strip() or "series",
        f"{number} instance" + "s" * (number != 1),
    ]
    if not private:
        caption.append("  ".join(_text(shown, keyword) for keyword in ("PatientID", "PatientName", "StudyDate")))
    return Tile(tuple(caption), Path(str(shown["path"])))


def _text(row: Row, keyword: str) -> str:
    value = row.get(keyword)
    return "" if value is None else str(value)
