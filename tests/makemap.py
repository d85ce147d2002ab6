"""Maps made here: polygons and aerial photos, small, known, and the same every time."""

import json
from pathlib import Path
from typing import Any

Ring = list[list[float]]

RD_CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}


def rectangle(west: float, south: float, east: float, north: float) -> Ring:
    """A closed ring, counter-clockwise."""
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(*rings: Ring, **properties: Any) -> dict[str, Any]:
    """A polygon with holes as a GeoJSON Feature."""
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": list(rings)}}


def collection(*features: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A FeatureCollection, with other members such as `crs`."""
    return {"type": "FeatureCollection", **members, "features": list(features)}


def write_geojson(path: Path, document: Any) -> Path:
    """A file of JSON, or of the text itself."""
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path
