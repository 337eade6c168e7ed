"""What went wrong with the disk, in words: the next step is named, values of an instance are not."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from ..errors import StoreError
from ..exhaustion import spent

if TYPE_CHECKING:
    import os

__all__ = ["as_store_error"]

_WORDS = {
    errno.ENOSPC: "the disk is full; free some space, or give a folder on another disk",
    getattr(errno, "EDQUOT", -1): "your quota on this disk is used up; free some space, or give a folder on another disk",
    errno.EFBIG: "the file system or a limit of this process does not take a file of this size; give a folder on another disk",
    errno.EACCES: "it may not be written by this user; change its permissions, or give another folder",
    errno.EPERM: "it may not be written by this user; change its permissions, or give another folder",
    errno.EROFS: "it is on a read-only file system; give another folder",
    errno.ENOTDIR: "it is a file, or a file stands in its path; give the name of a folder",
    errno.ENOENT: "it, or something in it, is not there any more; make it again, or give another folder",
    errno.ENAMETOOLONG: "a name is too long for this file system; give a shorter layout or folder",
    errno.EIO: "the disk reports an error; look at the system's log",
    errno.ESTALE: "the network file system went away; mount it again",
}


def as_store_error(error: OSError, folder: str | os.PathLike[str]) -> StoreError:
    """Turn what the system said into a `StoreError` that names the folder and the next step; one that does so is left as it is.

    Examples
    --------
    >>> as_store_error(OSError(28, "No space left on device"), "/data")
    StoreError('data folder /data: the disk is full; free some space, or give a folder on another disk')
    """
    if isinstance(error, StoreError):
        return error
    words = spent(error) or _WORDS.get(error.errno or 0) or f"the system said: {error.strerror or type(error).__name__}"
    told = StoreError(f"data folder {folder}: {words}")
    told.errno = error.errno
    return told
