"""Which part of the data is asked for: a rectangle of the map or polygons."""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from tiles.errors import BadInput, OutsideArea
from tiles.frame import RD_NAP, Vec3s, points

from .geojson import read_features
from .polygons import Bounds, Outline, bounds_of, each_within, fingerprint, square


@dataclass(frozen=True)
class Area:
    """What is kept: a rectangle without its east and north edge, or polygons with their edges.

    A point on the line between two rectangles is so in one of them, as rectangles are laid side by side; polygons are
    drawn around what is wanted.
    """

    bounds: Bounds
    outline: Outline | None = None
    """None where the area is all of `bounds`."""
    notes: tuple[str, ...] = ()

    def holds(self, xyz: Vec3s) -> NDArray[np.bool_]:
        """Which points (RD metres) lie in the area, (n,)."""
        if self.outline is None:
            west, south, east, north = self.bounds
            x, y = xyz[:, 0], xyz[:, 1]
            return np.asarray((x >= west) & (x < east) & (y >= south) & (y < north))
        held = np.zeros(len(xyz), bool)
        for rows in each_within([self.outline], xyz):
            held[rows] = True
        return held

    def touched(self, bounds: Bounds) -> bool:
        """Whether a square can hold points of the area."""
        if self.outline is not None:
            return bool(shapely.intersects(self.outline, square(bounds)))
        west, south, east, north = self.bounds
        return bounds[0] < east and bounds[1] < north and bounds[2] >= west and bounds[3] >= south

    def covers(self, bounds: Bounds) -> bool:
        """Whether every point of a square without its east and north edge lies in the area."""
        return bool(shapely.covers(square(self.bounds) if self.outline is None else self.outline, square(bounds)))

    def digest(self, bounds: Bounds) -> bytes:
        """A hash of what the area keeps of a square: empty for all of it, as where there is no area."""
        if self.covers(bounds):
            return b""
        if self.outline is None:
            return b"without its edge" + fingerprint([square(self.bounds)], bounds)
        return b"with its edge" + fingerprint([self.outline], bounds)


def from_bbox(text: str) -> Area:
    """The area of "west,south,east,north" in RD metres; raises a `Problem` for anything else."""
    try:
        west, south, east, north = (float(number) for number in text.split(","))
    except ValueError:
        raise BadInput(
            f"{text!r} is not a rectangle; write west,south,east,north in RD metres, "
            "such as 104600,425000,105200,425500."
        ) from None
    bounds = west, south, east, north
    if all(isfinite(number) for number in bounds) and max(map(abs, bounds)) <= 180:  # noqa: PLR2004 - degrees
        raise OutsideArea(f"{text} looks like degrees; write west,south,east,north in RD metres.")
    RD_NAP.require(points((west, south, 0.0), (east, north, 0.0)))
    if not (west < east and south < north):
        raise BadInput(f"{text} is empty; write west,south,east,north, west less than east and south less than north.")
    return Area(bounds)


def from_geojson(path: Path) -> Area:
    """The area of all polygons of a GeoJSON file; raises a `Problem` that names the file and feature."""
    read = read_features(path)
    outline = shapely.union_all([feature.outline for feature in read.features])
    return Area(bounds_of([outline]), outline, read.notes)
