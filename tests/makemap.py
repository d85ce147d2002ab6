"""Maps made here: polygons and aerial photos, small, known, and the same every time."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer

from tiles.frame import RD_NAP

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


def ground(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """What colour the ground has, sRGB 0 to 255 at RD metres, (n, 3): waves of 8 m, so that 5 cm show."""
    x, y = xy.T * (2 * np.pi / 8)
    return 128 + 110 * np.stack([np.sin(x), np.sin(y), np.sin((x + y) / 2)], axis=-1)


def write_photo(path: Path, pixels: NDArray[Any], affine: Affine, crs: str | None, **profile: Any) -> Path:
    """A raster of (bands, h, w); a GeoTIFF unless `driver` says otherwise."""
    bands, height, width = pixels.shape
    shape = {"count": bands, "height": height, "width": width, "dtype": pixels.dtype, "transform": affine, "crs": crs}
    with rasterio.open(path, "w", **({"driver": "GTiff"} | shape | profile)) as dataset:
        dataset.write(pixels)
    return path


def photo_of_ground(
    path: Path, bounds: tuple[float, float, float, float], pixel_m: float, crs: str = "EPSG:28992", **profile: Any
) -> Path:
    """A photo of `ground` that covers bounds (RD metres) at least, in any reference system on ETRS89."""
    west, south, east, north = bounds
    corners = np.array([(x, y) for x in np.linspace(west, east, 9) for y in np.linspace(south, north, 9)])
    outline = _from_rd(corners, crs)
    low, high = outline.min(axis=0), outline.max(axis=0)
    across, down = round((east - west) / pixel_m), round((north - south) / pixel_m)
    affine = Affine.translation(low[0], high[1]) @ Affine.scale(*(high - low) * (1, -1) / (across, down))
    columns, rows = np.meshgrid(np.arange(across) + 0.5, np.arange(down) + 0.5)
    centres = np.stack(affine @ (columns.ravel(), rows.ravel()), axis=-1)
    colours = np.rint(ground(_to_rd(centres, crs))).astype(np.uint8)
    return write_photo(path, colours.T.reshape(3, down, across), affine, crs, **profile)


def _from_rd(xy: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    if crs == "EPSG:28992":
        return xy
    lonlat = RD_NAP.to_geographic(np.column_stack([xy, np.zeros(len(xy))]))[:, [1, 0]]
    return np.stack(Transformer.from_crs("EPSG:4258", crs, always_xy=True).transform(*lonlat.T), axis=-1)


def _to_rd(xy: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    if crs == "EPSG:28992":
        return xy
    lon, lat = Transformer.from_crs(crs, "EPSG:4258", always_xy=True).transform(*xy.T)
    return RD_NAP.from_geographic(np.column_stack([lat, lon, np.zeros(len(lat))]))[:, :2]
