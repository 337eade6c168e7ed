"""What earlier moves have left in a folder: what is there need not come again, and what is in conflict stays so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...store import Store
    from ..asking.expectation import ExpectedInstance

    Row = Mapping[str, Any]

__all__ = ["Earlier", "is_spoiled"]

_SINCE = "since an earlier move"


class Earlier:
    """The instances of a folder that are there before a move, with what is wrong with them; the journal is read when first asked.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, dict[str, Row]] | None = None

    def rows(self, instance: ExpectedInstance, kept: Path, row: int | None) -> Iterator[dict[str, object]]:
        """Rows of the journal for an instance that is there: its file, and each that is still in conflict with it.

        Parameters
        ----------
        instance : ExpectedInstance
        kept : Path
            Its file in the user's tree.
        row : int or None
            Of the input table.
        """
        spoiled = self._spoiled().get(instance.uid, {})
        facts = {
            "request": instance.request,
            "row": row,
            "SOPInstanceUID": instance.uid,
            "StudyInstanceUID": instance.study,
            "SeriesInstanceUID": instance.series,
            "asked_for": True,
        }
        own = spoiled.get(str(kept))
        damage = {} if own is None else {"quarantined": True, "note": f"{own.get('note') or 'quarantined'}; {_SINCE}"}
        yield {**facts, "path": str(kept), "size_bytes": kept.stat().st_size, "disposition": "present", **damage}
        for path, other in spoiled.items():
            if other.get("disposition") == "conflict":
                note = f"in conflict {_SINCE}"
                yield {**facts, "path": path, "size_bytes": other.get("size_bytes"), "disposition": "conflict", "note": note}

    def _spoiled(self) -> dict[str, dict[str, Row]]:
        """By UID and path the arrivals of all moves that are in conflict or quarantined, and that nobody has settled since.

        Who has decided between two files takes the one in `.dicommove/conflicts` away.
        """
        if self._known is None:
            self._known = {}
            for having in (("disposition", "conflict"), ("quarantined", True)):
                for row in self._store.journal.each("arrivals", having=having):
                    if (path := row.get("path")) and Path(str(path)).is_file():
                        self._known.setdefault(str(row["SOPInstanceUID"]), {})[str(path)] = row
        return self._known


def is_spoiled(row: Row) -> bool:
    """Whether an arrival is in conflict with what was there, or quarantined.

    Examples
    --------
    >>> is_spoiled({"disposition": "conflict"}), is_spoiled({"disposition": "present", "quarantined": False})
    (True, False)
    """
    return row.get("disposition") == "conflict" or bool(row.get("quarantined"))
