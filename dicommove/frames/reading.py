"""The user's tables: frame in, rows out."""

from __future__ import annotations

from typing import Any

from ..errors import QueryError

__all__ = ["is_column", "read_table"]


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


def _words(dtype: Any) -> str:
    from pandas.api import types  # noqa: PLC0415 - see build

    if types.is_bool_dtype(dtype):
        return "flag"
    if types.is_numeric_dtype(dtype):
        return "number"
    return "moment" if types.is_datetime64_any_dtype(dtype) else "text"
