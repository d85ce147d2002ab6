"""Which part of the map is asked for, by `voorland tile` and `voorland fetch` alike: a rectangle or polygons.

Numbers of a rectangle may be degrees: no place in the Netherlands has both readings, and which was taken is said.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from tiles.errors import BadInput
from tiles.frame import RD_NAP, points

from .geojson import Features, features_of, read_features
from .polygons import Bounds, Outline, bounds_of, each_within, fingerprint, square, written

_EXAMPLE = (
    "write west,south,east,north in RD metres or in degrees, for example --bbox 104650,425050,105150,425450 "
    "or --bbox 4.66,51.81,4.67,51.82"
)


@dataclass(frozen=True)
class Area:
    """What is kept: a rectangle without its east and north edge, or polygons with their edges.

    A point on the line between two rectangles is so in one of them, as rectangles are laid side by side; polygons are
    drawn around what is wanted.
    """

    bounds: Bounds
    outline: Outline | None = None
    """None where the area is all of `bounds`."""
    name: str = ""
    """Of the file or the municipality it is; empty for a rectangle."""
    notes: tuple[str, ...] = ()
    """What was assumed, turned or repaired, in sentences for the user."""

    @property
    def said(self) -> str:
        """What and where it is, for the user."""
        where = f"RD {written(self.bounds)}"
        return f"{self.name}, within {where}" if self.name else where

    @property
    def shape(self) -> Outline:
        """The area as a polygon, ready to be compared with many things."""
        if self.outline is None:
            return square(self.bounds)
        shapely.prepare(self.outline)  # does nothing the second time; is not pickled
        return self.outline

    @property
    def km2(self) -> float:
        """Its size in square kilometres."""
        return float(self.shape.area) / 1e6

    @property
    def identity(self) -> str:
        """The same for the same area, in whatever order and direction it was drawn and whatever it is called."""
        said = self._edge + fingerprint([self.shape], self.bounds)
        return hashlib.sha256(said).hexdigest()[:16]

    def holds(self, xyz: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which points lie in the area, (n,); of (n, 2) or (n, 3) RD metres the first two are looked at."""
        if self.outline is None:
            west, south, east, north = self.bounds
            x, y = xyz[:, 0], xyz[:, 1]
            return np.asarray((x >= west) & (x < east) & (y >= south) & (y < north))
        held = np.zeros(len(xyz), bool)
        for rows in each_within([self.outline], xyz):
            held[rows] = True
        return held

    def touched(self, bounds: Bounds) -> bool:
        """Whether a square, its edges included, can hold points of the area."""
        if self.outline is not None:
            return bool(shapely.intersects(self.shape, square(bounds)))
        west, south, east, north = self.bounds
        return bounds[0] < east and bounds[1] < north and bounds[2] >= west and bounds[3] >= south

    def overlaps(self, bounds: Bounds) -> bool:
        """Whether a square shares more than an edge with the area: for what is published in squares side by side."""
        other = square(bounds)
        return bool(shapely.intersects(self.shape, other) and not shapely.touches(self.shape, other))

    def covers(self, bounds: Bounds) -> bool:
        """Whether every point of a square without its east and north edge lies in the area."""
        return bool(shapely.covers(self.shape, square(bounds)))

    def touches(self, outline: Outline) -> bool:
        """Whether the area and another outline have anything in common, an edge or a corner included."""
        return bool(shapely.intersects(self.shape, outline))

    def digest(self, bounds: Bounds) -> bytes:
        """A hash of what the area keeps of a square: empty for all of it, as where there is no area."""
        if self.covers(bounds):
            return b""
        return self._edge + fingerprint([self.shape], bounds)

    @property
    def _edge(self) -> bytes:
        return b"without its edge" if self.outline is None else b"with its edge"

    def squares(self, side_m: float) -> Iterator[Bounds]:
        """The squares of a grid that overlap the area, cut to its bounds, row by row from the south."""
        west, south, east, north = self.bounds
        for low in np.arange(np.floor(south / side_m), np.ceil(north / side_m)) * side_m:
            for left in np.arange(np.floor(west / side_m), np.ceil(east / side_m)) * side_m:
                right, high = float(left) + side_m, float(low) + side_m
                cut = max(west, float(left)), max(south, float(low)), min(east, right), min(north, high)
                if self.overlaps(cut):
                    yield cut

    def to_geojson(self) -> dict[str, Any]:
        """The area as a GeoJSON geometry whose numbers are RD metres."""
        geometry: dict[str, Any] = json.loads(shapely.to_geojson(self.shape))
        return geometry


def of_bounds(bounds: Bounds) -> Area:
    """The rectangle between `bounds`, RD metres; raises a `Problem` where RD does not hold."""
    west, south, east, north = bounds
    RD_NAP.require(points((west, south, 0.0), (east, north, 0.0)))
    return Area(bounds)


def from_bbox(text: str) -> Area:
    """The area of ``west,south,east,north`` in RD metres, or in degrees; raises a `Problem` for anything else.

    Of degrees it is the rectangle of the map, in whole metres, that covers what they enclose.
    """
    where = f"--bbox {text}"
    try:
        west, south, east, north = given = _four_numbers(text)
    except ValueError:
        raise BadInput(f"{where} is no rectangle; {_EXAMPLE}.") from None
    if not (west < east and south < north):
        raise BadInput(f"{where} is empty: west must be less than east, and south less than north; {_EXAMPLE}.")
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    [drawn] = features_of({"type": "Polygon", "coordinates": [ring]}, where).features
    west, south, east, north = bounds_of([drawn.outline])
    if (west, south, east, north) == given:
        return Area(given)
    covering = float(floor(west)), float(floor(south)), float(ceil(east)), float(ceil(north))
    note = f"{where} is in longitude and latitude; RD {written(covering)}, which covers it, was taken."
    return Area(covering, notes=(note,))


def _four_numbers(text: str) -> Bounds:
    west, south, east, north = map(float, text.split(","))
    return west, south, east, north


def from_geojson(path: Path) -> Area:
    """The area of all polygons of a GeoJSON file; raises a `Problem` that names the file and feature."""
    return _of_features(read_features(path), path.name)


def from_document(document: Mapping[str, Any], name: str) -> Area:
    """The area of all polygons of a GeoJSON object that is called `name`; raises a `Problem`."""
    return _of_features(features_of(document, name), name)


def _of_features(read: Features, name: str) -> Area:
    outline = shapely.union_all([feature.outline for feature in read.features])
    return Area(bounds_of([outline]), outline, name, read.notes)


def from_options(bbox: str | None, polygon: Path | None) -> Area | None:
    """The area of a command's --bbox or --polygon, None where neither is given; raises a `Problem`."""
    if bbox is not None and polygon is not None:
        raise BadInput("--bbox and --polygon both say which part is asked for; give one of them.")
    if polygon is not None:
        return from_geojson(polygon)
    return from_bbox(bbox) if bbox is not None else None
