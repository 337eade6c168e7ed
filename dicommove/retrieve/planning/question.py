"""What the user asked for, as plain values for the journal: requests hold exact keys, and its question would be lost. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...query import Query
    from ..asking.match import Table

__all__ = ["question_of_query", "question_of_table"]


def question_of_query(query: Query) -> Mapping[str, object]:
    """Level and keys of a query, in the order in which it goes through the levels; what was only asked back is left out.

    Examples
    --------
    >>> from dicommove.query import Query
    >>> question_of_query(Query().studies().where(PatientName="MEIER*"))
    {'level': 'STUDY', 'keys': [{'level': 'PATIENT', 'keyword': 'PatientName', 'values': ['MEIER*']}]}
    """
    keys = [
        {"level": str(key.level), "keyword": key.label, "values": list(key.values)}
        for leg in query.chain.legs
        for key in leg.keys
        if key.values
    ]
    return {"level": str(query.level), "keys": keys}


def question_of_table(table: Table) -> Mapping[str, object]:
    """How many rows a table had, and by which of its columns they were matched."""
    return {"level": str(table.keys.level), "rows": len(table.rows), "columns": list(table.keys.columns)}
