"""The C-FINDs that a leg needs: one stage a level, or a single one where relational queries are agreed (PS3.4 C.4.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..terms import InformationModel, Level
from .identifier import unique

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .chain import Chain, Leg
    from .keys import Key

__all__ = ["Stage", "plan", "stages"]


@dataclass(frozen=True, slots=True)
class Stage:
    """The C-FINDs of one level.

    Attributes
    ----------
    level : Level
        Their Query/Retrieve Level.
    keys : tuple of Key
        Keys with values.
    returned : tuple of Key
        Keys that are asked back: the unique keys first, then what was asked for.
    carried : tuple of Level
        Levels whose unique key has a single value, from the matches above.
    asks : bool
        False where the unique keys are known exactly and nothing else is wanted: no C-FIND is needed.
    """

    level: Level
    keys: tuple[Key, ...]
    returned: tuple[Key, ...]
    carried: tuple[Level, ...]
    asks: bool = True


def plan(chain: Chain, model: InformationModel, returned: Iterable[Key], *, relational: bool) -> list[tuple[Leg, list[Stage]]]:
    """List the stages of every leg; raises `QueryError` when the model lacks a level."""
    chain.check_model(model)
    level = chain.level
    wanted = tuple(key for key in returned if key.level <= level)
    return [(leg, stages(leg, wanted, model, relational=relational)) for leg in chain.legs]


def stages(leg: Leg, returned: tuple[Key, ...], model: InformationModel, *, relational: bool = False) -> list[Stage]:
    """List the stages of one leg, from the top down."""
    levels = [level for level in model.levels if level <= leg.level and (leg.start is None or level > leg.start)]
    if relational:
        return [_relational(leg, levels, returned, model)] if levels else []
    made: list[Stage] = []
    single = leg.start is None
    for level in levels:
        made.append(_stage(leg, level, returned, model, single_above=single))
        single = single and not made[-1].asks and len(made[-1].keys[0].values) == 1
    return made


def _stage(leg: Leg, level: Level, returned: tuple[Key, ...], model: InformationModel, *, single_above: bool) -> Stage:
    keys = tuple(key for key in leg.keys if _place(key, model) == level)
    wanted = tuple(key for key in returned if _place(key, model) == level)
    carried = tuple(above for above in _carriers(leg, level, model) if above < level)
    own = [Level.PATIENT, level] if level is model.levels[0] else [level]
    exact = bool(keys) and all(key.is_unique and key.is_literal and key.level is level for key in keys)
    # below several parents an exact key must be asked all the same: only the archive knows which of them it belongs to
    asks = level is leg.level or not exact or bool(wanted) or not single_above
    return Stage(level, keys, _asked_back(keys, own, carried, wanted), carried, asks)


def _relational(leg: Leg, levels: list[Level], returned: tuple[Key, ...], model: InformationModel) -> Stage:
    carried = tuple(level for level in _carriers(leg, levels[0], model) if level < levels[0])
    wanted = tuple(key for key in returned if _place(key, model) in levels)
    own = [Level.PATIENT, *levels] if levels[0] is model.levels[0] else levels
    return Stage(leg.level, leg.keys, _asked_back(leg.keys, own, carried, wanted), carried)


def _carriers(leg: Leg, level: Level, model: InformationModel) -> tuple[Level, ...]:
    """Levels that may hand a unique key down: those of the model, and PATIENT for studies of patients in Study Root."""
    patients = leg.start is Level.PATIENT and level is model.levels[0]
    return (Level.PATIENT, *model.levels) if patients and Level.PATIENT not in model.levels else model.levels


def _place(key: Key, model: InformationModel) -> Level:
    """In Study Root the keys of patients are keys of STUDY level (PS3.4 C.6.2.1)."""
    return max(key.level, model.levels[0])


def _asked_back(keys: tuple[Key, ...], own: list[Level], carried: tuple[Level, ...], wanted: tuple[Key, ...]) -> tuple[Key, ...]:
    paths = {key.path for key in keys} | {unique(level).path for level in carried}
    candidates = [*(unique(level) for level in own), *wanted]
    return tuple({key.path: key for key in candidates if key.path not in paths}.values())
