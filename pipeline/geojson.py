"""Polygons from GeoJSON (RFC 7946) as exact outlines on the map.

Longitude and latitude are taken for ETRS89, which is what our tiles are in and so what is drawn on them; RD New is
recognised where the file names it, and by its numbers, which no longitude and latitude can have.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely  # type: ignore[import-untyped]

from tiles.crs import recognise
from tiles.errors import BadInput, OutsideArea, Problem
from tiles.frame import RD_NAP

from .polygons import Outline, Xy

MOST_BYTES = 64 << 20
_MOST_VERTICES = 5_000_000
_NETHERLANDS_DEG = (2.0, 50.0, 8.0, 56.0)  # longitude, latitude: where RDNAPTRANS2018's grids lie

# A straight line on the graticule bends on the map by L² · tan(latitude) / 8R: 0.25 mm over 100 m.
_STRAIGHT_DEG = 0.0009
_DECIMALS = 4  # of metres: below what RDNAPTRANS promises, above what two machines may compute differently

_DEGREES = {"EPSG:4326", "EPSG:4258", "EPSG:4979", "EPSG:4937", "OGC:CRS84", "WGS 84 (CRS84)", "ETRS89 (CRS84)"}
_RD = {"EPSG:28992", "EPSG:7415"}


@dataclass(frozen=True)
class Feature:
    """One polygon, or several that belong together, and what the file says of it."""

    outline: Outline
    properties: Mapping[str, Any]
    where: str
    """The file and the feature in it, for a message."""


@dataclass(frozen=True)
class Features:
    """What a file holds, and what was assumed or repaired, in sentences for the user."""

    features: tuple[Feature, ...]
    notes: tuple[str, ...]


def read_features(path: Path) -> Features:
    """The polygons of a GeoJSON file in RD metres; raises a `Problem` that names the file and feature."""
    return features_of(_document(path), path.name)


def features_of(document: Mapping[str, Any], name: str) -> Features:
    """The polygons of a GeoJSON object in RD metres, `name` being what it is called; raises a `Problem`."""
    members = _members(document, name)
    notes: list[str] = []
    features = []
    for number, member in enumerate(members, 1):
        where = name if len(members) == 1 else f"{name}, feature {number}"
        properties = member.get("properties") or {}
        if not isinstance(properties, dict):
            raise BadInput(f"{where}: its properties are {_short(properties)}, not an object; mend the file.")
        reading = _Reading(name, where, _stated(member, document, where), notes)
        features.append(Feature(_outline(member, reading), properties, where))
    return Features(tuple(features), tuple(dict.fromkeys(notes)))


@dataclass(frozen=True)
class _Reading:
    """One feature while it is read."""

    file: str
    where: str
    stated: "_Stated"
    notes: list[str]
    """Grows as things are assumed or repaired."""


@dataclass(frozen=True)
class _Stated:
    """Which reference system a file names, if any."""

    crs: str | None = None
    of_place: bool = False
    """Whether it is OGC JSON-FG's `coordRefSys`, which is of `place`; a plain `geometry` is CRS84 all the same."""


def _document(path: Path) -> dict[str, Any]:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise BadInput(f"{path.name} is {size / 2**20:.0f} MiB; polygons may take {MOST_BYTES >> 20}: simplify it.")
        document = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_refuse)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path.name} is not JSON that can be read: {error}.") from error
    if not isinstance(document, dict):
        raise BadInput(f"{path.name} is not GeoJSON: it holds {_short(document)}.")
    return document


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number")


def _members(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The features of any GeoJSON object (RFC 7946, section 3); a bare geometry is one without properties."""
    match document:
        case {"type": "FeatureCollection", "features": [_, *_] as features}:
            for number, feature in enumerate(features, 1):
                if not isinstance(feature, dict) or feature.get("type") != "Feature":
                    raise BadInput(f"{name}, feature {number} is no Feature but {_short(feature)}; mend the file.")
            return list(features)
        case {"type": "FeatureCollection"}:
            raise BadInput(f"{name} holds no features; draw at least one polygon.")
        case {"type": "Feature"}:
            return [document]
        case {"type": str()}:
            return [{"geometry": document}]
        case _:
            raise BadInput(f"{name} is JSON but not GeoJSON: it has no type; export it as GeoJSON.")


def _outline(member: Mapping[str, Any], reading: _Reading) -> Outline:
    where = reading.where
    placed = member.get("place")
    geometry = placed if isinstance(placed, dict) else member.get("geometry")
    polygons = [_polygon(rings, where) for rings in _polygons(geometry, where)]
    if not polygons:
        raise BadInput(f"{where} is empty; draw a polygon or leave it out.")
    if _in_degrees(shapely.get_coordinates(polygons), reading):
        polygons = [_on_map(polygon, where) for polygon in polygons]
    polygons = [_repaired(polygon, reading) for polygon in polygons]
    _require_on_map(shapely.get_coordinates(polygons), where)
    parts = shapely.get_parts(polygons)
    if len(parts) == 1:
        return parts[0]
    outline = shapely.MultiPolygon(list(parts))
    return outline if shapely.is_valid(outline) else shapely.union_all(parts)


def _polygons(geometry: Any, where: str, *, nested: bool = False) -> Iterator[Any]:
    """The coordinates of each polygon of a geometry."""
    match geometry:
        case {"type": "Polygon", "coordinates": list(rings)}:
            yield from [rings] if rings else []
        case {"type": "MultiPolygon", "coordinates": list(polygons)}:
            yield from polygons
        case {"type": "GeometryCollection", "geometries": list(parts)} if not nested:
            for part in parts:
                yield from _polygons(part, where, nested=True)
        case {"type": ("Polygon" | "MultiPolygon") as kind}:
            raise BadInput(f"{where}: its {kind} has no coordinates; mend the file.")
        case {"type": str(kind)}:
            raise BadInput(f"{where} is a {_short(kind)}; only polygons can be used here.")
        case _:
            raise BadInput(f"{where} has no geometry; draw a polygon or leave it out.")


def _polygon(rings: Any, where: str) -> Outline:
    if not isinstance(rings, list) or not rings:
        raise BadInput(f"{where}: a polygon is {_short(rings)}, not a list of rings; mend the file.")
    shell, *holes = (_ring(ring, where) for ring in rings)
    return shapely.Polygon(shell, holes)


def _ring(positions: Any, where: str) -> Xy:
    if not isinstance(positions, list):
        raise BadInput(f"{where}: a ring is {_short(positions)}, not a list of positions; mend the file.")
    try:
        xy = np.array([_position(position) for position in positions], np.float64).reshape(-1, 2)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{where}: {error}; a position is two numbers, x and y or longitude and latitude.") from error
    if len(xy) < 4:  # noqa: PLR2004 - RFC 7946, section 3.1.6
        raise BadInput(f"{where}: a ring has {len(xy)} positions; a polygon needs four or more, the last as the first.")
    if (xy[0] != xy[-1]).any():
        raise BadInput(
            f"{where}: a ring is not closed: it begins at {_written(xy[0])} and ends at {_written(xy[-1])}; "
            "repeat the first position at the end."
        )
    return xy


def _position(position: Any) -> tuple[float, float]:
    match position:
        case [int() | float() as x, int() | float() as y, *_] if not isinstance(x, bool) and not isinstance(y, bool):
            if np.isfinite(float(x)) and np.isfinite(float(y)):
                return float(x), float(y)
    raise ValueError(f"{_short(position)} is no position")


def _in_degrees(xy: Xy, reading: _Reading) -> bool:
    """Whether coordinates are longitude and latitude, by what the file states and what the numbers can be."""
    where, stated = reading.where, reading.stated.crs
    can_be_degrees = bool((np.abs(xy) <= (180, 90)).all())
    if stated is None and not can_be_degrees:
        _require_on_map(xy, where)
        reading.notes.append(f"{reading.file} names no reference system; its numbers can only be RD New (EPSG:28992).")
    elif stated in _RD and can_be_degrees and not reading.stated.of_place:
        raise OutsideArea(f"{where} states {stated}, but {_written(xy[0])} is not in RD New; correct one of them.")
    elif stated in _DEGREES and not can_be_degrees:
        raise OutsideArea(f"{where} states {stated}, but {_written(xy[0])} are no degrees; correct one of them.")
    elif stated is not None and stated not in _RD | _DEGREES:
        raise BadInput(f"{where} is in {stated}; convert it to CRS84 (longitude, latitude) or RD New (EPSG:28992).")
    return can_be_degrees


def _stated(member: Mapping[str, Any], document: Mapping[str, Any], where: str) -> _Stated:
    for holder in (member, document):
        for key in ("coordRefSys", "crs"):
            if holder.get(key) is not None:
                return _Stated(_named(holder[key], where), of_place=key == "coordRefSys")
    return _Stated()


def _named(stated: Any, where: str) -> str:
    """A reference system of OGC JSON-FG (`coordRefSys`) or of GeoJSON 2008, section 3 (`crs`)."""
    match stated:
        case str(name) | {"properties": {"name": str(name)}} | {"type": "Reference", "href": str(name)}:
            pass
        case _:
            raise BadInput(
                f"{where} names its reference system as {_short(stated)}; write urn:ogc:def:crs:EPSG::28992."
            )
    parts = name.strip("[]").replace("/", ":").rsplit("crs:", 1)[-1].split(":")
    try:
        return recognise(f"{parts[0]}:{parts[-1]}" if len(parts) > 1 else name)
    except Problem as problem:
        raise BadInput(f"{where}: {problem}") from problem


def _on_map(polygon: Outline, where: str) -> Outline:
    """A polygon in longitude and latitude on the map, its edges straight in degrees as RFC 7946 (3.1.1) wants."""
    if shapely.length(polygon) / _STRAIGHT_DEG > _MOST_VERTICES:
        raise OutsideArea(f"{where} reaches far outside the Netherlands; draw it smaller.")
    lon, lat = shapely.get_coordinates(polygon).T
    west, south, east, north = _NETHERLANDS_DEG
    outside = (lon < west) | (lon > east) | (lat < south) | (lat > north)
    if outside.any():
        at = lon[outside][0], lat[outside][0]
        swapped = west <= at[1] <= east and south <= at[0] <= north
        advice = "GeoJSON wants longitude first, and these look swapped" if swapped else "check the coordinates"
        raise OutsideArea(
            f"{where}: longitude, latitude = {_written(at)} lies outside the Netherlands "
            f"(longitude {west:g} to {east:g}, latitude {south:g} to {north:g}); {advice}."
        )

    def to_rd(lonlat: Xy) -> Xy:
        geographic = np.column_stack([lonlat[:, ::-1], np.zeros(len(lonlat))])  # RD x and y do not depend on height
        try:
            return np.round(RD_NAP.from_geographic(geographic)[:, :2], _DECIMALS)
        except OutsideArea as problem:
            raise OutsideArea(f"{where}: {problem}") from problem

    return shapely.transform(shapely.segmentize(polygon, _STRAIGHT_DEG), to_rd)


def _require_on_map(xy: Xy, where: str) -> None:
    try:
        RD_NAP.require(np.column_stack([xy, np.zeros(len(xy))]))
    except OutsideArea as problem:
        raise OutsideArea(f"{where}: {problem}") from problem


def _repaired(polygon: Outline, reading: _Reading) -> Outline:
    """A valid polygon: rings enclose what they go around, either way, and holes only take away."""
    if not shapely.is_valid(polygon):
        reason = shapely.is_valid_reason(polygon)
        reading.notes.append(
            f"{reading.where} is no proper polygon ({_spaced(reason)}); it was repaired, check that it is meant so."
        )
        polygon = shapely.make_valid(polygon, method="structure", keep_collapsed=False)
    if polygon.is_empty or polygon.area == 0:
        raise BadInput(f"{reading.where} has a polygon without area; draw it again or leave it out.")
    return polygon


def _spaced(reason: str) -> str:
    """GEOS's "Self-intersection[104900 425250]" in words."""
    what, _, at = reason.partition("[")
    return f"{what.lower()} at {at.rstrip(']').replace(' ', ', ')}" if at else what.lower()


def _written(numbers: Any) -> str:
    return ", ".join(f"{float(number):.10g}" for number in numbers)


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - fits in one line of a message
