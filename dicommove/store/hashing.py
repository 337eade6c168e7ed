"""Hashes of files that nobody hashed while they streamed: read once, and kept in the journal."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .. import platform
from .journal import TAKEN_IN
from .records import HASHED

if TYPE_CHECKING:
    from pathlib import Path

    from .journal import Journal

__all__ = ["file_sha256", "note_hash", "open_file"]


def open_file(path: str | Path) -> int:
    """Open a file for reading, but no link in its place and no device that would block; raises OSError."""
    return os.open(path, os.O_RDONLY | platform.O_BINARY | platform.O_NOFOLLOW | platform.O_NONBLOCK)


def file_sha256(path: str | Path) -> str:
    """SHA-256 of a whole file, File Meta Information included, as ``sha256sum`` prints it.

    Raises
    ------
    OSError
        It cannot be read.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "a"
    >>> _ = path.write_bytes(b"")
    >>> file_sha256(path)[:8]
    'e3b0c442'
    """
    with open(open_file(path), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def note_hash(journal: Journal, *, uid: str, path: str, size_bytes: int, sha256: str) -> None:
    """Keep the hash of a file: what is changed in it from now on will be found.

    Parameters
    ----------
    journal : Journal
    uid : str
        SOP Instance UID.
    path : str
        Absolute.
    size_bytes : int
    sha256 : str
    """
    facts = {"SOPInstanceUID": uid, "path": path, "size_bytes": size_bytes, "sha256": sha256}
    journal.append("events", TAKEN_IN, {"kind": HASHED, "at": datetime.now(UTC).isoformat(), **facts})
