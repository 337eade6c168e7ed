"""Results: what the peer reported, what arrived, and the ledger that compares the two, as DataFrames.

Rows live in the journal of the data folder; a result holds the operation's number there and reads them when asked.
"""

from __future__ import annotations

import warnings
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Self

from ... import frames
from ...errors import AnswersWarning, MoveFailed
from ...store import SqliteJournal
from ..explaining.explain import Explanation
from ..explaining.gather import evidence_of
from ..reporting.report import write_report
from ..resuming.recorded_peer import peer_from
from ..retrying.pace import PATIENCE_S
from ..retrying.starting import start_retry
from ..running.live import wait_for
from .reasons import reason_of
from .recheck import recheck
from .result_pictures import ResultPictures
from .showing import facts_of, html_of, text_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from ...entities import Remote
    from ..planning.planned import Planned
    from ..reporting.report import Hashes
    from ..running.events import Snapshot
    from ..running.live import Shown
    from ..running.worker import Ended

__all__ = ["MoveResult"]


@dataclass(frozen=True)
class MoveResult(ResultPictures):
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
    carry_out : callable or None
        Goes on with the operation: `retry_missing` needs it.

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
    carry_out: Callable[..., MoveResult] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        plan: Planned,
        operation: int,
        outcome: str,
        ended: Sequence[Ended],
        *,
        cancel_worked: bool | None,
        whole: Sequence[Ended] | None = None,
        carry_out: Callable[..., MoveResult] | None = None,
    ) -> Self:
        """Make the result of an operation that has ended; ``whole`` is what its requests have come to with all attempts."""
        reason = reason_of(plan, outcome, ended if whole is None else whole, cancel_worked)
        return cls(outcome, reason, plan.folder, operation, plan, cancel_worked, tuple(ended), carry_out=carry_out)

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

    def retry_missing(
        self,
        *,
        patience: float | str | None = PATIENCE_S,
        surplus: Literal["keep", "drop"] | None = None,
        again: bool = False,
        peer: Remote | None = None,
        progress: Shown | Callable[[Snapshot], object] = "auto",
    ) -> MoveResult:
        """Ask the archive again for what is missing, and for nothing else; wait, and return what the whole has come to.

        The same operation goes on: `requests` has a row for each attempt, and the ledger is of the whole.

        Parameters
        ----------
        patience, surplus, progress
            As of a move.
        again : bool
            Ask for what the archive refused earlier in this process, too.
        peer : Peer, optional
            As of `recheck`.

        Raises
        ------
        QueryError
            The instances went to another destination, or an option is none.
        ListenerError, StoreError
            Our port or the folder could not be opened.

        Examples
        --------
        >>> import tempfile, dicommove as dm
        >>> with dm.demo(fault="drop:3") as pacs, tempfile.TemporaryDirectory() as folder:
        ...     result = pacs.studies().where(PatientID="JP-0042").move(folder, stragglers=0, progress=False)
        ...     result.outcome, result.retry_missing(progress=False).outcome
        ('partial', 'complete')
        """
        assert self.carry_out is not None, "made by a move, or reopened"
        remote = peer or self._archive()
        operation = start_retry(self, self.carry_out, remote, patience=patience, surplus=surplus, again=again)
        return wait_for(operation, progress)

    def recheck(self, *, peer: Remote | None = None) -> pd.DataFrame:
        """Ask the archive again (C-FIND), and list the instances that it has now and had not then, or the other way round.

        "Then" is what it named before the move, or sent where it named none. Nothing is moved: move again for what was added.

        Parameters
        ----------
        peer : Peer, optional
            The archive, where TLS or a user identity is needed and the result was reopened: a journal holds no secrets.

        Returns
        -------
        DataFrame
            Without rows when nothing has changed. ``attrs["unchecked"]`` counts the C-MOVEs of which the archive does not say.

        Raises
        ------
        StoreError
            The archive was called with TLS or as a user, and ``peer`` is needed.
        AssociationError
            In one of its four forms.

        Warns
        -----
        AnswersWarning
            The archive does not say for certain what it has of some.

        Examples
        --------
        >>> import tempfile, dicommove as dm
        >>> with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
        ...     len(pacs.studies().where(PatientID="JP-0042").move(folder, progress=False).recheck())
        0
        """
        found = recheck(peer or self._archive(), self.plan.requests, self.accounts.ledger())
        if found.unchecked:
            text = f"{len(found.unchecked)} requests could not be checked: the archive does not say for certain what it has"
            warnings.warn(text, AnswersWarning, stacklevel=2)
        frame = frames.build(frames.CHANGES, found.rows)
        frame.attrs["unchecked"] = len(found.unchecked)
        return frame

    def _archive(self) -> Remote:
        """How to call the archive; what the journal holds of it is enough only where no secret is needed."""
        return peer_from(self.accounts.facts()["remote"]) if self.reopened else self.plan.remote

    def report(self, path: str | os.PathLike[str], *, private: bool = True, hashes: Hashes | None = "manifest") -> Path:
        """Write what a methods section and an audit need: question, peer, versions, Identifiers, counts, ledger, hashes.

        Parameters
        ----------
        path : path-like
            A name that ends in ``.md`` or ``.json``; one that is there is replaced.
        private : bool
            True leaves patient data out: UIDs, numbers and series facts only.
        hashes : {"manifest", "files", None}
            One SHA-256 over a manifest of all files, or that of each file besides. Files that were not hashed while they came
            are read now, and their hash is kept for `Catalog.verify`.

        Returns
        -------
        Path
            The file, absolute.

        Raises
        ------
        QueryError
            The name has another ending, or ``hashes`` is none of those.
        StoreError
            It cannot be written, or the journal not be read.

        Examples
        --------
        >>> import tempfile, dicommove as dm
        >>> with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
        ...     result = pacs.studies().where(PatientID="JP-0042").move(folder, progress=False)
        ...     text = result.report(f"{folder}/move.md").read_text()
        ...     text.splitlines()[0], "movescu -S" in text, "JP-0042" in text
        ('# DICOM retrieval: complete', True, False)
        """
        return write_report(self, path, private=private, hashes=hashes)

    def facts(self) -> list[tuple[str, str]]:
        """Return what text and HTML show, as (name, value); series facts only."""
        return facts_of(self)

    def __repr__(self) -> str:
        return text_of(self)

    def _repr_html_(self) -> str:
        return html_of(self)
