"""A tile of a contact sheet: one series, its caption and the instance that stands for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .pictures import Picture, picture

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom import Dataset

__all__ = ["Tile"]


@dataclass(frozen=True)
class Tile:
    """What stands in one place of the sheet.

    Attributes
    ----------
    caption : tuple of str
        Lines below the picture, given by the caller; the first one is the heading.
    source : Path, Dataset or None
        The instance to be drawn; None when nothing has arrived.
    """

    caption: tuple[str, ...]
    source: Path | Dataset | None = None

    def draw(self, size: int = 256) -> Picture:
        """Draw the picture, at most `size` pixels long; a fault becomes its note, never an exception."""
        if self.source is None:
            return Picture(None, note="no instance")
        try:
            return picture(self.source).thumbnail(size)
        except OSError as error:
            return Picture(None, note=f"the file cannot be read: {error.strerror or type(error).__name__}")
