"""A town's surfaces, as triangles with an AHN class each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.rays import Triangles

from .facts import Along, Bridge, Church, Facts, Proposal, Row

UNCLASSIFIED, GROUND, BUILDING, WATER, HIGH_TENSION, CIVIL = 1, 2, 6, 9, 14, 26
Bounds = tuple[float, float, float, float]

_CELL_M = 0.5
_CLOCK_M = 6.0
_WITH_CHIMNEY = 0.4


@dataclass(frozen=True, eq=False)
class Tree:
    """A crown: an ellipsoid on a stem."""

    centre: NDArray[np.float64]  # (3,)
    radii: NDArray[np.float64]  # (3,)


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything a laser can hit."""

    triangles: Triangles
    classification: NDArray[np.uint8]  # (t,)
    trees: tuple[Tree, ...]


@dataclass(frozen=True, eq=False)
class _Part:
    triangles: Triangles
    classification: int


def build(facts: Facts, bounds: Bounds) -> Scene:
    """The surfaces of a town within `bounds` (west, south, east, north) and a little beyond."""
    rng = np.random.default_rng(facts.seed)
    ground, ground_classes = _terrain(facts, bounds)
    parts = [
        *_church(facts.church),
        *(part for row in facts.rows for part in _houses(row, facts, rng)),
        *(_bridge(bridge) for bridge in facts.bridges),
        *(
            _boat(at, heading, boats.size_m, facts.water_nap)
            for boats in facts.boats
            for at, heading in _stations(boats)
        ),
    ]
    classes = [np.full(len(part.triangles), part.classification, np.uint8) for part in parts]
    trees = tuple(_tree(at, row.size_m, facts.ground_nap, rng) for row in facts.trees for at, _ in _stations(row))
    triangles = np.concatenate([ground, *(part.triangles for part in parts)])
    return Scene(triangles, np.concatenate([ground_classes, *classes]), trees)


def _terrain(facts: Facts, bounds: Bounds) -> tuple[Triangles, NDArray[np.uint8]]:
    """Ground and water on a fine grid; where they meet stands a quay wall."""
    west, south, east, north = bounds
    xs, ys = np.arange(west - 5, east + 5, _CELL_M), np.arange(south - 5, north + 5, _CELL_M)
    x, y = np.meshgrid(xs, ys)
    wet = np.zeros(x.shape, bool)
    for outline in facts.waters:
        wet |= inside(np.stack([x, y], axis=-1), outline)
    bumps = 0.15 * np.sin(x / 37) * np.cos(y / 29) + 0.05 * np.sin(x / 7.1 + y / 5.3)
    z = np.where(wet, facts.water_nap, facts.ground_nap + bumps)
    corners = np.stack([x, y, z], axis=-1)
    a, b, c, d = corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1]
    triangles = np.concatenate([np.stack([a, b, c], 2).reshape(-1, 3, 3), np.stack([a, c, d], 2).reshape(-1, 3, 3)])
    depth = triangles[:, :, 2]
    is_wall = np.ptp(depth, axis=1) > 1
    is_water = (depth == facts.water_nap).all(axis=1)
    classes = np.select([is_wall, is_water], [CIVIL, WATER], GROUND).astype(np.uint8)
    return triangles, classes


def inside(xy: NDArray[np.float64], outline: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points (…, 2) lie in a polygon (n, 2), by counting crossings."""
    x, y = xy[..., 0], xy[..., 1]
    found = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        found ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return found


@dataclass(frozen=True, eq=False)
class _Axes:
    """A place on the map and the direction things there are built along: u ahead, v to its left."""

    origin: NDArray[np.float64]  # (2,)
    u: NDArray[np.float64]  # (2,), unit

    @classmethod
    def heading(cls, at: tuple[float, float], heading_deg: float) -> "_Axes":
        angle = np.radians(90 - heading_deg)
        return cls(np.array(at), np.array([np.cos(angle), np.sin(angle)]))

    def at(self, u: float, v: float, z: float) -> NDArray[np.float64]:
        xy = self.origin + u * self.u + v * np.array([-self.u[1], self.u[0]])
        return np.array([xy[0], xy[1], z])


@dataclass(frozen=True)
class _Extent:
    """A rectangle in a pair of axes, and the heights of a building on it."""

    u: tuple[float, float]
    v: tuple[float, float]
    foot: float
    eaves: float
    ridge: float


def gabled(axes: _Axes, extent: _Extent) -> Triangles:
    """A building whose ridge runs along u; with its ridge at the eaves it is a box."""
    (u0, u1), (v0, v1) = extent.u, extent.v
    floor = [axes.at(u, v, extent.foot) for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))]
    eaves = [axes.at(u, v, extent.eaves) for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))]
    ridge = [axes.at(u, (v0 + v1) / 2, extent.ridge) for u in (u0, u1)]
    walls = [(floor[i], floor[(i + 1) % 4], eaves[(i + 1) % 4], eaves[i]) for i in range(4)]
    roofs = [(eaves[0], eaves[1], ridge[1], ridge[0]), (eaves[2], eaves[3], ridge[0], ridge[1])]
    gables = [(eaves[1], eaves[2], ridge[1]), (eaves[3], eaves[0], ridge[0])]
    quads = [triangle for a, b, c, d in (*walls, *roofs) for triangle in ((a, b, c), (a, c, d))]
    return np.array([*quads, *gables])


def _church(church: Church) -> Iterator[_Part]:
    axes = _Axes.heading(church.at, church.heading_deg)
    west, east = -church.length_m / 2, church.length_m / 2
    nave, aisle, foot = church.nave_width_m / 2, church.aisle_width_m / 2, church.ground_nap
    transept = west + church.transept_from_west_m
    across = _Axes(axes.at(transept, 0, 0)[:2], np.array([-axes.u[1], axes.u[0]]))
    tower, top = church.tower_side_m, church.tower_nap - _CLOCK_M
    half = church.transept_length_m / 2
    extents = [
        (axes, _Extent((west + tower, east - 4), (-nave, nave), foot, church.eaves_nap, church.ridge_nap)),
        (across, _Extent((-half, half), (-nave, nave), foot, church.eaves_nap, church.ridge_nap)),
        (axes, _Extent((west + tower, east - 8), (-aisle, aisle), foot, church.aisle_nap, church.aisle_nap)),
        (axes, _Extent((east - 8, east), (-nave * 0.7, nave * 0.7), foot, church.eaves_nap - 2, church.eaves_nap)),
        (axes, _Extent((west, west + tower), (-tower / 2, tower / 2), foot, top, top)),
        *_clocks(axes, church),
    ]
    for own, extent in extents:
        yield _Part(gabled(own, extent), BUILDING)


def _clocks(axes: _Axes, church: Church) -> Iterator[tuple[_Axes, _Extent]]:
    """The tower was never finished: four clock gables stand where the spire should have been."""
    west, side, foot = -church.length_m / 2, church.tower_side_m, church.tower_nap - _CLOCK_M
    middle = west + side / 2
    for u, v in ((west + 1.5, 0.0), (west + side - 1.5, 0.0), (middle, -side / 2 + 1.5), (middle, side / 2 - 1.5)):
        along = abs(v) > 0
        reach_u, reach_v = (3.5, 1.5) if along else (1.5, 3.5)
        yield axes, _Extent((u - reach_u, u + reach_u), (v - reach_v, v + reach_v), foot, foot + 4, church.tower_nap)


def _houses(row: Row, facts: Facts, rng: np.random.Generator) -> Iterator[_Part]:
    along = row.line[1] - row.line[0]
    length = float(np.linalg.norm(along))
    street = along / length
    side = np.sign(row.depth_m)
    start = 0.0
    while start + row.widths_m[0] < length:
        width = min(rng.uniform(*row.widths_m), length - start)
        front = row.line[0] + street * (start + width / 2)
        # The ridge runs from the street into the block, so that gables face the street.
        axes = _Axes(front, np.array([-street[1], street[0]]) * side)
        eaves = facts.ground_nap + rng.uniform(*row.eaves_m)
        depth = abs(row.depth_m) * rng.uniform(0.85, 1.0)
        extent = _Extent(
            (0, depth), (-width / 2, width / 2), facts.ground_nap - 1, eaves, eaves + rng.uniform(*row.rise_m)
        )
        start += width
        if not _on_plot(axes.at(depth / 2, 0, 0)[:2], facts.proposal):
            yield _Part(gabled(axes, extent), BUILDING)
            if rng.random() < _WITH_CHIMNEY and row.rise_m[1] > 0:
                yield _Part(_chimney(axes, extent), BUILDING)


def _chimney(axes: _Axes, extent: _Extent) -> Triangles:
    u = extent.u[1] * 0.7
    return gabled(axes, _Extent((u, u + 0.9), (0.4, 1.1), extent.eaves, extent.ridge + 1.1, extent.ridge + 1.1))


def _on_plot(xy: NDArray[np.float64], proposal: Proposal) -> bool:
    reach = max(proposal.width_m, proposal.depth_m) / 2 + 8
    return bool(np.hypot(*(xy - np.array(proposal.at))) < reach)


def _bridge(bridge: Bridge) -> _Part:
    along = bridge.line[1] - bridge.line[0]
    length = float(np.linalg.norm(along))
    axes, half = _Axes(bridge.line[0], along / length), bridge.width_m / 2
    deck = _Extent((0, length), (-half, half), bridge.deck_nap - 0.6, bridge.deck_nap, bridge.deck_nap + 0.15)
    return _Part(gabled(axes, deck), CIVIL)


def _boat(at: NDArray[np.float64], heading: NDArray[np.float64], length_m: float, water_nap: float) -> _Part:
    across = np.array([-heading[1], heading[0]])
    hull = _Extent((0, length_m), (-1.6, 1.6), water_nap - 0.3, water_nap + 1.1, water_nap + 1.9)
    return _Part(gabled(_Axes(at, across), hull), UNCLASSIFIED)


def _stations(row: Along) -> Iterable[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Places along a line, and the line's direction."""
    along = row.line[1] - row.line[0]
    length = float(np.linalg.norm(along))
    for distance in np.arange(0, length, row.every_m):
        yield row.line[0] + along / length * distance, along / length


def _tree(at: NDArray[np.float64], height_m: float, ground_nap: float, rng: np.random.Generator) -> Tree:
    height = height_m * rng.uniform(0.8, 1.15)
    across, up = height * rng.uniform(0.26, 0.34), height * 0.36
    x, y = at + rng.normal(0, 0.6, 2)
    return Tree(np.array([x, y, ground_nap + height - up]), np.array([across, across, up]))
