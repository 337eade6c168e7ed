"""KEEP: the data folder: publication of files, the UID index and the journal."""

from __future__ import annotations

from .catalogue import fill, instance_rows
from .drafts import HOME
from .folder import Store
from .hashing import file_sha256, note_hash
from .incoming import Incoming, Kept
from .journal import Journal, NoJournal
from .layout import DEFAULT_LAYOUT, Layout
from .purge_rows import PURGE
from .purged import Purge
from .purging import purge
from .rebuilding import Rebuilt, rebuild
from .records import arrivals, file_records, is_copy
from .scanning import found_rows, scan
from .sqlite_journal import SqliteJournal
from .verification import PROBLEMS, Verification, examine, finding_rows, verify

__all__ = [
    "DEFAULT_LAYOUT",
    "HOME",
    "PROBLEMS",
    "PURGE",
    "Incoming",
    "Journal",
    "Kept",
    "Layout",
    "NoJournal",
    "Purge",
    "Rebuilt",
    "SqliteJournal",
    "Store",
    "Verification",
    "arrivals",
    "examine",
    "file_records",
    "file_sha256",
    "fill",
    "finding_rows",
    "found_rows",
    "instance_rows",
    "is_copy",
    "note_hash",
    "purge",
    "rebuild",
    "scan",
    "verify",
]
