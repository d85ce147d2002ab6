"""Houses, trees and other things in the street as classified points, made here."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from pipeline.surroundings.cloud import SQUARE_M, Bounds, Classified, Square

CORNER = (104_857.6, 425_197.568)  # the south-west corner of a square of the map
SQUARE = Square(round(CORNER[0] / SQUARE_M), round(CORNER[1] / SQUARE_M))
GROUND_M = 2.5


def flat_ground(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Terrain without hills."""
    return np.full(len(xy), GROUND_M)


@dataclass(frozen=True, eq=False)
class Scattered:
    """Points in memory that can be asked for by place."""

    points: Classified

    def squares(self) -> list[Square]:
        """Every square that holds points."""
        at = np.unique(np.floor(self.points.xyz[:, :2] / SQUARE_M).astype(int), axis=0)
        return [Square(column, row) for column, row in at.tolist()]

    def within(self, bounds: Bounds) -> Classified:
        """The points in bounds."""
        x, y = self.points.xyz[:, 0], self.points.xyz[:, 1]
        inside = (x >= bounds.west) & (x < bounds.east) & (y >= bounds.south) & (y < bounds.north)
        return Classified(self.points.xyz[inside], self.points.classification[inside])


def scatter(outline: shapely.Polygon, height, per_m2: float = 8.0, noise_m: float = 0.04, seed: int = 1):
    """Points (n, 3) on a roof whose height is a function of x and y counted from the outline's south-west corner."""
    rng = np.random.default_rng(seed)
    west, south, east, north = outline.bounds
    count = round((east - west) * (north - south) * per_m2)
    x, y = rng.uniform(west, east, count), rng.uniform(south, north, count)
    inside = shapely.contains_xy(outline, x, y)
    x, y = x[inside], y[inside]
    z = height(x - west, y - south) + rng.normal(0, noise_m, len(x))
    return np.column_stack([x, y, z])


def rectangle(x: float, y: float, width: float, depth: float, turned_deg: float = 0.0) -> shapely.Polygon:
    """A rectangle from the square's corner on, turned about its own corner."""
    box = shapely.affinity.rotate(shapely.box(0, 0, width, depth), turned_deg, origin=(0, 0))
    return shapely.affinity.translate(box, CORNER[0] + x, CORNER[1] + y)


def level(height_m: float):
    """A level roof, or a street."""
    return lambda x, _y: np.full(len(x), height_m)


def gable(width: float, eaves_m: float = 6.0, slope: float = 0.8):
    """A roof with a ridge along y, in the middle of its width."""
    return lambda x, _y: GROUND_M + eaves_m + slope * np.minimum(x, width - x)


def tree(x: float, y: float, height_m: float = 10.0, radius_m: float = 3.0, seed: int = 1):
    """Points (n, 3) in the crown of a tree."""
    rng = np.random.default_rng(seed)
    count = round(25 * radius_m**2)
    angle, share = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.uniform(0, 1, count))
    dome = height_m * (1 - 0.45 * share**2) - rng.exponential(0.4, count)
    at = np.column_stack([np.cos(angle), np.sin(angle)]) * (share * radius_m)[:, None]
    return np.column_stack([at + CORNER + (x, y), GROUND_M + dome])


def classified(*parts) -> Classified:
    """Points (n, 3) with their class, as one."""
    xyz = np.concatenate([points for points, _ in parts])
    return Classified(xyz, np.concatenate([np.full(len(points), kind, np.uint8) for points, kind in parts]))
