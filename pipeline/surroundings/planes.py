"""The planes that a roof is made of, found in its points.

Seeds spread over the roof look at their neighbours, each proposes the plane through them, and the plane that explains
most points not yet explained is taken, again and again (a greedy cover, as efficient RANSAC does it: Schnabel, Wahl and
Klein 2007, but without chance, so the same points always give the same planes).
"""

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from tiles.frame import Vec3s

Planes = NDArray[np.float64]  # (k, 3): height = a·x + b·y + c

_CELL_M = 0.4  # one point per cell is enough for a roof, and bounds the work whatever the density
_SEEDS = 240
_ROUNDS = 3
_NEIGHBOURS = 12
_REACH_M = 2.5
_WITHIN_M = 0.18  # across the plane: AHN's noise is 0.05, tiles and gutters add some
_SPREAD_M = 15.0  # how far from its seed a plane may look for support
_STEEPEST = 2.8  # 70°: the lower roof of a mansard; beyond it is a wall
_BESIDE_M = 0.6
_FLAT = 0.06  # 3.4°
_LEAST_POINTS = 4
_LEAST_M2 = 1.2
_MOST = 64
_ROW = 0.02  # of the largest determinant that points so far apart can have


def thinned(xyz: Vec3s) -> Vec3s:
    """One point for every cell of a fine grid: the one of middle height; the order of points does not matter."""
    cells = np.floor(xyz[:, :2] / _CELL_M).astype(np.int64)
    order = np.lexsort((xyz[:, 1], xyz[:, 0], xyz[:, 2], cells[:, 1], cells[:, 0]))
    cells = cells[order]
    starts = np.flatnonzero(np.r_[True, (np.diff(cells, axis=0) != 0).any(axis=1)])
    counts = np.diff(np.r_[starts, len(order)])
    return np.asarray(xyz[order[starts + counts // 2]])


def under_the_sky(xyz: Vec3s) -> NDArray[np.bool_]:
    """Which points lie on a roof, (n,): not those with a much higher one beside them, which hit a wall."""
    places = shapely.points(xyz[:, :2])
    one, other = shapely.STRtree(places).query(places, predicate="dwithin", distance=_BESIDE_M)
    below = np.zeros(len(xyz), np.bool_)
    below[one[xyz[other, 2] - xyz[one, 2] > _BESIDE_M * _STEEPEST]] = True
    return ~below


def heights(planes: Planes, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """The height of every plane at every position, (n, k)."""
    # Not by matrix product: its sums depend on the machine's processors, and the same points must give the same bytes.
    return np.asarray(xy[:, :1] * planes[:, 0] + xy[:, 1:] * planes[:, 1] + planes[:, 2])


def find(xyz: Vec3s, area_m2: float) -> Planes:
    """The planes of a roof of `area_m2` with points (n, 3), n at least 1, the one that explains most first."""
    least = max(_LEAST_POINTS, round(_LEAST_M2 * len(xyz) / max(area_m2, 1.0)))
    chosen: list[NDArray[np.float64]] = []
    open_ = np.ones(len(xyz), np.bool_)
    for _ in range(_ROUNDS):
        left = np.flatnonzero(open_)
        if len(left) < least or len(chosen) == _MOST:
            break
        seeds = left[np.linspace(0, len(left) - 1, min(_SEEDS, len(left))).astype(np.intp)]
        found = _cover(xyz, seeds, open_, least)
        chosen += found[: _MOST - len(chosen)]
        if not found:
            break
    if not chosen:
        chosen = [np.array([0.0, 0.0, float(np.median(xyz[:, 2]))])]
    return np.array(chosen)


def _cover(xyz: Vec3s, seeds: NDArray[np.intp], open_: NDArray[np.bool_], least: int) -> list[NDArray[np.float64]]:
    """Planes that each explain at least `least` points of those still open, which are then closed."""
    planes, at = _proposals(xyz, seeds, open_)
    if not len(planes):
        return []
    near = _squared_distances(xyz[at, :2], xyz[:, :2]) < _SPREAD_M**2
    explained = _explains(planes, xyz).T & near
    found: list[NDArray[np.float64]] = []
    while True:
        support = (explained & open_).sum(axis=1)
        best = int(support.argmax())
        if support[best] < least or len(found) == _MOST:
            return found
        plane = _settled(planes[best], xyz, explained[best] & open_)
        now = _explains(plane[None], xyz)[:, 0] & near[best]
        if (now & open_).sum() < least:
            now = explained[best]
        else:
            found.append(plane)
        open_ &= ~now


def _proposals(xyz: Vec3s, seeds: NDArray[np.intp], open_: NDArray[np.bool_]) -> tuple[Planes, NDArray[np.intp]]:
    """A plane per seed from its neighbours that are still open, and the seeds that have one."""
    pool = np.flatnonzero(open_)
    distances = _squared_distances(xyz[seeds], xyz[pool])
    count = min(_NEIGHBOURS, len(pool))
    nearest = np.argpartition(distances, count - 1, axis=1)[:, :count]
    weights = (np.take_along_axis(distances, nearest, axis=1) < _REACH_M**2).astype(np.float64)
    planes, good = _fitted(xyz[pool[nearest]], weights)
    return planes[good], seeds[good]


def _squared_distances(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros((len(a), len(b)))
    for axis in range(a.shape[1]):
        total += (a[:, axis, None] - b[None, :, axis]) ** 2
    return total


def fitted(xyz: Vec3s) -> NDArray[np.float64] | None:
    """The plane (3,) through points by least squares in height; None where they show no roof."""
    planes, good = _fitted(xyz[None], np.ones((1, len(xyz))))
    return planes[0] if good[0] else None


def _fitted(xyz: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[Planes, NDArray[np.bool_]]:
    """A plane through each of m groups of points (m, n, 3) with weights 0 or 1 (m, n), and which show a roof, (m,)."""
    counts = weights.sum(axis=1)
    middle = np.einsum("mn,mni->mi", weights, xyz) / np.maximum(counts, 1)[:, None]
    away = (xyz - middle[:, None, :]) * weights[:, :, None]
    xx, xy, xz, yy, yz = (
        np.einsum("mn,mn->m", away[:, :, i], away[:, :, j]) for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2))
    )
    det = xx * yy - xy * xy
    # Points in a row, and three points, which always have a plane, prove nothing.
    good = (counts >= _LEAST_POINTS) & (det >= _ROW * (xx + yy) ** 2) & (det >= 1e-3)  # noqa: PLR2004 - m⁴, no spread
    safe = np.where(good, det, 1.0)
    a, b = (yy * xz - xy * yz) / safe, (xx * yz - xy * xz) / safe
    good &= a * a + b * b <= _STEEPEST**2
    return np.column_stack([a, b, middle[:, 2] - a * middle[:, 0] - b * middle[:, 1]]), good


def _explains(planes: Planes, xyz: Vec3s) -> NDArray[np.bool_]:
    """Which points lie in which planes, (n, k)."""
    tolerance = np.minimum(_WITHIN_M * np.hypot(1.0, np.hypot(planes[:, 0], planes[:, 1])), 2 * _WITHIN_M)
    return np.asarray(np.abs(heights(planes, xyz[:, :2]) - xyz[:, 2:]) < tolerance)


def _settled(plane: NDArray[np.float64], xyz: Vec3s, own: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A plane through all its points, level where they allow it."""
    plane = plane if (better := fitted(xyz[own])) is None else better
    if np.hypot(plane[0], plane[1]) < _FLAT:
        level = np.array([0.0, 0.0, float(np.median(xyz[own, 2]))])
        if _explains(level[None], xyz[own])[:, 0].mean() > 0.9:  # noqa: PLR2004 - nearly all
            return level
    return plane
