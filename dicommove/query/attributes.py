"""What the data dictionary (PS3.6) says of an attribute: tag, VR, whether it may have several values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from pydicom.datadict import get_entry, keyword_dict, keyword_for_tag, repeater_has_keyword, tag_for_keyword
from pydicom.tag import Tag

from ..errors import QueryError

__all__ = ["Attribute", "attribute_of_keyword", "attribute_of_tag", "nearest_keyword", "tag_text"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of the data dictionary.

    Attributes
    ----------
    tag : int
        Group and element as one number.
    vr : str
        Value Representation (PS3.5 6.2); the first one where the dictionary leaves a choice, ``"UN"`` when unknown.
    multiple : bool
        Whether its Value Multiplicity allows more than one value.
    label : str
        Its keyword, or its tag as ``(gggg,eeee)`` when it has none.
    retired : bool
        Whether the Standard has retired it.
    """

    tag: int
    vr: str
    multiple: bool
    label: str
    retired: bool = False


@cache
def attribute_of_keyword(keyword: str) -> Attribute:
    """Look a keyword up.

    Raises
    ------
    QueryError
        It is in no dictionary; the nearest right keyword is named.

    Examples
    --------
    >>> attribute_of_keyword("ModalitiesInStudy").vr
    'CS'
    >>> attribute_of_keyword("PatientsName")
    Traceback (most recent call last):
        ...
    dicommove.errors.QueryError: 'PatientsName' is no keyword of the data dictionary (PS3.6); did you mean 'PatientName'?
    """
    if repeater_has_keyword(keyword):
        raise QueryError(f"{keyword} is a repeating group: say which one by its tag, as in .key('(6000,0010)=')")
    tag = tag_for_keyword(keyword)
    if tag is None or not keyword:
        near = nearest_keyword(keyword)
        hint = f"; did you mean {near!r}?" if near else "; a private attribute is given by its tag, as in .key('(0009,1001)=')"
        raise QueryError(f"{keyword!r} is no keyword of the data dictionary (PS3.6){hint}")
    return attribute_of_tag(tag)


@cache
def attribute_of_tag(tag: int) -> Attribute:
    """Look a tag up; one that is in no dictionary (private ones are not) has VR UN.

    Examples
    --------
    >>> attribute_of_tag(0x00100010).label, attribute_of_tag(0x00091001).label
    ('PatientName', '(0009,1001)')
    """
    try:
        vr, vm, _, retired, _ = get_entry(tag)
    except KeyError:
        return Attribute(tag, "UN", multiple=False, label=tag_text(tag))
    label = keyword_for_tag(tag) or tag_text(tag)
    return Attribute(tag, vr.split(" ")[0], multiple=vm != "1", label=label, retired=bool(retired))


def tag_text(tag: int) -> str:
    """Write a tag as PS3.5 does.

    Examples
    --------
    >>> tag_text(0x0020000D)
    '(0020,000D)'
    """
    number = int(Tag(tag))
    return f"({number >> 16:04X},{number & 0xFFFF:04X})"


def nearest_keyword(text: str) -> str | None:
    """Find the keyword that was probably meant, or None.

    Examples
    --------
    >>> nearest_keyword("study_date"), nearest_keyword("StudyDat"), nearest_keyword("zzzzzz")
    ('StudyDate', 'StudyDate', None)
    """
    keywords = _keywords()
    plain = _plain(text)
    if plain in keywords:
        return keywords[plain]
    near = get_close_matches(plain, keywords, n=1, cutoff=0.7)
    return keywords[near[0]] if near else None


@cache
def _keywords() -> dict[str, str]:
    return {_plain(keyword): keyword for keyword in keyword_dict if keyword}


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
