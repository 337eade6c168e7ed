"""Guards: how much one move may be, and whether the disk holds it (contract: refuse before anything is sent). Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...allowance import INSTANCES_PER_STUDY, limits_of
from ...errors import EntityError, MoveTooLarge, QueryError, StoreError
from ...terms import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["UNLIMITED", "Limit", "check_disk", "check_limit", "in_bytes", "size_of"]

_TYPICAL_BYTES = {
    "CT": 530_000,
    "MR": 250_000,
    "PT": 70_000,
    "NM": 500_000,
    "US": 2_500_000,
    "XA": 15_000_000,
    "RF": 8_000_000,
    "CR": 8_000_000,
    "DX": 12_000_000,
    "MG": 25_000_000,
    "SC": 1_000_000,
    "SR": 50_000,
    "PR": 50_000,
    "KO": 10_000,
    "SM": 200_000_000,
}
_TYPICAL_OTHER = 1_000_000
_BYTES_PER_S = 10_000_000
"""A modest archive on a hospital network: the estimate of hours is for an order of magnitude."""
_SPARE = 1.1


@dataclass(frozen=True, slots=True)
class Limit:
    """How much a query may resolve to before the move is refused.

    Attributes
    ----------
    studies, instances : int or None
        None is no limit.
    """

    studies: int | None = 50
    instances: int | None = 20_000

    def __str__(self) -> str:
        bounds = ((self.studies, "study", "studies"), (self.instances, "instance", "instances"))
        said = [f"{number:,} {one if number == 1 else many}" for number, one, many in bounds if number is not None]
        return " or ".join(said) or "nothing"

    def within(self, most: Limit) -> bool:
        """Whether it allows nothing that another one does not allow.

        Examples
        --------
        >>> Limit(10, 4000).within(Limit(20, None)), Limit(None, 4000).within(Limit(20, None))
        (True, False)
        """
        pairs = ((self.studies, most.studies), (self.instances, most.instances))
        return all(above is None or (own is not None and own <= above) for own, above in pairs)

    @classmethod
    def of(cls, limit: object) -> Limit:
        """Read what the user gave: a number of studies (and 400 instances each), or None for no limit.

        Raises
        ------
        QueryError
            It is neither.

        Examples
        --------
        >>> Limit.of(100)
        Limit(studies=100, instances=40000)
        """
        if isinstance(limit, Limit):
            return limit
        try:
            return cls(*limits_of(limit))
        except EntityError as error:
            raise QueryError(str(error)) from None


UNLIMITED = Limit(None, None)


def size_of(instances: int | None, modalities: Iterable[str]) -> int:
    """Estimated bytes of that many instances: the mean of what is typical of their modalities.

    Examples
    --------
    >>> size_of(100, ["CT"])
    53000000
    """
    typical = [_TYPICAL_BYTES.get(modality, _TYPICAL_OTHER) for modality in modalities] or [_TYPICAL_OTHER]
    return (instances or 0) * sum(typical) // len(typical)


def in_bytes(size_bytes: float) -> str:
    """Write a number of bytes for people, in powers of ten.

    Examples
    --------
    >>> in_bytes(53_000_000)
    '53.0 MB'
    """
    for unit in ("bytes", "kB", "MB", "GB"):
        if round(abs(size_bytes), 1) < 1000:
            return f"{size_bytes:.0f} {unit}" if unit == "bytes" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} TB"


def check_limit(
    limit: Limit,
    *,
    studies: int,
    instances: int | None,
    size_bytes: int,
    level: Level = Level.STUDY,
    most: Limit = UNLIMITED,
) -> None:
    """Refuse what is more than the limit.

    Parameters
    ----------
    limit : Limit
        What holds.
    studies, size_bytes : int
    instances : int or None
        None when it is not known.
    level : Level
        Of the query.
    most : Limit
        What a user may raise it to at all.

    Raises
    ------
    MoveTooLarge
        With counts, bytes and hours, and how to go on.
    """
    too_many = limit.studies is not None and studies > limit.studies
    too_big = limit.instances is not None and instances is not None and instances > limit.instances
    if not (too_many or too_big):
        return
    hours = size_bytes / _BYTES_PER_S / 3600
    counted = f"{instances:,} instances" if instances is not None else "an unknown number of instances"
    raise MoveTooLarge(
        f"the query resolves to {studies:,} studies and {counted}, some {in_bytes(size_bytes)} and {_duration(hours)}: more than "
        f"the limit of {limit}. Nothing was moved. "
        f"Narrow the query (it asks at {level} level)" + _way_out(most, studies, instances or 0),
        studies=studies,
        instances=instances,
        size_bytes=size_bytes,
        hours=hours,
    )


def _way_out(most: Limit, studies: int, instances: int) -> str:
    """What else helps: a limit that is enough, where the user may give it; else who may raise it."""
    enough = Limit.of(max(studies, math.ceil(instances / INSTANCES_PER_STUDY)))
    if most == UNLIMITED:
        return f", or give limit={enough.studies} (limit=None for no limit) if you mean it."
    if enough.within(most):
        return f", or give limit={enough.studies} if you mean it."
    who = "only who keeps the site's file (or you, where your own entry says less) can raise that"
    return f" and move it in parts: the configuration of this archive allows {most} a move, and {who}."


def _duration(hours: float) -> str:
    """An order of magnitude for people."""
    return f"{hours:.1f} hours" if hours >= 1 else f"{max(1, round(hours * 60))} minutes"


def check_disk(*, size_bytes: int, free_bytes: int, folder: str) -> None:
    """Refuse a move for which the disk has too little room.

    Raises
    ------
    StoreError
        Less is free than the estimate and a tenth more.
    """
    if free_bytes >= size_bytes * _SPARE:
        return
    raise StoreError(
        f"{folder} has {in_bytes(free_bytes)} free, and some {in_bytes(size_bytes * _SPARE)} are needed (estimate + 10 %). "
        "Nothing was moved. Free some space, choose another folder, or move fewer studies at a time."
    )
