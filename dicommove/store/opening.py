"""The journal opened for writing, with what the folder holds learnt from it; a damaged one is set aside on the way."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from ..errors import JournalDamaged, StoreWarning
from .damage import renew
from .recovery import take_in
from .sqlite_journal import SqliteJournal
from .whereabouts import journal_folder

if TYPE_CHECKING:
    from pathlib import Path

    from .holdings import Holdings
    from .tree import Tree

__all__ = ["open_journal"]


def open_journal(folder: Path, tree: Tree, held: Holdings, *, private: bool) -> SqliteJournal:
    """Open the journal of a folder and fill the index.

    Raises
    ------
    StoreError
        It cannot be used; `JournalDamaged` when it is damaged while a move still writes to it.
    OSError
        The folder cannot be read.

    Warns
    -----
    StoreWarning
        It was damaged: it was set aside and made again.
    """
    try:
        return _opened(folder, tree, held, private=private)
    except JournalDamaged:
        old = renew(journal_folder(folder), 0o600 if private else 0o666)
    if old is not None:
        warnings.warn(
            f"the journal of {folder} was damaged. It was set aside as {old} and made again of what could be read and of the "
            "files: instances that are there are not asked for again",
            StoreWarning,
            stacklevel=2,
        )
    return _opened(folder, tree, held, private=private)


def _opened(folder: Path, tree: Tree, held: Holdings, *, private: bool) -> SqliteJournal:
    journal = SqliteJournal(folder, private=private)
    try:
        journal.operations()  # what is damaged there is noticed now, and not by the move
        with held.filling:
            take_in(tree, journal, held.index)
    except BaseException:
        journal.close()
        raise
    return journal
