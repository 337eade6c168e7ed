"""Painting volumes: a grid in millimetres, ellipsoids of tissue, softened edges and noise. Knows no anatomy and no DICOM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["Grid", "Painter", "look_up", "noise", "resize", "soften"]


@dataclass(frozen=True)
class Grid:
    """Where the voxels of a volume (slices, rows, columns) are; lengths in millimetres.

    Attributes
    ----------
    slices, size : int
        Number of slices, and of rows and columns.
    spacing_mm, thickness_mm : float
        Between pixels and between slices.
    first_z_mm : float
        Position of the first slice; x and y are centred.
    """

    slices: int
    size: int
    spacing_mm: float
    thickness_mm: float
    first_z_mm: float

    @property
    def shape(self) -> tuple[int, int, int]:
        """(slices, rows, columns)."""
        return self.slices, self.size, self.size

    @property
    def first_xy_mm(self) -> float:
        """Position of the first row and column."""
        return -self.spacing_mm * (self.size - 1) / 2

    def axes(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """x, y and z in millimetres, shaped so that together they span the volume."""
        across = (self.first_xy_mm + self.spacing_mm * np.arange(self.size)).astype(np.float32)
        along = (self.first_z_mm + self.thickness_mm * np.arange(self.slices)).astype(np.float32)
        return across[None, None, :], across[None, :, None], along[:, None, None]

    def painter(self, volume: NDArray[np.uint8]) -> Painter:
        """Make what paints ellipsoids into a volume of this grid."""
        return Painter(self, volume)


class Painter:
    """Paints ellipsoids of tissue into one volume, each only over the box that it needs.

    Parameters
    ----------
    grid : Grid
    volume : ndarray of uint8
        Tissues, (slices, rows, columns); changed in place.

    Examples
    --------
    >>> grid = Grid(slices=3, size=5, spacing_mm=1.0, thickness_mm=1.0, first_z_mm=-1.0)
    >>> volume = np.zeros(grid.shape, np.uint8)
    >>> grid.painter(volume)(7, (0, 0, 0), (1, 2, 1))
    >>> volume[1].sum(axis=1)
    array([ 7,  7, 21,  7,  7], dtype=uint64)
    """

    def __init__(self, grid: Grid, volume: NDArray[np.uint8]) -> None:
        self._axes = grid.axes()
        self._volume = volume

    def __call__(
        self,
        tissue: int,
        centre_mm: tuple[float, float, float],
        radii_mm: tuple[float, float, float],
        *,
        turn_deg: float = 0.0,
        where: int | Iterable[int] | None = None,
    ) -> None:
        """Paint one ellipsoid, turned about z by `turn_deg` degrees, only over the tissues of `where` if given."""
        columns, rows, slices = self._box(centre_mm, radii_mm, turned=bool(turn_deg))
        x, y, z = self._axes
        dx, dy, dz = x[..., columns] - centre_mm[0], y[:, rows] - centre_mm[1], z[slices] - centre_mm[2]
        cos, sin = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
        flat = ((cos * dx + sin * dy) / radii_mm[0]) ** 2 + ((cos * dy - sin * dx) / radii_mm[1]) ** 2
        inside = flat + (dz / radii_mm[2]) ** 2 <= 1
        part = self._volume[slices, rows, columns]
        part[inside if where is None else inside & _is_any(part, where)] = tissue

    def _box(
        self, centre_mm: tuple[float, float, float], radii_mm: tuple[float, float, float], *, turned: bool
    ) -> tuple[slice, slice, slice]:
        widest = max(radii_mm[:2])
        reach = (widest, widest, radii_mm[2]) if turned else radii_mm
        x, y, z = (_within(axis.ravel(), c, r) for axis, c, r in zip(self._axes, centre_mm, reach, strict=True))
        return x, y, z


def _within(axis: NDArray[np.float32], middle: float, radius: float) -> slice:
    first, last = np.searchsorted(axis, (middle - radius, middle + radius))
    return slice(int(first), int(last) + 1)


def _is_any(part: NDArray[np.uint8], tissues: int | Iterable[int]) -> NDArray[np.bool_]:
    wanted = np.zeros(256, np.bool_)
    wanted[[tissues] if isinstance(tissues, int) else list(tissues)] = True
    return wanted[part]


def look_up(tissues: NDArray[np.uint8], values: Iterable[float]) -> NDArray[np.float32]:
    """Value of each voxel's tissue."""
    return np.array(list(values), np.float32)[tissues]


def soften(volume: NDArray[np.float32]) -> NDArray[np.float32]:
    """Blur each slice a little, as the width of a detector does."""
    for axis in (1, 2):
        before, after = np.roll(volume, 1, axis), np.roll(volume, -1, axis)
        before += after
        before *= 0.25
        volume = volume * np.float32(0.5)
        volume += before
    return volume


def noise(shape: tuple[int, ...], sigma: float, seed: int) -> NDArray[np.float32]:
    """Normal noise, the same for the same seed; drawing is costly, so an eighth is drawn and repeated out of step."""
    generator = np.random.default_rng(seed)
    count = int(np.prod(shape))
    drawn = generator.standard_normal(max(count // 8, 1) + 977, dtype=np.float32) * np.float32(sigma)
    return np.resize(drawn, count).reshape(shape)


def resize(image: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Linear interpolation of one image (rows, columns)."""
    y = np.linspace(0, image.shape[0] - 1, rows)
    x = np.linspace(0, image.shape[1] - 1, columns)
    low_y = np.minimum(y.astype(int), image.shape[0] - 2)
    low_x = np.minimum(x.astype(int), image.shape[1] - 2)
    part_y, part_x = (y - low_y)[:, None], (x - low_x)[None, :]
    top = image[low_y][:, low_x] * (1 - part_x) + image[low_y][:, low_x + 1] * part_x
    bottom = image[low_y + 1][:, low_x] * (1 - part_x) + image[low_y + 1][:, low_x + 1] * part_x
    return np.asarray(top * (1 - part_y) + bottom * part_y, dtype=np.float32)
