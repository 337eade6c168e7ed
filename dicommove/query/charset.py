"""The Specific Character Set that loses nothing (PS3.3 C.12.1.1.2, PS3.5 6.1)."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from ..errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["AFFECTED_VRS", "check_characters", "specific_character_set"]

AFFECTED_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
"""VRs whose values may leave the default repertoire (PS3.5 6.1.2.3); all others are ASCII."""
_TEXT_VRS = frozenset({"LT", "ST", "UT"})
_LINE_CONTROLS = "\t\n\f\r"


def specific_character_set(texts: Iterable[str]) -> str | None:
    """Choose the Defined Term of the smallest character set that holds every text; None when ASCII is enough.

    Examples
    --------
    >>> specific_character_set(["MEIER*"]), specific_character_set(["MÜLLER"]), specific_character_set(["Иванов", "山田"])
    (None, 'ISO_IR 100', 'ISO_IR 192')
    """
    highest = max((max(text, default="\0") for text in texts), default="\0")
    if highest < "\x80":
        return None
    return "ISO_IR 100" if highest <= "\xff" else "ISO_IR 192"


def check_characters(text: str, vr: str, label: str) -> None:
    """Refuse what cannot be sent without loss: control characters, lone surrogates, and all but ASCII where the VR wants it.

    Raises
    ------
    QueryError
        With the place of the first such character; never with the value itself.

    Examples
    --------
    >>> check_characters("CÖ", "CS", "Modality")
    Traceback (most recent call last):
        ...
    dicommove.errors.QueryError: Modality: character 2 is not ASCII, which VR CS does not take (PS3.5 6.2)
    """
    for place, character in enumerate(text, start=1):
        problem = _problem(character, vr)
        if problem:
            raise QueryError(f"{label}: character {place} {problem}")


def _problem(character: str, vr: str) -> str | None:
    category = unicodedata.category(character)
    if category == "Cc" and not (vr in _TEXT_VRS and character in _LINE_CONTROLS):
        return f"is a control character (U+{ord(character):04X}), which no archive can match"
    if category == "Cs":
        return "is half of a surrogate pair and cannot be encoded: the text was damaged before it came here"
    if character > "\x7f" and vr not in AFFECTED_VRS:
        return f"is not ASCII, which VR {vr} does not take (PS3.5 6.2)"
    return None
