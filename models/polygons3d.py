"""Flat polygons in space as triangles."""

from collections.abc import Sequence

import mapbox_earcut  # type: ignore[import-not-found]
import numpy as np

Triangle = tuple[int, int, int]
Corners = Sequence[Sequence[float]]  # x, y, z of each vertex, metres

_QUAD = 4


def triangles(rings: Sequence[Sequence[int]], vertices: Corners) -> list[Triangle]:
    """A polygon, its outer ring first and then its holes, as triangles that face as it does; none without area.

    Rings are rows of `vertices`, without the first repeated at the end.
    """
    outer = rings[0]
    if len(rings) == 1 and len(outer) == 3:  # noqa: PLR2004 - a triangle
        return [(outer[0], outer[1], outer[2])]
    normal = _newell([vertices[corner] for corner in outer])
    axis = max(range(3), key=lambda axis: abs(normal[axis]))
    if normal[axis] == 0:
        return []
    # Seen along the axis that the polygon faces most, turned so that it is counter-clockwise.
    one, other = ((1, 2), (2, 0), (0, 1))[axis]
    if normal[axis] < 0:
        one, other = other, one
    corners = [corner for ring in rings for corner in ring]
    x0, y0 = vertices[outer[0]][one], vertices[outer[0]][other]
    flat = [(vertices[corner][one] - x0, vertices[corner][other] - y0) for corner in corners]
    if len(rings) == 1 and len(outer) == _QUAD and (halves := _halved(flat)):
        return [(corners[a], corners[b], corners[c]) for a, b, c in halves]
    ends = np.cumsum([len(ring) for ring in rings]).astype(np.uint32)
    found = mapbox_earcut.triangulate_float64(np.array(flat), ends).reshape(-1, 3).tolist()
    turned = [_turned((a, b, c), flat) for a, b, c in found]
    return [(corners[a], corners[b], corners[c]) for a, b, c in turned if _doubled_area(flat, a, b, c) > 0]


def _newell(ring: Corners) -> tuple[float, float, float]:
    """The normal of a ring by Newell's method, not of unit length."""
    x0, y0, z0 = ring[0]
    nx = ny = nz = 0.0
    xa, ya, za = (value - start for value, start in zip(ring[-1], (x0, y0, z0), strict=True))
    for x, y, z in ring:
        xb, yb, zb = x - x0, y - y0, z - z0
        nx += (ya - yb) * (za + zb)
        ny += (za - zb) * (xa + xb)
        nz += (xa - xb) * (ya + yb)
        xa, ya, za = xb, yb, zb
    return nx, ny, nz


_Flat = Sequence[tuple[float, float]]


def _doubled_area(flat: _Flat, a: int, b: int, c: int) -> float:
    (ax, ay), (bx, by), (cx, cy) = flat[a], flat[b], flat[c]
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)


def _halved(flat: _Flat) -> tuple[Triangle, Triangle] | None:
    """A quadrilateral cut along a diagonal that lies inside it."""
    for start in (0, 1):
        a, b, c, d = ((start + step) % _QUAD for step in range(_QUAD))
        if _doubled_area(flat, a, b, c) > 0 and _doubled_area(flat, a, c, d) > 0:
            return (a, b, c), (a, c, d)
    return None


def _turned(triangle: Triangle, flat: _Flat) -> Triangle:
    a, b, c = triangle
    return triangle if _doubled_area(flat, a, b, c) >= 0 else (a, c, b)
