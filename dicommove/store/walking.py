"""The files of a data folder: every regular one but our own, in no certain order; no link is followed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .drafts import HOME

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["regular_files"]


def regular_files(root: str) -> Iterator[str]:
    """Yield their paths relative to the folder, separated by ``/``; a folder below it that may not be read is stepped over.

    Parameters
    ----------
    root : str
        The data folder.

    Raises
    ------
    OSError
        The data folder itself cannot be read.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.dcm").write_bytes(b"")
    >>> list(regular_files(str(folder)))
    ['a.dcm']
    """
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            entries = list(os.scandir(os.path.join(root, folder)))  # noqa: PTH118 - 100,000 of them
        except OSError:
            if not folder:
                raise
            continue  # a folder that this user may not read is none of ours
        for entry in entries:
            relative = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if relative != HOME:
                    waiting.append(relative)
            elif entry.is_file(follow_symlinks=False):
                yield relative
