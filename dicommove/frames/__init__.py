"""The DataFrame contracts: names, order and dtypes of every table; rows in, typed frame out.

The one place that builds a DataFrame, and the one that reads the user's: pandas is imported here, when a function is called.
Absent is always ``isna()``: a value that the archive left out or sent empty is ``<NA>``, never 0 or ``""``.
"""

from __future__ import annotations

from .building import build, extend
from .contracts import (
    CALLERS,
    CATALOGUE,
    CHANGES,
    CONFLICTS,
    INSTANCES,
    LEDGER,
    MATCH,
    MOVES,
    OUTCOMES,
    PEEK,
    PLANES,
    PROBES,
    PROGRESS,
    PURGES,
    REQUESTS,
    SERIES,
    STATES,
    STUDIES,
    UIDS,
    UNIQUE_KEYS,
    VERDICTS,
    VERIFICATION,
    attribute,
)
from .exports import write_csv, write_parquet
from .reading import is_column, read_table

__all__ = [
    "CALLERS",
    "CATALOGUE",
    "CHANGES",
    "CONFLICTS",
    "INSTANCES",
    "LEDGER",
    "MATCH",
    "MOVES",
    "OUTCOMES",
    "PEEK",
    "PLANES",
    "PROBES",
    "PROGRESS",
    "PURGES",
    "REQUESTS",
    "SERIES",
    "STATES",
    "STUDIES",
    "UIDS",
    "UNIQUE_KEYS",
    "VERDICTS",
    "VERIFICATION",
    "attribute",
    "build",
    "extend",
    "is_column",
    "read_table",
    "write_csv",
    "write_parquet",
]
