"""The DataFrame contracts: names, order and dtypes of every table; rows in, typed frame out.

The one place that builds a DataFrame, and the one that reads the user's: pandas is imported here, when a function is called.
Absent is always ``isna()``: a value that the archive left out or sent empty is ``<NA>``, never 0 or ``""``.
"""

from __future__ import annotations

import math
import re
import warnings
from collections import Counter
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from .errors import QueryError, ValueWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd

__all__ = [
    "CHANGES",
    "CONFLICTS",
    "INSTANCES",
    "LEDGER",
    "MATCH",
    "OUTCOMES",
    "PROGRESS",
    "REQUESTS",
    "SERIES",
    "STATES",
    "STUDIES",
    "attribute",
    "build",
    "extend",
    "is_column",
    "read_table",
]

Kind = str | tuple[str, ...]
"""``text``, ``date``, ``moment`` (UTC), ``whole``, ``number``, ``flag``; or the constant categories of a state."""

STATES = ("received", "missing", "failed", "unexpected", "conflict", "quarantined", "refused", "not_observed")
OUTCOMES = ("complete", "partial", "unverified", "no_match", "refused", "cancelled", "lost")
SOURCES = ("instances", "counts", "peer", "none")
FOUND = ("found", "none", "several", "refused")
CATEGORIES = ("Success", "Pending", "Cancel", "Warning", "Failure", "Unknown")

_KIND_OF = {"DA": "date"} | dict.fromkeys(("IS", "US", "SS", "UL", "SL"), "whole") | dict.fromkeys(("DS", "FL", "FD"), "number")
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def attribute(keyword: str) -> Kind:
    """Kind of the column that holds an attribute, by its VR and Value Multiplicity (PS3.6).

    Examples
    --------
    >>> attribute("StudyDate"), attribute("InstanceNumber"), attribute("PixelSpacing")
    ('date', 'whole', 'text')
    """
    from pydicom.datadict import dictionary_VM, dictionary_VR  # noqa: PLC0415 - as pandas: only when a frame is built

    try:
        vr, vm = dictionary_VR(keyword), dictionary_VM(keyword)
    except (KeyError, ValueError):
        return "text"
    return _KIND_OF.get(vr, "text") if vm == "1" else "text"


def _attributes(*keywords: str) -> dict[str, str]:
    return dict.fromkeys(keywords, "attribute")


UIDS = _attributes("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
UNIQUE_KEYS = _attributes("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")

REQUESTS: dict[str, Kind] = {
    "request": "whole",
    "row": "whole",
    "match": FOUND,
    "reason": "text",
    "level": ("PATIENT", "STUDY", "SERIES", "IMAGE"),
    **UNIQUE_KEYS,
    "attempt": "whole",
    "Status": "whole",
    "expected_by": SOURCES,
    "expected_at": "moment",
    "expected": "whole",
    "received": "whole",
    "outcome": OUTCOMES,
    "seconds": "number",
}
PROGRESS: dict[str, Kind] = {
    "received_at": "moment",
    "request": "whole",
    "Status": "whole",
    "status_category": CATEGORIES,
    "status_meaning": "text",
    "NumberOfRemainingSuboperations": "whole",
    "NumberOfCompletedSuboperations": "whole",
    "NumberOfFailedSuboperations": "whole",
    "NumberOfWarningSuboperations": "whole",
    "ErrorComment": "text",
    "FailedSOPInstanceUIDList": "text",
}
INSTANCES: dict[str, Kind] = {
    "received_at": "moment",
    "row": "whole",
    "path": "text",
    "size_bytes": "whole",
    "seconds": "number",
    "sha256": "text",
    **_attributes("PatientID", "PatientName", "AccessionNumber", "StudyInstanceUID", "StudyDate", "StudyTime"),
    **_attributes("StudyDescription", "SeriesInstanceUID", "SeriesNumber", "SeriesDescription", "SOPInstanceUID"),
    **_attributes("SOPClassUID", "TransferSyntaxUID", "Modality", "ImageType", "InstanceNumber", "Rows", "Columns"),
    **_attributes("NumberOfFrames", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"),
    **_attributes("FrameOfReferenceUID", "ConvolutionKernel"),
    "status": "whole",
}
LEDGER: dict[str, Kind] = {
    **UIDS,
    "expected": "flag",
    "received": "flag",
    "reported_failed": "flag",
    "copies": "whole",
    "state": STATES,
    "reason": "text",
    "request": "whole",
    "path": "text",
}
SERIES: dict[str, Kind] = {
    **_attributes("StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber", "Modality", "SeriesDescription"),
    "expected_by": SOURCES,
    "expected": "whole",
    "received": "whole",
    "state": ("complete", "partial", "unverified", "missing"),
    "size_bytes": "whole",
    "folder": "text",
}
STUDIES: dict[str, Kind] = {
    **_attributes("PatientID", "AccessionNumber", "StudyInstanceUID", "StudyDate", "StudyDescription"),
    "series": "whole",
    "expected_by": SOURCES,
    "expected": "whole",
    "received": "whole",
    "state": ("complete", "partial", "unverified", "missing"),
    "size_bytes": "whole",
}
CONFLICTS: dict[str, Kind] = {
    **UIDS,
    "request": "whole",
    "received_at": "moment",
    "differs": "text",
    "pixel_data_same": "flag",
    "path": "text",
    "size_bytes": "whole",
    **_attributes("TransferSyntaxUID"),
    "other_path": "text",
    "other_size_bytes": "whole",
    "other_transfer_syntax_uid": "text",
    "reason": "text",
}
CHANGES: dict[str, Kind] = {
    **UIDS,
    "request": "whole",
    "change": ("added", "removed"),
    "received": "flag",
}
MATCH: dict[str, Kind] = {"row": "whole", "match": FOUND, "reason": "text", **UIDS}
"""What `match` adds to the user's own columns."""


def build(columns: Mapping[str, Kind], rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Make a frame of exactly these columns, in this order, with these dtypes, for any number of rows.

    Parameters
    ----------
    columns : Mapping
        Name of each column and its kind; ``"attribute"`` stands for the kind that `attribute` gives.
    rows : iterable of Mapping
        Values by column name; what is absent, None or ``""`` becomes ``<NA>``.

    Warns
    -----
    ValueWarning
        Values that do not parse by their VR (PS3.5 6.2) became ``<NA>``: counted, by keyword.
    """
    import pandas as pd  # noqa: PLC0415 - the import of 1 s is paid by those who look at a frame

    kept = list(rows)
    unparsed: Counter[str] = Counter()
    data = {}
    for name, kind in columns.items():
        own = attribute(name) if kind == "attribute" else kind
        data[name] = _column([row.get(name) for row in kept], own, name, unparsed)
    frame = pd.DataFrame(data, index=pd.RangeIndex(len(kept)))
    frame.columns = pd.Index(list(columns), dtype=object)
    if unparsed:
        counted = ", ".join(f"{keyword} ({number})" for keyword, number in unparsed.items())
        warnings.warn(f"values that do not fit their VR are shown as <NA>: {counted}", ValueWarning, stacklevel=3)
    return frame


def _column(values: list[Any], kind: Kind, name: str, unparsed: Counter[str]) -> Any:
    """One extension array; values that do not parse are counted under the column's name."""
    import pandas as pd  # noqa: PLC0415 - see build

    if isinstance(kind, tuple):
        return pd.Categorical([value or None for value in values], categories=pd.Index(kind, dtype=_text_dtype()))
    parse, dtype = _PARSERS[kind]
    parsed: Any = [_absent_or(parse, value, name, unparsed) for value in values]
    if kind == "moment":
        return pd.to_datetime(pd.Series(parsed, dtype=object), utc=True).astype(dtype).array
    return pd.array(parsed, dtype=_text_dtype() if kind == "text" else dtype)


def _absent_or(parse: Callable[[Any], object], value: object, name: str, unparsed: Counter[str]) -> object:
    if value is None or value == "":
        return None
    try:
        return parse(value)
    except (ValueError, TypeError, OverflowError):
        unparsed[name] += 1
        return None


def _text_dtype() -> Any:
    """The same string dtype with and without pyarrow."""
    import pandas as pd  # noqa: PLC0415 - see build

    return pd.StringDtype("python", na_value=pd.NA)


def _date(value: object) -> date:
    """DA as PS3.5 6.2 writes it, or as ACR-NEMA did (``YYYY.MM.DD``)."""
    if isinstance(value, date):
        return value
    text = str(value).strip()
    digits = text.replace(".", "") if len(text) == 10 and text[4] == text[7] == "." else text
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        raise ValueError(text)
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def _moment(value: object) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.astimezone(UTC)


def _whole(value: object) -> int:
    """Digits with a sign, as IS has them (PS3.5 6.2), within 64 bits."""
    text = str(value).strip()
    if not _WHOLE.fullmatch(text) or abs(int(text)) >= 1 << 63:
        raise ValueError(text)
    return int(text)


def _number(value: object) -> float:
    """A finite number, as DS has it (PS3.5 6.2)."""
    text = str(value).strip()
    if not _NUMBER.fullmatch(text) or not math.isfinite(number := float(text)):
        raise ValueError(text)
    return number


_PARSERS: dict[str, tuple[Callable[[Any], object], Any]] = {
    "text": (str, "string"),
    "date": (_date, "datetime64[s]"),
    "moment": (_moment, "datetime64[us, UTC]"),
    "whole": (_whole, "Int64"),
    "number": (_number, "Float64"),
    "flag": (bool, "boolean"),
}


def read_table(table: object) -> tuple[list[str], list[dict[str, Any]], dict[str, str]]:
    """Read the user's table: its column names, its rows, and the dtype of each column in words.

    Absent cells (NaN, NaT, ``<NA>``, None) become None; everything else stays as it is.

    Raises
    ------
    QueryError
        It is no DataFrame, or two columns share a name.
    """
    import pandas as pd  # noqa: PLC0415 - see build

    if not isinstance(table, pd.DataFrame):
        raise QueryError(f"a DataFrame is needed, not {type(table).__name__}; a bare list of UIDs is taken by move()")
    names = [str(name) for name in table.columns]
    if len(set(names)) < len(names):
        raise QueryError("two columns of the table have the same name; rename one of them")
    kinds = {name: _words(table.dtypes.iloc[place]) for place, name in enumerate(names)}
    cells = [[None if absent else value for value, absent in zip(table.iloc[:, n], table.iloc[:, n].isna(), strict=True)]
             for n in range(len(names))]  # fmt: skip
    return names, [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)], kinds


def is_column(value: object) -> bool:
    """Whether this is one column of a table: a Series, an Index or an array."""
    import numpy as np  # noqa: PLC0415 - see build
    import pandas as pd  # noqa: PLC0415 - see build

    return isinstance(value, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray, np.ndarray))


def extend(table: Any, rows: Sequence[int], columns: Mapping[str, Kind], facts: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Take these rows of the user's table, in this order, and put columns of ours beside its own."""
    own: pd.DataFrame = table.iloc[list(rows)].reset_index(drop=True)
    return own.assign(**{str(name): column for name, column in build(columns, facts).items()})


def _words(dtype: Any) -> str:
    from pandas.api import types  # noqa: PLC0415 - see build

    if types.is_bool_dtype(dtype):
        return "flag"
    if types.is_numeric_dtype(dtype):
        return "number"
    return "moment" if types.is_datetime64_any_dtype(dtype) else "text"
