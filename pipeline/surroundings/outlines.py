"""Outlines of buildings where nobody drew any: what the points of class 6 cover.

Each square makes its own, from its own cells, so outlines end at the lines between squares and none is made twice.
"""

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from pipeline.polygons import Outline

from .cloud import BUILDING, Bounds, Classified
from .footprints import Footprint, tidy

MARGIN_M = 4.096
"""How far around a square its points must reach, for outlines that do not end before the line."""

_CELL_M = 0.512  # a whole number of cells fits a square
_LEAST_M2 = 8.0
_NEARLY = 0.88  # of a rectangle's area, and it is one
_STRAIGHT_M = 0.8  # the staircase of cells, and what points a cell apart can tell of a wall


def derived(points: Classified, square: Bounds) -> list[Footprint]:
    """The outlines of buildings in a square, from points in it and `MARGIN_M` around it; named by where they are."""
    covered = _covered(points.xyz[points.classification == BUILDING], square)
    if not covered.any():
        return []
    window = shapely.box(square.west, square.south, square.east, square.north)
    found = []
    for area in shapely.get_parts(_area(covered, square)):
        for polygon in shapely.get_parts(shapely.intersection(_plain(area, window), window)):
            outline = tidy(polygon) if polygon.geom_type == "Polygon" and polygon.area >= _LEAST_M2 else None
            if outline is not None:
                x, y = shapely.get_coordinates(shapely.point_on_surface(outline))[0]
                found.append(Footprint(f"outline-{x:.1f}-{y:.1f}", outline, derived=True))
    return sorted(found, key=lambda footprint: footprint.id)


def _plain(area: Outline, window: Outline) -> Outline:
    """The area of cells as walls may have it: a rectangle where it nearly is one, else without the stairs of cells."""
    shrunk = shapely.buffer(area, -_CELL_M / 2, join_style="mitre")  # a cell is covered when any of it is
    # What reaches over the line must be the same from both sides, and only part of it is seen from each.
    if shrunk.geom_type == "Polygon" and shapely.contains(window, area):
        rectangle = shapely.oriented_envelope(shrunk)
        if shrunk.area > _NEARLY * rectangle.area:
            return rectangle
    return shapely.simplify(shrunk, _STRAIGHT_M)


def _covered(xyz: NDArray[np.float64], square: Bounds) -> NDArray[np.bool_]:
    """The cells, (rows, columns) from the south-west, of a square and its margin that a building covers."""
    rim = round(MARGIN_M / _CELL_M)
    size = round((square.east - square.west) / _CELL_M) + 2 * rim
    at = np.floor((xyz[:, :2] - (square.west, square.south)) / _CELL_M).astype(np.int64) + rim
    at = at[((at >= 0) & (at < size)).all(axis=1)]
    seen = np.zeros((size, size), np.bool_)
    seen[at[:, 1], at[:, 0]] = True
    # Points lie farther apart than cells: close the gaps between them, then drop what is only a wire or a mast.
    return _grown(_shrunk(_shrunk(_grown(seen))))


def _grown(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    padded = np.pad(cells, 1, mode="edge")
    rows = padded[:-2] | padded[1:-1] | padded[2:]
    return rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]


def _shrunk(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return ~_grown(~cells)


def _area(covered: NDArray[np.bool_], square: Bounds) -> Outline:
    """The covered cells as polygons, RD metres."""
    rim = round(MARGIN_M / _CELL_M)
    edges = np.diff(np.pad(covered, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    _, ends = np.nonzero(edges == -1)
    west, south = square.west - rim * _CELL_M, square.south - rim * _CELL_M
    runs = shapely.box(
        west + starts * _CELL_M, south + rows * _CELL_M, west + ends * _CELL_M, south + (rows + 1) * _CELL_M
    )
    return shapely.union_all(runs, grid_size=0.001)
