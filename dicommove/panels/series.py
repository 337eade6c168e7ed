"""The series of a preview: which instances there are, in which order, and which frame stands at a place."""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom import Dataset

from ..images import Order, numeric, ordered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Row = Mapping[str, object]

__all__ = ["Gallery", "Series", "Slot"]

_MOST_FRAMES = 100_000
"""Frames of an instance that are believed: a file of some kilobytes may claim any."""
_VOLUMES = frozenset({"CT", "MR", "PT", "RTDOSE", "SEG", "OPT"})
"""Modalities whose multi-frames are slices, rather than a film."""


@dataclass(frozen=True)
class Slot:
    """One place of a series: a frame of an instance.

    Attributes
    ----------
    source : Path or Dataset
    frame : int
        From 0.
    row : Mapping
        What is known of the instance.
    """

    source: Path | Dataset
    frame: int
    row: Row = field(repr=False)

    @property
    def alone(self) -> bool:
        """Whether it is the only frame of its instance."""
        return _frames(self.row) == 1


@dataclass(frozen=True)
class Series:
    """A series in the order in which it is looked at; a value, made anew when instances are added.

    Attributes
    ----------
    number : int
        What front end and kernel call it; it stays.
    rows : tuple of Mapping
        Its instances in order: keyword to value, and ``path`` or ``dataset``.
    order : Order
        How they lie.
    expected : int or None
        Instances that are expected; None when nobody said.
    """

    number: int
    rows: tuple[Row, ...] = field(repr=False)
    order: Order = field(repr=False)
    expected: int | None = None

    @classmethod
    def of(cls, number: int, rows: Iterable[Row], expected: int | None = None) -> Series:
        """Put instances in order.

        Examples
        --------
        >>> Series.of(0, [{"path": "b", "InstanceNumber": 2}, {"path": "a", "InstanceNumber": 1}]).slot(0).source.name
        'a'
        """
        came = list(rows)
        order = ordered(came)
        return cls(number, tuple(came[place] for place in order.places), order, expected)

    @cached_property
    def _ends(self) -> list[int]:
        """Number of frames up to and with each instance."""
        return list(accumulate(_frames(row) for row in self.rows))

    @property
    def count(self) -> int:
        """Number of frames of all instances."""
        return self._ends[-1] if self.rows else 0

    @property
    def kind(self) -> str:
        """``pictures``, or ``document`` for a series without any."""
        return "pictures" if any(_has_pixels(row) for row in self.rows) else "document"

    def slot(self, index: int) -> Slot:
        """Return the frame at a place.

        Raises
        ------
        IndexError
            There is no such place.
        """
        if not 0 <= index < self.count:
            raise IndexError(f"there is no picture {index + 1}: the series has {self.count}")
        place = bisect_right(self._ends, index)
        row = self.rows[place]
        source = row.get("dataset")
        before = self._ends[place - 1] if place else 0
        return Slot(source if isinstance(source, Dataset) else Path(str(row["path"])), index - before, row)

    def middle(self) -> Slot:
        """Return the frame that stands for the series."""
        return self.slot(self.count // 2)

    @property
    def is_volume(self) -> bool:
        """Whether its pictures are slices that lie behind each other: one begins to look in their middle.

        Examples
        --------
        >>> film = Series.of(0, [{"path": "a", "Modality": "XA", "NumberOfFrames": 90}])
        >>> dose = Series.of(1, [{"path": "a", "Modality": "RTDOSE", "NumberOfFrames": 90}])
        >>> film.is_volume, dose.is_volume
        (False, True)
        """
        if len(self.rows) == 1:
            return self.count > 1 and self.text("Modality") in _VOLUMES
        return self.order.spacing is not None

    def inserted(self, before: Series) -> list[tuple[int, int]] | None:
        """Say what was added to an earlier state of the same series.

        Parameters
        ----------
        before : Series

        Returns
        -------
        list of tuple, or None
            Places of the new pictures, as (index, number) in ascending order; None when the others lie in another order now.

        Examples
        --------
        >>> rows = [{"path": str(n), "InstanceNumber": n} for n in range(4)]
        >>> Series.of(0, rows).inserted(Series.of(0, rows[1:3]))
        [(0, 1), (3, 1)]
        """
        old = [id(row) for row in before.rows]
        known = set(old)
        if [id(row) for row in self.rows if id(row) in known] != old:
            return None
        placed = zip(self.rows, self._ends, strict=True)
        return [(end - _frames(row), _frames(row)) for row, end in placed if id(row) not in known]

    def text(self, keyword: str) -> str:
        """Value of an attribute of its first instance; empty when absent."""
        value = self.rows[0].get(keyword) if self.rows else None
        return "" if value is None else str(value)


def _frames(row: Row) -> int:
    found = numeric(row.get("NumberOfFrames"))
    return max(1, min(int(found[0]), _MOST_FRAMES)) if found else 1


def _has_pixels(row: Row) -> bool:
    return bool(numeric(row.get("Rows")))


class Gallery:
    """All series of a preview; safe to use from many threads, because a move may add to it while it is looked at.

    Parameters
    ----------
    expected : Mapping
        Number of instances expected, by Series Instance UID.
    """

    def __init__(self, expected: Mapping[str, int] | None = None) -> None:
        self._lock = threading.Lock()
        self._expected = dict(expected or {})
        self._numbers: dict[str, int] = {}
        self._rows: list[dict[object, Row]] = []
        self._made: dict[int, Series] = {}

    def take(self, rows: Iterable[Row]) -> list[int]:
        """Add instances; those that are there already are left out. Returns the numbers of the series that have grown."""
        grown: dict[int, None] = {}
        with self._lock:
            for row in rows:
                number = self._number(row)
                key = id(row["dataset"]) if "dataset" in row else str(row.get("path"))
                if key not in self._rows[number]:
                    self._rows[number][key] = row
                    self._made.pop(number, None)
                    grown[number] = None
        return list(grown)

    def _number(self, row: Row) -> int:
        """Number of the series of an instance, a new one if need be; called with the lock held."""
        uid = str(row.get("SeriesInstanceUID") or "no series")
        if uid not in self._numbers:
            self._numbers[uid] = len(self._rows)
            self._rows.append({})
        return self._numbers[uid]

    def __getitem__(self, number: int) -> Series:
        with self._lock:
            if number not in self._made:
                if not 0 <= number < len(self._rows):
                    raise KeyError(number)
                uid = next(uid for uid, known in self._numbers.items() if known == number)
                self._made[number] = Series.of(number, self._rows[number].values(), self._expected.get(uid))
            return self._made[number]

    def __contains__(self, number: object) -> bool:
        with self._lock:
            return isinstance(number, int) and not isinstance(number, bool) and 0 <= number < len(self._rows)

    def __len__(self) -> int:
        with self._lock:
            return len(self._rows)

    def listed(self) -> list[Series]:
        """All series: study by study in order of first sight, within it by Series Number."""
        everything = [self[number] for number in range(len(self))]
        studies = list(dict.fromkeys(one.text("StudyInstanceUID") for one in everything))

        def place(one: Series) -> tuple[int, tuple[float, ...], int]:
            return studies.index(one.text("StudyInstanceUID")), numeric(one.text("SeriesNumber")), one.number

        return sorted(everything, key=place)
