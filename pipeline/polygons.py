"""Outlines on the map: which points lie in them, and what they cover of a square."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from tiles.frame import RD_NAP, Vec3s

Bounds = tuple[float, float, float, float]
"""West, south, east, north in map metres."""
Outline: TypeAlias = shapely.Geometry
"""A valid shapely Polygon or MultiPolygon in RD metres."""
Xy = NDArray[np.float64]
"""(n, 2), RD metres, or degrees of longitude and latitude where that is said."""
Rows = NDArray[np.intp]
"""(k,), which of some points."""

_DIGEST_STEP_M = 1e-6


def square(bounds: Bounds) -> Outline:
    """Bounds as a polygon."""
    return shapely.box(*bounds)


def written(bounds: Bounds) -> str:
    """Bounds for people and addresses, to the millimetre at most."""
    return ",".join(f"{value:.3f}".rstrip("0").rstrip(".") for value in bounds)


def hull(xy: Xy) -> Outline:
    """What points, (n, 2), enclose: a polygon, or a line or a point where they are few."""
    return shapely.MultiPoint(xy).convex_hull


def as_written(geometry: Mapping[str, Any]) -> Outline:
    """A GeoJSON geometry of whatever kind with the numbers it has; raises `ValueError` for one that is none."""
    try:
        return shapely.from_geojson(json.dumps(geometry))
    except (shapely.errors.ShapelyError, TypeError) as error:
        raise ValueError(f"{geometry.get('type')}: {error}") from error


def bounds_of(outlines: Sequence[Outline]) -> Bounds:
    """The bounds of one or more outlines together."""
    west, south, east, north = map(float, shapely.total_bounds(np.array(outlines, object)))
    return west, south, east, north


def in_box(bounds: Bounds, xyz: Vec3s) -> Rows:
    """Which points (x, y of map metres) lie in bounds or on their edge."""
    west, south, east, north = bounds
    x, y = xyz[:, 0], xyz[:, 1]
    inside = (x >= west) & (x <= east)
    inside &= (y >= south) & (y <= north)
    return np.flatnonzero(inside)


def each_within(outlines: Sequence[Outline], xyz: Vec3s) -> Iterator[Rows]:
    """For each outline the points (x, y of RD metres) that lie in it or on its edge; exact."""
    near = in_box(bounds_of(outlines), xyz)
    # In the order of x, what lies beside an outline need not be looked at: 200 houses take 10 times less.
    ordered = len(outlines) > 1
    if ordered:
        near = near[np.argsort(xyz[near, 0])]
    x, y = xyz[near, 0], xyz[near, 1]
    for outline in outlines:
        west, south, east, north = shapely.bounds(outline)
        first = int(np.searchsorted(x, west)) if ordered else 0
        last = int(np.searchsorted(x, east, side="right")) if ordered else len(x)
        rows = first + np.flatnonzero((y[first:last] >= south) & (y[first:last] <= north))
        shapely.prepare(outline)  # does nothing the second time; is not pickled
        yield near[rows[shapely.intersects_xy(outline, x[rows], y[rows])]]


def fingerprint(outlines: Sequence[Outline], bounds: Bounds) -> bytes:
    """What outlines together cover of a square, edges that only touch it included: the same bytes for the same cover.

    Two covers that differ by more than a micrometre never give the same bytes.
    """
    clipped = shapely.union_all(shapely.intersection(np.array(outlines, object), square(bounds)))
    rounded = shapely.transform(clipped, lambda xy: np.rint(xy / _DIGEST_STEP_M) + 0.0)  # + 0.0: no −0
    covered: bytes = shapely.to_wkb(shapely.normalize(rounded), byte_order=1)
    return covered


def to_lonlat(outline: Outline) -> dict[str, Any]:
    """An outline as a GeoJSON geometry in CRS84, shells counter-clockwise (RFC 7946, section 3.1.6)."""

    def to_degrees(xy: Xy) -> Xy:
        geographic = RD_NAP.to_geographic(np.column_stack([xy, np.zeros(len(xy))]))
        return np.round(geographic[:, [1, 0]], 10)

    fine = shapely.segmentize(outline, 100.0)
    turned = shapely.orient_polygons(shapely.transform(fine, to_degrees), exterior_cw=False)
    geometry: dict[str, Any] = json.loads(shapely.to_geojson(turned))
    return geometry
