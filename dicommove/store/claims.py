"""Which place each instance gets, agreed among the processes that use one folder at once.

A file that all of them append to, under its lock: the first line of an instance says where it goes, and whoever gets that
instance later publishes there, finds the first one's file, and compares. What one process could not publish, another may.
"""

from __future__ import annotations

import errno
import os
import threading
from pathlib import PurePath
from typing import TYPE_CHECKING

from .. import platform
from ..errors import StoreError
from .drafts import CLAIMS, HOME, INCOMING
from .index import Index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .tree import Tree

__all__ = ["Claims"]

_PIECE = 1 << 20
_LONGEST_LINE = 1 << 16  # bytes: far beyond any UID and place


class Claims:
    """The claims of the processes that have a folder open; safe to use from many threads.

    Parameters
    ----------
    tree : Tree
    file_mode : int
        Of the file, when it is made.

    Raises
    ------
    OSError, StoreError
        It cannot be opened.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from dicommove.store.tree import Tree
    >>> tree = Tree(pathlib.Path(tempfile.mkdtemp()), 0o700)
    >>> one, two = Claims(tree, 0o600), Claims(tree, 0o600)
    >>> one.place_for("1.2.3", ("ct", "1.dcm")), two.place_for("1.2.3", ("mr", "1.dcm"))
    (('ct', '1.dcm'), ('ct', '1.dcm'))
    >>> one.close(), two.close()
    (None, None)
    """

    def __init__(self, tree: Tree, file_mode: int) -> None:
        self._tree = tree
        self._foreign = Index()  # what other processes claimed
        self._seen = 0  # bytes of whole lines that were read, or written by us
        self._left = 0  # bytes behind them: of a line that was torn
        self._lock = threading.Lock()
        with tree.enter(INCOMING) as folder:
            self._descriptor = folder.open(CLAIMS, os.O_RDWR | os.O_CREAT | os.O_APPEND, file_mode)
        try:
            self._read_on()  # most of it, while nobody waits for us
        except BaseException:
            self.close()
            raise

    def place_for(self, uid: str, place: Sequence[str]) -> Sequence[str]:
        """Give the place that another process claimed for an instance, or claim this one.

        Parameters
        ----------
        uid : str
            SOP Instance UID, of which this process knows no file.
        place : sequence of str
            Folders and file name.

        Raises
        ------
        OSError, StoreError
            The claim cannot be written, or another process holds the file for too long.
        """
        line = f"{uid}\t{'/'.join(place)}\t\n".encode("utf-8", "surrogatepass")
        with self._lock:
            self._hold()
            try:
                self._read_on()
                found = self._foreign.find(uid)
                if found is None:
                    self._append(line)
                    return place
            finally:
                platform.unlock(self._descriptor)
        return tuple(found[0].split("/"))

    def close(self) -> None:
        """Let go of the file; closing twice does nothing."""
        with self._lock:
            if self._descriptor >= 0:
                platform.close(self._descriptor)
                self._descriptor = -1

    def _hold(self) -> None:
        """Lock the file."""
        if self._descriptor < 0:
            raise StoreError("the data folder was closed while an instance was coming in; ask for it again")
        if not platform.wait_for_lock(self._descriptor):
            raise StoreError("another process holds the claims of the data folder for too long; end it, or give another folder")

    def _append(self, line: bytes) -> None:
        data = b"\n" + line if self._left else line
        if os.write(self._descriptor, data) < len(data):
            raise OSError(errno.ENOSPC, "only a part of a claim was written")  # stepped over by who reads on
        self._seen += self._left + len(data)

    def _read_on(self) -> None:
        """Learn what others have written since; what is no whole line is one that was torn, when the file is locked."""
        self._left = 0
        size = os.fstat(self._descriptor).st_size
        if size == self._seen:
            return
        if size < self._seen:  # cut from outside
            self._seen = 0
        os.lseek(self._descriptor, self._seen, os.SEEK_SET)
        position, begun = self._seen, b""  # of a line whose end is in the next piece
        while piece := os.read(self._descriptor, _PIECE):
            *lines, rest = piece.split(b"\n")
            for line in (begun + lines[0], *lines[1:]) if lines else ():
                if claim := _decoded(line):
                    self._foreign.add(*claim, 0)
            begun = (rest if lines else begun + rest)[:_LONGEST_LINE]
            position += len(piece)
            if lines:
                self._seen = position - len(rest)
        self._left = position - self._seen


def _decoded(line: bytes) -> tuple[str, str] | None:
    """UID and place of a line; None for what was torn, and for what would lead out of the tree."""
    try:
        uid, place, end = line.decode("utf-8", "surrogatepass").split("\t")
    except ValueError:
        return None
    parts = place.split("/")
    return (uid, place) if not end and parts[0] != HOME and all(map(_is_component, parts)) else None


def _is_component(part: str) -> bool:
    return PurePath(part).name == part not in ("", "..") and "\0" not in part
