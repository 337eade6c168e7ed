"""What the folder holds, at the start: the journal's files into the index, and files that no journal knows into the journal.

A published file is the proof of an arrival: one that was published in the moment of a kill is found here, and so is what another
host, or a program without a journal, has put into the folder.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..terms import uid_problem
from .journal import TAKEN_IN
from .part10 import read_file_meta
from .walking import regular_files

if TYPE_CHECKING:
    from .index import Index
    from .journal import Journal
    from .tree import Tree

__all__ = ["take_in"]


def take_in(tree: Tree, journal: Journal, index: Index) -> int:
    """Fill the index, and record files that the journal lacks as arrivals of operation `TAKEN_IN`.

    Returns
    -------
    int
        How many files were taken in. What is no DICOM file with a SOP Instance UID stays what it is.

    Raises
    ------
    OSError, StoreError
        The folder or the journal cannot be read.
    """
    known = set()
    shared = len(index) > 0  # another store of this process has filled it, and may know a newer place
    for uid, path, size_bytes in journal.files():
        relative = path.replace(os.sep, "/")
        if not shared or _is_gone(tree.root, index.find(uid)):
            index.add(uid, relative, size_bytes)
        known.add(hash(relative))  # of 100,000 paths this takes a tenth of the memory
    taken = 0
    for relative in regular_files(tree.root):
        if hash(relative) not in known:
            taken += _take(tree, journal, index, relative)
    return taken


def _take(tree: Tree, journal: Journal, index: Index, relative: str) -> int:
    *folders, name = relative.split("/")
    with suppress(OSError), tree.enter(folders, make=False) as folder:
        descriptor = folder.open(name)
        try:
            meta, status = read_file_meta(descriptor), os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if meta is None or uid_problem(meta.sop_instance_uid) or not stat.S_ISREG(status.st_mode):
            return 0
        uid, earlier = meta.sop_instance_uid, index.find(meta.sop_instance_uid)
        if _is_gone(tree.root, earlier):
            index.add(uid, relative, status.st_size if earlier is None else earlier[1])
            if earlier is not None and earlier[1] != status.st_size:
                return 0  # renamed and damaged: not held, and read again at the next start
        journal.append("arrivals", TAKEN_IN, _facts(tree.root, relative, status, uid, meta.transfer_syntax_uid))
        return 1
    return 0


def _is_gone(root: str, known: tuple[str, int] | None) -> bool:
    """Tell whether an instance is not known, or not where it was: a file that the user renamed then is its new place."""
    return known is None or not os.path.lexists(os.path.join(root, *known[0].split("/")))  # noqa: PTH118 - 100,000 of them


def _facts(root: str, relative: str, status: os.stat_result, uid: str, syntax: str) -> dict[str, object]:
    return {
        "received_at": datetime.fromtimestamp(status.st_mtime, UTC),
        "SOPInstanceUID": uid,
        "TransferSyntaxUID": syntax,
        "path": os.path.join(root, *relative.split("/")),  # noqa: PTH118 - 100,000 of them
        "size_bytes": status.st_size,
        "disposition": "new",
        "note": "found in the folder; no journal had recorded it",
    }
