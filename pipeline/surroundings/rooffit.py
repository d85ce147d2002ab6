"""How near the roofs are to the points they were made from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from tiles.frame import Vec3s

from .buildings import Building
from .planes import under_the_sky
from .shells import ROOFS, Face, Shell

WITHIN_M = 0.5
_WORST = 20
_FEW = 50  # points: below this a share says little of a building


@dataclass(frozen=True)
class Fit:
    """How the points of one or many buildings lie about their roofs; fits of disjoint points can be added."""

    points: int = 0
    """All points on footprints."""
    under_the_sky: int = 0
    """Those with no much higher point beside them: on roofs, not on walls below."""
    within: int = 0
    """Points under the sky at most `WITHIN_M` above or below a roof."""
    near: int = 0
    """Points under the sky at most `WITHIN_M` from a roof, or a wall between roofs, in whatever direction."""
    any_near: int = 0
    """All points, those on walls as well, at most `WITHIN_M` from a roof or a wall."""
    squares_m2: float = 0.0
    """Squared heights above or below, summed over `within`."""
    worst: tuple[tuple[float, str], ...] = ()
    """The buildings with the smallest share near them, and their ids."""

    def __add__(self, other: "Fit") -> "Fit":
        return Fit(
            self.points + other.points,
            self.under_the_sky + other.under_the_sky,
            self.within + other.within,
            self.near + other.near,
            self.any_near + other.any_near,
            self.squares_m2 + other.squares_m2,
            tuple(sorted((*self.worst, *other.worst))[:_WORST]),
        )

    def to_json(self) -> dict[str, Any]:
        """The figures as `accuracy.json` has them."""
        sky, points = max(self.under_the_sky, 1), max(self.points, 1)
        return {
            "points": self.points,
            "pointsOnRoofs": self.under_the_sky,
            "shareWithinHalfMetreVertically": round(self.within / sky, 4),
            "shareWithinHalfMetre": round(self.near / sky, 4),
            "shareOfAllWithinHalfMetreOfRoofOrWall": round(self.any_near / points, 4),
            "rmsOfThoseWithinM": round(float(np.sqrt(self.squares_m2 / max(self.within, 1))), 3),
            "worstBuildings": [{"id": name, "share": round(share, 3)} for share, name in self.worst],
        }


def of(buildings: Iterable[Building]) -> Fit:
    """How the points of buildings lie about their roofs."""
    total = Fit()
    for building in buildings:
        total += _of_one(building)
    return total


def _of_one(building: Building) -> Fit:
    xyz = building.points
    if not len(xyz):
        return Fit()
    off = xyz[:, 2] - roof_heights(building.shell, xyz[:, :2])
    near = distances(building.shell.only(*ROOFS, Face.WALL), xyz) <= WITHIN_M
    sky = under_the_sky(xyz)
    good = sky & (np.abs(off) <= WITHIN_M)
    worst = ((float(near[sky].mean()), building.id),) if sky.sum() >= _FEW else ()
    inside, close, any_close = (int(rows.sum()) for rows in (good, near & sky, near))
    return Fit(len(xyz), int(sky.sum()), inside, close, any_close, float((off[good] ** 2).sum()), worst)


def roof_heights(shell: Shell, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """The height of the highest roof over each position, (n,); NaN where there is none."""
    roof = shell.only(*ROOFS)
    a, b, c = (roof.positions[roof.triangles[:, corner]] for corner in range(3))
    flat = shapely.polygons(np.stack([a, b, c], axis=1)[:, :, :2])
    which, triangle = shapely.STRtree(flat).query(shapely.points(xy), predicate="intersects")
    u, v, w = b[triangle] - a[triangle], c[triangle] - a[triangle], xy[which] - a[triangle, :2]
    det = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    s = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / det
    t = (u[:, 0] * w[:, 1] - u[:, 1] * w[:, 0]) / det
    heights = np.full(len(xy), np.nan)
    np.fmax.at(heights, which, a[triangle, 2] + s * u[:, 2] + t * v[:, 2])
    return heights


_REACH_M = 0.6


def distances(shell: Shell, xyz: Vec3s) -> NDArray[np.float64]:
    """How far each point is from a shell's nearest triangle, (n,); infinite beyond `_REACH_M` on the map."""
    corners = shell.positions[shell.triangles]
    low, high = corners.min(axis=1), corners.max(axis=1)
    boxes = shapely.box(*low[:, :2].T, *high[:, :2].T)
    which, triangle = shapely.STRtree(boxes).query(shapely.points(xyz[:, :2]), predicate="dwithin", distance=_REACH_M)
    z = xyz[which, 2]
    close = (z > low[triangle, 2] - _REACH_M) & (z < high[triangle, 2] + _REACH_M)
    which, triangle = which[close], triangle[close]
    found = np.full(len(xyz), np.inf)
    np.minimum.at(found, which, _to_triangle(xyz[which], corners[triangle]))
    return found


def _to_triangle(points: Vec3s, corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """From each point to its own triangle (n, 3, 3): to its face where the foot lies in it, else to its sides."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    normal = np.cross(b - a, c - a)
    length = np.maximum(np.linalg.norm(normal, axis=1), 1e-12)
    unit = normal / length[:, None]
    height = _dot(points - a, unit)
    foot = points - height[:, None] * unit
    sides = ((a, b), (b, c), (c, a))
    inside = np.all([_dot(np.cross(end - start, foot - start), unit) >= 0 for start, end in sides], axis=0)
    edge = np.min([_to_side(points, start, end) for start, end in sides], axis=0)
    return np.where(inside, np.abs(height), edge)


def _to_side(points: Vec3s, start: Vec3s, end: Vec3s) -> NDArray[np.float64]:
    along = end - start
    share = np.clip(_dot(points - start, along) / np.maximum(_dot(along, along), 1e-12), 0, 1)
    return np.asarray(np.linalg.norm(points - start - share[:, None] * along, axis=1))


def _dot(a: Vec3s, b: Vec3s) -> NDArray[np.float64]:
    return np.asarray(np.einsum("ij,ij->i", a, b))


def summed(fits: Sequence[Fit]) -> Fit:
    """Fits of disjoint points as one."""
    total = Fit()
    for fit in fits:
        total += fit
    return total
