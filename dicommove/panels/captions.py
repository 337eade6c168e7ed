"""What a series is, in few words: below a tile, and where there are no widgets; series facts only, unless asked for more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .opening import listed_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .series import Series

__all__ = ["caption", "series_facts"]

_SHOWN_SERIES = 30


def caption(series: Series, *, private: bool) -> tuple[str, ...]:
    """Return the lines below a tile: what the series is, how much of it there is, and whose, if that is wanted."""
    row = listed_row(series, private=private)
    named = f"{row['modality']}  {row['description']}".strip() or "series"
    return (named, f"{row['count']} instance{'s' * (row['count'] != 1)}", *([row["patient"]] if row["patient"] else []))


def series_facts(series: Sequence[Series]) -> list[tuple[str, str]]:
    """Return how many series there are and a line for each of the first, as (name, value).

    Examples
    --------
    >>> from .series import Series
    >>> series_facts([Series.of(0, [{"path": "a", "Modality": "CT", "SeriesNumber": 2}], expected=40)])
    [('Series', '1'), ('1', 'CT  2, 1 of 40 instances')]
    """
    facts = [("Series", str(len(series)))]
    facts += [(str(place), _described(one)) for place, one in enumerate(series[:_SHOWN_SERIES], 1)]
    more = len(series) - _SHOWN_SERIES
    return [*facts, ("", f"... and {more} more series")] if more > 0 else facts


def _described(series: Series) -> str:
    here = len(series.rows)
    count = f"{here} of {series.expected}" if series.expected else str(here)
    named = "  ".join(
        one for one in (series.text("Modality"), series.text("SeriesNumber"), series.text("SeriesDescription")) if one
    )
    return f"{named or 'series'}, {count} instance{'s' * ((series.expected or here) != 1)}"
