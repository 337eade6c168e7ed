"""The accounts of one operation: rows of its journal, and what is derived of them; rows in, rows out.

Rows live in the journal of the data folder and are read each time that somebody asks.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import StoreError
from ...store import SqliteJournal, fill
from ..retrying.requests import reasons_of
from .conflicts import conflict_rows, kept_files
from .ledger import reconcile
from .summary import series_rows, study_rows

if TYPE_CHECKING:
    from pathlib import Path

    from ..planning.planned import Planned

__all__ = ["Accounts"]


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the journal of a data folder holds of one operation.

    Attributes
    ----------
    folder : Path
        The data folder.
    operation : int
        Number of the operation in its journal.
    plan : Planned
        What it carried out.
    """

    folder: Path
    operation: int
    plan: Planned

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Rows of a table of the journal, in order.

        Raises
        ------
        StoreError
            The journal is another one now, which does not know the operation: no rows of it are not the same as none.
        """
        with closing(SqliteJournal(self.folder)) as journal:
            return journal.rows(table, self.operation) or self._none(journal)

    def _none(self, journal: SqliteJournal) -> list[dict[str, Any]]:
        if all(row["id"] != self.operation for row in journal.operations()):
            raise StoreError(
                f"the journal of {self.folder} does not know this move any more: it was removed, or was damaged and made anew. "
                "Run the move again: it asks only for what is not there, and has a ledger"
            )
        return []

    def facts(self) -> dict[str, Any]:
        """What the journal says of the operation itself: who asked, of which archive, and the plan."""
        with closing(SqliteJournal(self.folder)) as journal:
            return next(dict(row["facts"]) for row in journal.operations() if row["id"] == self.operation)  # type: ignore[call-overload]  # a dict, by `plan_facts`

    def instances(self) -> list[dict[str, Any]]:
        """Arrivals with their columns, which are read from the files now where they are lacking; each file once."""
        with closing(SqliteJournal(self.folder)) as journal:
            fill(journal, self.operation)
            rows = journal.rows("arrivals", self.operation) or self._none(journal)
        return list({(row["SOPInstanceUID"], row["path"]): row for row in reversed(rows)}.values())[::-1]

    def ledger(self) -> list[dict[str, object]]:
        """One row per SOP Instance, with its state."""
        responses = self.rows("responses")
        failed = {uid for row in responses for uid in str(row.get("FailedSOPInstanceUIDList") or "").split("\\") if uid}
        ours = self.plan.options.destination is None
        expected, arrivals, refusals, requests = map(self.rows, ("expected", "arrivals", "refusals", "requests"))
        gone = [row for row in self.rows("events") if row.get("kind") == "gone"]
        reasons = reasons_of(requests)
        return list(reconcile(expected, arrivals, refusals, sorted(failed), observed=ours, reasons=reasons, gone=gone))

    def conflicts(self) -> list[dict[str, object]]:
        """One row per arrival whose bytes differ from those of the file that has its UID; the files are read and compared now."""
        with closing(SqliteJournal(self.folder)) as journal:
            rows = [row for row in journal.rows("arrivals", self.operation) if row.get("disposition") == "conflict"]
            kept = kept_files(journal.files(), self.folder, (str(row["SOPInstanceUID"]) for row in rows)) if rows else {}
        return list(conflict_rows(rows, kept))

    def states(self) -> Counter[str]:
        """How many SOP Instances are in each state."""
        return Counter(str(row["state"]) for row in self.ledger())

    def series(self) -> list[dict[str, object]]:
        """One row per series."""
        return list(series_rows(self.ledger(), self.instances(), self.plan.series))

    def studies(self) -> list[dict[str, object]]:
        """One row per study."""
        return list(study_rows(self.ledger(), self.instances(), self._counted()))

    def size_bytes(self) -> int:
        """Bytes of everything that arrived or was there before."""
        return sum(int(str(row.get("size_bytes") or 0)) for row in self.rows("arrivals"))

    def _counted(self) -> dict[str, int]:
        """How many instances each whole study has, by the archive's count."""
        whole = [one for one in self.plan.requests if one.level == "STUDY" and one.expected_by == "counts"]
        return {one.study: one.expected for one in whole if one.expected}
