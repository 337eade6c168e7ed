"""Whether a query says enough to be moved, and whether it says everything (guards before a C-MOVE)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .temporal import TEMPORAL_VRS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..terms import InformationModel
    from .chain import Chain
    from .keys import Key

__all__ = ["HOW_TO_SELECT", "exact_keys", "is_exact", "is_selective"]

HOW_TO_SELECT = (
    "a unique key, an AccessionNumber, three literal characters of an ID or name, or a date range with both ends"
    " (ModalitiesInStudy alone is too little)"
)
"""What `is_selective` looks for, in words."""
_IDENTIFIERS = frozenset({"PatientID", "OtherPatientIDs", "AccessionNumber", "StudyID"})
_LITERALS = 3


def is_selective(keys: Iterable[Key]) -> bool:
    """Tell whether one of the keys narrows on its own.

    Examples
    --------
    >>> from dicommove.query.keys import keys_of
    >>> from dicommove.terms import Level
    >>> [is_selective(keys_of("PatientName", name, Level.STUDY)) for name in ("MEI*", "M*")]
    [True, False]
    """
    return any(len(key.path) == 1 and key.values and all(_narrows(key, text) for text in key.values) for key in keys)


def _narrows(key: Key, text: str) -> bool:
    if key.vr in TEMPORAL_VRS - {"TM"}:
        return not text.startswith("-") and not text.endswith("-")
    if key.is_literal and (key.is_unique or key.keyword == "AccessionNumber"):
        return True
    if key.vr == "PN" or key.keyword in _IDENTIFIERS:
        return sum(character not in "*?^=\\ " for character in text) >= _LITERALS
    return False


def exact_keys(chain: Chain) -> dict[str, tuple[str, ...]]:
    """Give the unique keys that are known exactly: keyword to values."""
    last = chain.legs[-1:]
    return {key.keyword: key.values for leg in last for key in leg.keys if key.is_unique and key.is_literal}


def is_exact(chain: Chain, model: InformationModel) -> bool:
    """Tell whether nothing but literal unique keys is asked, at every level of the model down to the query's own."""
    if len(chain.legs) != 1 or not all(key.is_unique and key.is_literal for key in chain.keys):
        return False
    known = exact_keys(chain)
    return all(level.unique_key in known for level in model.levels if level <= chain.level)
