"""A head, painted into a volume of tissues: one anatomy, looked at by CT and by MR in two weightings.

Lengths are in millimetres: x to the patient's left, y to the back, z to the head, the origin in the middle of the brain.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .painting import Grid, look_up, noise, soften

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .painting import Painter

__all__ = ["HEAD_GRID", "head_ct", "head_mr"]

HEAD_GRID = Grid(slices=64, size=256, spacing_mm=0.9, thickness_mm=2.5, first_z_mm=-78.0)
"""64 slices of 256 x 256, from the base of the skull to above the vertex."""


class _Tissue(IntEnum):
    AIR = 0
    SKIN = 1
    FAT = 2
    BONE = 3
    MARROW = 4
    FLUID = 5
    GREY = 6
    WHITE = 7
    MUSCLE = 8
    LENS = 9
    LESION = 10
    OEDEMA = 11
    CALCIUM = 12
    NUCLEUS = 13


_HU = (-1000, 45, -90, 1150, 480, 6, 39, 28, 55, 80, 68, 18, 210, 41)
_T1 = (0, 260, 620, 20, 330, 70, 300, 430, 280, 240, 250, 210, 30, 340)
_T2 = (0, 180, 380, 15, 200, 950, 400, 270, 170, 90, 560, 690, 20, 330)


def head_ct() -> NDArray[np.int16]:
    """Hounsfield units, (slices, rows, columns)."""
    volume = soften(look_up(_tissues(), _HU))
    volume += noise(volume.shape, 4.0, seed=1)
    return np.clip(np.rint(volume), -1024, 3071).astype(np.int16)


def head_mr(weighting: str, step: int = 2) -> NDArray[np.int16]:
    """Signal in arbitrary units, (slices, rows, columns), of every `step`-th slice; weighting is ``"T1"`` or ``"T2"``."""
    volume = soften(look_up(_tissues()[::step], _T1 if weighting == "T1" else _T2))
    x, y, _ = HEAD_GRID.axes()
    # The coil hears the near better than the far: a slow shading over the picture.
    volume *= 1.05 - 0.18 * (x / 100) ** 2 - 0.12 * (y / 100)
    first, second = noise(volume.shape, 12.0, seed=2), noise(volume.shape, 12.0, seed=3)
    signal = np.clip(np.hypot(volume + first, second), 0, 4095)
    return np.asarray(signal, dtype=np.int16)


@lru_cache(maxsize=1)
def _tissues() -> NDArray[np.uint8]:
    volume = np.zeros(HEAD_GRID.shape, np.uint8)
    _paint_skull(volume)
    _paint_brain(volume)
    _paint_ventricles(volume)
    _paint_face(volume)
    return volume


def _paint_skull(volume: NDArray[np.uint8]) -> None:
    paint = HEAD_GRID.painter(volume)
    paint(_Tissue.SKIN, (0, 0, -8), (80, 98, 92))
    paint(_Tissue.FAT, (0, 0, -8), (77.5, 95.5, 89.5))
    paint(_Tissue.SKIN, (0, 10, -80), (56, 62, 60), where=_Tissue.AIR)
    paint(_Tissue.MUSCLE, (0, 30, -75), (52, 50, 42), where=(_Tissue.SKIN, _Tissue.FAT))
    paint(_Tissue.BONE, (0, 0, -6), (75, 93, 85))
    paint(_Tissue.MARROW, (0, 0, -6), (72.5, 90.5, 82.5))
    paint(_Tissue.BONE, (0, 0, -6), (70, 88, 80))


def _paint_brain(volume: NDArray[np.uint8]) -> None:
    x, y, z = HEAD_GRID.axes()
    paint = HEAD_GRID.painter(volume)
    paint(_Tissue.FLUID, (0, 0, -5), (67.5, 85.5, 78))
    radius = np.sqrt((x / 66) ** 2 + (y / 84) ** 2 + ((z + 4) / 76) ** 2)
    folds = _folds(x, y, z)
    # Sulci are deep and thin: where the wave passes through zero, from the surface down to the white matter.
    volume[(radius < 0.995) & (np.abs(folds) > 0.17 * (radius - 0.74) / 0.25)] = _Tissue.GREY
    volume[radius < 0.74] = _Tissue.GREY
    volume[(radius < 0.93) & (np.abs(folds) > 0.42 + 3.2 * (radius - 0.86))] = _Tissue.WHITE
    volume[radius < 0.72 + 0.05 * folds] = _Tissue.WHITE
    falx = (np.abs(x + 1.2 * np.sin(y / 23)) < 1.3) & (z > -5) & (radius < 1.0) & (radius > 0.55)
    volume[falx] = _Tissue.FLUID
    fissure = (
        (np.abs(y + 12 + 0.25 * np.abs(x)) < 2.2 + 1.2 * np.sin(x / 4)) & (np.abs(x) > 40) & (np.abs(z + 8) < 16) & (radius < 1)
    )
    volume[fissure] = _Tissue.FLUID


def _folds(x: NDArray[np.float32], y: NDArray[np.float32], z: NDArray[np.float32]) -> NDArray[np.float32]:
    """Something like gyri and sulci, between -1 and 1: waves that bend each other."""
    bend = 1.6 * np.sin(y / 15 + 0.7) + 1.3 * np.sin(z / 12)
    sway = 1.5 * np.sin(x / 16 - 0.4) + 1.2 * np.sin(z / 13 + 2)
    folds = np.sin(x / 7.4 + sway + bend) * np.cos(y / 8.4 + bend - 0.6 * sway) + 0.4 * np.sin((x + y) / 7 + z / 8)
    return np.asarray(folds / 1.4, dtype=np.float32)


def _paint_ventricles(volume: NDArray[np.uint8]) -> None:
    paint = HEAD_GRID.painter(volume)
    for side in (-1, 1):
        paint(_Tissue.NUCLEUS, (side * 19, -4, 8), (9, 20, 13), turn_deg=side * 18)
        paint(_Tissue.NUCLEUS, (side * 10, 12, 6), (8, 14, 10), turn_deg=side * -25)
        paint(_Tissue.FLUID, (side * 10, -22, 17), (5, 17, 9), turn_deg=side * -16)
        paint(_Tissue.FLUID, (side * 13, 12, 22), (6, 24, 8), turn_deg=side * 12)
        paint(_Tissue.FLUID, (side * 24, 36, 10), (6.5, 19, 8), turn_deg=side * 14)
        paint(_Tissue.CALCIUM, (side * 23, 30, 11), (2.2, 4, 3))
    paint(_Tissue.FLUID, (0, 2, 2), (2.2, 13, 10))
    paint(_Tissue.CALCIUM, (0, 25, 2), (2, 2.4, 2.5))
    paint(_Tissue.OEDEMA, (34, 20, 28), (16, 19, 14))
    paint(_Tissue.LESION, (35, 21, 28), (8.5, 9.5, 8))


def _paint_face(volume: NDArray[np.uint8]) -> None:
    paint = HEAD_GRID.painter(volume)
    inside = (_Tissue.GREY, _Tissue.WHITE, _Tissue.FLUID)
    paint(_Tissue.GREY, (0, 45, -48), (46, 32, 22), where=inside)
    paint(_Tissue.WHITE, (0, 44, -48), (30, 20, 15), where=_Tissue.GREY)
    paint(_Tissue.WHITE, (0, 17, -48), (14, 14, 36), where=inside)
    paint(_Tissue.FLUID, (0, 32, -45), (7, 4, 9))
    _paint_base(paint)
    for side in (-1, 1):
        paint(_Tissue.FAT, (side * 32, -70, -42), (20, 24, 18))
        paint(_Tissue.FLUID, (side * 32, -80, -42), (12.5, 12.5, 12.5))
        paint(_Tissue.LENS, (side * 32, -90, -42), (5, 2.6, 5))
        paint(_Tissue.MUSCLE, (side * 31, -58, -42), (2.6, 12, 2.6))
        paint(_Tissue.AIR, (side * 60, 30, -58), (9, 12, 10))
        paint(_Tissue.AIR, (side * 30, -68, -72), (15, 15, 12))
    paint(_Tissue.AIR, (0, -84, -24), (17, 4.5, 9), where=(_Tissue.BONE, _Tissue.MARROW, _Tissue.FLUID, *inside))
    paint(_Tissue.AIR, (0, -70, -52), (8, 16, 22))
    paint(_Tissue.BONE, (0, -70, -52), (1.1, 15, 22))


def _paint_base(paint: Painter) -> None:
    for side in (-1, 1):
        paint(_Tissue.BONE, (side * 42, 14, -56), (27, 9, 10), turn_deg=side * 28)
        paint(_Tissue.BONE, (side * 44, -36, -50), (24, 5, 12), turn_deg=side * -24)
    paint(_Tissue.BONE, (0, -28, -56), (15, 14, 14))
    paint(_Tissue.AIR, (0, -32, -54), (10, 9, 9))
