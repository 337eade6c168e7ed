"""What a query would send, as facts: the Identifiers themselves, and the lines that both reprs draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import QueryError
from .attributes import attribute_of_tag, tag_text
from .charset import AFFECTED_VRS, specific_character_set
from .identifier import asked, build, combinations, unique
from .stages import Stage, plan
from .walk import known_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset

    from ..terms import InformationModel, Level
    from .chain import Chain
    from .keys import Key
    from .walk import Match

__all__ = ["Line", "Planned", "Section", "identifiers", "own_identifier", "sections"]

Planned = tuple["Level", "Dataset", tuple[str, ...]]
"""Level, Identifier, and the unique keys in it that the answers above will fill."""
_SHOWN_VALUES = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One attribute of an Identifier as a repr shows it: tag, VR, name, value, and a note such as ``← from each STUDY match``."""

    tag: str
    vr: str
    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The C-FINDs of one level: their heading and the lines of their Identifier."""

    heading: str
    lines: tuple[Line, ...]


def identifiers(chain: Chain, model: InformationModel) -> list[Planned]:
    """List what the walk sends, in order, as far as it is known before the first answer."""
    found: list[Planned] = []
    for _, stages in plan(chain, model, chain.returned, relational=False):
        rows: list[Match] = [{}]
        for stage in stages:
            if stage.asks:
                found.extend(_planned(stage, rows))
            else:
                rows = known_rows(stage, rows)
    return found


def own_identifier(chain: Chain, model: InformationModel) -> Dataset:
    """Give the one Identifier of the query's own level; raises `QueryError` when there are several, or none."""
    level = chain.level
    if not chain.legs[-1].asks:
        raise QueryError("a query that goes up has no Identifier of its own level; .identifiers() lists those that are sent")
    own = [dataset for at, dataset, _ in identifiers(chain, model) if at is level]
    if len(own) > 1:
        raise QueryError(f"lists make {len(own)} Identifiers at {level} level; .identifiers() lists them")
    return own[0]


def _planned(stage: Stage, rows: list[Match]) -> Iterator[Planned]:
    for row in rows:
        carried = tuple((unique(level), row.get(level.unique_key, "")) for level in stage.carried)
        from_above = tuple(level.unique_key for level in stage.carried if level.unique_key not in row)
        for some in combinations(stage.keys):
            yield stage.level, build(stage.level, (*asked(stage.returned), *carried, *some)), from_above


def sections(chain: Chain, model: InformationModel) -> list[Section]:
    """List the levels that are asked, with the lines of their Identifiers."""
    found: list[Section] = []
    for leg, stages in plan(chain, model, chain.returned, relational=False):
        if leg.start is not None:
            found.append(Section(f"↑ the distinct matches at {leg.start} level that these belong to", ()))
        known = {key.level: key for stage in stages if not stage.asks for key in stage.keys}
        found.extend(Section(_heading(stage, known), _lines(stage, known)) for stage in stages if stage.asks)
    return found


def _heading(stage: Stage, known: dict[Level, Key]) -> str:
    unknown = [level for level in stage.carried if level not in known]
    each = f", one for each {unknown[-1]} match" if unknown else ""
    return f"C-FIND at {stage.level} level{each}"


def _lines(stage: Stage, known: dict[Level, Key]) -> tuple[Line, ...]:
    lines: dict[tuple[int, ...], Line] = {
        (0x00080052,): Line(tag_text(0x00080052), "CS", "QueryRetrieveLevel", stage.level.value)
    }
    lines |= {unique(level).path: _carried_line(level, known.get(level)) for level in stage.carried}
    for key in (*stage.returned, *stage.keys):
        lines |= {key.path[:depth]: _sequence_line(key.path[:depth]) for depth in range(1, len(key.path))}
        lines.setdefault(key.path, _line(key, _note(key)))
    held = [*stage.keys, *(known[level] for level in stage.carried if level in known)]
    character_set = specific_character_set(text for key in held if key.vr in AFFECTED_VRS for text in key.values)
    if character_set:
        lines[(0x00080005,)] = Line(tag_text(0x00080005), "CS", "SpecificCharacterSet", character_set)
    return tuple(lines[path] for path in sorted(lines))


def _sequence_line(path: tuple[int, ...]) -> Line:
    return Line(tag_text(path[-1]), "SQ", _name(path), "", "one item")


def _name(path: tuple[int, ...]) -> str:
    """Mark what stands within a sequence by one ``>`` for each level of nesting, as the tables of the Standard do."""
    return ">" * (len(path) - 1) + attribute_of_tag(path[-1]).label


def _line(key: Key, note: str) -> Line:
    shown = " or ".join(key.values[:_SHOWN_VALUES])
    more = len(key.values) - _SHOWN_VALUES
    return Line(tag_text(key.path[-1]), key.vr, _name(key.path), shown + (f" or {more} more" if more > 0 else ""), note)


def _note(key: Key) -> str:
    if not key.values:
        return "one empty item, asked back" if key.has_item else "asked back"
    if len(key.values) == 1:
        return "all of these values at once" if key.needs_multiple_value_matching else ""
    return "any of them, in one list" if key.vr == "UI" else f"{len(key.values)} C-FINDs, merged"


def _carried_line(level: Level, known: Key | None) -> Line:
    if known is None:
        return _line(unique(level), f"← from each {level} match")
    return _line(known, f"{len(known.values)} C-FINDs, merged" if len(known.values) > 1 else "")
