"""Small files by which processes of one user know of each other, in a folder where somebody else may have put something else."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from . import platform

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["open_locked", "open_own"]


def open_own(path: Path, *, make: bool = False) -> int:
    """Open a file for reading and writing; no link is followed, and nobody waits for a pipe.

    Parameters
    ----------
    path : Path
    make : bool
        Make it when it is not there, for this user only.

    Returns
    -------
    int
        Its descriptor.

    Raises
    ------
    OSError
        It is no file, or cannot be opened.
    """
    flags = os.O_RDWR | platform.O_BINARY | platform.O_NOFOLLOW | platform.O_NONBLOCK
    descriptor = os.open(path, flags | (os.O_CREAT if make else 0), 0o600)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    platform.close(descriptor)
    raise OSError(errno.EINVAL, "no file")


def open_locked(path: Path) -> int | None:
    """As `open_own`, made when it is not there, and locked; None when somebody else has it, or has just taken it away.

    Raises
    ------
    OSError
        As `open_own`.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "lock"
    >>> isinstance(open_locked(path), int), open_locked(path)
    (True, None)
    """
    descriptor = open_own(path, make=True)
    with suppress(OSError):
        if platform.try_lock(descriptor) and os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    platform.close(descriptor)
    return None
