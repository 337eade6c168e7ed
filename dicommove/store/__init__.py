"""KEEP: the data folder: publication of files, the UID index and the journal."""

from __future__ import annotations

from .catalogue import fill, instance_rows
from .drafts import HOME
from .folder import Store
from .incoming import Incoming, Kept
from .journal import Journal, NoJournal
from .layout import DEFAULT_LAYOUT, Layout
from .rebuilding import Rebuilt, rebuild
from .sqlite_journal import SqliteJournal

__all__ = [
    "DEFAULT_LAYOUT",
    "HOME",
    "Incoming",
    "Journal",
    "Kept",
    "Layout",
    "NoJournal",
    "Rebuilt",
    "SqliteJournal",
    "Store",
    "fill",
    "instance_rows",
    "rebuild",
]
