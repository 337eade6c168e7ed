"""Where the journal of a data folder lies: in it, or, on another machine's disk or one without locks, in the user's state folder.

SQLite's shared memory does not work over a network, so each host has its own database there, and a pointer in the data folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import socket
from pathlib import Path

import platformdirs

from .. import platform
from ..errors import StoreError
from .drafts import HOME
from .schema import refuse_planted

__all__ = ["journal_folder", "state_folder"]

_NAME = re.compile(r"[0-9a-f]{24}\Z")
_LONGEST = 100  # bytes, of a pointer that is read
_MOST_TRIES = 10


def state_folder() -> Path:
    """Folder of this user's journals of data folders on network file systems."""
    return Path(platformdirs.user_state_dir("dicommove", appauthor=False)) / "journals"


def journal_folder(folder: Path, *, mode: int = 0o700) -> Path:
    """Find, or make, the folder where the journal of a data folder lies on this host.

    Parameters
    ----------
    folder : Path
        The data folder.
    mode : int
        Of the folders that are made.

    Raises
    ------
    OSError, StoreError
        It cannot be made, or its pointer is a link, a folder or a pipe.
    """
    home = folder / HOME
    home.mkdir(mode=mode, exist_ok=True)
    host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())[:80] or "host"
    pointer = home / f"journal-{host}.pointer"
    if not (os.path.lexists(pointer) or platform.is_network_filesystem(home) or not _locks_hold(home)):
        return home
    place = state_folder() / _pointed_to(pointer)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def _locks_hold(home: Path) -> bool:
    """Tried once: a database that lies there already was made where they did."""
    return (home / "journal.sqlite").exists() or platform.has_locks(home)


def _pointed_to(pointer: Path) -> str:
    """Name that the pointer holds, a new one where there is none; never a path, which would let others choose where we write."""
    for _ in range(_MOST_TRIES):  # two processes may make it anew at once
        name = _read(pointer)
        if name is not None and _NAME.match(name):
            return name
        if name is not None:
            pointer.unlink(missing_ok=True)  # not written over: it may be another name of somebody's file
        with contextlib.suppress(FileExistsError), pointer.open("x", encoding="ascii") as file:
            file.write(secrets.token_hex(12))
    raise StoreError(f"{pointer} changes all the time; end other processes that use this data folder")


def _read(pointer: Path) -> str | None:
    """Text of a pointer; None when there is none."""
    refuse_planted(pointer)
    try:
        descriptor = os.open(pointer, os.O_RDONLY | platform.O_NOFOLLOW | platform.O_NONBLOCK)
    except FileNotFoundError:
        return None
    try:
        return os.read(descriptor, _LONGEST).decode("ascii", "replace").strip()
    finally:
        platform.close(descriptor)
