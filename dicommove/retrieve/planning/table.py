"""The user's table: which columns are keys, what is wrong with a row, and which rows are asked for. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from numbers import Number
from typing import TYPE_CHECKING, Any

from ...errors import QueryError
from ...terms import Level, uid_problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Cells", "TableKeys", "keys_of", "read_rows", "uid_rows"]

_UID_LEVELS = (Level.IMAGE, Level.SERIES, Level.STUDY)
_FORBIDDEN = "*?\\"


@dataclass(frozen=True, slots=True)
class TableKeys:
    """Which columns of a table are keys, and of which level its rows are.

    Attributes
    ----------
    level : Level
        Of the deepest UID column; STUDY when there is none.
    columns : tuple of str
        The key columns, UIDs from the top down or what is matched.
    by_uid : bool
        The table has UIDs of its level: no row needs to be matched.
    """

    level: Level
    columns: tuple[str, ...]
    by_uid: bool


@dataclass(frozen=True, slots=True)
class Cells:
    """The keys of one row of the table; ``refused`` says why it is never sent."""

    row: int
    keys: Mapping[str, str] = field(default_factory=dict)
    refused: str | None = None


def keys_of(names: Sequence[str], kinds: Mapping[str, str]) -> TableKeys:
    """Find the key columns.

    Parameters
    ----------
    names : sequence of str
        Column names.
    kinds : Mapping
        ``text``, ``number``, ``moment`` or ``flag`` by column.

    Raises
    ------
    QueryError
        There is no key column, or one holds numbers.

    Examples
    --------
    >>> keys_of(["AccessionNumber", "age"], {"AccessionNumber": "text", "age": "number"}).columns
    ('AccessionNumber',)
    """
    deepest = next((level for level in _UID_LEVELS if level.unique_key in names), None)
    if deepest is not None:
        uids = tuple(level.unique_key for level in deepest.up_to if level.unique_key in names)
        _refuse_numbers([uid for uid in uids if uid != Level.PATIENT.unique_key], kinds)
        return TableKeys(deepest, uids, by_uid=True)
    found = tuple(name for name in ("AccessionNumber", "PatientID") if name in names)
    if not found:
        raise QueryError(
            "the table has no key column: one of AccessionNumber, PatientID (alone or with StudyDate), StudyInstanceUID, "
            "SeriesInstanceUID or SOPInstanceUID is needed, with exactly that name"
        )
    _refuse_numbers(found, kinds)
    if "PatientID" in found and "StudyDate" in names:
        found += ("StudyDate",)
    return TableKeys(Level.STUDY, found, by_uid=False)


def _refuse_numbers(names: Iterable[str], kinds: Mapping[str, str]) -> None:
    for name in names:
        if kinds.get(name) == "number":
            raise QueryError(
                f"column {name} holds numbers: leading zeros are lost. Read it with dtype=str "
                f'(pd.read_csv(..., dtype={{"{name}": str}})) and start again; nothing was sent'
            )


def read_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[Cells]:
    """Read the key cells of each row to be matched; one that is empty or holds a wildcard refuses its row."""
    return [_cells(number, row, columns) for number, row in enumerate(rows)]


def uid_rows(rows: Sequence[Mapping[str, Any]], keys: TableKeys) -> list[Cells]:
    """Read the UIDs of each row; a row that lacks one, of its level or of one above, is refused."""
    needed = [level.unique_key for level in keys.level.up_to if level is not Level.PATIENT]
    return [_uid_cells(number, row, needed) for number, row in enumerate(rows)]


def _cells(number: int, row: Mapping[str, Any], columns: Sequence[str]) -> Cells:
    keys = {}
    for name in columns:
        text = _text(row.get(name))
        if problem := _problem(name, row.get(name), text):
            return Cells(number, refused=f"row {number}: {name} {problem}")
        keys[name] = _da(row[name]) if name == "StudyDate" else text
    return Cells(number, {name: text for name, text in keys.items() if text is not None})


def _problem(name: str, cell: object, text: str | None) -> str | None:
    """Why this cell makes its row refused, or None."""
    if text is None:
        return "is empty"
    if name == "StudyDate":
        return None if _da(cell) else "is no single date (YYYYMMDD or YYYY-MM-DD)"
    if any(character in text for character in _FORBIDDEN):
        return "holds one of * ? \\, which would match more than one value"
    return "is a number: leading zeros may be lost" if isinstance(cell, Number) else None


def _uid_cells(number: int, row: Mapping[str, Any], needed: Sequence[str]) -> Cells:
    keys = {}
    for name in needed:
        text = _text(row.get(name))
        if text is None:
            return Cells(number, refused=f"row {number}: {name} is missing, and a C-MOVE needs it (PS3.4 C.4.2.2.1)")
        if problem := uid_problem(text):
            return Cells(number, refused=f"row {number}: {name} is no UID: {problem}")
        keys[name] = text
    patient = _text(row.get("PatientID"))
    if patient is not None and _problem("PatientID", row["PatientID"], patient) is None:
        keys["PatientID"] = patient
    return Cells(number, keys)


def _text(value: object) -> str | None:
    """A cell as the text of a key: padding is not significant (PS3.5 6.2)."""
    if value is None:
        return None
    return str(value).strip().strip("\0 ") or None


def _da(value: object) -> str | None:
    """A cell as DA (``YYYYMMDD``); None when it is no single date."""
    if isinstance(value, date):
        return f"{value:%Y%m%d}"
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else _text(value) or ""
    match = re.fullmatch(r"([0-9]{4})([-.]?)([0-9]{2})\2([0-9]{2})", text)
    try:
        return f"{date(int(match[1]), int(match[3]), int(match[4])):%Y%m%d}" if match else None
    except ValueError:
        return None
