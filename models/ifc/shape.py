"""The triangles of one element, as any engine gives them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiles.frame import Vec3s

from .styles import Rgba

_LARGEST_M = 20_000.0
_LEAST_AREA_M2 = 1e-12


@dataclass(frozen=True, eq=False)
class Shape:
    """Triangles in metres of the model, z up, each with one of a few colours."""

    number: int
    """Of the element's entity."""
    kind: str
    """The element's class, as the schema writes it."""
    positions: Vec3s  # (v, 3)
    triangles: NDArray[np.uint32]  # (t, 3), counter-clockwise from outside
    colours: tuple[Rgba, ...] = ()
    looks: NDArray[np.uint16] | None = None  # (t,), which of `colours`; None where all have the first

    @property
    def sound(self) -> bool:
        """Whether there is something to see, of finite size, no larger than a plan can be."""
        if not len(self.triangles) or not np.isfinite(self.positions).all():
            return False
        if int(self.triangles.max()) >= len(self.positions) or np.ptp(self.positions, axis=0).max() > _LARGEST_M:
            return False
        return bool(doubled_areas(self.positions, self.triangles).max() > _LEAST_AREA_M2)


def doubled_areas(positions: Vec3s, triangles: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Twice the area of each triangle, square metres, (t,)."""
    areas: NDArray[np.float64] = np.linalg.norm(crossed(positions, triangles), axis=1).astype(np.float64)
    return areas


def crossed(positions: Vec3s, triangles: NDArray[np.uint32]) -> NDArray[np.float64]:
    """A normal of each triangle as long as twice its area, (t, 3)."""
    a, b, c = (positions[triangles[:, corner]] for corner in range(3))
    return np.cross(b - a, c - a).astype(np.float64)
