"""Triangles drawn from one side into a grid of pixels that keeps what is nearest: which of them are seen."""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_PLASTIC_U, _PLASTIC_V = 0.7548776662466927, 0.5698402909980532  # evenly over a square (Roberts 2018, R2 sequence)
_STEEPEST = 400.0  # depth per pixel, squared: so nearly from its side a triangle is hard to tell from its neighbours
_MOST_POINTS, _SAME_DEPTH = 8, 0.1  # points on a triangle; and pixels
_EDGE_ON = 1e-9  # pixels²: seen from its side a triangle covers nothing


@nb.njit(nogil=True, cache=True)
def project(corners: Floats, axes: Floats, out: Floats, low: Floats, high: Floats) -> None:
    """Corners, (t, 3, 3), along `axes`, right, up and towards the eye; the lowest and highest right and up, (2,)."""
    for t in range(len(corners)):
        for k in range(3):
            x, y, z = corners[t, k, 0], corners[t, k, 1], corners[t, k, 2]
            for axis in range(3):
                out[t, k, axis] = x * axes[axis, 0] + y * axes[axis, 1] + z * axes[axis, 2]
            for axis in range(2):
                low[axis] = min(low[axis], out[t, k, axis])
                high[axis] = max(high[axis], out[t, k, axis])


@nb.njit(nogil=True, cache=True)
def scale(at: Floats, low: Floats, per_m: float) -> None:
    """Metres to pixels, those from the lower left."""
    for t in range(len(at)):
        for k in range(3):
            at[t, k, 0] = (at[t, k, 0] - low[0]) * per_m
            at[t, k, 1] = (at[t, k, 1] - low[1]) * per_m
            at[t, k, 2] *= per_m


@nb.njit(nogil=True, cache=True)
def _crossing(ax: float, ay: float, bx: float, by: float, y: float) -> Any:
    """Where an edge crosses a row; the same to the last bit for both triangles that share the edge."""
    if ay > by or (ay == by and ax > bx):
        ax, ay, bx, by = bx, by, ax, ay
    return ax + (bx - ax) * ((y - ay) / (by - ay))


@nb.njit(nogil=True, cache=True)
def _plane(at: Floats) -> Any:
    """Depth per pixel right and up, and twice the area in pixels², positive where the front is seen."""
    ux, uy, uz = at[1, 0] - at[0, 0], at[1, 1] - at[0, 1], at[1, 2] - at[0, 2]
    vx, vy, vz = at[2, 0] - at[0, 0], at[2, 1] - at[0, 1], at[2, 2] - at[0, 2]
    area = ux * vy - uy * vx
    if abs(area) < _EDGE_ON:
        return 0.0, 0.0, 0.0
    return (uz * vy - vz * uy) / area, (vz * ux - uz * vx) / area, area


@nb.njit(nogil=True, cache=True)
def draw(at: Floats, drawn: NDArray[np.uint8], depth: NDArray[np.float32], nearest: NDArray[np.int32]) -> None:
    """Projected triangles into a grid; `drawn` says of each from which sides: 0 none, 1 its front, 2 both."""
    height, width = depth.shape
    for t in range(len(at)):
        if drawn[t] == 0:
            continue
        right, up, area = _plane(at[t])
        if area == 0.0 or (area < 0.0 and drawn[t] == 1):
            continue
        low = min(at[t, 0, 1], at[t, 1, 1], at[t, 2, 1])
        high = max(at[t, 0, 1], at[t, 1, 1], at[t, 2, 1])
        for row in range(max(int(np.ceil(low - 0.5)), 0), min(int(np.ceil(high - 0.5)), height)):
            y = row + 0.5
            start, end = np.inf, -np.inf
            for k in range(3):
                a, b = at[t, k], at[t, (k + 1) % 3]
                if (a[1] <= y) != (b[1] <= y):
                    x = _crossing(a[0], a[1], b[0], b[1], y)
                    start, end = min(start, x), max(end, x)
            first, last = max(int(np.ceil(start - 0.5)), 0), min(int(np.ceil(end - 0.5)), width)
            z = np.float32(at[t, 0, 2] + right * (first + 0.5 - at[t, 0, 0]) + up * (y - at[t, 0, 1]))
            step = np.float32(right)
            for column in range(first, last):
                if z > depth[row, column]:
                    depth[row, column] = z
                    nearest[row, column] = t
                z += step


@nb.njit(nogil=True, cache=True)
def probe(
    at: Floats, sides: NDArray[np.uint8], number: int, depth: NDArray[np.float32], found: NDArray[np.bool_]
) -> None:
    """Mark triangles of which a point is no farther than what is nearest there: those between pixels, and glass.

    How deep the triangle's own plane is in the middle of the pixel is what counts, so slopes are no matter.
    """
    for t in range(len(at)):
        if found[t] or sides[t] == 0:
            continue
        right, up, area = _plane(at[t])
        if area == 0.0 or (area < 0.0 and sides[t] == 1) or right * right + up * up > _STEEPEST:
            continue
        points = 1 + min(_MOST_POINTS - 1, int(abs(area) / 64.0))
        for point in range(points):
            turn = number * _MOST_POINTS + point + 1.0
            u, v = (turn * _PLASTIC_U) % 1.0, (turn * _PLASTIC_V) % 1.0
            if u + v > 1.0:
                u, v = 1.0 - u, 1.0 - v
            x = at[t, 0, 0] + u * (at[t, 1, 0] - at[t, 0, 0]) + v * (at[t, 2, 0] - at[t, 0, 0])
            y = at[t, 0, 1] + u * (at[t, 1, 1] - at[t, 0, 1]) + v * (at[t, 2, 1] - at[t, 0, 1])
            if _in_front(x, y, at[t, 0], right, up, depth):
                found[t] = True
                break


@nb.njit(nogil=True, cache=True)
def _in_front(x: float, y: float, corner: Floats, right: float, up: float, depth: NDArray[np.float32]) -> Any:
    """Whether the plane through a corner is in front in all four pixels around a point.

    In one alone it could look past the edge of what hides the point.
    """
    height, width = depth.shape
    for i in range(2):
        for j in range(2):
            row, column = int(np.floor(y - 0.5)) + i, int(np.floor(x - 0.5)) + j
            if 0 <= row < height and 0 <= column < width:
                z = corner[2] + right * (column + 0.5 - corner[0]) + up * (row + 0.5 - corner[1])
                if z <= depth[row, column] - _SAME_DEPTH:
                    return False
    return True
