"""The contact sheet: one tile per series, on one matplotlib figure. The only module here that needs matplotlib."""

from __future__ import annotations

import math
import textwrap
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ..errors import MissingExtra

try:
    from matplotlib.figure import Figure

    from .lettering import families, legible
except ImportError as error:
    raise MissingExtra('a contact sheet needs matplotlib: pip install "dicommove[lab]"') from error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from .pictures import Picture
    from .tiles import Tile

__all__ = ["ContactSheet", "contact_sheet"]

_SIDE, _GAP, _LINE = 2.2, 0.14, 0.155  # inches: picture, space between tiles, line of a caption
_HEADING, _PLAIN, _SMALL = (29, 8.0), (34, 8.0), (41, 6.5)  # characters that fit below a picture, and their size in points
_PAPER, _INK, _FAINT, _FRAME = "#16181b", "#e8eaed", "#9aa0a6", "#3c4043"
_DOTS_PER_INCH = 110
_MOST = 600  # tiles: a higher picture cannot be drawn (65,535 dots)


class ContactSheet(Figure):
    """A figure that shows itself in a notebook without matplotlib's global state, a display or a backend."""

    def _repr_png_(self) -> bytes:
        image = BytesIO()
        self.savefig(image, format="png")
        return image.getvalue()


def contact_sheet(tiles: Sequence[Tile], *, columns: int | None = None) -> ContactSheet:
    """Draw one tile per series: its picture, and its caption below.

    What has no pixels or cannot be decoded gets a tile that says so; a fault in one tile never ends the sheet.

    Parameters
    ----------
    tiles : sequence of Tile
    columns : int, optional
        Tiles side by side; by default as many as make the sheet a little wider than high, at most 6.

    Returns
    -------
    ContactSheet
        A `matplotlib.figure.Figure`, dark as a viewer; ``savefig("sheet.png")`` writes it.

    Notes
    -----
    At most 600 tiles are drawn, and a line says how many more there are.

    Raises
    ------
    ValueError
        `columns` is less than 1.

    Examples
    --------
    >>> from dicommove.images import Tile
    >>> sheet = contact_sheet([Tile(("CT  Thorax", "64 instances"))])
    >>> len(sheet.axes)
    1
    """
    if columns is not None and columns < 1:
        raise ValueError("columns must be at least 1")
    shown, left_out = tiles[:_MOST], len(tiles[_MOST:])
    across = columns or max(1, min(6, len(shown), math.ceil(math.sqrt(1.5 * len(shown)))))
    remark = f"and {left_out} more" if left_out else "" if shown else "nothing to show"
    lines = max((len(tile.caption) for tile in shown), default=0) + 1
    step = _SIDE + _GAP, _SIDE + _GAP + lines * _LINE
    size = across * step[0] + _GAP, math.ceil(len(shown) / across) * step[1] + _GAP + (_LINE if remark else 0)
    sheet = ContactSheet(figsize=size, dpi=_DOTS_PER_INCH, facecolor=_PAPER)
    for place, tile in enumerate(shown):
        row, column = divmod(place, across)
        left, bottom = _GAP + column * step[0], size[1] - _GAP - row * step[1] - _SIDE
        _draw(sheet.add_axes((left / size[0], bottom / size[1], _SIDE / size[0], _SIDE / size[1])), tile)
    sheet.text(_GAP / size[0], _GAP / 2 / size[1], remark, color=_FAINT, fontsize=_PLAIN[1], va="bottom")
    return sheet


def _draw(axes: Axes, tile: Tile) -> None:
    shown = tile.draw(round(_SIDE * _DOTS_PER_INCH * 2))
    axes.set(xticks=(), yticks=(), facecolor="black")
    axes.spines[:].set_color(_FRAME)
    if shown.array is None:
        _say(axes, shown.note)
    else:
        _show(axes, shown)
    _caption(axes, tile.caption, shown.note if shown.array is not None else "")


def _caption(axes: Axes, caption: Sequence[str], footer: str) -> None:
    """Write the caller's lines, the first as the heading, and below them how the picture came about."""
    lines = [(text, _PLAIN if place else _HEADING) for place, text in enumerate(caption)] + [(footer, _SMALL)]
    for place, (text, fit) in enumerate(lines):
        style = {"weight": "bold", "color": _INK} if fit is _HEADING else {"color": _FAINT}
        _letter(axes, 0.0, -(place + 0.85) * _LINE / _SIDE, legible(text, fit[0]), fit[1], **style)


def _show(axes: Axes, shown: Picture) -> None:
    """Fit the picture into the square, the aspect of its pixels kept, the rest black."""
    assert shown.array is not None
    rows, columns = shown.array.shape[0] * shown.aspect, shown.array.shape[1]
    side = max(rows, columns)
    extent = ((side - columns) / 2, (side + columns) / 2, (side + rows) / 2, (side - rows) / 2)
    axes.imshow(shown.array, cmap="gray", vmin=0, vmax=255, extent=extent, aspect="auto", interpolation_stage="data")
    axes.set(xlim=(0, side), ylim=(side, 0))


def _say(axes: Axes, note: str) -> None:
    text = "\n".join(textwrap.wrap(legible(note, 200), 26))
    _letter(axes, 0.5, 0.5, text, 8.5, color=_FAINT, ha="center", va="center", linespacing=1.5)


def _letter(axes: Axes, x: float, y: float, text: str, size: float, **style: Any) -> None:
    """Write text that is not ours: a ``$`` in it must not be taken for mathematics."""
    axes.text(x, y, text, transform=axes.transAxes, fontsize=size, family=families(), parse_math=False, **style)
