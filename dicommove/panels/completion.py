"""Keywords that complete what was typed: those that archives know first, then the whole data dictionary (PS3.6)."""

from __future__ import annotations

from functools import cache

from pydicom._dicom_dict import DicomDictionary

from ..query import level_of
from ..terms import Level

__all__ = ["complete"]

_MOST = 24


def complete(text: str, most: int = _MOST) -> list[str]:
    """Give keywords that hold the text, the likeliest first.

    Those that begin with it go before those that hold it somewhere, and attributes that a level is known of before others.

    Examples
    --------
    >>> complete("bodyp")[0], complete("studyd")[:2]
    ('BodyPartExamined', ['StudyDate', 'StudyDescription'])
    """
    wanted = "".join(text.split()).lower()
    if not wanted:
        return [name for name in _keywords() if level_of(name) in (Level.STUDY, Level.SERIES)][:most]
    holding = [(name.lower().find(wanted), name) for name in _keywords() if wanted in name.lower()]
    holding.sort(key=lambda found: (level_of(found[1]) in (None, Level.IMAGE), found[0] > 0))
    return [name for _, name in holding[:most]]


@cache
def _keywords() -> tuple[str, ...]:
    """Keywords that can be keys: no command or file elements, nothing retired; in alphabetical order."""
    known = ((tag, retired, name) for tag, (_, _, _, retired, name) in DicomDictionary.items())
    return tuple(sorted(name for tag, retired, name in known if name and not retired and tag >> 16 >= 0x0008))
