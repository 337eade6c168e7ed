"""Reads the table of ``--from``: every cell is text, so that no leading zero is lost."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .. import frames
from ..errors import QueryError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_cohort"]

_SEPARATORS = ",;\t"


def read_cohort(name: str) -> pd.DataFrame:
    """Read a CSV file in UTF-8, or stdin for ``-``; columns are separated by comma, semicolon or tab, as its first line is.

    Raises
    ------
    QueryError
        It cannot be read, is no UTF-8, is empty, or a line has more cells than the first one.
    """
    lines = list(csv.reader(io.StringIO(text := _text(name)), delimiter=_separator(text), strict=False))
    rows = [(number, row) for number, row in enumerate(lines, 1) if any(cell.strip() for cell in row)]
    if not rows:
        raise QueryError(f"--from {name}: the table is empty")
    names = [cell.strip() for cell in rows[0][1]]
    if "" in names or len(set(names)) < len(names):
        raise QueryError(f"--from {name}: each column needs a name of its own in the first line")
    for number, row in rows[1:]:
        if len(row) > len(names):
            raise QueryError(f"--from {name}: line {number} has {len(row)} cells, and the first line {len(names)}")
    return frames.build(dict.fromkeys(names, "text"), [dict(zip(names, row, strict=False)) for _, row in rows[1:]])


def _text(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).expanduser().read_bytes()
    except OSError as error:
        raise QueryError(f"--from {name}: {error.strerror}") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise QueryError(f"--from {name}: this is no UTF-8; save the table as CSV in UTF-8") from None


def _separator(text: str) -> str:
    """What separates the cells of the first line; a file of one column has none."""
    first = text.lstrip().partition("\n")[0]
    return max(_SEPARATORS, key=first.count)
