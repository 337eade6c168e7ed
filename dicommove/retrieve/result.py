"""Results: what the peer reported, what arrived, and the ledger that compares the two, as DataFrames.

Rows live in the journal of the data folder; a result holds the operation's number there and reads them when asked.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from .. import frames, lab
from ..errors import MoveFailed
from ..store import SqliteJournal
from .accounts import Accounts
from .explain import Explanation
from .gather import evidence_of
from .reasons import reason_of
from .showing import facts_of, html_of, text_of
from .summary import request_rows
from .tiles import series_tiles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure

    from .planned import Planned
    from .worker import Ended

__all__ = ["MoveResult"]


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
    plan : Planned
        What was carried out.
    cancel_worked : bool or None
        After a cancel: whether the archive obeyed C-CANCEL (else the association was aborted); None when nothing was cancelled.
    ended : tuple of Ended
        How the requests ended.
    reopened : bool
        It was read from the journal, which holds no secrets: to ask the archive again may need its TLS files or user.

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
    plan: Planned = field(repr=False, compare=False)
    cancel_worked: bool | None = None
    ended: tuple[Ended, ...] = field(default=(), repr=False, compare=False)
    reopened: bool = field(default=False, repr=False, compare=False)

    @classmethod
    def of(cls, plan: Planned, operation: int, outcome: str, ended: Sequence[Ended], *, cancel_worked: bool | None) -> Self:
        """Make the result of an operation that has ended."""
        reason = reason_of(plan, outcome, ended, cancel_worked)
        return cls(outcome, reason, plan.folder, operation, plan, cancel_worked, tuple(ended))

    @property
    def accounts(self) -> Accounts:
        """Rows of the journal, and what is derived of them; the DataFrames below are made of these."""
        return Accounts(self.folder, self.operation, self.plan)

    @property
    def requests(self) -> pd.DataFrame:
        """One row per C-MOVE; with a table as subject one per (input row, match), so that every row's fate is there."""
        return frames.build(frames.REQUESTS, request_rows(self.plan, self.ended))

    @property
    def progress(self) -> pd.DataFrame:
        """One row per C-MOVE response: the sub-operations as the peer counted them (PS3.4 C.4.2.1)."""
        return frames.build(frames.PROGRESS, self.accounts.rows("responses"))

    @property
    def instances(self) -> pd.DataFrame:
        """One row per instance received; those that were in the folder before have no ``received_at``."""
        return frames.build(frames.INSTANCES, self.accounts.instances())

    @property
    def ledger(self) -> pd.DataFrame:
        """One row per SOP Instance that was expected, received, refused or reported failed, and its state."""
        return frames.build(frames.LEDGER, self.accounts.ledger())

    @property
    def series(self) -> pd.DataFrame:
        """One row per series: expected, received, state, size in bytes, folder."""
        return frames.build(frames.SERIES, self.accounts.series())

    @property
    def studies(self) -> pd.DataFrame:
        """One row per study: number of series, expected, received, state, size in bytes."""
        return frames.build(frames.STUDIES, self.accounts.studies())

    @property
    def conflicts(self) -> pd.DataFrame:
        """One row per instance that came with other bytes than the file of its UID: what differs, and where both lie.

        Examples
        --------
        >>> import tempfile, dicommove as dm
        >>> with dm.demo(fault="conflict") as pacs, tempfile.TemporaryDirectory() as folder:
        ...     result = pacs.studies().where(AccessionNumber="A20240061").move(folder, progress=False)
        ...     result.conflicts.loc[0, ["differs", "pixel_data_same"]].to_list()
        ['ImageComments', True]
        """
        return frames.build(frames.CONFLICTS, self.accounts.conflicts())

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
        states = self.accounts.states()
        with closing(SqliteJournal(self.folder)) as journal:
            evidence = evidence_of(
                journal,
                self.operation,
                self.plan,
                outcome=self.outcome,
                reason=self.reason,
                cancel_worked=self.cancel_worked,
                states=states,
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
        return lab.contact_sheet(series_tiles(self.accounts.instances(), private=private), columns=columns)

    def facts(self) -> list[tuple[str, str]]:
        """Return what text and HTML show, as (name, value); series facts only."""
        return facts_of(self)

    def __repr__(self) -> str:
        return text_of(self)

    def _repr_html_(self) -> str:
        return html_of(self)
