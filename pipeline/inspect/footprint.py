"""The outline of a model on the ground: all its triangles seen from above, as one shape."""

from collections.abc import Sequence

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from models.model import SPACES, Model
from pipeline.polygons import Outline, bounds_of

_STEP_M = 0.01
_LEAST_M2 = 1e-3
_FIRST, _MOST = 4_000, 30_000  # triangles
_FINE_M, _FINE = 0.03, 1e-4
"""Gaps and corners smaller than this, or than this part of the whole, are smoothed away."""
_HOLE_M2 = 0.5
_LINE_M = 0.05
GROUND = ("IfcSite", "IfcGeographicElement", "IfcCourse", "IfcPavement", "IfcEarthworksElement", "TINRelief", "LandUse")
"""What lies around a building and is no part of its outline."""


def building(model: Model) -> NDArray[np.bool_]:
    """Which elements make the outline, (elements,): all but spaces and ground; all when nothing else is there."""
    chosen = np.array([each.layer != SPACES and each.kind not in GROUND for each in model.elements], bool)
    return chosen if chosen.any() else np.ones(len(model.elements), bool)


def footprint(model: Model) -> Outline:
    """What a model covers of the ground, metres of the model; upright sheets alone are drawn as thin lines.

    The largest triangles come first: most of the others then lie within what is covered already, and finding that out
    is quicker than joining them. What is left is joined at 40 µs a triangle; of very many the smallest are left out.
    """
    triangles = _from_above(model, building(model))
    covered = _joined(triangles[:_FIRST])
    left = triangles[_FIRST:][~_covers(covered, triangles[_FIRST:])]
    covered = shapely.union(covered, _joined(left[:_MOST]))
    fine_m = max(_FINE_M, _FINE * _reach(covered))
    closed = shapely.buffer(shapely.buffer(covered, fine_m, join_style="mitre"), -fine_m, join_style="mitre")
    # From its lowest corner on: a ring that begins amid a side keeps that point.
    outline = _without_pinholes(shapely.simplify(shapely.normalize(closed), fine_m))
    return _lines(model) if outline.is_empty else outline


def _reach(outline: Outline) -> float:
    """The longer side of the box around an outline; 0 for an empty one."""
    if outline.is_empty:
        return 0.0
    west, south, east, north = bounds_of([outline])
    return max(east - west, north - south)


def _lines(model: Model) -> Outline:
    corners = np.concatenate([surface.positions[surface.triangles][:, :, :2] for surface in model.surfaces])
    return shapely.union_all(shapely.buffer(shapely.linestrings(corners[:_MOST]), _LINE_M / 2))


def _joined(triangles: NDArray[np.float64]) -> Outline:
    return shapely.union_all(shapely.polygons(triangles))


def _covers(covered: Outline, triangles: NDArray[np.float64]) -> NDArray[np.bool_]:
    if not len(triangles):
        return np.zeros(0, bool)
    shapely.prepare(covered)
    # Corners are told in a microsecond; only where all three lie within, the sides are looked at as well.
    x, y = triangles[:, :, 0].ravel(), triangles[:, :, 1].ravel()
    within: NDArray[np.bool_] = np.all(shapely.intersects_xy(covered, x, y).reshape(-1, 3), axis=1)
    within[within] = shapely.covers(covered, shapely.polygons(triangles[within]))
    return within


def _from_above(model: Model, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Corners of triangles seen from above, (t, 3, 2), whole centimetres, the largest first and none twice."""
    parts = []
    for surface in model.surfaces:
        own = surface.triangles[chosen[surface.features[surface.triangles[:, 0]]]]
        parts.append(np.rint(surface.positions[own][:, :, :2] / _STEP_M))
    flat = np.concatenate(parts) if parts else np.zeros((0, 3, 2))
    (ax, ay), (bx, by), (cx, cy) = (flat[:, corner].T for corner in range(3))
    area = np.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2
    kept = np.flatnonzero(area * _STEP_M**2 > _LEAST_M2)
    kept = kept[np.argsort(-area[kept], kind="stable")]
    ordered = np.take_along_axis(flat[kept], _corner_order(flat[kept])[:, :, None], axis=1)
    _, first = np.unique(ordered.reshape(-1, 6), axis=0, return_index=True)
    return flat[kept][np.sort(first)] * _STEP_M


def _corner_order(flat: NDArray[np.float64]) -> NDArray[np.intp]:
    return np.asarray(np.lexsort((flat[:, :, 1], flat[:, :, 0]), axis=1))


def _without_pinholes(outline: Outline) -> Outline:
    parts = [
        shapely.Polygon(part.exterior, [ring for ring in part.interiors if shapely.Polygon(ring).area >= _HOLE_M2])
        for part in shapely.get_parts(outline)
        if part.geom_type == "Polygon" and not part.is_empty
    ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def rings(outline: Outline) -> Sequence[NDArray[np.float64]]:
    """The outer ring of each part, (n, 2), the largest part first."""
    parts = sorted(shapely.get_parts(outline), key=lambda part: -part.area)
    return [shapely.get_coordinates(part.exterior) for part in parts]


def moved(outline: Outline, matrix: NDArray[np.float64]) -> Outline:
    """An outline in model metres on the map, by a 4 × 4 matrix that keeps z upright."""

    def place(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(xy @ matrix[:2, :2].T + matrix[:2, 3])

    return shapely.transform(outline, place)
