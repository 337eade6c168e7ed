"""The append-only log of one process: a line a fact, written at once and folded into the database later.

A line that was written outlives its process. The log is locked as long as its process lives, so that others leave it alone.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from typing import TYPE_CHECKING, Self

from .. import platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Log", "dead_logs", "has_living_logs", "unfolded_lines"]

_ENDING = ".log"
_SAFELY = platform.O_BINARY | platform.O_NOFOLLOW | platform.O_NONBLOCK
_PIECE = 1 << 20
LONGEST_LINE = 64 << 20
"""Bytes of a line: ten times the longest answer of an archive. What is longer was never written here."""


class Log:
    """An open log.

    Attributes
    ----------
    name : str
        Of its file; no two logs of a folder ever share one.
    size : int
        Bytes appended by this process.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.name = path.name
        self.size = 0
        self._path = path
        self._descriptor = descriptor
        self._torn = False

    @classmethod
    def create(cls, folder: Path, mode: int) -> Self:
        """Create a log of our own, locked; raises OSError when the folder takes none."""
        while True:
            path = folder / f"{os.getpid()}-{secrets.token_hex(6)}{_ENDING}"
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | platform.O_BINARY | platform.O_NOFOLLOW
            log = cls(path, os.open(path, flags, mode))
            try:
                if platform.try_lock(log._descriptor) and path.exists():
                    return log
            except BaseException:
                log.remove()
                raise
            log.close()  # another process, looking for logs of the dead, was here between the two calls

    def append(self, line: bytes) -> None:
        """Write a line; raises OSError when the disk does not take all of it."""
        data = b"\n" + line + b"\n" if self._torn else line + b"\n"
        written = os.write(self._descriptor, data)
        self.size += written
        self._torn = written < len(data)
        if self._torn:
            raise OSError(errno.ENOSPC, "only a part of the line was written")

    def lines(self, start: int) -> tuple[list[bytes], int]:
        """Whole lines from an offset on, some of them, and the offset behind; none when there are no more."""
        os.lseek(self._descriptor, start, os.SEEK_SET)
        data = bytearray()
        while piece := os.read(self._descriptor, _PIECE):
            end = piece.rfind(b"\n") + 1
            if end:
                end += len(data)
                data += piece
                return [line for line in bytes(data[:end]).split(b"\n") if line] or [b""], start + end
            if len(data) > LONGEST_LINE:
                return [b""], start + len(data)  # torn: the pieces of it are no lines either
            data += piece
        return [], start

    def close(self) -> None:
        """Close it and leave it for who folds it next."""
        if self._descriptor >= 0:
            platform.close(self._descriptor)
            self._descriptor = -1

    def remove(self) -> None:
        """Remove it: everything in it is in the database."""
        if platform.IS_WINDOWS:
            self.close()  # an open file cannot be removed there
        with contextlib.suppress(OSError):
            self._path.unlink()
        self.close()


def _paths(folder: Path) -> list[Path]:
    """Every log; links, folders and pipes of such a name are none of ours."""
    found = []
    for path in sorted(folder.glob(f"*{_ENDING}")):
        with contextlib.suppress(FileNotFoundError):
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and not platform.is_link(status):
                found.append(path)
    return found


def _all_logs(folder: Path) -> Iterator[Log]:
    """Open every log for reading, those of living processes too; each is closed when the next is asked for."""
    for path in _paths(folder):
        with contextlib.suppress(FileNotFoundError):
            log = Log(path, os.open(path, os.O_RDONLY | _SAFELY))
            try:
                yield log
            finally:
                log.close()


def dead_logs(folder: Path) -> Iterator[Log]:
    """Open the logs whose processes are gone; each is ours until it is closed."""
    for path in _paths(folder):
        with contextlib.suppress(FileNotFoundError):
            log = Log(path, os.open(path, os.O_RDWR | _SAFELY))
            try:
                if platform.try_lock(log._descriptor) and path.exists():  # noqa: SLF001 - a log is locked in this file only
                    yield log
            finally:
                log.close()


def has_living_logs(folder: Path, *, but: str | None = None) -> bool:
    """Tell whether somebody, this process too, still writes to a log here, other than to the one of this name."""
    idle = {log.name for log in dead_logs(folder)} | {but}
    return any(path.name not in idle for path in _paths(folder))


def unfolded_lines(folder: Path, folded: Callable[[str], int]) -> Iterator[list[bytes]]:
    """Lines that are in a log of anybody and not in the database yet.

    Parameters
    ----------
    folder : Path
    folded : callable
        Gives, by its name, how many bytes of a log are in the database.
    """
    for log in _all_logs(folder):
        lines, start = log.lines(folded(log.name))
        while lines:
            yield lines
            lines, start = log.lines(start)
