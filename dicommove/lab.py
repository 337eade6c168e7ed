"""The one seam upwards: what needs the ``lab`` extra is reached through here, by name, when it is called.

A missing extra becomes one clear sentence.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

__all__ = ["contact_sheet", "live_line"]


def contact_sheet(tiles: Sequence[object], *, columns: int | None = None) -> Figure:
    """Draw one tile per series on a figure (see `images.contact_sheet`).

    Raises
    ------
    MissingExtra
        matplotlib is not installed.
    """
    figure: Figure = import_module("dicommove.images.sheet").contact_sheet(tiles, columns=columns)
    return figure


def live_line() -> Callable[[str], None] | None:
    """Return a function that shows one line in the running cell and replaces it at each call; None outside a notebook."""
    if "IPython" not in sys.modules:  # a notebook has it loaded; nobody else shall wait for its import
        return None
    shell = import_module("IPython").get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    display = import_module("IPython.display")
    handles: list[Any] = []

    def show(text: str) -> None:
        if handles:
            handles[0].update(display.Pretty(text))
        else:
            handles.append(display.display(display.Pretty(text), display_id=True))

    return show
