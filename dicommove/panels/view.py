"""How a picture stands in its box, as the front end's geometry.js has it, and drawing it so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["View"]

_LARGEST, _FINEST = 4096, 4.0
_RING = ("right", "bottom", "left", "top")


@dataclass(frozen=True)
class View:
    """What a user has made of the place of a picture.

    Attributes
    ----------
    width, height : float
        The box, in pixels of the screen's layout; 0 while no browser shows it.
    x, y : float
        How far the picture is moved in it.
    zoom : float
        1 fits the picture to the box.
    turns : int
        Quarters, clockwise.
    mirrored : bool
        Left for right, before it is turned.
    texts : bool
        Whether texts are shown on it.
    """

    width: float = 0.0
    height: float = 0.0
    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0
    turns: int = 0
    mirrored: bool = False
    texts: bool = True

    @classmethod
    def of(cls, zoom: float, told: Mapping[str, Any]) -> View:
        """Take the state that a front end has told; what is no number is as at first.

        Examples
        --------
        >>> View.of(2.0, {"width": 640, "height": 512, "turns": 5, "x": None})
        View(width=640.0, height=512.0, x=0.0, y=0.0, zoom=2.0, turns=1, mirrored=False, texts=True)
        """
        found = {name: _number(told.get(name)) for name in ("width", "height", "x", "y", "turns")}
        box = {name: min(max(found[name], 0.0), _LARGEST) for name in ("width", "height")}
        return cls(
            **box, x=found["x"], y=found["y"], zoom=min(max(_number(zoom), 0.1), 40.0), turns=int(found["turns"]) % 4,
            mirrored=told.get("mirrored") is True, texts=told.get("texts") is not False,
        )  # fmt: skip

    def sides(self, edges: Mapping[str, str]) -> dict[str, str]:
        """Return the letters of the patient's sides at the edges of the box (PS3.3 C.7.6.1.1.1).

        Examples
        --------
        >>> View(turns=1).sides({"left": "R", "right": "L", "top": "A", "bottom": "P"})
        {'right': 'A', 'bottom': 'L', 'left': 'P', 'top': 'R'}
        """
        ring = [edges.get(name, "") for name in _RING]
        if self.mirrored:
            ring[0], ring[2] = ring[2], ring[0]
        return {name: ring[(place - self.turns) % 4] for place, name in enumerate(_RING)}

    def drawn(self, pixels: NDArray[np.uint8], aspect: float) -> tuple[Image.Image, float]:
        """Draw a picture as it stands in its box, black around it; without a box the whole of it.

        Parameters
        ----------
        pixels : ndarray
            uint8 (rows, columns), or (rows, columns, 3).
        aspect : float
            Height of a pixel divided by its width.

        Returns
        -------
        tuple
            The picture in RGB, and how much larger than on the screen it is: no pixel is lost, up to four times.
        """
        stands = np.rot90(pixels[:, ::-1] if self.mirrored else pixels, -self.turns)
        rows, columns = stands.shape[:2]
        wide, high = (columns * aspect, rows) if self.turns % 2 else (columns, rows * aspect)
        if self.width and self.height:
            return self._boxed(stands, wide, high)
        square = max(1.0, 1 / aspect)  # no pixel is lost
        return _resized(stands, (round(wide * square), round(high * square))), 1.0

    def _boxed(self, stands: NDArray[np.uint8], wide: float, high: float) -> tuple[Image.Image, float]:
        scale = min(self.width / wide, self.height / high) * self.zoom
        finer = min(max(1.0, 1 / scale), _FINEST, max(1.0, _LARGEST / max(self.width, self.height)))
        picture = Image.new("RGB", (round(self.width * finer), round(self.height * finer)))
        along = _visible(picture.width, (self.width / 2 + self.x) * finer, wide * scale * finer, stands.shape[1])
        down = _visible(picture.height, (self.height / 2 + self.y) * finer, high * scale * finer, stands.shape[0])
        if along and down:
            size = along[1] - along[0], down[1] - down[0]
            part = along[2], down[2], along[3], down[3]
            picture.paste(_resized(stands, size, part, smooth=self.zoom < 4 or scale < 8), (along[0], down[0]))
        return picture, finer


def _visible(box: int, middle: float, length: float, pixels: int) -> tuple[int, int, float, float] | None:
    """Say which part of the box a picture takes along an axis, and which part of the picture that is; None when none."""
    begins = middle - length / 2
    first, last = max(0, round(begins)), min(box, max(round(begins + length), round(begins) + 1))
    if last <= first:
        return None
    low, high = ((place - begins) / length * pixels for place in (first, last))
    low, high = max(0.0, low), min(float(pixels), high)
    return (first, last, low, high) if high > low else None


def _resized(
    pixels: NDArray[np.uint8],
    size: tuple[int, int],
    part: tuple[float, float, float, float] | None = None,
    *,
    smooth: bool = True,
) -> Image.Image:
    image = Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB")
    if part is None and size == image.size:
        return image
    how = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    return image.resize((max(1, size[0]), max(1, size[1])), how, box=part)


def _number(value: object) -> float:
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else 0.0  # type: ignore[arg-type]  # known says that it is a number
