"""The synthetic patients: who they are, what was examined, and where the files are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["demo_folders"]


def demo_folders() -> tuple[Path, ...]:
    """Folders of the demo archive's files."""
    return ()
