"""How far points are from triangles, metres: for the largest of many distances most need not be known exactly."""

import numpy as np
from numpy.typing import NDArray

from tiles.frame import Vec3s

Triangles = NDArray[np.float64]  # (t, 3, 3), corners of each triangle, metres


class Nearness:
    """Triangles, at least one, that can be asked how far points are from them."""

    def __init__(self, triangles: Triangles) -> None:
        """Sort the triangles into a tree."""
        from .kernels import near  # noqa: PLC0415 - compiled: only models with levels are worth loading it

        rows = np.arange(len(triangles))
        boxes, nodes = np.empty((2 * len(rows), 6)), np.empty((2 * len(rows), 3), np.int64)
        count = near.build(triangles, rows, boxes, nodes)
        self._near = near
        self._tree = triangles, rows, boxes[:count], nodes[:count]

    def distance_m(self, points: Vec3s) -> NDArray[np.float64]:
        """How far each of the points, (n, 3), is from the nearest triangle, (n,)."""
        out = np.empty(len(points))
        self._near.distances(np.ascontiguousarray(points), *self._tree, out)
        return out

    def farthest_m(self, points: Vec3s, most_m: NDArray[np.float64], least_m: float = 0.0) -> float:
        """The largest distance, each counted as `most_m`, (n,), at most; `least_m` where it is smaller than that."""
        return float(self._near.farthest(np.ascontiguousarray(points), most_m, float(least_m), *self._tree))
