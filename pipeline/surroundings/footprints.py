"""Footprints of buildings: polygons on the RD map with their ids."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from pipeline.geojson import read_features
from pipeline.polygons import Outline
from tiles.errors import BadInput

from .cloud import Bounds

_IDS = ("identificatie", "identification", "lokaalid", "id", "gid", "fid")
_BAG_DIGITS = 16
_LEAST_M2 = 1.0
_STRAIGHT_M = 0.02  # corners that turn less are dropped


@dataclass(frozen=True, eq=False)
class Footprint:
    """The ground plan of one building: one polygon or several, RD metres."""

    id: str
    outline: Outline
    derived: bool = False
    """Whether it was found in the points, not drawn by anyone."""

    @property
    def polygons(self) -> Sequence[shapely.Polygon]:
        """Its polygons, one for most buildings."""
        return list(shapely.get_parts(self.outline))


@dataclass(frozen=True, eq=False)
class Footprints:
    """Footprints in order of their ids, each once, and what was mended, in sentences."""

    all: Sequence[Footprint]
    notes: tuple[str, ...] = ()

    def of(self, square: Bounds) -> list[Footprint]:
        """Those that belong to a square: each belongs to the one that holds its representative point."""
        if not self.all:
            return []
        x, y = self.anchors.T
        held = (x >= square.west) & (x < square.east) & (y >= square.south) & (y < square.north)
        return [footprint for footprint, mine in zip(self.all, held, strict=True) if mine]

    @cached_property
    def anchors(self) -> NDArray[np.float64]:
        """A point within each footprint, RD metres (n, 2)."""
        points = shapely.point_on_surface([footprint.outline for footprint in self.all])
        return np.asarray(shapely.get_coordinates(points))

    def near(self, bounds: Bounds) -> list[Outline]:
        """The outlines that reach into `bounds`."""
        return [footprint.outline for footprint in self.part(bounds).all]

    def part(self, bounds: Bounds) -> "Footprints":
        """Those that reach into `bounds`."""
        box = shapely.box(bounds.west, bounds.south, bounds.east, bounds.north)
        return Footprints([self.all[row] for row in np.sort(self._tree.query(box, predicate="intersects"))])

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree([footprint.outline for footprint in self.all])


def read(path: Path) -> Footprints:
    """The footprints in a GeoJSON file; raises a `Problem` when it cannot be read or placed."""
    read_ = read_features(path)
    found: dict[str, Outline] = {}
    twice = 0
    for number, feature in enumerate(read_.features, start=1):
        outline = tidy(feature.outline)
        if outline is None:
            continue
        name = _id(feature.properties) or f"{path.stem}-{number}"
        twice += name in found
        found.setdefault(name, outline)
    if not found:
        raise BadInput(f"{path.name} holds no footprint of {_LEAST_M2:g} m² or more.")
    notes = (f"{path.name}: {twice} footprints came twice with one id; the first was kept.",) if twice else ()
    return Footprints([Footprint(name, found[name]) for name in sorted(found)], (*read_.notes, *notes))


def tidy(geometry: shapely.Geometry) -> Outline | None:
    """The polygons of a geometry in whole millimetres, small ones left out; None without any."""
    snapped = shapely.set_precision(shapely.simplify(geometry, _STRAIGHT_M), 0.001)
    polygons = [part for part in _parts(snapped) if part.area >= _LEAST_M2]
    match polygons:
        case []:
            return None
        case [one]:
            return one
        case _:
            return shapely.MultiPolygon(polygons)


def _parts(geometry: shapely.Geometry) -> Iterator[shapely.Polygon]:
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            yield part
        elif part.geom_type == "MultiPolygon":
            yield from shapely.get_parts(part)


def _id(properties: Mapping[str, Any]) -> str:
    folded = {key.casefold(): value for key, value in properties.items()}
    for name in _IDS:
        value = folded.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value):
            return _number(value)
    return ""


def _number(value: float) -> str:
    # BAG ids have sixteen digits, the first a zero that is lost where they were kept as numbers.
    digits = str(int(value))
    return digits.zfill(_BAG_DIGITS) if len(digits) == _BAG_DIGITS - 1 else digits
