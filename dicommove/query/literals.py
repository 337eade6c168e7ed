"""One literal value per VR as DICOM text: checked, and never changed in meaning (PS3.5 6.2).

Exception texts name the attribute and the rule, never the value: it may be a patient's.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from numbers import Integral, Real
from typing import TYPE_CHECKING

from pydicom.tag import Tag
from pydicom.valuerep import PersonName, format_number_as_ds

from ..errors import QueryError
from ..terms import uid_problem
from .attributes import attribute_of_keyword
from .charset import check_characters
from .temporal import TEMPORAL_VRS, temporal_text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BYTES_VRS", "FLOAT_VRS", "INTEGER_RANGES", "TEXT_WITH_BACKSLASH", "WILDCARD_VRS", "literal_text"]

WILDCARD_VRS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
"""VRs that ``*`` and ``?`` are matched in (PS3.4 C.2.2.2.4)."""
TEXT_WITH_BACKSLASH = frozenset({"LT", "ST", "UR", "UT"})
"""VRs in which the backslash separates nothing (PS3.5 6.2): their values are single."""
INTEGER_RANGES = {
    "IS": (-(2**31), 2**31 - 1),
    "SL": (-(2**31), 2**31 - 1),
    "SS": (-(2**15), 2**15 - 1),
    "SV": (-(2**63), 2**63 - 1),
    "UL": (0, 2**32 - 1),
    "US": (0, 2**16 - 1),
    "UV": (0, 2**64 - 1),
}
"""Smallest and largest value of each integer VR."""
FLOAT_VRS = frozenset({"FD", "FL"})
BYTES_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_LENGTHS = {"AE": 16, "CS": 16, "SH": 16, "LO": 64, "ST": 1024, "LT": 10240}


def literal_text(vr: str, value: object, label: str) -> str:
    """Write one value as DICOM text.

    Parameters
    ----------
    vr : str
        Value Representation.
    value : object
        Text, a number, a date or time, bytes: what the VR takes.
    label : str
        Name of the attribute, for the exception text.

    Raises
    ------
    QueryError
        The VR does not take it; the text says what it takes.

    Examples
    --------
    >>> literal_text("IS", 5, "SeriesNumber"), literal_text("DS", 0.1, "SliceThickness")
    ('5', '0.1')
    """
    plain = _unwrapped(value)
    if vr == "UI" and isinstance(plain, str):
        plain = plain.strip("\0 ")
    if isinstance(plain, str):
        _check_text(vr, plain, label)
    if vr in TEMPORAL_VRS:
        return temporal_text(vr, plain, label)
    if vr in INTEGER_RANGES:
        return _integer(vr, plain, label)
    return _WRITERS.get(vr, _text)(vr, plain, label)


def _unwrapped(value: object) -> object:
    """Python's own value of a numpy scalar, and the text of a pydicom person name."""
    if isinstance(value, PersonName):
        return str(value)
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        return value.item()
    return value


def _check_text(vr: str, text: str, label: str) -> None:
    if not text.strip():
        raise QueryError(f"{label} is empty, which would match everything; .returning({label!r}) asks for it without matching")
    check_characters(text, vr, label)
    if vr not in WILDCARD_VRS and vr not in BYTES_VRS and set("*?") & set(text):
        hint = "; use between(...)" if vr in TEMPORAL_VRS else "; give it in full, or a list of them"
        raise QueryError(f"{label}: no wildcards in VR {vr} (PS3.4 C.2.2.2.4){hint}")
    if "\\" in text and vr not in TEXT_WITH_BACKSLASH:
        raise QueryError(f"{label}: a backslash separates values; give a list for any of them, all_of(...) for all of them")


def _refuse(vr: str, value: object, label: str, wanted: str) -> QueryError:
    given = "other text" if isinstance(value, str) else type(value).__name__
    return QueryError(f"{label}: VR {vr} takes {wanted}, not {given}")


def _text(vr: str, value: object, label: str) -> str:
    if not isinstance(value, str):
        hint = "text (in quotes: leading zeros matter)" if isinstance(value, Real) else "text"
        raise _refuse(vr, value, label, hint)
    longest = _LENGTHS.get(vr)
    if longest is not None and len(value) > longest:
        raise QueryError(f"{label}: {len(value)} characters, and VR {vr} takes at most {longest} (PS3.5 6.2)")
    return value


def _code(vr: str, value: object, label: str) -> str:
    text = _text(vr, value.strip() if isinstance(value, str) else value, label)
    if not re.fullmatch(r"[A-Z0-9 _*?]+", text):
        raise QueryError(f"{label}: VR CS takes capital letters, digits, spaces and underscores only (PS3.5 6.2)")
    return text


def _age(vr: str, value: object, label: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{3}[DWMY]", value.strip()):
        raise QueryError(f"{label}: VR {vr} is three digits and D, W, M or Y, as in '045Y' (PS3.5 6.2)")
    return value.strip()


def _uid(vr: str, value: object, label: str) -> str:
    if not isinstance(value, str):
        raise _refuse(vr, value, label, "a UID as text")
    problem = uid_problem(value)
    if problem:
        raise QueryError(f"{label} is no UID: {problem} (PS3.5 9.1)")
    return value


def _person_name(vr: str, value: object, label: str) -> str:
    if not isinstance(value, str):
        raise _refuse(vr, value, label, "text, as in 'Yamada^Tarou=山田^太郎'")
    groups = value.split("=")
    if len(groups) > 3:
        raise QueryError(f"{label}: at most three component groups: alphabetic=ideographic=phonetic (PS3.5 6.2.1)")
    if any(len(group) > 64 for group in groups):
        raise QueryError(f"{label}: a component group has at most 64 characters (PS3.5 6.2)")
    if any(group.count("^") > 4 for group in groups):
        raise QueryError(f"{label}: at most five components: family^given^middle^prefix^suffix (PS3.5 6.2.1)")
    return value


def _integer(vr: str, value: object, label: str) -> str:
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,20}", value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise _refuse(vr, value, label, "a whole number")
    number = int(value)
    low, high = INTEGER_RANGES[vr]
    if not low <= number <= high:
        raise QueryError(f"{label}: VR {vr} takes {low} to {high} (PS3.5 6.2)")
    return str(number)


def _decimal(vr: str, value: object, label: str) -> str:
    if isinstance(value, str):
        text = value.strip()
        if len(text) > 16 or not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text):
            raise QueryError(f"{label}: VR DS is a decimal number of at most 16 characters (PS3.5 6.2)")
        return text
    number = _finite(vr, value, label)
    text = repr(number) if number % 1 else str(int(number))
    return text if len(text) <= 16 else format_number_as_ds(number)


def _float(vr: str, value: object, label: str) -> str:
    try:
        return repr(_finite(vr, float(value) if isinstance(value, str) else value, label))
    except ValueError as error:
        raise QueryError(f"{label}: VR {vr} takes a finite number") from error


def _finite(vr: str, value: object, label: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real | Decimal) or not math.isfinite(value):
        raise _refuse(vr, value, label, "a finite number")
    return float(value)


def _tag(vr: str, value: object, label: str) -> str:
    try:
        if isinstance(value, str):
            digits = value.strip("() ").replace(",", "")
            return f"{int(digits, 16) if re.fullmatch('[0-9A-Fa-f]{8}', digits) else attribute_of_keyword(value).tag:08X}"
        return f"{int(Tag(value)):08X}"  # type: ignore[arg-type]  # Tag itself refuses what is none
    except (TypeError, ValueError, OverflowError) as error:
        raise QueryError(f"{label}: VR {vr} takes a tag, as in '(0018,1063)', or a keyword") from error


def _bytes(vr: str, value: object, label: str) -> str:
    if isinstance(value, bytes):
        return value.hex()
    try:
        return bytes.fromhex(value).hex() if isinstance(value, str) else _text(vr, value, label)
    except ValueError as error:
        raise QueryError(f"{label}: VR {vr} takes bytes, or pairs of hexadecimal digits") from error


_WRITERS: dict[str, Callable[[str, object, str], str]] = {
    "AS": _age,
    "AT": _tag,
    "CS": _code,
    "DS": _decimal,
    "PN": _person_name,
    "UI": _uid,
    **dict.fromkeys(FLOAT_VRS, _float),
    **dict.fromkeys(BYTES_VRS, _bytes),
}
