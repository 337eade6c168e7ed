"""Keys of a query: what is matched, or only asked back, at which level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import QueryError
from ..terms import Level
from .attributes import attribute_of_keyword, attribute_of_tag
from .literals import TEXT_WITH_BACKSLASH, WILDCARD_VRS
from .path import parse_path
from .rules import NOT_A_KEY, key_level
from .values import alternatives, text_alternatives

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .attributes import Attribute

__all__ = ["Key", "keys_of", "path_key", "return_key", "unique_key"]

UNIQUE_TAGS = {level: attribute_of_keyword(level.unique_key).tag for level in Level}


@dataclass(frozen=True, slots=True)
class Key:
    r"""One key of a query.

    Attributes
    ----------
    level : Level
        Level whose C-FIND asks for it.
    path : tuple of int
        Tags from the outermost in; more than one for an attribute within a sequence.
    vr : str
        Value Representation of the last one.
    values : tuple of str
        DICOM texts, any of which may match; empty for universal matching: the value is only asked back. A backslash within
        one text separates values that must all be there.
    has_item : bool
        For a sequence that is asked back: with one empty item instead of none.
    """

    level: Level
    path: tuple[int, ...]
    vr: str
    values: tuple[str, ...] = ()
    has_item: bool = False

    @property
    def keyword(self) -> str:
        """Keyword of the outermost attribute: the column that answers come in."""
        return attribute_of_tag(self.path[0]).label

    @property
    def label(self) -> str:
        """The keywords from the outermost in, joined by dots."""
        return ".".join(attribute_of_tag(tag).label for tag in self.path)

    @property
    def is_unique(self) -> bool:
        """Whether this is the unique key of its level (PS3.4 C.6.1.1)."""
        return self.path == (UNIQUE_TAGS[self.level],)

    @property
    def is_literal(self) -> bool:
        """Whether it has values and none of them holds a wildcard."""
        wild = self.vr in WILDCARD_VRS
        return bool(self.values) and not (wild and any(set("*?") & set(value) for value in self.values))

    @property
    def needs_multiple_value_matching(self) -> bool:
        """Whether a value asks for several at once (PS3.4 C.2.2.2.8)."""
        return self.vr not in {"UI", *TEXT_WITH_BACKSLASH} and any("\\" in value for value in self.values)


def keys_of(keyword: str, value: object, current: Level) -> Iterator[Key]:
    """Make the keys that ``where(keyword=value)`` means; a dict for a sequence makes one for each attribute within.

    Raises
    ------
    QueryError
        Unknown keyword, deeper level, or a value that the VR does not take.

    Examples
    --------
    >>> [key.values for key in keys_of("StudyDate", "2024-01-31", Level.STUDY)]
    [('20240131',)]
    """
    attribute = attribute_of_keyword(keyword)
    level = _checked_level(attribute, current)
    made = list(_within(attribute, value, level, ()))
    if not any(key.values for key in made):
        raise QueryError(f"{keyword}: at least one attribute within the sequence needs a value")
    yield from made


def unique_key(level: Level, values: Iterable[object]) -> Key:
    """Make the unique key of a level from literal values.

    Raises
    ------
    QueryError
        A value is no UID or identifier, or holds a wildcard.

    Examples
    --------
    >>> unique_key(Level.STUDY, ["1.2.3"]).label
    'StudyInstanceUID'
    """
    attribute = attribute_of_keyword(level.unique_key)
    key = Key(level, (attribute.tag,), attribute.vr, alternatives(attribute, list(values)))
    if not key.is_literal:
        raise QueryError(f"{level.unique_key}: an exact value is wanted here; wildcards go into .where({level.unique_key}=...)")
    return key


def path_key(text: str, current: Level) -> Key:
    """Make the key that a keyword path means; without a value it is only asked back.

    Raises
    ------
    QueryError
        The path is none, names an item other than 0, or the value is not taken by its VR.

    Examples
    --------
    >>> path_key("ProcedureCodeSequence[0].CodeValue=", Level.STUDY).label
    'ProcedureCodeSequence.CodeValue'
    """
    path = parse_path(text)
    level = _checked_level(path.elements[0].attribute, current)
    if any(element.item for element in path.elements):
        raise QueryError("a sequence in a query has one item, number 0 (PS3.4 C.2.2.2.6)")
    leaf = path.leaf.attribute
    if leaf.vr == "SQ" and path.value:
        raise QueryError(f"{leaf.label} is a sequence: give the attribute within, as in {leaf.label}[0].CodeValue=…")
    values = text_alternatives(leaf, path.value) if path.value else ()
    vr = "SQ" if path.leaf.item is not None else leaf.vr
    return Key(level, path.tags, vr, values, has_item=path.leaf.item is not None)


def return_key(keyword: str, current: Level) -> Key:
    """Make a key that is only asked back (universal matching, PS3.4 C.2.2.2.3).

    Raises
    ------
    QueryError
        Unknown keyword, or one of a deeper level.

    Examples
    --------
    >>> return_key("StudyDescription", Level.STUDY).values
    ()
    """
    attribute = attribute_of_keyword(keyword)
    return Key(_checked_level(attribute, current), (attribute.tag,), attribute.vr)


def _checked_level(attribute: Attribute, current: Level) -> Level:
    if attribute.tag >> 16 < 0x0008:
        raise QueryError(f"{attribute.label} belongs to a message or a file, not to what is stored: it is no key")
    return key_level(attribute.label, current)


def _within(attribute: Attribute, value: object, level: Level, above: tuple[int, ...]) -> Iterator[Key]:
    path = (*above, attribute.tag)
    if attribute.vr == "SQ":
        for keyword, inner in _items_of(attribute, value).items():
            yield from _within(_inner(keyword), inner, level, path)
    elif above and value in (None, ""):
        yield Key(level, path, attribute.vr)
    else:
        yield Key(level, path, attribute.vr, alternatives(attribute, value))


def _inner(keyword: object) -> Attribute:
    if not isinstance(keyword, str) or keyword in NOT_A_KEY:
        raise QueryError("the names within a sequence are keywords of attributes, as in {'CodeValue': 'P5-09051'}")
    return attribute_of_keyword(keyword)


def _items_of(attribute: Attribute, value: object) -> Mapping[object, object]:
    if not isinstance(value, Mapping) or not value:
        example = f"{attribute.label}={{'CodeValue': 'P5-09051'}}"
        raise QueryError(f"{attribute.label} is a sequence and takes a dict, as in {example}")
    return value
