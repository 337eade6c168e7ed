"""A beating heart in a sector scan with colour flow, and a coloured map: the demo archive's pictures in RGB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .painting import noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["beating_heart", "colour_map"]

_HALF_ANGLE = np.deg2rad(42)
_CHAMBERS = ((-0.10, 0.42, 0.085, 0.19), (0.10, 0.42, 0.075, 0.18), (-0.10, 0.76, 0.085, 0.12), (0.10, 0.76, 0.08, 0.12))
"""Two ventricles and two atria: middle, half width and half height, in parts of the picture's height."""


def beating_heart(frames: int = 20, rows: int = 240, columns: int = 320) -> NDArray[np.uint8]:
    """One heartbeat as (frames, rows, columns, 3)."""
    across = (np.arange(columns) - columns / 2)[None, :] / rows
    depth = (np.arange(rows) + 6)[:, None] / rows
    radius, angle = np.hypot(across, depth), np.arctan2(across, depth)
    sector = ((radius < 1.0) & (radius > 0.05) & (np.abs(angle) < _HALF_ANGLE)).astype(np.float32)
    speckle = np.abs(noise((rows, columns), 1.0, seed=7)).astype(np.float32)
    return np.stack([_heart_frame(n / frames, across, depth, speckle, sector) for n in range(frames)])


def _heart_frame(
    phase: float,
    across: NDArray[np.float64],
    depth: NDArray[np.float64],
    speckle: NDArray[np.float32],
    sector: NDArray[np.float32],
) -> NDArray[np.uint8]:
    grain = 0.35 + 0.55 * np.roll(speckle, int(phase * 3), 0)
    grey = np.clip(sector * _walls(phase, across, depth) * grain * (1.15 - 0.5 * depth) * 190, 0, 255)
    jet = np.exp(-(((across + 0.10) / 0.035) ** 2) - ((depth - 0.60) / 0.10) ** 2) * np.sin(2 * np.pi * phase)
    toward, away = np.clip(jet, 0, 1)[..., None], np.clip(-jet, 0, 1)[..., None]
    picture = grey[..., None] * (1 - np.minimum(2 * (toward + away), 1))
    picture = picture + 2 * toward * (255, 90, 20) + 2 * away * (30, 110, 255)
    return np.asarray(np.clip(picture, 0, 255), dtype=np.uint8)


def _walls(phase: float, across: NDArray[np.float64], depth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Echo of the heart's walls and valves; ventricles contract while the atria fill."""
    squeeze = 1 - 0.22 * np.sin(np.pi * phase) ** 2
    echo = np.full(np.broadcast_shapes(across.shape, depth.shape), 0.62)
    for x, y, wide, tall in _CHAMBERS:
        size = squeeze if y < 0.6 else 2 - squeeze
        distance = np.hypot((across - x) / (wide * size), (depth - y) / (tall * size))
        echo = np.where(distance < 1, 0.06, echo + 0.45 * np.exp(-(((distance - 1.06) / 0.07) ** 2)))
    valve = np.abs(depth - 0.625 - (0.10 * np.abs(across) - 0.02) * np.sin(2 * np.pi * phase)) < 0.008
    return np.where(valve & (np.abs(np.abs(across) - 0.1) < 0.075), 1.1, echo)


def colour_map(slice_hu: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Lay colours from blue to red over a brain slice in Hounsfield units (rows, columns); (rows, columns, 3) comes back."""
    grey = np.clip((slice_hu + 20.0) / 120 * 255, 0, 255)
    rows, columns = slice_hu.shape
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    brain = (np.hypot(x / 0.56, y / 0.72) < 1) & (slice_hu > 12) & (slice_hu < 75)
    value = np.clip(
        0.45 + 0.25 * np.sin(5 * x) * np.cos(4 * y) + 0.7 * np.exp(-(((x - 0.3) / 0.2) ** 2) - ((y - 0.18) / 0.25) ** 2), 0, 1
    )
    colours = np.stack([np.clip(1.5 - np.abs(4 * value - peak), 0, 1) for peak in (3, 2, 1)], axis=2) * 255
    picture = np.where(brain[..., None], 0.65 * colours + 0.35 * grey[..., None], grey[..., None])
    bar = np.linspace(1, 0, rows // 2)[:, None]
    picture[rows // 4 : rows // 4 + rows // 2, columns - 12 : columns - 4] = (
        np.stack([np.clip(1.5 - np.abs(4 * bar - peak), 0, 1) for peak in (3, 2, 1)], axis=2) * 255
    )
    return np.asarray(picture, dtype=np.uint8)
