"""A footprint cut into the parts of its roof: each a piece of ground plan under one plane.

A tree of straight cuts. Every cut is along a main direction of the footprint or where two planes meet, and is the one
that brings the roof nearest to its points, counted as height off, at most `_CLIP_M` a point, so that chimneys and
passers-by do not steer it. Cutting ends when it no longer pays (`_WORTH_M3`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from tiles.frame import Vec3s

from . import planes as plane_fit
from .planes import Planes

Polygon = shapely.Polygon

_CLIP_M = 0.6
_WORTH_M3 = 0.3  # volume that a cut must set right
_WORTH_SHARE = 0.02  # and the share of what is still wrong in its part
_LEAST_POINTS = 4
_LEAST_WIDTH_M = 0.6
_WIDE_SHARE = 0.8
_MEETING_BONUS = 0.9  # a cut where planes meet needs no step
_DIRECTIONS = 3
_SAME_DIRECTION_DEG = 7.0
_MEETING_PLANES = 6
_CLUSTER_M = 1.4
_RIM_M = 0.15
_ISLAND_WORTH = 1.5
_FAR_M = 10_000.0
_SNAP_M = 0.001
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
        found = (xy - self.origin) @ self.plane[:2] + self.plane[2]
        return np.clip(found, self.low_m - _CLAMP_M, self.high_m + _CLAMP_M)


@dataclass(frozen=True, eq=False)
class _Roof:
    """The points of one footprint about its own origin, and how far each is off each plane."""

    xy: NDArray[np.float64]  # (n, 2)
    off: NDArray[np.float64]  # (n, k), metres, clipped
    planes: Planes
    directions: NDArray[np.float64]  # (d, 2), unit, across the cuts
    worth: float
    """What a cut must save, in metres summed over points."""


@dataclass(frozen=True, eq=False)
class _Leaf:
    polygon: Polygon
    rows: NDArray[np.intp]
    plane: int


@dataclass(frozen=True, eq=False)
class _Cut:
    """A way to divide a piece: what lies in `region`, and the rest."""

    region: Polygon
    inside: NDArray[np.bool_]  # for each point of the piece
    cost: float


def parts(footprint: Polygon, xyz: Vec3s) -> list[Part]:
    """The parts of a roof with points (n, 3), n at least 1, RD and NAP; together they cover the footprint exactly."""
    origin = np.floor(np.array(footprint.bounds[:2]))
    local = shapely.transform(footprint, lambda xy: xy - origin)
    points = plane_fit.thinned(xyz[plane_fit.under_the_sky(xyz)] - (*origin, 0.0))
    found = plane_fit.find(points, footprint.area)
    off = np.minimum(np.abs(plane_fit.heights(found, points[:, :2]) - points[:, 2:]), _CLIP_M)
    worth = _WORTH_M3 * len(points) / footprint.area
    roof = _Roof(points[:, :2], off, found, main_directions(local), worth)
    leaves = list(_grown(roof, local, np.arange(len(points))))
    merged = _merged(local, leaves)
    return [_part(roof, points, origin, polygon, rows, plane) for polygon, rows, plane in merged]


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
        if support[best] < 0.1 * lengths.sum():  # noqa: PLR2004 - a side that short is a corner
            break
        near = apart[:, best] < _SAME_DIRECTION_DEG
        turn = (angles[near] - angles[best] + 45) % 90 - 45
        chosen.append(float(angles[best] + np.average(turn, weights=lengths[near])))
        weights[near] = 0.0
    radians = np.radians([angle + quarter for angle in chosen for quarter in (0.0, 90.0)])
    return np.column_stack([np.cos(radians), np.sin(radians)])


def _grown(roof: _Roof, polygon: Polygon, rows: NDArray[np.intp]) -> Iterator[_Leaf]:
    """The leaves of the tree below one piece of the footprint."""
    totals = roof.off[rows].sum(axis=0)
    plane = int(totals.argmin())
    cost = float(totals[plane])
    pieces = None
    if cost > roof.worth and len(rows) >= 2 * _LEAST_POINTS:
        pieces = _divided(roof, polygon, rows, cost)
        pieces = pieces or _with_island(roof, polygon, rows, plane)
    if pieces is None:
        yield _Leaf(polygon, rows, plane)
        return
    for piece, own in pieces:
        yield from _grown(roof, piece, own)


_Pieces = list[tuple[Polygon, NDArray[np.intp]]]


def _divided(roof: _Roof, polygon: Polygon, rows: NDArray[np.intp], cost: float) -> _Pieces | None:
    """The piece cut in two by the straight line that pays best; None where none pays."""
    for cut in _cuts(roof, polygon, rows):
        if cost - cut.cost < max(roof.worth, _WORTH_SHARE * cost):
            return None
        if (pieces := _cut(roof, polygon, rows, cut)) is not None:
            return pieces
    return None


def _cuts(roof: _Roof, polygon: Polygon, rows: NDArray[np.intp]) -> list[_Cut]:
    """The best cut in each direction and where each pair of planes meets, the best of all first."""
    corners = shapely.get_coordinates(polygon)
    found = [_best_across(roof, rows, normal, corners) for normal in roof.directions]
    found += [_where_they_meet(roof, rows, one, other) for one, other in _pairs(roof, rows)]
    return sorted((cut for cut in found if cut is not None), key=lambda cut: cut.cost)


def _best_across(
    roof: _Roof, rows: NDArray[np.intp], normal: NDArray[np.float64], corners: NDArray[np.float64]
) -> _Cut | None:
    along = roof.xy[rows] @ normal
    order = np.argsort(along, kind="stable")
    sorted_ = along[order]
    left = roof.off[rows[order]].cumsum(axis=0)
    cost = left[:-1].min(axis=1) + (left[-1] - left[:-1]).min(axis=1)
    at = (sorted_[:-1] + sorted_[1:]) / 2
    reach = corners @ normal
    count = np.arange(1, len(rows))
    allowed = (count >= _LEAST_POINTS) & (len(rows) - count >= _LEAST_POINTS)
    allowed &= (at > reach.min() + _LEAST_WIDTH_M) & (at < reach.max() - _LEAST_WIDTH_M)
    if not allowed.any():
        return None
    best = int(np.where(allowed, cost, np.inf).argmin())
    offset = float(at[best])
    return _Cut(_half_plane(normal, offset), along > offset, float(cost[best]))


def _pairs(roof: _Roof, rows: NDArray[np.intp]) -> Iterator[tuple[int, int]]:
    """Pairs of the planes that explain most of these points."""
    votes = np.bincount(roof.off[rows].argmin(axis=1), minlength=len(roof.planes))
    chosen = [int(k) for k in np.argsort(-votes, kind="stable")[:_MEETING_PLANES] if votes[k] >= _LEAST_POINTS]
    return combinations(chosen, 2)


def _where_they_meet(roof: _Roof, rows: NDArray[np.intp], one: int, other: int) -> _Cut | None:
    difference = roof.planes[one] - roof.planes[other]
    steepness = float(np.hypot(difference[0], difference[1]))
    if steepness < 0.3:  # noqa: PLR2004 - planes so alike meet nowhere in particular
        return None
    normal, offset = difference[:2] / steepness, float(-difference[2] / steepness)
    side = roof.xy[rows] @ normal > offset
    if min(side.sum(), (~side).sum()) < _LEAST_POINTS:
        return None
    off = roof.off[rows]
    cost = off[side].sum(axis=0).min() + off[~side].sum(axis=0).min()
    return _Cut(_half_plane(normal, offset), side, float(cost) * _MEETING_BONUS)


def _with_island(roof: _Roof, polygon: Polygon, rows: NDArray[np.intp], plane: int) -> _Pieces | None:
    """The piece with the dormer, chimney or well cut out that pays best; None where none pays."""
    wrong = roof.off[rows, plane] >= _CLIP_M
    found = []
    for other in np.unique(roof.off[rows[wrong]].argmin(axis=1)):
        own = wrong & (roof.off[rows, other] < _CLIP_M / 2)
        for region in _rectangles(roof.xy[rows[own]], roof.directions):
            inside = shapely.intersects_xy(region, *roof.xy[rows].T)
            saved = float((roof.off[rows[inside], plane] - roof.off[rows[inside], other]).sum())
            if inside.sum() >= _LEAST_POINTS and saved > _ISLAND_WORTH * roof.worth:
                found.append(_Cut(region, inside, -saved))
    for cut in sorted(found, key=lambda cut: cut.cost):
        if (pieces := _cut(roof, polygon, rows, cut)) is not None:
            return pieces
    return None


def _rectangles(xy: NDArray[np.float64], directions: NDArray[np.float64]) -> Iterator[Polygon]:
    """A rectangle along the main direction around each cluster of points."""
    if len(xy) < _LEAST_POINTS or len(directions) == 0:
        return
    axes = directions[:2]
    clusters = shapely.get_parts(shapely.union_all(shapely.buffer(shapely.points(xy), _CLUSTER_M / 2, quad_segs=2)))
    for cluster in clusters:
        own = xy[shapely.intersects_xy(cluster, *xy.T)] @ axes.T
        if len(own) >= _LEAST_POINTS:
            low, high = own.min(axis=0) - _RIM_M, own.max(axis=0) + _RIM_M
            corners = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
            yield Polygon(corners @ axes)


def _cut(roof: _Roof, polygon: Polygon, rows: NDArray[np.intp], cut: _Cut) -> _Pieces | None:
    """The pieces on both sides, each with its points; None where one would be a sliver or have none."""
    pieces: _Pieces = []
    within, beyond = shapely.intersection(polygon, cut.region), shapely.difference(polygon, cut.region)
    for side, own in ((within, rows[cut.inside]), (beyond, rows[~cut.inside])):
        for piece in _polygons(side):
            mine = own[shapely.intersects_xy(piece, *roof.xy[own].T)]
            if len(mine) < _LEAST_POINTS or _is_thin(piece):
                return None
            pieces.append((piece, mine))
    return pieces


def _is_thin(piece: Polygon) -> bool:
    """Whether much of a piece is narrower than a part of a roof may be."""
    wide = piece.buffer(-_LEAST_WIDTH_M / 2, join_style="mitre").buffer(_LEAST_WIDTH_M / 2, join_style="mitre")
    return bool(wide.area < _WIDE_SHARE * piece.area)


def _half_plane(normal: NDArray[np.float64], offset: float) -> Polygon:
    along = np.array([-normal[1], normal[0]]) * _FAR_M
    foot, away = normal * offset, normal * _FAR_M
    return Polygon([foot - along, foot + along, foot + along + away, foot - along + away])


def _polygons(geometry: shapely.Geometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and part.area > 0]


def _merged(footprint: Polygon, leaves: Sequence[_Leaf]) -> list[tuple[Polygon, NDArray[np.intp], int]]:
    """Leaves under one plane that touch become one; neighbours share their corners exactly."""
    if len(leaves) == 1:
        return [(footprint, leaves[0].rows, leaves[0].plane)]
    lines = [footprint.boundary, *(leaf.polygon.boundary for leaf in leaves)]
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union(lines, grid_size=_SNAP_M)]))
    within = shapely.point_on_surface(faces)
    tree = shapely.STRtree([leaf.polygon for leaf in leaves])
    kept = shapely.intersects(within, shapely.buffer(footprint, _SNAP_M))
    owner = tree.nearest(within[kept])
    merged: list[tuple[Polygon, NDArray[np.intp], int]] = []
    for plane in sorted({leaf.plane for leaf in leaves}):
        own = [row for row, leaf in enumerate(leaves) if leaf.plane == plane]
        joined = shapely.coverage_union_all(faces[kept][np.isin(owner, own)])
        rows = np.concatenate([leaves[row].rows for row in own])
        merged += [(polygon, rows, plane) for polygon in _polygons(joined)]
    return _simplified(merged)


def _simplified(
    merged: list[tuple[Polygon, NDArray[np.intp], int]],
) -> list[tuple[Polygon, NDArray[np.intp], int]]:
    """The same without corners that no longer turn."""
    simple = shapely.coverage_simplify([polygon for polygon, _, _ in merged], 0.02)
    return [(polygon, rows, plane) for polygon, (_, rows, plane) in zip(simple, merged, strict=True)]


def _part(  # noqa: PLR0913, PLR0917
    roof: _Roof, points: Vec3s, origin: NDArray[np.float64], polygon: Polygon, rows: NDArray[np.intp], plane: int
) -> Part:
    own = rows[shapely.intersects_xy(polygon, *roof.xy[rows].T)]
    good = own[roof.off[own, plane] < _CLIP_M]
    heights = points[good if len(good) else own if len(own) else rows, 2]
    low, high = float(heights.min()), float(heights.max())
    return Part(shapely.transform(polygon, lambda xy: xy + origin), roof.planes[plane], origin, low, high)
