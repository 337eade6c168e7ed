"""Going on with the last move of a folder, whoever began it and however it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import retrieve

if TYPE_CHECKING:
    from pathlib import Path

    from ..entities import Remote
    from ..retrieve import MoveOperation, MoveResult

__all__ = ["resume", "start_resume"]


def resume(folder: str | Path, *, peer: Remote | None = None, operation: int | None = None, progress: Any = "auto") -> MoveResult:
    """Go on with the last move of a data folder: what its kernel was killed over, or what it left missing.

    The requests are those of the journal, with the unique keys that the query had been resolved to; the query is not asked
    again. An instance that is in the folder with its size is not asked for again. When nothing is missing no C-MOVE is sent.

    Parameters
    ----------
    folder : str or Path
        The data folder.
    peer : Remote, optional
        The archive, where the journal does not say how to call it (TLS and user identity are never kept), or where it has moved.
    operation : int, optional
        Number of another move in the folder's journal.
    progress : {"auto", True, False} or callable
        As of `PeerQuery.move`.

    Returns
    -------
    MoveResult
        Of the whole: instances that were there before are in its ledger too.

    Raises
    ------
    StoreError
        There is nothing to resume, or the archive must be given.
    EntityError
        The archive's named entry cannot be used any more.
    ListenerError, AssociationError
        As of `PeerQuery.move`.

    Examples
    --------
    >>> import tempfile, dicommove as dm
    >>> with dm.demo() as pacs, tempfile.TemporaryDirectory() as folder:
    ...     first = pacs.studies().where(PatientID="000123").move(folder, progress=False)
    ...     victim = next(first.folder.rglob("*.dcm"))
    ...     victim.unlink()
    ...     result = dm.resume(folder, progress=False)
    ...     result.outcome, len(result.ledger), int(result.requests["Status"].notna().sum()), victim.exists()
    ('complete', 130, 1, True)
    """
    return retrieve.wait_for(start_resume(folder, peer=peer, operation=operation), progress)


def start_resume(folder: str | Path, *, peer: Remote | None = None, operation: int | None = None) -> MoveOperation:
    """Start what `resume` does and return at once (parameters and exceptions: `resume`).

    Examples
    --------
    >>> import tempfile, dicommove as dm
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dm.start_resume(folder)
    Traceback (most recent call last):
    ...
    dicommove.errors.StoreError: nothing to resume: ...
    """
    return retrieve.plan_resume(folder, remote=peer, operation=operation).start_move()
