"""A query that knows its archive: the builder's verbs, and find, count, plan, move."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .. import frames, retrieve
from ..errors import AnswersWarning, ConformanceWarning, QueryError
from ..query import Query

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from ..entities import Remote
    from ..retrieve import Answers, MoveOperation, MoveResult, Plan

__all__ = ["PeerQuery"]


@dataclass(frozen=True, repr=False)
class PeerQuery(Query):
    """A `Query` and the peer that it will be sent to; a frozen value, so running a cell twice changes nothing.

    Examples
    --------
    >>> import dicommove as dm
    >>> with dm.demo() as pacs:
    ...     frame = pacs.studies().where(PatientName="MEIER*", StudyDate=dm.between("2024-01-01", "2024-03-31")).find()
    >>> frame["StudyDate"].dtype
    dtype('<M8[s]')
    """

    peer: Remote | None = None

    def count(self, *, progress: Any = "auto", max_requests: int = 2000, split: Literal["auto"] | None = "auto") -> int:
        """Return the number of matches; as dear as `find`, without the frame (parameters: there).

        Raises
        ------
        QueryError, SearchRefused, AssociationError
            As of `find`.
        """
        answers = self._answers(progress, max_requests, split)
        answers.warn(stacklevel=3)
        return len(answers.matches)

    def find(self, *, progress: Any = "auto", max_requests: int = 2000, split: Literal["auto"] | None = "auto") -> pd.DataFrame:
        """Ask the archive (C-FIND) and return one row per match.

        Parameters
        ----------
        progress : {"auto", True, False}
            Whether the C-FINDs of a long walk are shown as they are sent.
        max_requests : int
            How many C-FINDs the walk down the levels may take, those that ask in parts included.
        split : {"auto", None}
            Answers that look cut off are asked for in parts: by date, then time, then the beginning of Patient ID and name; None
            asks once and says that there may be more.

        Returns
        -------
        DataFrame
            The unique keys of the query's level and of all above, then the keys asked for, keywords verbatim; typed by VR, absent
            values are ``<NA>``. ``attrs`` repeats what the warnings say: ``truncated`` (whether there may be more), ``dropped``
            and ``unverified`` (how many answers contradicted a key, or did not hold it).

        Raises
        ------
        QueryError
            It would take more than ``max_requests`` C-FINDs.
        SearchRefused
            The archive ended with a failure status.
        AssociationError
            In one of its four forms.

        Warns
        -----
        AnswersWarning
            The answers look cut off and asking in parts did not settle it, contradict a key (these are dropped), or do not hold
            one (PS3.4 C.4.1).
        ConformanceWarning
            A UID is sent that PS3.5 9.1 forbids.
        """
        answers = self._answers(progress, max_requests, split)
        answers.warn(stacklevel=3)
        return answers.frame()

    def plan(self, folder: str | Path, *, instances: bool | None = None, **options: Any) -> Plan:
        """Resolve the query to exact unique keys and show what a move would do; nothing is moved.

        Parameters
        ----------
        folder : str or Path
            Where the instances would go.
        instances : bool, optional
            Ask for the single instances before the move: always, never, or (None) up to 50 series.
        **options
            As of `move`.

        Raises
        ------
        QueryError
            The query has no selective key, or some answers do not hold a key that was asked for.
        SearchRefused, AssociationError
            The archive did not answer.
        """
        self._warn_of_uids()
        how = retrieve.read_options(self._remote, **options)
        with retrieve.searching("auto") as show:
            return retrieve.plan_query(self._remote, self, folder, options=how, ask_instances=instances, on_request=show)

    def move(self, folder: str | Path, *, progress: Any = "auto", **options: Any) -> MoveResult:
        """Plan, move and wait; Ctrl-C sends C-CANCEL and still returns the result.

        Parameters
        ----------
        folder : str or Path
            Data folder; made when missing.
        progress : {"auto", "text", True, False} or callable
            How progress is shown: a panel in a notebook, a bar in a terminal; ``"text"`` is one live line instead of the panel; a
            callable gets each `Snapshot`.
        layout : str, optional
            Template of the paths below the folder.
        limit : int or None
            Studies that a query may resolve to (50, and 20,000 instances); None is no limit.
        destination : str, optional
            AE title of a third party that gets the instances instead of us.
        priority : {"low", "medium", "high"}
            Of the C-MOVE (PS3.7 9.1.4.1.7).
        silence, total, grace, stragglers : float or None
            Seconds: see `Timeouts`.
        sha256 : bool
            Hash each data set while it streams.
        private : bool
            Whether the folder is the user's alone.
        durability : {"process", "power"}
            What was acknowledged outlives a killed process, or a power cut as well (slower).
        purpose : str, optional
            What the data are wanted for: kept in the folder's journal with user and host, and shown in reports; never sent.
        retry : {"missing", None}
            Whether what is missing is asked for again at the end, as by `MoveResult.retry_missing`.
        patience : float, str or None
            Seconds, or a text such as ``"12h"``, that an archive which cannot be reached is waited for then (15 minutes); None
            waits without end.
        surplus : {"keep", "drop"}
            What becomes of instances that nobody asked for, and that come when a coarser level has to be asked.
        split : {"auto", None}
            As of `find`.
        unverified : {"refuse", "accept"}
            Whether the move may build on answers that do not hold a key that was asked for: an archive that ignores a key answers
            what was not asked for.

        Raises
        ------
        QueryError
            The query has no selective key, answers are unverified, or the configuration asks for a ``purpose``; `MoveTooLarge`
            when it resolves to more than the limit.
        StoreError
            The folder cannot take it.
        AuditError
            Nothing may be moved without a line in the audit trail, and it cannot be written.
        ListenerError
            Our port is taken.
        AssociationError
            No request could be sent, in one of the four ways.
        """
        return retrieve.wait_for(self.start_move(folder, **options), progress)

    def start_move(self, folder: str | Path, **options: Any) -> MoveOperation:
        """Plan, start the move and return at once (parameters and exceptions: `move`)."""
        retrieve.require_purpose(self._remote, options.get("purpose"))
        return self.plan(folder, **options).start_move()

    def peek(self, folder: str | Path, *, progress: Any = "auto", **options: Any) -> pd.DataFrame:
        """Move the middle instance of each series, and return one row per series that says how it was acquired.

        "Axial, soft kernel, 3 mm at most" becomes a filter of a DataFrame before the bulk is moved: what the table keeps is
        moved by ``pacs.move(table, folder)``. A series that the folder has something of is not asked for again.

        Parameters
        ----------
        folder : str or Path
            Data folder; made when missing. The instances stay in it: a later move asks only for the rest.
        progress, **options
            As of `move`.

        Returns
        -------
        DataFrame
            Unique keys, ``SeriesNumber``, ``Modality``, ``SeriesDescription``, ``count`` (instances, by the archive); of the
            instance ``ImageType``, ``plane`` (axial, coronal, sagittal, oblique: over 30 degrees off), thickness, spacing in
            mm, kernel, contrast agent, sequence, echo and repetition time in ms, machine; ``path`` of its file, or ``reason``
            why there is none.

        Raises
        ------
        QueryError
            The query has no selective key, or answers are unverified; `MoveTooLarge` when it resolves to more than the limit.
        SearchRefused, StoreError, ListenerError, AssociationError
            As of `move`.

        Warns
        -----
        AnswersWarning
            As of `find`.

        Examples
        --------
        >>> import tempfile, dicommove as dm
        >>> with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
        ...     table = pacs.studies().where(PatientID="000123").series().peek(folder, progress=False)
        >>> thin = table[(table["plane"] == "axial") & (table["SliceThickness"] <= 3)]
        >>> list(thin["SeriesDescription"]), thin["count"].tolist()
        (['Head 2.5 soft'], [64])
        """
        self._warn_of_uids()
        retrieve.require_purpose(self._remote, options.get("purpose"))
        how = retrieve.read_options(self._remote, **options)
        with retrieve.searching(progress) as show:
            peek, doubts = retrieve.plan_peek(self._remote, self, folder, options=how, on_request=show)
        for doubt in doubts:
            warnings.warn(doubt, AnswersWarning, stacklevel=2)
        result = peek.plan.move(progress=progress) if peek.plan.requests else None
        return frames.build(frames.PEEK, peek.rows(result))

    def _answers(self, progress: Any, max_requests: int, split: Literal["auto"] | None) -> Answers:
        self._warn_of_uids()
        if split not in ("auto", None):
            raise QueryError(f"split={split!r}: 'auto' or None is needed")
        with retrieve.searching(progress) as show:
            return retrieve.ask(self._remote, self, max_requests=max_requests, on_request=show, split=split)

    def _warn_of_uids(self) -> None:
        """Real archives have UIDs that PS3.5 9.1 forbids: they are sent, and said."""
        for finding in self.lint():
            if finding.code == "uid-form":
                warnings.warn(str(finding), ConformanceWarning, stacklevel=4)

    @property
    def _remote(self) -> Remote:
        assert self.peer is not None, "made by a Peer"
        return self.peer
