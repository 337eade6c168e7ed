"""Reading the Identifier of a C-FIND or C-MOVE, and refusing what the Standard does not allow (PS3.4 C.4.1.2, C.4.2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..terms import InformationModel, Level
from .attributes import INSTANCE_AVAILABILITY, LEVEL_TAG, RETRIEVE_AE_TITLE, UNIQUE_TAGS, level_of, name_of
from .elements import ElementsError, parse_elements, vr_of
from .header import SPECIFIC_CHARACTER_SET, Header

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Identifier", "IdentifierError", "read_find_identifier", "read_move_identifier"]

_NO_KEYS = frozenset({SPECIFIC_CHARACTER_SET, LEVEL_TAG, 0x00080053, RETRIEVE_AE_TITLE, INSTANCE_AVAILABILITY, 0x00080201})
_IDENTIFIER_DOES_NOT_MATCH = 0xA900
_UNABLE_TO_PROCESS = 0xC000


class IdentifierError(Exception):
    """The Identifier is answered with a failure.

    Attributes
    ----------
    status : int
    comment : str
        The Error Comment, at most 64 characters, without values (PS3.7 C).
    offending : tuple of int
        Tags for the Offending Element.
    """

    def __init__(self, comment: str, *offending: int, status: int = _IDENTIFIER_DOES_NOT_MATCH) -> None:
        super().__init__(comment)
        self.status = status
        self.comment = comment[:64]
        self.offending = offending


@dataclass(frozen=True)
class Identifier:
    """An Identifier that was found in order.

    Attributes
    ----------
    level : Level
    model : InformationModel
    relational : bool
        Whether relational queries were negotiated (PS3.4 C.5.2.1).
    header : Header
        All its elements.
    """

    level: Level
    model: InformationModel
    relational: bool
    header: Header

    def unique(self, level: Level) -> tuple[str, ...]:
        """Values of a level's unique key."""
        return self.header.values(UNIQUE_TAGS[level])

    def asked(self) -> Iterator[int]:
        """Tags of everything that is asked for or returned."""
        return (tag for tag in self.header.elements if tag not in _NO_KEYS and tag & 0xFFFF)

    def matching_keys(self) -> Iterator[int]:
        """Tags of the keys that have a value."""
        return (tag for tag in self.asked() if self.header.values(tag) or any(item.elements for item in self.header.items(tag)))

    def supports(self, tag: int) -> bool:
        """Whether an attribute is a key of this level, or of one above where that is allowed."""
        level = level_of(tag, self.model)
        return level == self.level or (level < self.level and (self.relational or tag in UNIQUE_TAGS.values()))


def read_find_identifier(data: bytes, *, explicit: bool, model: InformationModel, relational: bool) -> Identifier:
    """Read a C-FIND Identifier.

    Raises
    ------
    IdentifierError
        It cannot be read, or asks for what the level does not have (PS3.4 C.4.1.2.1, C.4.1.3.2).
    """
    identifier = _read(data, explicit=explicit, model=model, relational=relational)
    if not relational:
        _require_unique_keys_above(identifier)
    for tag in identifier.matching_keys():
        if not identifier.supports(tag):
            raise IdentifierError(f"{name_of(tag)} is no key at {identifier.level}", tag)
        if vr_of(tag) != "UI" and len(identifier.header.values(tag)) > 1 and vr_of(tag) not in ("LT", "ST", "UT"):
            raise IdentifierError(f"{name_of(tag)}: a list of values was not negotiated", tag)
    return identifier


def read_move_identifier(data: bytes, *, explicit: bool, model: InformationModel) -> Identifier:
    """Read a C-MOVE Identifier: unique keys and nothing else; PatientID in Study Root is common and let pass.

    Raises
    ------
    IdentifierError
        It cannot be read, lacks a unique key, or has other keys with values (PS3.4 C.4.2.2.1).
    """
    identifier = _read(data, explicit=explicit, model=model, relational=False)
    _require_unique_keys_above(identifier)
    own = UNIQUE_TAGS[identifier.level]
    if not identifier.unique(identifier.level):
        raise IdentifierError(f"{name_of(own)} is missing: {identifier.level} level needs it", own)
    if identifier.level is Level.PATIENT and len(identifier.unique(Level.PATIENT)) > 1:
        raise IdentifierError("PatientID takes a single value", own)
    for tag in identifier.matching_keys():
        if tag not in UNIQUE_TAGS.values() or level_of(tag, model) > identifier.level:
            raise IdentifierError(f"{name_of(tag)} is no unique key of {identifier.level} or above", tag)
    return identifier


def _read(data: bytes, *, explicit: bool, model: InformationModel, relational: bool) -> Identifier:
    try:
        header = Header(parse_elements(data, explicit=explicit))
    except ElementsError as error:
        raise IdentifierError("the Identifier cannot be read", status=_UNABLE_TO_PROCESS) from error
    named = header.text(LEVEL_TAG)
    if named not in tuple(model.levels):
        raise IdentifierError(f"QueryRetrieveLevel: {', '.join(model.levels)} only", LEVEL_TAG)
    return Identifier(Level(named), model, relational, header)


def _require_unique_keys_above(identifier: Identifier) -> None:
    for level in identifier.level.above:
        if level not in identifier.model.levels:
            continue
        tag, values = UNIQUE_TAGS[level], identifier.unique(level)
        if len(values) != 1 or set(values[0]) & set("*?"):
            raise IdentifierError(f"{name_of(tag)} must be one value at {identifier.level} level", tag)
