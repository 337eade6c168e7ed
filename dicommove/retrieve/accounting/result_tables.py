"""The DataFrames of a result: what the peer reported, what arrived, and the ledger that compares the two.

Rows live in the journal of the data folder; they are read when somebody asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import frames
from .accounts import Accounts
from .summary import request_rows

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from ..planning.planned import Planned
    from ..running.worker import Ended

__all__ = ["ResultTables"]


class ResultTables:
    """The tables of one operation; `MoveResult` has the fields."""

    folder: Path
    operation: int
    plan: Planned
    ended: tuple[Ended, ...]

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
        ...     result.conflicts["differs"].iloc[0]
        'ImageComments'
        """
        return frames.build(frames.CONFLICTS, self.accounts.conflicts())
