"""In which order the instances of a series are looked at: along their normal, and what is odd about it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Order", "numeric", "ordered"]

_GAP = 1.5
"""Times the usual distance: a larger one is a gap."""
_SAME_MM = 0.01


@dataclass(frozen=True)
class Order:
    """How the instances of a series lie.

    Attributes
    ----------
    places : tuple of int
        Positions in what was given, in the order in which they are looked at.
    spacing : float or None
        Usual distance between neighbours, in mm; None when it is not known.
    remarks : tuple of str
        What is odd: gaps, several orientations, repeated positions, several sizes.
    """

    places: tuple[int, ...]
    spacing: float | None = None
    remarks: tuple[str, ...] = ()


def ordered(instances: Sequence[Mapping[str, object]]) -> Order:
    r"""Order a series: by position along the normal where all have one orientation (PS3.3 C.7.6.2.1.1), else by Instance Number.

    The first instance is at the end where Instance Numbers begin. Without either they stay as they came.

    Parameters
    ----------
    instances : sequence of mapping
        Rows with any of `ImagePositionPatient`, `ImageOrientationPatient`, `InstanceNumber`, `Rows`, `Columns`: as text with
        ``\`` between the values, as numbers, or absent.

    Examples
    --------
    >>> slices = [{"ImageOrientationPatient": r"1\0\0\0\1\0", "ImagePositionPatient": rf"0\0\{z}"} for z in (9, 0, 3, 6, 15)]
    >>> ordered(slices)
    Order(places=(1, 2, 3, 0, 4), spacing=3.0, remarks=('a gap of 6 mm after image 4, where 3 mm is usual',))
    """
    if len(instances) < 2:
        return Order(tuple(range(len(instances))))
    numbers = [numeric(one.get("InstanceNumber"))[:1] for one in instances]
    sizes = Counter((numeric(one.get("Rows")), numeric(one.get("Columns"))) for one in instances)
    mixed = (f"pictures of {len(sizes)} sizes",) if len(sizes) > 1 else ()
    along, odd = _along_normal(instances)
    if not along:
        by_number = sorted(range(len(instances)), key=numbers.__getitem__) if all(numbers) else range(len(instances))
        return Order(tuple(by_number), None, (*odd, *mixed))
    places = sorted(range(len(instances)), key=lambda place: (along[place], numbers[place]))
    if numbers[places[0]] > numbers[places[-1]]:
        places = sorted(range(len(instances)), key=lambda place: (-along[place], numbers[place]))
    spacing, remarks = _distances([along[place] for place in places])
    return Order(tuple(places), spacing, (*remarks, *mixed))


def _along_normal(instances: Sequence[Mapping[str, object]]) -> tuple[list[float], tuple[str, ...]]:
    """Place of each instance along the common normal in mm; empty when there is none, with the reason if it is odd."""
    positions = [numeric(one.get("ImagePositionPatient")) for one in instances]
    directions = {tuple(round(v, 3) for v in numeric(one.get("ImageOrientationPatient"))) for one in instances}
    if len(directions) > 1:
        return [], (f"slices of {len(directions)} orientations, in order of their numbers",)
    direction = directions.pop()
    if len(direction) != 6 or any(len(position) != 3 for position in positions):
        return [], ()
    (a, b, c), (d, e, f) = direction[:3], direction[3:]
    normal = b * f - c * e, c * d - a * f, a * e - b * d
    return [sum(n * p for n, p in zip(normal, position, strict=True)) for position in positions], ()


def _distances(along: Sequence[float]) -> tuple[float | None, tuple[str, ...]]:
    """Usual distance of neighbours, and what is odd about the others."""
    steps = [abs(after - before) for before, after in pairwise(along)]
    apart = [step for step in steps if step > _SAME_MM]
    remarks = [] if len(apart) == len(steps) else [f"{len(steps) - len(apart) + 1} pictures share their position with others"]
    if not apart:
        return None, tuple(remarks)
    usual = median(apart)
    gaps = [(place, step) for place, step in enumerate(steps) if step > _GAP * usual]
    if gaps:
        more = f", and {len(gaps) - 1} more" if len(gaps) > 1 else ""
        first, widest = gaps[0]
        remarks.append(f"a gap of {widest:.4g} mm after image {first + 1}, where {usual:.4g} mm is usual{more}")
    return usual, tuple(remarks)


def numeric(value: object) -> tuple[float, ...]:
    r"""Every value of a cell as a finite number; empty when one of them is none.

    Examples
    --------
    >>> numeric(r"0\-1.5"), numeric(7), numeric(None)
    ((0.0, -1.5), (7.0,), ())
    """
    parts = value.split("\\") if isinstance(value, str) else value if isinstance(value, (list, tuple)) else [value]
    try:
        found = tuple(float(str(part)) for part in parts)
    except ValueError:
        return ()
    return found if all(math.isfinite(number) for number in found) else ()
