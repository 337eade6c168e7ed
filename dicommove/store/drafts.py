"""Files that are being written: they have their name only when they are whole, and never in place of another file.

Three ways, the first that the file system knows: a file without a name that is linked in; a file in ``.dicommove/incoming`` that
gets a second name; one that is renamed after a look, under the folder's lock.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import threading
import time
from itertools import count
from typing import TYPE_CHECKING

from .. import platform
from ..errors import StoreError
from .surroundings import Way

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .surroundings import Surroundings
    from .tree import Directory, Tree

__all__ = ["CLAIMS", "HOME", "INCOMING", "LOCK", "Draft", "Drafts"]

HOME = ".dicommove"
"""Folder of our own things in the data folder."""
INCOMING = (HOME, "incoming")
"""Folder of what belongs to living processes: named drafts, signs of life, claims."""
CLAIMS = "claims"
"""File there by which living processes agree on places; binds nobody when they are gone."""
LOCK = "publish.lock"
"""File there that is held by who begins or ends to use the folder, and where files are renamed by who publishes one."""
_LONGEST_MOVE_S = 7 * 86400.0  # where locks do not hold, a store that was opened longer ago counts as dead
_MOST_PIECES = 1024  # IOV_MAX of Linux and macOS


class Drafts:
    """Opens drafts in one tree, by the way that its file system knows.

    Parameters
    ----------
    tree : Tree
    file_mode : int
        Mode of the files.
    surroundings : Surroundings
        What the file system can do.
    """

    def __init__(self, tree: Tree, file_mode: int, surroundings: Surroundings) -> None:
        self._tree = tree
        self._file_mode = file_mode
        self._token = secrets.token_hex(6)
        self._numbers = count(1)
        self._announcing = threading.Lock()
        self._alive: int | None = None  # the lock that tells other processes that our named drafts are alive
        self.way = surroundings.way
        self._locks = surroundings.locks

    def open(self) -> Draft:
        """Open a draft; raises OSError when the folder takes none."""
        if self.way is Way.UNNAMED:
            descriptor = platform.open_unnamed(self._tree.root, self._file_mode)
            if descriptor is None:
                raise OSError(errno.EOPNOTSUPP, "no unnamed files here any more")
            return Draft(self, descriptor, "")
        name = f"{self._token}-{next(self._numbers)}.part"
        with self.folder() as folder:
            if self._alive is None:
                self.announce()
            return Draft(self, folder.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, self._file_mode), name)

    def folder(self) -> Directory:
        """Enter the folder of named drafts."""
        return self._tree.enter(INCOMING)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder's lock, against every process that looks and renames."""
        with self.folder() as folder, self._locked_in(folder):
            yield

    @contextlib.contextmanager
    def _locked_in(self, folder: Directory) -> Iterator[None]:
        descriptor = folder.open(LOCK, os.O_RDWR | os.O_CREAT)
        try:
            if not platform.wait_for_lock(descriptor):
                raise StoreError("another process holds the lock of the data folder for too long; end it, or give another folder")
            yield
        finally:
            platform.close(descriptor)

    def sweep(self) -> int:
        """Remove what dead processes left half written, and their claims; return how many files were half written."""
        removed = 0
        with contextlib.suppress(FileNotFoundError), self._tree.enter(INCOMING, make=False) as folder, self._locked_in(folder):
            names = folder.names()
            living = {name.partition(".")[0] for name in names if name.endswith(".alive") and not self._is_dead(folder, name)}
            kept = {LOCK, CLAIMS} if living - {self._token} else {LOCK}
            for name in names:
                if name not in kept and name.partition("-")[0].partition(".")[0] not in living:
                    folder.remove(name)
                    removed += name.endswith(".part")
        return removed

    def announce(self) -> None:
        """Leave a locked file, once, that says that this store is alive: its drafts and claims are left alone by others."""
        with self._announcing:
            if self._alive is not None:
                return
            with self.folder() as folder, self._locked_in(folder), contextlib.ExitStack() as undo:
                descriptor = folder.open(f"{self._token}.alive", os.O_RDWR | os.O_CREAT)
                undo.callback(platform.close, descriptor)
                if not platform.try_lock(descriptor):
                    raise OSError(errno.EAGAIN, "the sign of life of this store is held by another process; try again")
                undo.pop_all()
                self._alive = descriptor

    def close(self) -> None:
        """Take back the sign of life, with what belongs to nobody then."""
        if self._alive is not None:
            platform.close(self._alive)
            self._alive = None
            with contextlib.suppress(OSError):
                self.sweep()

    def _is_dead(self, folder: Directory, name: str) -> bool:
        if name == f"{self._token}.alive":
            return self._alive is None
        try:
            descriptor = folder.open(name, os.O_RDWR)
        except (OSError, StoreError):
            return False
        try:
            if not self._locks:
                return time.time() - os.fstat(descriptor).st_mtime > _LONGEST_MOVE_S
            return platform.try_lock(descriptor)
        finally:
            platform.close(descriptor)


def _write_together(descriptor: int, pieces: Sequence[bytes | memoryview]) -> int:
    """Write what one call takes."""
    if len(pieces) == 1:
        return os.write(descriptor, pieces[0])
    return os.writev(descriptor, pieces[:_MOST_PIECES]) if hasattr(os, "writev") else 0


class Draft:
    """One file that is being written; `publish` or `discard` ends it."""

    def __init__(self, drafts: Drafts, descriptor: int, name: str) -> None:
        self._drafts = drafts
        self.descriptor = descriptor
        self._name = name

    def write(self, pieces: Sequence[bytes | memoryview]) -> int:
        """Write all of the pieces and return their size in bytes; raises OSError when the disk does not take them."""
        total = sum(map(len, pieces))
        written = _write_together(self.descriptor, pieces)
        if written < total:
            self._write_rest(pieces, written)
        return total

    def _write_rest(self, pieces: Sequence[bytes | memoryview], written: int) -> None:
        """Write what a full disk, a signal or the system's limit of pieces has left over."""
        for piece in pieces:
            view = memoryview(piece)[min(written, len(piece)) :]
            written = max(0, written - len(piece))
            while len(view):
                view = view[os.write(self.descriptor, view) :]

    def publish(self, folder: Directory, name: str) -> None:
        """Give it its name; the draft stays open for reading until `discard`.

        Raises
        ------
        FileExistsError
            Something has the name; nothing is changed.
        """
        if self._drafts.way is Way.UNNAMED:
            assert folder.descriptor is not None
            platform.link_descriptor(self.descriptor, name, folder.descriptor)
        elif self._drafts.way is Way.LINK:
            with self._drafts.folder() as incoming:
                source = incoming.at(self._name)
                if not platform.link(source, folder.at(name), source_dir_fd=incoming.descriptor, dir_fd=folder.descriptor):
                    raise OSError(errno.EOPNOTSUPP, "no hard links here any more")
        else:
            self._rename(folder, name)

    def sync(self) -> None:
        """Make its bytes last a power cut."""
        os.fsync(self.descriptor)

    def discard(self) -> None:
        """Close it; a name that it had as a draft is taken away."""
        if self.descriptor >= 0:
            platform.close(self.descriptor)
            self.descriptor = -1
        if self._name:
            with contextlib.suppress(OSError, StoreError), self._drafts.folder() as incoming:
                incoming.remove(self._name)
            self._name = ""

    def _rename(self, folder: Directory, name: str) -> None:
        with self._drafts.locked(), self._drafts.folder() as incoming:
            if folder.status(name) is not None:
                raise FileExistsError(errno.EEXIST, "the name is taken")
            if platform.IS_WINDOWS:
                os.close(self.descriptor)  # an open file cannot be renamed there
                self.descriptor = -1
            os.rename(incoming.at(self._name), folder.at(name), src_dir_fd=incoming.descriptor, dst_dir_fd=folder.descriptor)
            self._name = ""
