"""The way of a query through the levels: down with its keys, and up again to what those belong to.

Pure values: every method that changes something returns a new chain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

from ..errors import QueryError
from ..terms import InformationModel, Level

if TYPE_CHECKING:
    from .keys import Key

__all__ = ["MAX_ALTERNATIVES", "Chain", "Leg"]

MAX_ALTERNATIVES = 64
"""Most C-FINDs that the lists of one query may multiply to (UID lists go in one)."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One way down.

    Attributes
    ----------
    start : Level or None
        Level whose matches are known when the leg begins; None for the first leg.
    level : Level
        Level that it ends at; equal to ``start`` when nothing is asked any more.
    keys : tuple of Key
        Keys of the levels below ``start`` down to ``level``, in the order in which they were given.
    """

    start: Level | None
    level: Level
    keys: tuple[Key, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether it needs a C-FIND at all."""
        return self.start is not self.level

    def with_key(self, key: Key) -> Leg:
        """Add a key; one of the same attribute and level is replaced in its place."""
        same = [old.level == key.level and old.path == key.path for old in self.keys]
        if any(same):
            return replace(self, keys=tuple(key if is_it else old for is_it, old in zip(same, self.keys, strict=True)))
        return replace(self, keys=(*self.keys, key))


@dataclass(frozen=True, slots=True)
class Chain:
    """The legs of a query, and what is to be returned.

    Attributes
    ----------
    legs : tuple of Leg
        The first begins at the root of the model; each later one where the one before was left upwards.
    returned : tuple of Key
        Keys without values, asked back at their level.

    Examples
    --------
    >>> chain = Chain().to(Level.SERIES).to(Level.STUDY)
    >>> chain.level, len(chain.legs)
    (<Level.STUDY: 'STUDY'>, 1)
    """

    legs: tuple[Leg, ...] = ()
    returned: tuple[Key, ...] = ()

    @property
    def level(self) -> Level:
        """The level of what it matches; raises `QueryError` before the first verb."""
        if not self.legs:
            raise QueryError("the query has no level yet: begin with patients(), studies(), series() or images()")
        return self.legs[-1].level

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys of every leg."""
        return tuple(key for leg in self.legs for key in leg.keys)

    @property
    def default_model(self) -> InformationModel:
        """Study Root, unless patients themselves are asked for."""
        patients = any(leg.asks and leg.level is Level.PATIENT for leg in self.legs)
        return InformationModel.PATIENT_ROOT if patients else InformationModel.STUDY_ROOT

    def to(self, level: Level) -> Chain:
        """Go to a level: down from here, or up to the distinct ones that these matches belong to."""
        if not self.legs:
            return replace(self, legs=(Leg(None, level),))
        last = self.legs[-1]
        legs = (*self.legs[:-1], replace(last, level=level)) if level >= last.level else _up(self.legs, level)
        return replace(self, legs=legs)

    def with_key(self, key: Key) -> Chain:
        """Add a key to the earliest leg that passes its level: there it narrows most; without a value it is asked back."""
        if not key.values:
            return self.with_returned(key)
        place = len(self.legs) - 1
        while (start := self.legs[place].start) is not None and start >= key.level:
            place -= 1
        legs = (*self.legs[:place], self.legs[place].with_key(key), *self.legs[place + 1 :])
        chain = replace(self, legs=legs)
        _check_alternatives(chain.keys)
        return chain

    def with_returned(self, key: Key) -> Chain:
        """Add a key that is only asked back; a second time changes nothing."""
        return self if key in self.returned else replace(self, returned=(*self.returned, key))

    def check_model(self, model: InformationModel) -> None:
        """Raise `QueryError` when the model lacks a level that must be asked (PS3.4 C.6)."""
        for leg in self.legs:
            if leg.asks and leg.level not in model.levels:
                raise QueryError(f"{model.value} has no {leg.level} level; its levels are {', '.join(model.levels)} (PS3.4 C.6)")


def _up(legs: tuple[Leg, ...], level: Level) -> tuple[Leg, ...]:
    last = legs[-1]
    if any(key.level > level for key in last.keys):
        return (*legs, Leg(level, level))
    # nothing was asked below the level that is gone to, so the way down and up again would change nothing
    if last.start is None or last.start <= level:
        return (*legs[:-1], replace(last, level=level))
    return _up(legs[:-1], level)


def _check_alternatives(keys: tuple[Key, ...]) -> None:
    lists = [key for key in keys if key.vr != "UI" and len(key.values) > 1]
    total = prod(len(key.values) for key in lists)
    if total > MAX_ALTERNATIVES:
        names = ", ".join(f"{key.label} ({len(key.values)})" for key in lists)
        raise QueryError(f"the lists of {names} make {total} C-FINDs, more than {MAX_ALTERNATIVES}: split the query")
