"""Which triangles are seen from outside: they are drawn from many sides, and what is in front somewhere is seen.

What lets light through hides nothing, so what is behind a window is seen through it. A triangle that falls between
pixels is asked whether a point of it lies in front. docs/decisions/levels.md compares this with rays.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiles.frame import Vec3s

Mask = NDArray[np.bool_]

_PIXELS_PER_TRIANGLE, _FEWEST_PIXELS, _MOST_PIXELS = 1, 200**2, 768**2
_FROM_ALL_SIDES, _FROM_ABOUT, _ABOUT = 10, 14, (-0.1, 0.4)
_PLASTIC = np.array([0.7548776662466927, 0.5698402909980532])  # evenly over a square (Roberts 2018, R2 sequence)
_TOP = 0.999999  # sine: straight from above any way is right


@dataclass(frozen=True, eq=False)
class Drawn:
    """Triangles as they are drawn."""

    corners: NDArray[np.float64]  # (t, 3, 3), metres
    see_through: Mask  # (t,)
    two_sided: Mask  # (t,)


def seen(drawn: Drawn, towards: Vec3s) -> Mask:
    """Which triangles are seen from far away, in one of the directions `towards` the eye, unit vectors, (n, 3)."""
    if not len(drawn.corners) or drawn.see_through.all():
        return np.ones(len(drawn.corners), np.bool_)
    found = np.zeros(len(drawn.corners), np.bool_)
    pixels = int(np.clip(_PIXELS_PER_TRIANGLE * len(drawn.corners), _FEWEST_PIXELS, _MOST_PIXELS))
    sides = np.where(drawn.two_sided, 2, 1).astype(np.uint8)
    corners = np.ascontiguousarray(drawn.corners)
    view = _View(corners, sides, np.where(drawn.see_through, 0, sides).astype(np.uint8), pixels)
    for number, direction in enumerate(towards):
        view.look(number, direction, found)
    return found


@dataclass(frozen=True, eq=False)
class _View:
    """What is looked at, and in how many pixels."""

    corners: NDArray[np.float64]
    sides: NDArray[np.uint8]
    hiding: NDArray[np.uint8]
    pixels: int

    def look(self, number: int, direction: NDArray[np.float64], found: Mask) -> None:
        """Mark what is seen from one side."""
        from .kernels import sight  # noqa: PLC0415 - compiled: only models with levels are worth loading it

        axes = _axes(direction)
        at = np.empty_like(self.corners)
        low, high = np.full(2, np.inf), np.full(2, -np.inf)
        sight.project(self.corners, axes, at, low, high)
        size = np.maximum(high - low, 1e-6)
        per_m = float(np.sqrt(self.pixels / (size[0] * size[1])))
        per_m = min(per_m, self.pixels / float(size.max()))  # what is seen edge-on is no wider than that
        width, height = (np.floor(size * per_m) + 1).astype(int).tolist()
        sight.scale(at, low, per_m)
        depth = np.full((height, width), -np.inf, np.float32)
        nearest = np.full((height, width), -1, np.int32)
        sight.draw(at, self.hiding, depth, nearest)
        # In one pixel alone a face can be in front by rounding, where it only shares an edge with what is.
        found |= np.bincount(nearest[nearest >= 0], minlength=len(found)) > 1
        sight.probe(at, self.sides, number, depth, found)


def _axes(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Right, up and towards the eye, as rows, (3, 3)."""
    upright = np.array([0.0, 1.0, 0.0] if abs(direction[2]) > _TOP else [0.0, 0.0, 1.0])
    right = np.cross(upright, direction)
    right /= np.linalg.norm(right)
    return np.array([right, np.cross(direction, right), direction])


def around(lowest: float) -> Vec3s:
    """Directions from which people look at a building: from all sides, and most of all from about its own height."""
    about = directions(_FROM_ABOUT, max(lowest, _ABOUT[0]), _ABOUT[1])
    return np.concatenate([directions(_FROM_ALL_SIDES, lowest), about])


def directions(count: int, lowest: float, highest: float = 1.0) -> Vec3s:
    """Unit vectors spread evenly over the part of a sphere whose z is in between, (count, 3).

    By the plastic number's sequence: early ones already look from all sides.
    """
    spread = (np.arange(1, count + 1)[:, None] * _PLASTIC + 0.5) % 1.0
    z, angle = highest - (highest - lowest) * spread[:, 0], 2 * np.pi * spread[:, 1]
    level = np.sqrt(1 - z * z)
    return np.column_stack([level * np.cos(angle), level * np.sin(angle), z])
