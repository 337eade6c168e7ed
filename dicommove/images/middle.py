"""Which instance stands for a series: the middle slice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["middle"]

_Place = tuple[float, float, float]


def middle(instances: Sequence[Mapping[str, object]]) -> Mapping[str, object] | None:
    r"""Return the instance in the middle of a series; None of none.

    Ordered by position along the slices' normal where all have the same orientation (PS3.3 C.7.6.2.1.1), else by Instance Number,
    else as they came. Instances with pixels go before those without.

    Parameters
    ----------
    instances : sequence of mapping
        Rows with any of `ImagePositionPatient`, `ImageOrientationPatient`, `InstanceNumber`, `Rows`: as text with ``\`` between
        the values, as numbers, or absent.

    Examples
    --------
    >>> middle([{"InstanceNumber": 3}, {"InstanceNumber": 1}, {"InstanceNumber": 2}])
    {'InstanceNumber': 2}
    """
    seen = [one for one in instances if _numbers(one.get("Rows"))] or list(instances)
    if not seen:
        return None
    places = _along_normal(seen) or _by_number(seen)
    order = sorted(range(len(seen)), key=places.__getitem__) if places else range(len(seen))
    return seen[order[len(seen) // 2]]


def _along_normal(instances: Sequence[Mapping[str, object]]) -> list[float]:
    positions = [_numbers(one.get("ImagePositionPatient")) for one in instances]
    directions = {tuple(round(v, 3) for v in _numbers(one.get("ImageOrientationPatient"))) for one in instances}
    if len(directions) != 1 or any(len(position) != 3 for position in positions):
        return []
    direction = directions.pop()
    if len(direction) != 6:
        return []
    normal = _cross(direction[:3], direction[3:])
    return [sum(n * p for n, p in zip(normal, position, strict=True)) for position in positions]


def _cross(a: Sequence[float], b: Sequence[float]) -> _Place:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _by_number(instances: Sequence[Mapping[str, object]]) -> list[float]:
    found = [_numbers(one.get("InstanceNumber")) for one in instances]
    return [one[0] for one in found] if all(found) else []


def _numbers(value: object) -> tuple[float, ...]:
    parts = value.split("\\") if isinstance(value, str) else value if isinstance(value, (list, tuple)) else [value]
    try:
        found = tuple(float(str(part)) for part in parts)
    except ValueError:
        return ()
    return found if all(math.isfinite(number) for number in found) else ()
