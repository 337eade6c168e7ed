"""Rows in, typed frame out: every value by its kind, and what does not parse counted and said."""

from __future__ import annotations

import math
import re
import warnings
from collections import Counter
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from ..errors import ValueWarning
from .contracts import Kind, attribute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd

__all__ = ["build", "extend"]

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


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
    if type(value) is int and abs(value) < 1 << 63:  # most are: counts, numbers, sizes
        return value
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


def extend(table: Any, rows: Sequence[int], columns: Mapping[str, Kind], facts: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Take these rows of the user's table, in this order, and put columns of ours beside its own."""
    own: pd.DataFrame = table.iloc[list(rows)].reset_index(drop=True)
    return own.assign(**{str(name): column for name, column in build(columns, facts).items()})
