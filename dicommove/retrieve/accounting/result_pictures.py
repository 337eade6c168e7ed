"""Looking at what a move has brought: the panel in a notebook, and the contact sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import lab
from .result_tables import ResultTables
from .tiles import series_tiles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ResultPictures"]


class ResultPictures(ResultTables):
    """The pictures of one operation; `MoveResult` has the fields."""

    def preview(self, *, private: bool = True) -> Any:
        """Look at the images in a notebook: the series, and the pictures of each (needs the ``lab`` extra); see `dm.preview`.

        Parameters
        ----------
        private : bool
            True shows series facts only; False adds patient and study.

        Raises
        ------
        MissingExtra
            The ``lab`` extra is not installed.
        """
        return lab.preview(self, private=private)

    def contact_sheet(self, *, columns: int | None = None, private: bool = True) -> Figure:
        """Draw a contact sheet: one tile per series, its middle slice (needs the ``lab`` extra).

        Parameters
        ----------
        columns : int, optional
            Tiles in a row.
        private : bool
            True shows series facts only; False adds patient and study.

        Raises
        ------
        MissingExtra
            matplotlib is not installed.
        """
        return lab.contact_sheet(series_tiles(self.accounts.instances(), private=private), columns=columns)
