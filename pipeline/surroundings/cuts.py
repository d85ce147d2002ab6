"""Ways to cut a piece of a roof in two, and what each leaves wrong.

What is wrong is counted as height off the best plane, at most `CLIP_M` a point, so that chimneys and passers-by do not
steer a cut.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import TypeAlias

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from .planes import Planes

Polygon: TypeAlias = shapely.Geometry
"""A shapely Polygon."""

CLIP_M = 0.7
LEAST_POINTS = 4
_LEAST_WIDTH_M = 0.5
_WIDE_SHARE = 0.8
_MEETING_BONUS = 0.9  # a cut where planes meet needs no step
_MEETING_PLANES = 6
_MEETING_SLOPE = 0.3  # planes more alike meet nowhere in particular
_CLUSTER_M = 1.4
_RIM_M = 0.15
_FAR_M = 10_000.0


@dataclass(frozen=True, eq=False)
class Roof:
    """The points of one footprint about its own origin, and how far each is off each plane."""

    xy: NDArray[np.float64]  # (n, 2)
    off: NDArray[np.float64]  # (n, k), metres, clipped
    planes: Planes
    directions: NDArray[np.float64]  # (d, 2), unit, across the cuts

    @property
    def whole(self) -> NDArray[np.intp]:
        """The rows of all points."""
        return np.arange(len(self.xy))


@dataclass(frozen=True, eq=False)
class Piece:
    """A piece of a roof: its ground plan, its points, and the planes that are the nearest to any of them."""

    polygon: Polygon
    rows: NDArray[np.intp]
    xy: NDArray[np.float64]  # (n, 2)
    off: NDArray[np.float64]  # (n, k), of `planes`
    planes: NDArray[np.intp]  # (k,), rows of the roof's planes

    @classmethod
    def of(cls, roof: Roof, polygon: Polygon, rows: NDArray[np.intp]) -> "Piece":
        """The piece with some of a roof's points."""
        off = roof.off[rows]
        planes = np.union1d(off.argmin(axis=1), off.sum(axis=0).argmin())
        return cls(polygon, rows, roof.xy[rows], off[:, planes], planes)

    @property
    def best(self) -> int:
        """The column of the plane that leaves least wrong."""
        return int(self.off.sum(axis=0).argmin())

    @property
    def cost(self) -> float:
        """What is wrong under its best plane, metres summed over points."""
        return float(self.off.sum(axis=0).min())


@dataclass(frozen=True, eq=False)
class Cut:
    """A way to divide a piece: what lies in a region, and the rest."""

    region: Callable[[], Polygon]
    inside: NDArray[np.bool_]  # for each point of the piece
    cost: float
    """What is wrong in both afterwards."""


def straight(roof: Roof, piece: Piece) -> list[Cut]:
    """The best cut in each direction and where each pair of planes meets, the best of all first."""
    corners = shapely.get_coordinates(piece.polygon)
    found = [_best_across(piece, normal, corners) for normal in roof.directions]
    found += [_where_they_meet(piece, roof.planes[one] - roof.planes[other]) for one, other in _pairs(piece)]
    return sorted((cut for cut in found if cut is not None), key=lambda cut: cut.cost)


def _best_across(piece: Piece, normal: NDArray[np.float64], corners: NDArray[np.float64]) -> Cut | None:
    along = _across(piece.xy, normal)
    order = np.argsort(along, kind="stable")
    sorted_ = along[order]
    left = piece.off[order].cumsum(axis=0)
    cost = left[:-1].min(axis=1) + (left[-1] - left[:-1]).min(axis=1)
    at = (sorted_[:-1] + sorted_[1:]) / 2
    reach = _across(corners, normal)
    count = np.arange(1, len(along))
    allowed = (count >= LEAST_POINTS) & (len(along) - count >= LEAST_POINTS)
    allowed &= (at > reach.min() + _LEAST_WIDTH_M) & (at < reach.max() - _LEAST_WIDTH_M)
    if not allowed.any():
        return None
    best = int(np.where(allowed, cost, np.inf).argmin())
    offset = float(at[best])
    return Cut(partial(_half_plane, normal, offset), along > offset, float(cost[best]))


def _across(xy: NDArray[np.float64], normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far along a direction positions lie, (n,)."""
    return np.asarray(xy[:, 0] * normal[0] + xy[:, 1] * normal[1])


def _pairs(piece: Piece) -> Iterator[tuple[int, int]]:
    """Pairs of the planes, rows of the roof's, that explain most of a piece's points."""
    votes = np.bincount(piece.off.argmin(axis=1), minlength=len(piece.planes))
    most = np.argsort(-votes, kind="stable")[:_MEETING_PLANES]
    return combinations([int(piece.planes[k]) for k in most if votes[k] >= LEAST_POINTS], 2)


def _where_they_meet(piece: Piece, difference: NDArray[np.float64]) -> Cut | None:
    steepness = float(np.hypot(difference[0], difference[1]))
    if steepness < _MEETING_SLOPE:
        return None
    normal, offset = difference[:2] / steepness, float(-difference[2] / steepness)
    side = _across(piece.xy, normal) > offset
    if min(side.sum(), (~side).sum()) < LEAST_POINTS:
        return None
    cost = piece.off[side].sum(axis=0).min() + piece.off[~side].sum(axis=0).min()
    return Cut(partial(_half_plane, normal, offset), side, float(cost) * _MEETING_BONUS)


def _half_plane(normal: NDArray[np.float64], offset: float) -> Polygon:
    along = np.array([-normal[1], normal[0]]) * _FAR_M
    foot, away = normal * offset, normal * _FAR_M
    return shapely.Polygon([foot - along, foot + along, foot + along + away, foot - along + away])


def islands(roof: Roof, piece: Piece) -> list[Cut]:
    """Rectangles around clusters of points that lie together off the piece's plane, the best first.

    They are dormers, chimneys and wells, which no straight cut across the roof would set right.
    """
    best = piece.best
    wrong = piece.off[:, best] >= CLIP_M
    found = []
    for other in np.unique(piece.off[wrong].argmin(axis=1)):
        own = wrong & (piece.off[:, other] < CLIP_M / 2)
        for region in _rectangles(piece.xy[own], roof.directions[:2]):
            inside = shapely.intersects_xy(region, *piece.xy.T)
            saved = float((piece.off[inside, best] - piece.off[inside, other]).sum())
            if inside.sum() >= LEAST_POINTS:
                found.append(Cut(partial(_itself, region), inside, piece.cost - saved))
    return sorted(found, key=lambda cut: cut.cost)


def _rectangles(xy: NDArray[np.float64], axes: NDArray[np.float64]) -> Iterator[Polygon]:
    """A rectangle along `axes` around each cluster of points."""
    if len(xy) < LEAST_POINTS or not len(axes):
        return
    clusters = shapely.get_parts(shapely.union_all(shapely.buffer(shapely.points(xy), _CLUSTER_M / 2, quad_segs=2)))
    for cluster in clusters:
        inside = xy[shapely.intersects_xy(cluster, *xy.T)]
        own = np.column_stack([_across(inside, axis) for axis in axes])
        if len(own) >= LEAST_POINTS:
            low, high = own.min(axis=0) - _RIM_M, own.max(axis=0) + _RIM_M
            corners = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
            yield shapely.Polygon(corners[:, :1] * axes[0] + corners[:, 1:] * axes[1])


def _itself(region: Polygon) -> Polygon:
    return region


def divided(roof: Roof, piece: Piece, cut: Cut) -> list[Piece] | None:
    """The pieces on both sides of a cut; None where one would be a sliver or have too few points."""
    pieces: list[Piece] = []
    region = cut.region()
    within, beyond = shapely.intersection(piece.polygon, region), shapely.difference(piece.polygon, region)
    for side, own in ((within, piece.rows[cut.inside]), (beyond, piece.rows[~cut.inside])):
        for polygon in polygons(side):
            mine = own[shapely.intersects_xy(polygon, *roof.xy[own].T)]
            if len(mine) < LEAST_POINTS or _is_thin(polygon):
                return None
            pieces.append(Piece.of(roof, polygon, mine))
    return pieces


def _is_thin(polygon: Polygon) -> bool:
    """Whether much of a piece is narrower than a part of a roof may be."""
    wide = polygon.buffer(-_LEAST_WIDTH_M / 2, join_style="mitre").buffer(_LEAST_WIDTH_M / 2, join_style="mitre")
    return bool(wide.area < _WIDE_SHARE * polygon.area)


def polygons(geometry: shapely.Geometry) -> list[Polygon]:
    """The polygons among the parts of a geometry."""
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and part.area > 0]
