"""A footprint cut into the parts of its roof: each a piece of ground plan under one plane.

A tree of straight cuts. Every cut is along a main direction of the footprint or where two planes meet, and is the one
that brings the roof nearest to its points; where none helps, a dormer or a well may be cut out. Cutting ends when it no
longer pays (`_WORTH_M3`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from tiles.frame import Vec3s

from . import cuts
from . import planes as plane_fit
from .cuts import CLIP_M, LEAST_POINTS, Piece, Polygon, Roof, polygons

_WORTH_M3 = 0.3  # volume that a cut must set right
_WORTH_SHARE = 0.02  # and the share of what is still wrong in its piece
_ISLAND_WORTH = 1.0  # times that
_DIRECTIONS = 3
_SAME_DIRECTION_DEG = 7.0
_LEAST_SIDE_SHARE = 0.1  # of all sides: what is shorter is a corner
_SNAP_M = 0.001
_STRAIGHT_M = 0.02
_CLAMP_M = 0.4


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of a footprint under one plane."""

    polygon: Polygon
    plane: NDArray[np.float64]  # (3,): NAP height = a·x + b·y + c in RD metres about `origin`
    origin: NDArray[np.float64]  # (2,), RD metres
    low_m: float
    """Where its points end, NAP: a plane is not followed far beyond."""
    high_m: float

    def heights(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Roof heights, NAP metres (n,), at RD positions (n, 2)."""
        found = plane_fit.heights(self.plane[None], xy - self.origin)[:, 0]
        return np.asarray(np.clip(found, self.low_m - _CLAMP_M, self.high_m + _CLAMP_M))


def parts(footprint: Polygon, xyz: Vec3s) -> list[Part]:
    """The parts of a roof with points (n, 3), n at least 1, RD and NAP; together they cover the footprint exactly."""
    origin = np.floor(np.array(footprint.bounds[:2]))
    local = shapely.transform(footprint, lambda xy: xy - origin)
    points = plane_fit.thinned(xyz[plane_fit.under_the_sky(xyz)] - (*origin, 0.0))
    found = plane_fit.find(points, footprint.area)
    off = np.minimum(np.abs(plane_fit.heights(found, points[:, :2]) - points[:, 2:]), CLIP_M)
    roof = Roof(points[:, :2], off, found, main_directions(local))
    worth = _WORTH_M3 * len(points) / footprint.area
    leaves = list(_grown(roof, Piece.of(roof, local, roof.whole), worth))
    joined = _merged(local, leaves)
    return [_part(roof, points[:, 2], origin, leaf) for leaf in joined]


def main_directions(polygon: Polygon) -> NDArray[np.float64]:
    """The directions of a polygon's sides, longest in all first, and across each: unit vectors (d, 2)."""
    ends = np.diff(shapely.get_coordinates(polygon.exterior), axis=0)
    lengths = np.hypot(*ends.T)
    angles = np.degrees(np.arctan2(ends[:, 1], ends[:, 0])) % 90.0
    chosen: list[float] = []
    weights = lengths.copy()
    while len(chosen) < _DIRECTIONS and weights.max(initial=0.0) > 0:
        apart = np.abs((angles[:, None] - angles[None, :] + 45) % 90 - 45)
        support = ((apart < _SAME_DIRECTION_DEG) * weights[:, None]).sum(axis=0)
        best = int(support.argmax())
        if support[best] < _LEAST_SIDE_SHARE * lengths.sum():
            break
        near = apart[:, best] < _SAME_DIRECTION_DEG
        turn = (angles[near] - angles[best] + 45) % 90 - 45
        chosen.append(float(angles[best] + np.average(turn, weights=lengths[near])))
        weights[near] = 0.0
    radians = np.radians([angle + quarter for angle in chosen for quarter in (0.0, 90.0)])
    return np.column_stack([np.cos(radians), np.sin(radians)])


def _grown(roof: Roof, piece: Piece, worth: float) -> Iterator[Piece]:
    """The leaves of the tree below a piece; a cut is made when it saves `worth`, metres summed over points."""
    pieces = None
    if piece.cost > worth and len(piece.rows) >= 2 * LEAST_POINTS:
        least = max(worth, _WORTH_SHARE * piece.cost)
        pieces = _divided(roof, piece, cuts.straight(roof, piece), least)
        pieces = pieces or _divided(roof, piece, cuts.islands(roof, piece), _ISLAND_WORTH * worth)
    if pieces is None:
        yield piece
        return
    for each in pieces:
        yield from _grown(roof, each, worth)


def _divided(roof: Roof, piece: Piece, found: Sequence[cuts.Cut], least: float) -> list[Piece] | None:
    """A piece divided by the first of some cuts, best first, that can be made; None where none saves enough."""
    for cut in found:
        if piece.cost - cut.cost < least:
            return None
        if (pieces := cuts.divided(roof, piece, cut)) is not None:
            return pieces
    return None


@dataclass(frozen=True, eq=False)
class _Leaf:
    """Ground under one plane, and the points that were seen with it."""

    polygon: Polygon
    rows: NDArray[np.intp]
    plane: int


def _merged(footprint: Polygon, pieces: Sequence[Piece]) -> list[_Leaf]:
    """Pieces under one plane that touch become one; neighbours share their corners exactly."""
    planes = [int(piece.planes[piece.best]) for piece in pieces]
    if len(pieces) == 1:
        return [_Leaf(footprint, pieces[0].rows, planes[0])]
    lines = [footprint.boundary, *(piece.polygon.boundary for piece in pieces)]
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union(lines, grid_size=_SNAP_M)]))
    within = shapely.point_on_surface(faces)
    kept = shapely.intersects(within, shapely.buffer(footprint, _SNAP_M))  # a courtyard is a face too
    owner = shapely.STRtree([piece.polygon for piece in pieces]).nearest(within[kept])
    merged: list[_Leaf] = []
    for plane in sorted(set(planes)):
        own = [row for row, each in enumerate(planes) if each == plane]
        joined = shapely.coverage_union_all(faces[kept][np.isin(owner, own)])
        rows = np.concatenate([pieces[row].rows for row in own])
        merged += [_Leaf(polygon, rows, plane) for polygon in polygons(joined)]
    # Corners that no longer turn go, on both sides of an edge alike.
    simple = shapely.coverage_simplify([leaf.polygon for leaf in merged], _STRAIGHT_M)
    return [_Leaf(polygon, leaf.rows, leaf.plane) for polygon, leaf in zip(simple, merged, strict=True)]


def _part(roof: Roof, z: NDArray[np.float64], origin: NDArray[np.float64], leaf: _Leaf) -> Part:
    own = leaf.rows[shapely.intersects_xy(leaf.polygon, *roof.xy[leaf.rows].T)]
    good = own[roof.off[own, leaf.plane] < CLIP_M]
    heights = z[good if len(good) else own if len(own) else leaf.rows]
    polygon = shapely.transform(leaf.polygon, lambda xy: xy + origin)
    return Part(polygon, roof.planes[leaf.plane], origin, float(heights.min()), float(heights.max()))
