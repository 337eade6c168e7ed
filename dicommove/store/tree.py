"""The folder's tree, entered step by step: no link that somebody planted is ever followed on the way to a file."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from typing import TYPE_CHECKING, Self

from .. import platform
from ..errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

__all__ = ["Directory", "Tree"]


class Directory:
    """An entered folder; a context manager. Names given to its methods are names within it.

    Where the system has directory descriptors they keep what was entered, whatever happens to its name; elsewhere paths are used.

    Attributes
    ----------
    path : str
        Absolute path.
    descriptor : int or None
        Of the folder, to be given as ``dir_fd``; None where the system has none.
    """

    def __init__(self, path: str, descriptor: int | None) -> None:
        self.path = path
        self.descriptor = descriptor
        self.lasting = False  # set by who has made its own name last a power cut

    def __del__(self) -> None:
        self.close()  # of one that was kept: when the last thread that uses it lets go

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the descriptor."""
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is not None:
            platform.close(descriptor)

    def at(self, name: str) -> str:
        """Name a file of this folder for a call that gets ``dir_fd=descriptor``."""
        return name if self.descriptor is not None else platform.long_path(os.path.join(self.path, name))  # noqa: PTH118 - hot path

    def status(self, name: str) -> os.stat_result | None:
        """Status of what has this name, a link itself and not what it leads to; None when nothing has."""
        with contextlib.suppress(FileNotFoundError):
            return os.stat(self.at(name), dir_fd=self.descriptor, follow_symlinks=False)
        return None

    def open(self, name: str, flags: int = os.O_RDONLY, mode: int = 0o600) -> int:
        """Open a regular file and nothing else.

        Raises
        ------
        StoreError
            A link, a folder or a device has the name.
        """
        try:
            flags |= platform.O_BINARY | platform.O_NOFOLLOW | platform.O_NONBLOCK  # a pipe would make us wait
            descriptor = os.open(self.at(name), flags, mode, dir_fd=self.descriptor)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO, errno.EMLINK):
                raise StoreError(_NO_FILE) from None
            raise
        try:
            is_file = stat.S_ISREG(os.fstat(descriptor).st_mode) and self._is_unlinked(name)
        except OSError:
            platform.close(descriptor)
            raise
        if is_file:
            return descriptor
        platform.close(descriptor)
        raise StoreError(_NO_FILE)

    def _is_unlinked(self, name: str) -> bool:
        if platform.O_NOFOLLOW and self.descriptor is not None:
            return True  # the system itself has refused links
        status = self.status(name)
        return status is not None and not platform.is_link(status)

    def enter(self, name: str, mode: int | None = None) -> Directory:
        """Enter a folder of this one; with a mode it is made when it is not there.

        Raises
        ------
        StoreError
            A link or a file has the name, or it is none within this folder.
        FileNotFoundError
            There is none, and no mode was given.
        """
        if name in _ELSEWHERE or "/" in name:
            raise StoreError(_NO_FOLDER)
        try:
            return self._enter(name)
        except FileNotFoundError:
            if mode is None:
                raise
        with contextlib.suppress(FileExistsError):
            os.mkdir(self.at(name), mode, dir_fd=self.descriptor)
        return self._enter(name)

    def _enter(self, name: str) -> Directory:
        path = os.path.join(self.path, name)  # noqa: PTH118 - hot path
        if self.descriptor is None:
            status = self.status(name)
            if status is None:
                raise FileNotFoundError(errno.ENOENT, "no such folder")
            if platform.is_link(status) or not stat.S_ISDIR(status.st_mode):
                raise StoreError(_NO_FOLDER)
            return Directory(path, None)
        try:
            return Directory(path, os.open(name, _FOLDER, dir_fd=self.descriptor))
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
                raise StoreError(_NO_FOLDER) from None
            raise

    def names(self) -> list[str]:
        """Names of what is in it."""
        return os.listdir(self.path if self.descriptor is None else self.descriptor)  # noqa: PTH208 - pathlib takes no descriptor

    def remove(self, name: str) -> None:
        """Remove a file, when it is there."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.at(name), dir_fd=self.descriptor)

    def remove_folder(self, name: str) -> None:
        """Remove an empty folder; raises OSError when it is none, or is not empty."""
        os.rmdir(self.at(name), dir_fd=self.descriptor)

    def sync(self) -> None:
        """Make its names last a power cut."""
        platform.sync_directory(self.path, self.descriptor)


_KEPT_S = 0.1  # so long a folder may be used without a look whether its name still leads to it
_MOST_KEPT = 16
_ELSEWHERE = frozenset(("", ".", ".."))
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | platform.O_NOFOLLOW
_NO_FILE = "a link, a folder or a device stands where an instance belongs; remove it from the data folder, or give another folder"
_REPLACED = (
    "another folder stands where the data folder was when it was opened, so nothing more is written; run the same move again"
)
_NO_FOLDER = "a link or a file stands where a folder belongs; remove it from the data folder, or give another folder"


class Tree:
    """The tree below a folder.

    Parameters
    ----------
    root : Path
        Absolute; links in it are the user's own choice.
    directory_mode : int
        Mode of the folders that are made.
    """

    def __init__(self, root: Path, directory_mode: int) -> None:
        self.root = str(root)
        self.directory_mode = directory_mode
        self._kept: dict[tuple[str, ...], tuple[float, Directory]] = {}
        self._held: tuple[Directory, os.stat_result] | None = None

    def hold(self) -> None:
        """From now on this folder is meant, and no other that gets its name; raises OSError when it cannot be entered.

        Does nothing where the system has no directory descriptors.
        """
        top = self.top()
        if top.descriptor is not None:
            self._held = (top, os.fstat(top.descriptor))  # open, so that no other folder gets its number

    def release(self) -> None:
        """Let go of it; doing so twice does nothing."""
        self.leave()
        held, self._held = self._held, None
        if held is not None:
            held[0].close()

    def top(self) -> Directory:
        """Enter the folder itself.

        Raises
        ------
        StoreError
            Another one has its name since `hold`.
        """
        if not platform.HAS_DIRECTORY_DESCRIPTORS:
            return Directory(self.root, None)
        top = Directory(self.root, os.open(self.root, os.O_RDONLY | os.O_DIRECTORY))
        if self._held is None or (top.descriptor is not None and os.path.samestat(os.fstat(top.descriptor), self._held[1])):
            return top
        top.close()
        raise StoreError(_REPLACED)

    def enter(self, parts: Sequence[str], *, make: bool = True) -> Directory:
        """Enter a folder below, made on the way when it is not there.

        Raises
        ------
        StoreError
            A link or a file stands in the way.
        """
        folder = self.top()
        for part in parts:
            try:
                following = folder.enter(part, self.directory_mode if make else None)
            finally:
                folder.close()
            folder = following
        return folder

    def visit(self, parts: Sequence[str]) -> Directory:
        """Enter a folder as `enter` does, or use it again where it was entered a moment ago; not to be closed by who asked.

        Where the system has no directory descriptors each visit enters anew.
        """
        place, now = tuple(parts), time.monotonic()
        until, folder = self._kept.get(place, (0.0, None))
        if folder is None or now > until:
            folder = self.enter(place)
            if folder.descriptor is not None:
                self._keep(place, now + _KEPT_S, folder)
        return folder

    def _keep(self, place: tuple[str, ...], until: float, folder: Directory) -> None:
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[place] = (until, folder)

    def leave(self) -> None:
        """Let go of the folders that are kept open."""
        self._kept.clear()
