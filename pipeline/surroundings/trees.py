"""Trees from points of class 1: where crowns stand out of a map of canopy heights, each in exactly one square.

Peaks of the smoothed map that are the highest within a reach that grows with height are trees (Popescu and Wynne 2004);
every other cell of the canopy goes to the peak that is nearest, counted in reaches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from pipeline.polygons import Outline

from .buildings import Terrain
from .cloud import BUILDING, Bounds, Classified

MARGIN_M = 24.576
"""How far around a square its points must reach: a crown, and the crowns that border on it."""

_UNCLASSIFIED = 1
_CELL_M = 0.512  # a whole number of cells fits a square, so all squares see the same cells
_LOWEST_M, _HIGHEST_M = 2.5, 45.0  # cars and hedges below, cranes and birds above
_LEAST_CELLS = 12
_LEAST_POINTS = 12
_LEAST_WIDTH_M = 0.6  # the standard deviation across a crown; a wire's is far less
_MOST_REACH_M = 7.0
_FROM_WALLS_M = 0.7
_CROWN_SHARE = 0.35  # of a tree's height, where its crown begins unless points say otherwise
_LEAST_CLEAR_M = 1.2


@dataclass(frozen=True)
class Tree:
    """One tree, RD and NAP metres."""

    x: float
    y: float
    base_nap_m: float
    height_m: float
    crown_base_m: float
    """Where the crown begins, above the base."""
    crown_radius_m: float


@dataclass(frozen=True, eq=False)
class _Canopy:
    """Heights above ground of what may be trees; (rows, columns) from the south-west of a square and its margin."""

    origin: NDArray[np.float64]  # (2,), RD metres of the south-west corner
    height_m: NDArray[np.float64]  # 0 where there is nothing
    at: NDArray[np.int64]  # (n, 2), row and column of each point
    above_m: NDArray[np.float64]  # (n,)


def extract(points: Classified, square: Bounds, terrain: Terrain, footprints: Sequence[Outline]) -> list[Tree]:
    """The trees of a square, from points in it and `MARGIN_M` around it, off `footprints`."""
    canopy = _canopy(points, square, terrain, footprints)
    if canopy is None:
        return []
    rows, columns = _peaks(canopy)
    if not len(rows):
        return []
    crowns, owner = _crowns(canopy, rows, columns)
    of_point = owner[canopy.at[:, 0], canopy.at[:, 1]]
    order = np.argsort(of_point, kind="stable")
    edges = np.searchsorted(of_point[order], np.arange(len(rows) + 1))
    rim, size = round(MARGIN_M / _CELL_M), canopy.height_m.shape[0]
    found = []
    for number, (row, column) in enumerate(zip(rows, columns, strict=True)):
        if rim <= row < size - rim and rim <= column < size - rim:
            above = canopy.above_m[order[edges[number] : edges[number + 1]]]
            tree = _tree(canopy, crowns[number], above, terrain)
            found += [tree] if tree is not None else []
    return found


def _canopy(points: Classified, square: Bounds, terrain: Terrain, footprints: Sequence[Outline]) -> _Canopy | None:
    xyz = points.xyz[points.classification == _UNCLASSIFIED]
    west, south = square.west - MARGIN_M, square.south - MARGIN_M
    size = round((square.east - square.west + 2 * MARGIN_M) / _CELL_M)
    at = np.floor((xyz[:, [1, 0]] - (south, west)) / _CELL_M).astype(np.int64)
    kept = ((at >= 0) & (at < size)).all(axis=1)
    xyz, at = xyz[kept], at[kept]
    if not len(xyz):
        return None
    above = xyz[:, 2] - terrain(xyz[:, :2])
    kept = (above >= _LOWEST_M) & (above <= _HIGHEST_M) & ~_at_walls(xyz, footprints)
    at, above = at[kept], above[kept]
    if not len(above):
        return None
    height = np.zeros((size, size))
    np.maximum.at(height, (at[:, 0], at[:, 1]), above)
    height[_roofed(points, west, south, size)] = 0.0
    # Points lie farther apart than cells, so gaps are closed; then what is a cell or two wide goes: wires, lamp posts.
    broad = _spread(_shrunk(_shrunk(_spread(height > 0))))
    return _Canopy(np.array([west, south]), np.where(broad, _filled(height), 0.0), at, above)


def _at_walls(xyz: NDArray[np.float64], footprints: Sequence[Outline]) -> NDArray[np.bool_]:
    near = np.zeros(len(xyz), np.bool_)
    if len(footprints):
        tree = shapely.STRtree(np.array(footprints, object))
        which, _ = tree.query(shapely.points(xyz[:, :2]), predicate="dwithin", distance=_FROM_WALLS_M)
        near[which] = True
    return near


def _roofed(points: Classified, west: float, south: float, size: int) -> NDArray[np.bool_]:
    """Cells where, or beside which, there are roofs."""
    xyz = points.xyz[points.classification == BUILDING]
    at = np.floor((xyz[:, [1, 0]] - (south, west)) / _CELL_M).astype(np.int64)
    at = at[((at >= 0) & (at < size)).all(axis=1)]
    roofed = np.zeros((size, size), np.bool_)
    roofed[at[:, 0], at[:, 1]] = True
    return _spread(roofed)


def _over_neighbours(cells: NDArray[Any], join: np.ufunc) -> NDArray[Any]:
    """Every cell joined with the eight around it, (rows, columns); beyond the edges there is nothing."""
    padded = np.pad(cells, 1)
    rows = join(join(padded[:-2], padded[1:-1]), padded[2:])
    return np.asarray(join(join(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:]))


def _spread(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return _over_neighbours(cells, np.logical_or)


def _shrunk(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return _over_neighbours(cells, np.logical_and)


def _filled(height: NDArray[np.float64]) -> NDArray[np.float64]:
    """Empty cells get the mean of those around them."""
    counts = _over_neighbours((height > 0).astype(np.float64), np.add)
    return np.where(height > 0, height, _over_neighbours(height, np.add) / np.maximum(counts, 1))


def _reach_m(height_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far around a tree of some height no other is expected."""
    return np.clip(1.0 + 0.14 * height_m, 1.4, 4.0)


def _peaks(canopy: _Canopy) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the cells that are the highest within their reach."""
    smooth = canopy.height_m
    for _ in range(2):
        smooth = np.where(canopy.height_m > 0, _over_neighbours(smooth, np.add) / 9, 0.0)
    rows, columns = np.nonzero((smooth > 0) & (smooth >= _over_neighbours(smooth, np.maximum)))
    highest = np.lexsort((columns, rows, -smooth[rows, columns]))
    rows, columns = rows[highest], columns[highest]
    xy = np.column_stack([columns, rows]) * _CELL_M
    reach = _reach_m(smooth[rows, columns])
    places = shapely.points(xy)
    one, other = shapely.STRtree(places).query(places, predicate="dwithin", distance=reach)
    keep = np.ones(len(rows), np.bool_)
    order = np.lexsort((other, one))
    for first, second in zip(one[order].tolist(), other[order].tolist(), strict=True):
        if first < second and keep[first]:
            keep[second] = False
    return rows[keep], columns[keep]


def _crowns(
    canopy: _Canopy, rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """The cells of each crown, (k, 2) row and column, and the crown of each cell, −1 for none."""
    cells = np.argwhere(canopy.height_m > 0)
    peaks = np.column_stack([rows, columns])
    tops = canopy.height_m[rows, columns]
    reach = np.minimum(1.6 * _reach_m(tops), _MOST_REACH_M) / _CELL_M
    tree = shapely.STRtree(shapely.points(peaks))
    cell, peak = tree.query(shapely.points(cells), predicate="dwithin", distance=_MOST_REACH_M / _CELL_M)
    distance = np.hypot(*(cells[cell] - peaks[peak]).T) / reach[peak]
    fits = (distance <= 1) & (canopy.height_m[cells[cell, 0], cells[cell, 1]] > 0.3 * tops[peak])
    cell, peak, distance = cell[fits], peak[fits], distance[fits]
    order = np.lexsort((peak, distance, cell))
    cell, peak = cell[order], peak[order]
    first = np.flatnonzero(np.r_[True, np.diff(cell) != 0]) if len(cell) else np.empty(0, np.intp)
    cell, peak = cell[first], peak[first]
    owner = np.full(canopy.height_m.shape, -1, np.int64)
    owner[cells[cell, 0], cells[cell, 1]] = peak
    by_peak = np.argsort(peak, kind="stable")
    edges = np.searchsorted(peak[by_peak], np.arange(len(rows) + 1))
    own = cells[cell[by_peak]]
    return [own[a:b] for a, b in pairwise(edges)], owner


def _tree(canopy: _Canopy, cells: NDArray[np.int64], above: NDArray[np.float64], terrain: Terrain) -> Tree | None:
    """The tree of one crown; None where it is too small, too thin or too long to be one."""
    if len(cells) < _LEAST_CELLS or len(above) < _LEAST_POINTS:
        return None
    xy = (cells[:, ::-1] + 0.5) * _CELL_M
    if _width_m(np.asarray(xy, np.float64)) < _LEAST_WIDTH_M:
        return None
    x, y = (xy.mean(axis=0) + canopy.origin).round(3).tolist()
    height = float(np.percentile(above, 98))
    radius = float(np.sqrt(len(cells) / np.pi) * _CELL_M)
    low = float(np.percentile(above, 8))
    crown_base = min(max(_LEAST_CLEAR_M, min(low, _CROWN_SHARE * height)), 0.7 * height)
    base = float(terrain(np.array([[x, y]]))[0])
    return Tree(x, y, base, round(height, 2), round(crown_base, 2), round(min(radius, _MOST_REACH_M), 2))


def _width_m(xy: NDArray[np.float64]) -> float:
    """The standard deviation of positions across the way they spread most."""
    dx, dy = (xy - xy.mean(axis=0)).T
    xx, xy_, yy = (dx * dx).mean(), (dx * dy).mean(), (dy * dy).mean()
    smaller = (xx + yy) / 2 - np.hypot((xx - yy) / 2, xy_)
    return float(np.sqrt(max(smaller, 0.0)))
