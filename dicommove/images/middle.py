"""Which instance stands for a series: the middle slice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .order import numeric, ordered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["middle"]


def middle(instances: Sequence[Mapping[str, object]]) -> Mapping[str, object] | None:
    """Return the instance in the middle of a series; None of none.

    In the order of `ordered`; instances with pixels go before those without.

    Parameters
    ----------
    instances : sequence of mapping
        Rows as of `ordered`.

    Examples
    --------
    >>> middle([{"InstanceNumber": 3}, {"InstanceNumber": 1}, {"InstanceNumber": 2}])
    {'InstanceNumber': 2}
    """
    seen = [one for one in instances if numeric(one.get("Rows"))] or list(instances)
    if not seen:
        return None
    places = ordered(seen).places
    return seen[places[len(places) // 2]]
