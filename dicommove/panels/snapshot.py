"""What is seen as a PNG: the picture through its window, as it stands in its box, with the texts that are shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING

from .. import lab
from ..images import Window, aspect, edges, place
from .opening import opened_content
from .reader import Reader

if TYPE_CHECKING:
    from ..images import Frame, Screen
    from .series import Series
    from .usual import Usual
    from .view import View

__all__ = ["Seen", "snapshot"]


@dataclass(frozen=True)
class Seen:
    """Which picture is seen, and how.

    Attributes
    ----------
    series : Series
    index : int
    view : View
    window : tuple of float or None
        Center and width that the user has chosen; None is the picture's own.
    inverted : bool
        On top of what the picture says.
    private : bool
        True leaves the patient out of the texts.
    """

    series: Series
    index: int
    view: View
    window: tuple[float, float] | None
    inverted: bool
    private: bool


def snapshot(seen: Seen, usual: Usual, *, texts: bool) -> bytes:
    """Draw what is seen.

    Parameters
    ----------
    seen : Seen
    usual : Usual
        The windows of series whose files have none.
    texts : bool
        Whether to write the texts onto it.

    Raises
    ------
    OSError
        The file cannot be read.
    PixelError
        It cannot be decoded.
    """
    with Reader() as reader:
        frame, screen = reader.read(seen.series.slot(seen.index))
        if isinstance(screen.voi, Window) and not screen.voi.of_file:
            found = usual.instead(seen.series, screen.voi, lambda middle: reader.read(middle)[1].voi)
            screen = replace(screen, voi=found)
    chosen = replace(screen, inverted=screen.inverted != seen.inverted)
    chosen = chosen.through(*seen.window) if seen.window else chosen
    picture, finer = seen.view.drawn(chosen.drawn(), aspect(frame.header, frame.index))
    if texts:
        lab.stamp(picture, _texts(seen, frame, chosen), finer)
    file = BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _texts(seen: Seen, frame: Frame, screen: Screen) -> dict[str, list[str]]:
    """Return lines by place, as the front end writes them."""
    texts: dict[str, list[str]] = opened_content(seen.series, private=seen.private)["text"]
    texts["bottom_left"] += [f"Image {seen.index + 1} / {seen.series.count}", place(frame.header, frame.index)]
    if isinstance(screen.voi, Window):
        texts["bottom_right"].append(f"C {_short(screen.voi.center)}  W {_short(screen.voi.width)}")
    texts["bottom_right"].append(f"Zoom {round(seen.view.zoom * 100)} %")
    sides = seen.view.sides(edges(frame.header, frame.index))
    return {where: [line for line in lines if line] for where, lines in [*texts.items(), *((one, [sides[one]]) for one in sides)]}


def _short(number: float) -> str:
    """Five digits, without an exponent."""
    return f"{float(f'{number:.5g}'):.12g}"
