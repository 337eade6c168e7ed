"""A chest, painted into a volume of tissues, and its projection as a radiograph.

Lengths are in millimetres: x to the patient's left, y to the back, z to the head, the origin in the middle of the chest.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .painting import Grid, look_up, noise, resize, soften

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .painting import Painter

__all__ = ["CHEST_GRID", "chest_ct", "chest_radiograph"]

CHEST_GRID = Grid(slices=72, size=256, spacing_mm=1.5, thickness_mm=4.5, first_z_mm=-170.0)
"""72 slices of 256 x 256, from the upper abdomen to the neck."""


class _Tissue(IntEnum):
    AIR = 0
    SKIN = 1
    FAT = 2
    MUSCLE = 3
    LUNG = 4
    VESSEL = 5
    HEART = 6
    BLOOD = 7
    BONE = 8
    MARROW = 9
    LIVER = 10
    SPLEEN = 11
    NODULE = 12
    TABLE = 13
    CALCIUM = 14


_HU = (-1000, 20, -100, 52, -860, 35, 45, 150, 620, 210, 62, 50, 30, -250, 700)


def chest_ct() -> NDArray[np.int16]:
    """Hounsfield units, (slices, rows, columns)."""
    volume = soften(look_up(_tissues(), _HU))
    volume += noise(volume.shape, 11.0, seed=4)
    return np.clip(np.rint(volume), -1024, 3071).astype(np.int16)


def chest_radiograph(rows: int = 640, columns: int = 640, *, lateral: bool = False) -> NDArray[np.uint16]:
    """Projection from behind (or from the side) as stored values of 12 bits, bright where the beam was weakened."""
    tissues = np.where(_tissues() == _Tissue.TABLE, _Tissue.AIR, _tissues()).astype(np.uint8)
    density = np.maximum(look_up(tissues, _HU) + 1000, 0)
    # Bone weakens a diagnostic beam more than its Hounsfield units say.
    density[density > 1150] *= 2.1
    path = density.sum(axis=2 if lateral else 1)[::-1] * (CHEST_GRID.spacing_mm / 1000)
    path -= path.min()
    picture = resize(1 - np.exp(-path / (190 if lateral else 125)), rows, columns)
    picture += noise(picture.shape, 0.004, seed=5)
    return np.asarray(np.clip(picture * 4300, 0, 4095), dtype=np.uint16)


@lru_cache(maxsize=1)
def _tissues() -> NDArray[np.uint8]:
    volume = np.zeros(CHEST_GRID.shape, np.uint8)
    paint = CHEST_GRID.painter(volume)
    _paint_wall(volume)
    _paint_lungs(volume, paint)
    _paint_heart(paint)
    _paint_belly(paint)
    _paint_skeleton(volume, paint)
    volume[(np.abs(CHEST_GRID.axes()[1] - 128) < 4) & (np.abs(CHEST_GRID.axes()[0]) < 180) & (volume == _Tissue.AIR)] = (
        _Tissue.TABLE
    )
    return volume


def _paint_wall(volume: NDArray[np.uint8]) -> None:
    x, y, z = CHEST_GRID.axes()
    # The trunk narrows to the neck over the shoulders.
    neck = np.clip((z - 95) / 60, 0, 1)
    for tissue, rim in ((_Tissue.SKIN, 0.0), (_Tissue.FAT, 3.0), (_Tissue.MUSCLE, 14.0)):
        wide, deep = 172 - 104 * neck**1.6 - rim, 112 - 46 * neck - rim
        volume[(np.abs(x) / wide) ** 2.4 + (np.abs(y) / deep) ** 2.4 <= 1] = tissue


def _paint_lungs(volume: NDArray[np.uint8], paint: Painter) -> None:
    x, y, z = CHEST_GRID.axes()
    for side in (-1, 1):
        paint(_Tissue.LUNG, (side * 72, -2, -5), (60, 84, 140), turn_deg=side * 8, where=(_Tissue.MUSCLE, _Tissue.FAT))
    # The domes of the diaphragm, the right one higher; the mediastinum keeps the lungs apart.
    dome = -92 - 60 * ((np.abs(x) - 70) / 60) ** 2 - 0.16 * y + 8 * (x < 0)
    volume[(volume == _Tissue.LUNG) & ((z < dome) | (np.abs(x) < 17))] = _Tissue.MUSCLE
    _paint_vessels(paint)
    paint(_Tissue.NODULE, (-82, -20, 42), (9, 8, 9), where=(_Tissue.LUNG, _Tissue.VESSEL))
    paint(_Tissue.AIR, (0, -2, 95), (8, 9, 78))
    for side in (-1, 1):
        for step in range(12):
            paint(_Tissue.AIR, (side * (4 + 3.2 * step), -2 + 0.8 * step, 30 - 2.6 * step), (6, 6, 6))


def _paint_vessels(paint: Painter) -> None:
    """Vessels run from each hilum outwards and get thinner, in a fan of random directions."""
    generator = np.random.default_rng(6)
    for side in (-1, 1):
        for _ in range(56):
            angle, rise = generator.uniform(-1.25, 1.25), generator.uniform(-1.25, 1.15)
            for step in range(1, 36):
                reach = 3.2 * step
                bend = 0.03 * step * np.sin(step / 6 + 7 * angle)
                centre = (
                    side * (24 + reach * np.cos(angle + bend) * np.cos(rise)),
                    reach * np.sin(angle + bend),
                    8 + reach * np.sin(rise),
                )
                radius = 4.6 * (1 - step / 40) * (0.7 + 0.3 * np.cos(9 * angle))
                wide = max(radius, 1.2)
                paint(_Tissue.VESSEL, centre, (wide, wide, max(radius, 2.6)), where=_Tissue.LUNG)


def _paint_heart(paint: Painter) -> None:
    paint(_Tissue.HEART, (24, -34, -48), (66, 50, 54), turn_deg=28)
    paint(_Tissue.BLOOD, (38, -22, -50), (31, 20, 34), turn_deg=30)
    paint(_Tissue.BLOOD, (4, -48, -50), (33, 15, 34), turn_deg=24)
    paint(_Tissue.BLOOD, (-24, -30, -42), (18, 20, 28))
    paint(_Tissue.BLOOD, (10, 2, -30), (28, 14, 18))
    paint(_Tissue.BLOOD, (-4, -28, 10), (15, 15, 38))
    paint(_Tissue.BLOOD, (22, -26, 4), (14, 13, 24))
    paint(_Tissue.BLOOD, (10, 0, 42), (18, 34, 13), turn_deg=-24)
    paint(_Tissue.BLOOD, (26, 40, -60), (12, 12, 108))
    paint(_Tissue.CALCIUM, (31, -48, -28), (2.2, 5, 6))
    paint(_Tissue.BLOOD, (-20, -20, 50), (9, 9, 44))


def _paint_belly(paint: Painter) -> None:
    where = (_Tissue.MUSCLE,)
    paint(_Tissue.LIVER, (-58, -8, -142), (88, 78, 62), where=where)
    paint(_Tissue.SPLEEN, (88, 34, -140), (34, 46, 46), where=where)
    paint(_Tissue.AIR, (62, -44, -140), (30, 22, 22), where=where)


def _paint_skeleton(volume: NDArray[np.uint8], paint: Painter) -> None:
    x, y, z = CHEST_GRID.axes()
    _paint_ribs(volume)
    disc = np.abs((z % 27) - 13.5) > 11
    body = (x / 19) ** 2 + ((y - 62) / 16) ** 2
    volume[(body <= 1) & ~disc] = _Tissue.MARROW
    volume[(body <= 1) & (body > 0.78) & ~disc] = _Tissue.BONE
    volume[(body <= 1) & disc] = _Tissue.MUSCLE
    arch = (x / 17) ** 2 + ((y - 87) / 13) ** 2
    volume[(arch <= 1) & (arch > 0.45) & ~disc] = _Tissue.BONE
    volume[np.broadcast_to(arch <= 0.45, volume.shape)] = _Tissue.MUSCLE
    volume[(np.abs(x) < 4) & (np.abs(y - 101) < 7) & ((z + 8) % 27 < 16) & (z < 100)] = _Tissue.BONE
    paint(_Tissue.MARROW, (0, -88, 22), (15, 5, 72), where=(_Tissue.MUSCLE, _Tissue.FAT, _Tissue.LUNG, _Tissue.BONE))
    for side in (-1, 1):
        for step in range(14):
            paint(_Tissue.BONE, (side * (20 + 8 * step), -72 + 3.2 * step, 100 + 0.9 * step), (8, 6, 6))
        paint(_Tissue.BONE, (side * 100, 76, 68), (42, 4.5, 62), turn_deg=side * -28, where=(_Tissue.MUSCLE, _Tissue.FAT))


def _paint_ribs(volume: NDArray[np.uint8]) -> None:
    """Ribs lie in a shell around the lungs and fall from the spine to the front, one in every 27 mm."""
    x, y, z = CHEST_GRID.axes()
    narrow = np.clip((z - 20) / 150, 0, 1) ** 2
    shell = (np.abs(x) / (142 - 84 * narrow)) ** 2.2 + (np.abs(y + 2) / (94 - 34 * narrow)) ** 2.2
    fall = (z - 0.55 * y + 0.0012 * x * x) % 27
    rib = (shell > 0.885) & (shell < 1.03) & (fall < 10.5) & (np.abs(x) > 16) & (z < 128)
    marrow = (shell > 0.92) & (shell < 0.995) & (fall > 2.2) & (fall < 8.3)
    volume[rib & (volume != _Tissue.AIR)] = _Tissue.BONE
    volume[rib & marrow & (volume != _Tissue.AIR)] = _Tissue.MARROW
