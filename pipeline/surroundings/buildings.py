"""The buildings of a square of the map: from points and footprints, each in exactly one square."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from pipeline.polygons import Outline
from tiles.frame import Vec3s

from . import roofs, shells
from .cloud import BUILDING, Classified
from .footprints import Footprint, tidy
from .roofs import Part
from .shells import Shell

Terrain = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Ground heights, NAP metres (n,), at RD positions (n, 2)."""

_UNCLASSIFIED = 1
_LEAST_POINTS = 4
_DEEPER_M = 0.3  # walls go a little into the ground, so that no building floats
_ABOVE_GROUND_M = 1.5
_GONE_SHARE = 0.5
_GROUND_STEP_M = 2.0
_TOO_HIGH_M = 1.0  # points this far above all others of a roof are birds and cranes
_STEP_M = 3.0
_PLAIN_M = 0.7  # corners of less than half a square metre go


@dataclass(frozen=True, eq=False)
class Building:
    """One building, RD and NAP metres."""

    id: str
    outline: Outline
    ground_m: float
    """The lowest ground at its walls, NAP."""
    shell: Shell
    coarse: Shell
    """The same with level roofs and as few of them as its heights allow."""
    coarse_error_m: float
    """How far the roofs of `coarse` lie from those of `shell` at most."""
    source: str = "points"
    points: Vec3s = field(default_factory=lambda: np.empty((0, 3)))
    """The points on its roofs and walls, by which it can be judged."""

    @property
    def height_m(self) -> float:
        """From the ground to the highest roof."""
        return float(self.shell.positions[:, 2].max() - self.ground_m)


@dataclass(frozen=True, eq=False)
class Extracted:
    """The buildings that could be made, and the ids of footprints on which no building was seen."""

    buildings: Sequence[Building]
    without_points: Sequence[str]


def extract(points: Classified, terrain: Terrain, footprints: Sequence[Footprint]) -> Extracted:
    """The buildings on `footprints`, from points that cover all of them."""
    own = _points_of(points, terrain, footprints)
    made, missing = [], []
    for footprint, xyz in zip(footprints, own, strict=True):
        building = build(footprint, xyz, terrain)
        if building is None:
            missing.append(footprint.id)
        else:
            made.append(building)
    return Extracted(made, missing)


def with_points(buildings: Sequence[Building], points: Classified, terrain: Terrain) -> list[Building]:
    """The same buildings with the points that lie on them."""
    outlines = [Footprint(building.id, building.outline) for building in buildings]
    own = _points_of(points, terrain, outlines)
    return [replace(building, points=xyz) for building, xyz in zip(buildings, own, strict=True)]


def _points_of(points: Classified, terrain: Terrain, footprints: Sequence[Footprint]) -> list[Vec3s]:
    """For each footprint the points on its building, in an order that depends on nothing but themselves."""
    if not footprints:
        return []
    outlines = np.array([footprint.outline for footprint in footprints], dtype=object)
    kinds = points.classification
    built = (kinds == BUILDING).any()
    # AHN2 knows ground and the rest: on a footprint, the rest above the ground is the building.
    rows = np.flatnonzero(kinds == BUILDING if built else kinds == _UNCLASSIFIED)
    xyz = points.xyz[rows]
    which, place = shapely.STRtree(outlines).query(shapely.points(xyz[:, :2]), predicate="intersects")
    if not built:
        above = xyz[which, 2] - terrain(xyz[which, :2]) > _ABOVE_GROUND_M
        which, place = which[above], place[above]
    found = xyz[which]
    order = np.lexsort((found[:, 2], found[:, 1], found[:, 0], place))
    found, place = found[order], place[order]
    edges = np.searchsorted(place, np.arange(len(footprints) + 1))
    return [found[a:b] for a, b in pairwise(edges)]


def build(footprint: Footprint, xyz: Vec3s, terrain: Terrain) -> Building | None:
    """The building on a footprint with points (n, 3); None where there are too few to know a roof by."""
    if len(xyz) < _LEAST_POINTS:
        return None
    xyz = xyz[xyz[:, 2] <= np.sort(xyz[:, 2])[-_LEAST_POINTS:].min() + _TOO_HIGH_M]
    ground = float(terrain(_along(footprint.outline)).min())
    parts: list[Part] = []
    for polygon in footprint.polygons:
        inside = xyz[shapely.intersects_xy(polygon, *xyz[:, :2].T)]
        if len(inside) >= _LEAST_POINTS:
            parts += roofs.parts(polygon, inside)
    if not parts:
        return None
    shell = shells.closed(parts, ground - _DEEPER_M)
    coarse, error = coarser(parts, ground - _DEEPER_M)
    return Building(footprint.id, footprint.outline, ground, shell, coarse, error, points=xyz)


def _along(outline: Outline) -> NDArray[np.float64]:
    """Positions along the walls of an outline, (n, 2)."""
    return np.asarray(shapely.get_coordinates(shapely.segmentize(outline, _GROUND_STEP_M)))


def coarser(parts: Sequence[Part], floor_m: float) -> tuple[Shell, float]:
    """The parts as few level ones with plainer outlines, and how far their heights are off at most, metres."""
    middles = np.array([_middle_height(part) for part in parts])
    areas = np.array([part.polygon.area for part in parts])
    levels, polygons, error = [], [], 0.0
    for rows in _levels(middles, areas):
        level = float(np.average(middles[rows], weights=areas[rows]))
        error = max(error, *(abs(level - height) for row in rows for height in _corner_heights(parts[row])))
        joined = shapely.get_parts(shapely.coverage_union_all([parts[row].polygon for row in rows]))
        polygons += list(joined)
        levels += [level] * len(joined)
    plain = shapely.coverage_simplify(polygons, _PLAIN_M)
    level_parts = [
        Part(polygon, np.array([0.0, 0.0, level]), np.zeros(2), level, level)
        for polygon, level in zip(plain, levels, strict=True)
        if not polygon.is_empty
    ]
    return shells.closed(level_parts, floor_m), error


def _levels(heights: NDArray[np.float64], areas: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """Rows in groups whose heights differ by less than a storey, lowest first."""
    groups: list[list[int]] = []
    for row in np.lexsort((areas, heights)):
        if groups and heights[row] - heights[groups[-1][0]] < _STEP_M:
            groups[-1].append(int(row))
        else:
            groups.append([int(row)])
    return [np.array(rows, np.intp) for rows in groups]


def _middle_height(part: Part) -> float:
    return float(part.heights(shapely.get_coordinates(part.polygon.centroid))[0])


def _corner_heights(part: Part) -> list[float]:
    heights: list[float] = part.heights(shapely.get_coordinates(part.polygon)).tolist()
    return heights


def spared(footprints: Sequence[Footprint], mask: Outline) -> list[Footprint]:
    """Footprints less what a mask takes: most of a building taken is all of it, else the rest stands."""
    shapely.prepare(mask)
    kept = []
    for footprint in footprints:
        if not shapely.intersects(mask, footprint.outline):
            kept.append(footprint)
            continue
        taken = shapely.intersection(footprint.outline, mask).area
        centre = shapely.point_on_surface(footprint.outline)
        if taken > _GONE_SHARE * footprint.outline.area or shapely.intersects(mask, centre):
            continue
        rest = tidy(shapely.difference(footprint.outline, mask))
        if rest is not None:
            kept.append(Footprint(footprint.id, rest, footprint.derived))
    return kept
