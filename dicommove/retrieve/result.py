"""Results: what the peer reported, what arrived, and the ledger that compares the two, as DataFrames.

Rows live in the journal of the data folder; a result holds the operation's number there and reads them when asked.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from .. import frames, lab, markup
from ..errors import MoveFailed, StoreError
from ..store import SqliteJournal, fill
from .explain import Explanation
from .gather import evidence_of
from .guards import in_bytes
from .ledger import reconcile
from .summary import request_rows, series_rows, study_rows
from .tiles import series_tiles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure

    from .planned import Planned
    from .worker import Ended

__all__ = ["MoveResult"]

_SHOWN_SERIES = 30
_HEAD = ("Modality", "Series", "Description", "Received", "Expected", "State")


@dataclass(frozen=True)
class MoveResult:
    """What a move did.

    Attributes
    ----------
    outcome : str
        ``complete``, ``partial``, ``unverified``, ``no_match``, ``refused``, ``cancelled`` or ``lost``. Success means that the
        ledger is complete, whatever the archive said.
    reason : str
        Why, in words.
    folder : Path
        The data folder.
    operation : int
        Number of the operation in the folder's journal.
    cancel_worked : bool or None
        After a cancel: whether the archive obeyed C-CANCEL (else the association was aborted); None when nothing was cancelled.

    Examples
    --------
    >>> import tempfile, dicommove as dm
    >>> with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
    ...     result = pacs.studies().where(PatientID="000123").move(folder, progress=False)
    ...     result.outcome, set(result.ledger["state"]) == {"received"}
    ('complete', True)
    """

    outcome: str
    reason: str
    folder: Path
    operation: int
    cancel_worked: bool | None = None
    plan: Planned | None = field(default=None, repr=False, compare=False)
    ended: tuple[Ended, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def of(cls, plan: Planned, operation: int, outcome: str, ended: Sequence[Ended], *, cancel_worked: bool | None) -> Self:
        """Make the result of an operation that has ended."""
        reason = _reason(plan, outcome, ended, cancel_worked)
        return cls(outcome, reason, plan.folder, operation, cancel_worked, plan, tuple(ended))

    @property
    def requests(self) -> pd.DataFrame:
        """One row per C-MOVE; with a table as subject one per (input row, match), so that every row's fate is there."""
        assert self.plan is not None
        return frames.build(frames.REQUESTS, request_rows(self.plan, self.ended))

    @property
    def progress(self) -> pd.DataFrame:
        """One row per C-MOVE response: the sub-operations as the peer counted them (PS3.4 C.4.2.1)."""
        return frames.build(frames.PROGRESS, self._rows("responses"))

    @property
    def instances(self) -> pd.DataFrame:
        """One row per instance received; those that were in the folder before have no ``received_at``."""
        return frames.build(frames.INSTANCES, self._instance_rows())

    @property
    def ledger(self) -> pd.DataFrame:
        """One row per SOP Instance that was expected, received, refused or reported failed, and its state."""
        return frames.build(frames.LEDGER, self._ledger_rows())

    @property
    def series(self) -> pd.DataFrame:
        """One row per series: expected, received, state, size in bytes, folder."""
        return frames.build(frames.SERIES, self._series_rows())

    @property
    def studies(self) -> pd.DataFrame:
        """One row per study: number of series, expected, received, state, size in bytes."""
        return frames.build(frames.STUDIES, study_rows(self._ledger_rows(), self._instance_rows(), self._counted()))

    def raise_for_outcome(self) -> Self:
        """Return the result when it is complete.

        Raises
        ------
        MoveFailed
            The outcome is another; the exception holds the result.
        """
        if self.outcome != "complete":
            raise MoveFailed(f"the move is {self.outcome}: {self.reason}", outcome=self.outcome, result=self)
        return self

    def explain(self, *, private: bool = True) -> Explanation:
        """Say why the move is what it is: causes ranked by the evidence, and the text to send to the administrator.

        Parameters
        ----------
        private : bool
            False adds the archive's own words (Error Comment), which may name a patient.

        Examples
        --------
        >>> import tempfile, dicommove as dm
        >>> with dm.demo(fault="refuse") as pacs, tempfile.TemporaryDirectory() as folder:
        ...     result = pacs.studies().where(PatientID="JP-0042").move(folder, progress=False)
        ...     result.explain().causes[0].name
        'out_of_resources'
        """
        with closing(SqliteJournal(self.folder)) as journal:
            evidence = evidence_of(
                journal,
                self.operation,
                self.plan,
                outcome=self.outcome,
                reason=self.reason,
                cancel_worked=self.cancel_worked,
                states=Counter(str(row["state"]) for row in self._ledger_rows()),
            )
        return Explanation.of(evidence, private=private)

    def preview(self, *, columns: int | None = None, private: bool = True) -> Figure:
        """Draw a contact sheet: one tile per series, its middle slice (needs the ``lab`` extra).

        Parameters
        ----------
        columns : int, optional
            Tiles in a row.
        private : bool
            True shows series facts only; False adds patient and study.

        Raises
        ------
        MissingExtra
            matplotlib is not installed.
        """
        return lab.contact_sheet(series_tiles(self._instance_rows(), private=private), columns=columns)

    def facts(self) -> list[tuple[str, str]]:
        """Return what text and HTML show, as (name, value); series facts only."""
        facts = [("Outcome", f"{self.outcome}: {self.reason}"), *self._counted_facts(), ("Folder", str(self.folder))]
        if self.cancel_worked is not None:
            obeyed = "the archive obeyed C-CANCEL" if self.cancel_worked else "C-CANCEL was ignored; the association was aborted"
            facts.insert(1, ("Cancelled", obeyed))
        warnings = self.plan.warnings if self.plan is not None else ()
        return [*facts, *self._first_cause(), *(("Warning", warning) for warning in warnings)]

    def _first_cause(self) -> list[tuple[str, str]]:
        """The likeliest cause and the next step, where something went wrong; `explain` has the rest."""
        if self.outcome in ("complete", "cancelled") or not self.ended:
            return []
        try:
            causes = self.explain().causes
        except StoreError:
            return []
        if not causes:
            return []
        step = causes[0].next_step.replace("the text below", "the text that result.explain() gives")
        return [("Likely cause", causes[0].why), ("Next step", step)]

    def _counted_facts(self) -> list[tuple[str, str]]:
        try:
            states = Counter(str(row["state"]) for row in self._ledger_rows())
        except StoreError as error:
            return [("Instances", f"the journal cannot be read: {error}")]
        size_bytes = sum(int(str(row.get("size_bytes") or 0)) for row in self._rows("arrivals"))
        requests = Counter("there already" if one.request.settled else one.outcome for one in self.ended)
        return [
            ("Instances", ", ".join(f"{number} {state}" for state, number in states.items()) or "none"),
            ("Size", in_bytes(size_bytes)),
            ("C-MOVE requests", ", ".join(f"{number} {outcome}" for outcome, number in requests.items()) or "none"),
        ]

    def __repr__(self) -> str:
        lines = [f"<{type(self).__name__}>", *(f"  {name + ':':17}{value}" for name, value in self.facts())]
        series = self._series_lines()
        return "\n".join(lines + markup.aligned(_HEAD, series) if series else lines)

    def _repr_html_(self) -> str:
        return markup.document(
            repr(self),
            markup.heading("Move result"),
            markup.definition_list(self.facts()),
            markup.table(_HEAD, self._series_lines()),
        )

    def _series_lines(self) -> list[tuple[str, ...]]:
        try:
            rows = self._series_rows()
        except StoreError:  # the facts say it
            return []
        names = ("Modality", "SeriesNumber", "SeriesDescription", "received", "expected", "state")
        shown = [tuple("-" if row.get(name) in (None, "") else str(row[name]) for name in names) for row in rows[:_SHOWN_SERIES]]
        more = len(rows) - _SHOWN_SERIES
        return [*shown, (f"... and {more} more series",)] if more > 0 else shown

    def _series_rows(self) -> list[dict[str, object]]:
        known = self.plan.series if self.plan is not None else {}
        return list(series_rows(self._ledger_rows(), self._instance_rows(), known))

    def _counted(self) -> dict[str, int]:
        """How many instances each whole study has, by the archive's count."""
        requests = self.plan.requests if self.plan is not None else ()
        return {
            one.study: one.expected for one in requests if one.level == "STUDY" and one.expected_by == "counts" and one.expected
        }

    def _rows(self, table: str) -> list[dict[str, Any]]:
        with closing(SqliteJournal(self.folder)) as journal:
            return journal.rows(table, self.operation)

    def _instance_rows(self) -> list[dict[str, Any]]:
        """Arrivals with their columns, which are read from the files now where they are lacking; each file once."""
        with closing(SqliteJournal(self.folder)) as journal:
            fill(journal, self.operation)
            rows = journal.rows("arrivals", self.operation)
        return list({(row["SOPInstanceUID"], row["path"]): row for row in reversed(rows)}.values())[::-1]

    def _ledger_rows(self) -> list[dict[str, object]]:
        responses = self._rows("responses")
        failed = {uid for row in responses for uid in str(row.get("FailedSOPInstanceUIDList") or "").split("\\") if uid}
        third_party = self.plan is not None and self.plan.options.destination is not None
        return list(
            reconcile(
                self._rows("expected"), self._rows("arrivals"), self._rows("refusals"), sorted(failed), observed=not third_party
            )
        )


def _reason(plan: Planned, outcome: str, ended: Sequence[Ended], cancel_worked: bool | None) -> str:
    reason = _of_requests(outcome, ended, cancel_worked)
    rows = {fate.row for fate in plan.fates}
    left = rows - {fate.row for fate in plan.fates if fate.request is not None}
    if left:
        reason = f"{reason}; {len(left)} of {len(rows)} rows were not moved: result.requests says why"
    if plan.truncated:
        reason = f"{reason}; the archive's answers were cut off, so there may be more"
    return reason


def _of_requests(outcome: str, ended: Sequence[Ended], cancel_worked: bool | None) -> str:
    if not ended:
        return "nothing matched: no C-MOVE was sent"
    if outcome == "cancelled":
        by = {None: "", True: "; C-CANCEL ended it", False: "; A-ABORT ended it"}[cancel_worked]
        return f"cancelled{by}"
    telling = [one for one in ended if one.outcome != "complete"] or ended
    reasons = Counter(one.reason for one in telling)
    most = [f"{reason} ({number} requests)" if number > 1 else reason for reason, number in reasons.most_common(3)]
    return "; ".join(most)
