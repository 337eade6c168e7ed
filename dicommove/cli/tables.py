"""Tables for people: every value is one line of visible text, whatever the wire brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from ..frames import attribute
from ..markup import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["attribute_table", "cell", "fact_table", "plain_table"]


def attribute_table(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Table:
    """Make a table of DICOM attributes by keyword; dates are written as in ISO 8601, absent values are empty."""
    dates = {name for name in columns if attribute(name) == "date"}
    return plain_table(columns, ([cell(row.get(name), is_date=name in dates) for name in columns] for row in rows))


def plain_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Make a table of any values; a cell too wide for the terminal goes on in the next line."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in columns:
        table.add_column(Text(name), overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell(value)) for value in row))
    return table


def fact_table(facts: Iterable[tuple[str, object]]) -> Table:
    """Make a table of named facts, without a head; a value too wide for the terminal goes on in the next line."""
    table = Table.grid(padding=(0, 2))
    for _ in range(2):
        table.add_column(overflow="fold")
    for name, value in facts:
        table.add_row(Text(f"{name}:"), Text(cell(value)))
    return table


def cell(value: object, *, is_date: bool = False) -> str:
    r"""Write one value.

    Examples
    --------
    >>> cell("20240131", is_date=True), cell(None), cell("CT\x1b[2J")
    ('2024-01-31', '', 'CT\\u001b[2J')
    """
    text = "" if value is None else visible(value)
    if is_date and len(text) == 8 and text.isdecimal():
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return text
