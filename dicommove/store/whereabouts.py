"""Where the journal of a data folder lies: in it, or, on another machine's disk or one without locks, in the user's state folder.

SQLite's shared memory does not work over a network, so each host has its own database there, and a pointer in the data folder.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import socket
from pathlib import Path

import platformdirs

from .. import platform
from .drafts import HOME

__all__ = ["journal_folder", "state_folder"]

_NAME = re.compile(r"[0-9a-f]{24}\Z")


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
    OSError
        It cannot be made.
    """
    home = folder / HOME
    home.mkdir(mode=mode, exist_ok=True)
    host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())[:80] or "host"
    pointer = home / f"journal-{host}.pointer"
    if not (pointer.exists() or platform.is_network_filesystem(home) or not _locks_hold(home)):
        return home
    place = state_folder() / _pointed_to(pointer)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def _locks_hold(home: Path) -> bool:
    """Tried once: a database that lies there already was made where they did."""
    return (home / "journal.sqlite").exists() or platform.has_locks(home)


def _pointed_to(pointer: Path) -> str:
    """Name that the pointer holds, a new one where there is none; never a path, which would let others choose where we write."""
    with contextlib.suppress(FileExistsError), pointer.open("x", encoding="ascii") as file:
        file.write(secrets.token_hex(12))
    name = pointer.read_text(encoding="ascii", errors="replace").strip()
    if not _NAME.match(name):
        name = secrets.token_hex(12)
        pointer.write_text(name, encoding="ascii")
    return name
