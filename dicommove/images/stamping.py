"""Texts on a picture: in its corners and at its edges, as a viewer has them. Needs matplotlib, whose fonts it draws with."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PIL import ImageDraw, ImageFont

from .lettering import font_of, legible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL import Image

__all__ = ["stamp"]

_SIZE, _LINE, _MARGIN = 12, 16, 8
_INK, _SIDES = "#f2f2f2", "#ffd76a"
_PLACES = {  # where a text begins, as parts of the picture's width and height
    "top_left": (0.0, 0.0), "top_right": (1.0, 0.0), "bottom_left": (0.0, 1.0), "bottom_right": (1.0, 1.0),
    "left": (0.0, 0.5), "right": (1.0, 0.5), "top": (0.5, 0.0), "bottom": (0.5, 1.0),
}  # fmt: skip


def stamp(image: Image.Image, texts: Mapping[str, Sequence[str]], scale: float = 1.0) -> None:
    """Write lines onto a picture in RGB.

    Parameters
    ----------
    image : PIL.Image.Image
        It is changed.
    texts : Mapping
        Lines by place: ``top_left``, ``top_right``, ``bottom_left``, ``bottom_right``; and the letters of the patient's sides:
        ``left``, ``right``, ``top``, ``bottom``.
    scale : float
        How much larger than on a screen.

    Examples
    --------
    >>> from PIL import Image
    >>> picture = Image.new("RGB", (200, 100))
    >>> stamp(picture, {"top_left": ["CT 2", "Thorax"]})
    >>> picture.getbbox()[:2] < (20, 20)
    True
    """
    draw = ImageDraw.Draw(image)
    most = max(8, int(0.45 * image.width / (0.6 * _SIZE * scale)))
    for name, lines in texts.items():
        across, down = _PLACES[name]
        x = _MARGIN * scale + across * (image.width - 2 * _MARGIN * scale)
        top = _MARGIN * scale + down * (image.height - 2 * _MARGIN * scale - len(lines) * _LINE * scale)
        for place, line in enumerate(legible(line, most) for line in lines):
            at, anchor = (x, top + (place + 0.5) * _LINE * scale), {0.0: "lm", 0.5: "mm", 1.0: "rm"}[across]
            ink = _INK if "_" in name else _SIDES
            font = _font(font_of(line), round(_SIZE * scale))
            draw.text(at, line, fill=ink, font=font, anchor=anchor, stroke_width=max(1, round(scale)), stroke_fill="black")


@cache
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)
