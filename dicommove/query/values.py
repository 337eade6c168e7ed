"""Values as the user writes them: a range, any of several, all of several, or one literal (PS3.4 C.2.2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom.valuerep import PersonName

from ..errors import QueryError
from .literals import TEXT_WITH_BACKSLASH, literal_text
from .temporal import TEMPORAL_VRS, range_text

if TYPE_CHECKING:
    from .attributes import Attribute

__all__ = ["AllOf", "Between", "all_of", "alternatives", "between", "text_alternatives"]


@dataclass(frozen=True, slots=True)
class Between:
    """A range of dates or times, both ends included; made by `between`."""

    start: object
    end: object


@dataclass(frozen=True, slots=True)
class AllOf:
    """Values that must all be among those of a multi-valued attribute; made by `all_of`."""

    values: tuple[object, ...]


def between(start: object, end: object) -> Between:
    """Range of dates, times, or dates and times; both ends are included (PS3.4 C.2.2.2.5).

    Parameters
    ----------
    start, end : date, time, datetime, str or None
        The ends; None leaves one open.

    Raises
    ------
    QueryError
        Both ends are open.

    Examples
    --------
    >>> between("2024-01-01", None)
    Between(start='2024-01-01', end=None)
    """
    if start is None and end is None:
        raise QueryError("between(None, None) matches everything: give at least one end")
    return Between(start, end)


def all_of(*values: object) -> AllOf:
    """Match what has all of these values (Multiple Value Matching, PS3.4 C.2.2.2.8); the peer must have agreed to it.

    Raises
    ------
    QueryError
        Fewer than two values.

    Examples
    --------
    >>> all_of("CT", "PT")
    AllOf(values=('CT', 'PT'))
    """
    if len(values) < 2:
        raise QueryError("all_of(...) takes two values or more; a single one is given as it is")
    return AllOf(values)


def alternatives(attribute: Attribute, value: object) -> tuple[str, ...]:
    r"""Write what the user gave for a key as DICOM texts, any of which may match.

    Raises
    ------
    QueryError
        The VR does not take it, or an empty list was given.

    Examples
    --------
    >>> from dicommove.query.attributes import attribute_of_keyword
    >>> alternatives(attribute_of_keyword("ModalitiesInStudy"), ["CT", all_of("MR", "PT")])
    ('CT', 'MR\\PT')
    """
    if not _is_list(value):
        return (_one(attribute, value),)
    texts = tuple(dict.fromkeys(_one(attribute, member) for member in _members(value)))
    if not texts:
        raise QueryError(f"{attribute.label}: an empty list matches nothing")
    return texts


def text_alternatives(attribute: Attribute, text: str) -> tuple[str, ...]:
    r"""Write the value of a keyword path: backslashes separate values, which for UIDs means any of, else all of.

    Raises
    ------
    QueryError
        The VR does not take it.

    Examples
    --------
    >>> from dicommove.query.attributes import attribute_of_keyword
    >>> text_alternatives(attribute_of_keyword("StudyInstanceUID"), r"1.2\1.3")
    ('1.2', '1.3')
    """
    if "\\" not in text or attribute.vr in TEXT_WITH_BACKSLASH:
        return alternatives(attribute, text)
    parts = [part for part in text.split("\\") if part]
    return alternatives(attribute, parts if attribute.vr == "UI" or len(parts) < 2 else AllOf(tuple(parts)))


def _is_list(value: object) -> bool:
    single = isinstance(value, str | bytes | Mapping | PersonName) or getattr(value, "shape", None) == ()
    return isinstance(value, Iterable) and not single


def _members(value: object) -> list[object]:
    assert isinstance(value, Iterable)
    # a set has no order of its own, and equal queries should be equal values
    return sorted(value, key=str) if isinstance(value, AbstractSet) else list(value)


def _one(attribute: Attribute, value: object) -> str:
    if isinstance(value, Between):
        if attribute.vr not in TEMPORAL_VRS:
            raise QueryError(f"{attribute.label}: ranges match dates and times only, not VR {attribute.vr} (PS3.4 C.2.2.2.5)")
        return range_text(attribute.vr, value.start, value.end, attribute.label)
    if isinstance(value, AllOf):
        return _all_of(attribute, value)
    if value is None:
        raise QueryError(f"{attribute.label} is None; .returning({attribute.label!r}) asks for it without matching")
    if _is_list(value) or isinstance(value, Mapping):
        kind = (
            "a dict, which is for sequences"
            if isinstance(value, Mapping)
            else "a list in a list; positional ones are unpacked, as in .studies(*uids)"
        )
        raise QueryError(f"{attribute.label}: VR {attribute.vr} takes a value, not {kind}")
    return literal_text(attribute.vr, value, attribute.label)


def _all_of(attribute: Attribute, value: AllOf) -> str:
    if not attribute.multiple or attribute.vr in {"UI", *TEXT_WITH_BACKSLASH}:
        why = "for UIDs a list means any of them" if attribute.vr == "UI" else "it has a single value"
        raise QueryError(f"{attribute.label}: all_of(...) is not possible: {why} (PS3.4 C.2.2.2.8)")
    return "\\".join(literal_text(attribute.vr, member, attribute.label) for member in value.values)
