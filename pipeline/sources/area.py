"""The area that data is wanted for: a box or a polygon in RD New, however it was said.

Numbers in degrees are turned into RD by `tiles.frame`; which of the two they are is decided by their size, since no
place in the Netherlands has both readings, and is always told to the user.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray
from shapely.geometry import box, mapping, shape  # type: ignore[import-untyped]

from tiles.errors import BadInput, OutsideArea
from tiles.frame import RD_NAP, Vec3s

Bounds = tuple[float, float, float, float]
"""West, south, east, north in metres of the map."""
Coordinates = NDArray[np.float64]  # (n, 2): RD x, y in metres, or longitude, latitude in degrees

_LON_LAT = (3.0, 50.5, 7.5, 54.0)
_GROUND_ETRS89_M = 43.0
"""An ellipsoidal height near NAP 0; it moves a point of the map by far less than a millimetre."""
_EDGE_STEPS = 32
_STRAIGHT_DEG = 0.0009
"""A straight line on the graticule bends on the map by 0.25 mm over so much."""
_DECIMALS = 4
"""Of metres: below what RDNAPTRANS promises, above what two machines may compute differently."""
_FLAT = re.compile(r"CRS84|EPSG:*(0/)?4326$", re.IGNORECASE)
_RD = re.compile(r"EPSG:*(0/)?(28992|7415)$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Area:
    """A piece of the map, in RD New."""

    shape: Any
    """A shapely Polygon or MultiPolygon, metres."""
    said: str
    """How it was stated and taken, for the summary."""
    is_box: bool = False
    bounds: Bounds = field(init=False)

    def __post_init__(self) -> None:
        shapely.prepare(self.shape)
        west, south, east, north = map(float, self.shape.bounds)
        object.__setattr__(self, "bounds", (west, south, east, north))
        corners = np.array([[west, south, 0.0], [east, north, 0.0]])
        RD_NAP.require(corners)

    @property
    def km2(self) -> float:
        """Its size in square kilometres."""
        return float(self.shape.area) / 1e6

    @property
    def digest(self) -> str:
        """The same for the same area, whatever way it was said."""
        return hashlib.sha256(shapely.to_wkb(self.shape.normalize(), byte_order=1)).hexdigest()[:16]

    def geojson(self) -> dict[str, Any]:
        """The area as a GeoJSON geometry, in RD."""
        return dict(mapping(self.shape))

    def touches_box(self, bounds: Bounds) -> bool:
        """Whether a box shares more than an edge with the area."""
        other = box(*bounds)
        return bool(self.shape.intersects(other) and not self.shape.touches(other))

    def covers_box(self, bounds: Bounds) -> bool:
        """Whether a box lies within the area."""
        return bool(self.shape.covers(box(*bounds)))

    def touches(self, geometry: Mapping[str, Any]) -> bool:
        """Whether a GeoJSON geometry in RD touches the area; raises `ValueError` for one that is none."""
        return bool(self.shape.intersects(_shape(geometry)))

    def touches_points(self, xy: Coordinates) -> bool:
        """Whether the hull of points in RD touches the area."""
        return bool(self.shape.intersects(shapely.MultiPoint(xy).convex_hull))

    def inside(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which points lie in the area: on the edge of a polygon too, but of a box only on its west and south edge."""
        west, south, east, north = self.bounds
        within = (x >= west) & (x < east) & (y >= south) & (y < north)
        if not self.is_box:
            within[within] = shapely.intersects_xy(self.shape, x[within], y[within])
        return within

    def tiles(self, size_m: float) -> Iterator[Bounds]:
        """The squares of a grid that touch the area, cut to its bounds, row by row from the south."""
        west, south, east, north = self.bounds
        for column_south in np.arange(np.floor(south / size_m), np.ceil(north / size_m)) * size_m:
            for row_west in np.arange(np.floor(west / size_m), np.ceil(east / size_m)) * size_m:
                tile = (
                    max(west, float(row_west)),
                    max(south, float(column_south)),
                    min(east, float(row_west) + size_m),
                    min(north, float(column_south) + size_m),
                )
                if self.touches_box(tile):
                    yield tile


def of_bounds(bounds: Bounds, said: str = "") -> Area:
    """The box between `bounds`, RD metres."""
    return Area(box(*bounds), said or f"RD {written(bounds)}", is_box=True)


def of_outline(outline: Any, said: str) -> Area:
    """The area of a shapely Polygon or MultiPolygon in RD metres."""
    return Area(shapely.multipolygons(_surfaces(shapely.force_2d(outline))), said)


def of_text(text: str) -> Area:
    """The area of ``west,south,east,north``: RD metres, or degrees when the numbers are; raises `BadInput`."""
    example = "write west,south,east,north, for example --bbox 104650,425050,105150,425450"
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise BadInput(f"--bbox {text} is no box; {example}.") from None
    if not (west < east and south < north):
        raise BadInput(
            f"--bbox {text} holds nothing: west must be less than east, and south less than north; {example}."
        )
    corners = np.array([[west, south], [east, north]])
    if not _in_degrees(corners):
        return of_bounds((west, south, east, north))
    steps = np.linspace(0.0, 1.0, _EDGE_STEPS)[:, np.newaxis]
    turns = np.array([[west, south], [east, south], [east, north], [west, north], [west, south]])
    edge = np.concatenate([a + (b - a) * steps for a, b in pairwise(turns)])
    rd = to_rd(edge)
    bounds = (*np.floor(rd.min(axis=0)), *np.ceil(rd.max(axis=0)))
    west, south, east, north = map(float, bounds)
    said = f"longitude and latitude {text}, which RD {written((west, south, east, north))} covers"
    return of_bounds((west, south, east, north), said)


def of_file(path: Path) -> Area:
    """The area of all polygons in a GeoJSON file; raises `BadInput`."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (UnicodeDecodeError, ValueError) as error:
        raise BadInput(f"{path} is no GeoJSON ({error}).") from error
    if not isinstance(document, dict):
        raise BadInput(f"{path} is no GeoJSON: it holds a list or a bare value.")
    return of_geojson(document, path.name)


def of_geojson(document: Mapping[str, Any], name: str) -> Area:
    """The area of all polygons in a GeoJSON object, called `name` in messages; raises `BadInput`.

    Coordinates are longitude and latitude as RFC 7946 has it, or RD when a ``crs`` member or their size says so.
    """
    try:
        found = [_shape(geometry) for geometry in _geometries(document)]
    except ValueError as error:
        raise BadInput(f"{name} has a geometry that cannot be read ({error}).") from error
    polygons = [polygon for polygon in found if polygon.geom_type in {"Polygon", "MultiPolygon"}]
    if not polygons:
        raise BadInput(f"{name} has no polygon; draw the area as one.")
    area = shapely.union_all([shapely.make_valid(polygon) for polygon in polygons])
    said = name
    if not all(polygon.is_valid for polygon in polygons):
        said += ", whose outline crosses itself and was repaired"
    if _states_degrees(document, shapely.get_coordinates(area), name):
        area = shapely.make_valid(shapely.transform(shapely.segmentize(area, _STRAIGHT_DEG), to_rd))
        said += ", in longitude and latitude"
    if area.area <= 0:
        raise BadInput(f"{name} has a polygon without surface.")
    return of_outline(area, f"{said}, within RD {written(area.bounds)}")


def to_rd(lon_lat: Coordinates) -> Coordinates:
    """Longitude and latitude (ETRS89, degrees, (n, 2)) to RD x and y (metres); raises `OutsideArea`."""
    heights = np.full(len(lon_lat), _GROUND_ETRS89_M)
    geographic: Vec3s = np.column_stack([lon_lat[:, 1], lon_lat[:, 0], heights])
    return np.round(RD_NAP.from_geographic(geographic)[:, :2], _DECIMALS)


def written(bounds: Bounds) -> str:
    """Bounds for people and addresses, to the millimetre at most."""
    return ",".join(f"{value:.3f}".rstrip("0").rstrip(".") for value in bounds)


def _surfaces(area: Any) -> list[Any]:
    """The polygons of a geometry, in one order, without the lines that a repair may leave."""
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "MultiPolygon"]
    parts = [piece for part in parts for piece in shapely.get_parts(part)] + [
        part for part in shapely.get_parts(area) if part.geom_type == "Polygon"
    ]
    return sorted((part.normalize() for part in parts), key=shapely.to_wkb)


def _geometries(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    match document.get("type"):
        case "FeatureCollection":
            for feature in document.get("features") or ():
                yield from _geometries(feature)
        case "Feature":
            if document.get("geometry"):
                yield from _geometries(document["geometry"])
        case "GeometryCollection":
            for geometry in document.get("geometries") or ():
                yield from _geometries(geometry)
        case _:
            yield document


def _shape(geometry: Mapping[str, Any]) -> Any:
    try:
        return shape(geometry)
    except (shapely.errors.ShapelyError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{geometry.get('type')}: {error}") from error


def _states_degrees(document: Mapping[str, Any], coordinates: Coordinates, name: str) -> bool:
    """Whether coordinates are longitude and latitude; raises `BadInput` when they are not what the file says."""
    stated = str(((document.get("crs") or {}).get("properties") or {}).get("name", ""))
    degrees = _in_degrees(coordinates)
    if stated and not (_FLAT.search(stated) or _RD.search(stated)):
        raise BadInput(f"{name} is in {stated}; write it in RD (EPSG:28992) or in longitude and latitude (CRS84).")
    if stated and degrees != bool(_FLAT.search(stated)):
        raise BadInput(f"{name} says {stated}, but its first corner is {coordinates[0, 0]:g}, {coordinates[0, 1]:g}.")
    return degrees


def _in_degrees(coordinates: Coordinates) -> bool:
    """Whether numbers are longitude and latitude in the Netherlands; raises `OutsideArea` for other degrees."""
    west, south, east, north = _LON_LAT
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    if (np.abs(coordinates) > 360).any():  # noqa: PLR2004 - no degrees
        return False
    if west <= low[0] and high[0] <= east and south <= low[1] and high[1] <= north:
        return True
    swapped = west <= low[1] and high[1] <= east and south <= low[0] and high[0] <= north
    advice = (
        "longitude comes first, and these look swapped" if swapped else "give RD metres, or degrees in that country"
    )
    raise OutsideArea(f"{low[0]:g}, {low[1]:g} lies neither in RD New nor in degrees in the Netherlands: {advice}.")
