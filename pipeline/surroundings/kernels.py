"""The loops that touch every point or node, compiled by numba."""
# mypy: disallow-untyped-decorators=False
# ruff: noqa: PLR0913, PLR0917 - compiled functions take plain arrays, not objects

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

NEAR_MM, FAR_MM = 600, 1200
"""A node is measured by the ground within 0.6 m, or within 1.2 m where there is too little of it."""

_OWN_MM = 400  # a ground point this near measures a node by itself; farther ones must lie around it
_FEWEST, _QUARTERS = 3, 3
_ROUGHNESS_MM, _STEEPEST = 250.0, 0.7
_ROUND = 0.05  # of points in a line this would be 0
_HOLE = np.iinfo(np.int32).min

Column = NDArray[Any]


@nb.njit(nogil=True, cache=True)
def measure(x: Column, y: Column, z: Column, starts: Column, step_mm: int, out: Column) -> None:
    """The height of every node, mm, from the ground points near it; `_HOLE` where there are none.

    `out` is (rows, columns) with node (0, 0) at x = y = 0. Points are sorted by bin, a bin being the square of one step
    around a node; `starts` says where each begins, row by row, and where the last ends: rows + 4 by columns + 4 bins,
    two more than nodes on every side.
    """
    rows, columns = out.shape
    for row in range(rows):
        for column in range(columns):
            height, good = _node(x, y, z, starts, column, row, columns + 4, step_mm, 1, NEAR_MM)
            if not good:
                farther, good = _node(x, y, z, starts, column, row, columns + 4, step_mm, 2, FAR_MM)
                height = farther if good or height == _HOLE else height
            out[row, column] = height


@nb.njit(nogil=True, cache=True)
def _node(
    x: Column, y: Column, z: Column, starts: Column, column: int, row: int, width: int, step: int, bins: int, reach: int
) -> tuple[int, bool]:
    """One node's height by a plane through the ground around it, weighted to the near; and whether it is good."""
    at_x, at_y = column * step, row * step
    middle, nearest, quarters, found = _reference(x, y, z, starts, column, row, width, step, bins, reach)
    if found < _FEWEST or (nearest > _OWN_MM * _OWN_MM and quarters < _QUARTERS):
        return _HOLE, False
    # Whole numbers throughout, so that no order of points shows in the sums.
    n = 0
    w = wx = wy = wz = wxx = wxy = wyy = wxz = wyz = 0
    low, high = 1 << 31, -(1 << 31)
    for r in range(row + 2 - bins, row + 3 + bins):
        first = r * width + column + 2
        for i in range(starts[first - bins], starts[first + bins + 1]):
            dx, dy, dz = x[i] - at_x, y[i] - at_y, z[i] - middle
            square = dx * dx + dy * dy
            # The other side of a quay is no measurement of this one.
            if square > reach * reach or abs(dz) > _ROUGHNESS_MM + _STEEPEST * np.sqrt(square):
                continue
            weight = 1 + ((reach * reach - square) >> 10)
            n += 1
            w += weight
            wx += weight * dx
            wy += weight * dy
            wz += weight * dz
            wxx += weight * dx * dx
            wxy += weight * dx * dy
            wyy += weight * dy * dy
            wxz += weight * dx * dz
            wyz += weight * dy * dz
            low, high = min(low, dz), max(high, dz)
    mean_x, mean_y, mean_z = wx / w, wy / w, wz / w
    xx, xy, yy = wxx - wx * mean_x, wxy - wx * mean_y, wyy - wy * mean_y
    xz, yz = wxz - wx * mean_z, wyz - wy * mean_z
    determinant = xx * yy - xy * xy
    height = mean_z
    good = n > _FEWEST and determinant > _ROUND * xx * yy
    if good:
        slope_x, slope_y = (xz * yy - yz * xy) / determinant, (yz * xx - xz * xy) / determinant
        height = mean_z - slope_x * mean_x - slope_y * mean_y
    # A plane carried beyond its points is no measurement: the height stays between the lowest and the highest of them.
    return int(np.rint(middle + min(max(height, float(low)), float(high)))), good and quarters >= _QUARTERS


@nb.njit(nogil=True, cache=True)
def _reference(
    x: Column, y: Column, z: Column, starts: Column, column: int, row: int, width: int, step: int, bins: int, reach: int
) -> tuple[int, int, int, int]:
    """Of the three nearest points the middle height; the nearest's squared distance; quarters and points found."""
    at_x, at_y = column * step, row * step
    far = 1 << 60
    d0 = d1 = d2 = far
    z0 = z1 = z2 = 0
    quarters, found = 0, 0
    for r in range(row + 2 - bins, row + 3 + bins):
        first = r * width + column + 2
        for i in range(starts[first - bins], starts[first + bins + 1]):
            dx, dy, height = x[i] - at_x, y[i] - at_y, z[i]
            square = dx * dx + dy * dy
            if square > reach * reach:
                continue
            found += 1
            quarters |= 1 << ((dx > 0) + 2 * (dy > 0))
            if square < d0 or (square == d0 and height < z0):
                d0, z0, d1, z1, d2, z2 = square, height, d0, z0, d1, z1
            elif square < d1 or (square == d1 and height < z1):
                d1, z1, d2, z2 = square, height, d1, z1
            elif square < d2 or (square == d2 and height < z2):
                d2, z2 = square, height
    if found < _FEWEST:
        z2 = z1 = z0
    middle = max(min(z0, z1), min(max(z0, z1), z2))
    count = (quarters & 1) + ((quarters >> 1) & 1) + ((quarters >> 2) & 1) + ((quarters >> 3) & 1)
    return middle, d0, count, found


@nb.njit(nogil=True, cache=True)
def spread(levels: Column, may: Column, step: int, labels: Column) -> int:
    """Number the connected regions among cells that `may` take part; -1 elsewhere. Gives how many there are.

    `labels` (rows, columns) comes in as -1. Cells with a level (not `_HOLE`) join those of the eight around whose level
    differs by at most `step`. Cells without one then join the region that reaches them first; those that none
    reaches become regions of their own. The order is that of the array, so it is the same for every run.
    """
    rows, columns = labels.shape
    queue = np.empty((rows * columns, 2), np.int64)
    count = 0
    for pass_ in range(2):
        if pass_ == 1:
            _grow_all(levels, may, labels, queue)
        for row in range(rows):
            for column in range(columns):
                seed = may[row, column] and labels[row, column] < 0 and (pass_ == 1 or levels[row, column] != _HOLE)
                if seed:
                    _flood(levels, may, step, labels, queue, row, column, count)
                    count += 1
    return count


@nb.njit(nogil=True, cache=True)
def _flood(
    levels: Column, may: Column, step: int, labels: Column, queue: Column, row: int, column: int, label: int
) -> None:
    rows, columns = labels.shape
    level_seed = levels[row, column] != _HOLE
    labels[row, column] = label
    queue[0] = row, column
    first, last = 0, 1
    while first < last:
        r, c = queue[first]
        first += 1
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                nr, nc = r + dr, c + dc
                if nr < 0 or nc < 0 or nr >= rows or nc >= columns or not may[nr, nc] or labels[nr, nc] >= 0:
                    continue
                if (levels[nr, nc] != _HOLE) != level_seed:
                    continue
                if level_seed and abs(np.int64(levels[nr, nc]) - levels[r, c]) > step:
                    continue
                labels[nr, nc] = label
                queue[last] = nr, nc
                last += 1


@nb.njit(nogil=True, cache=True)
def _grow_all(levels: Column, may: Column, labels: Column, queue: Column) -> None:
    """Let every region grow into cells without a level, one ring at a time."""
    rows, columns = labels.shape
    last = 0
    for row in range(rows):
        for column in range(columns):
            if labels[row, column] >= 0:
                queue[last] = row, column
                last += 1
    first = 0
    while first < last:
        r, c = queue[first]
        first += 1
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                nr, nc = r + dr, c + dc
                if nr < 0 or nc < 0 or nr >= rows or nc >= columns or not may[nr, nc] or labels[nr, nc] >= 0:
                    continue
                if levels[nr, nc] == _HOLE:
                    labels[nr, nc] = labels[r, c]
                    queue[last] = nr, nc
                    last += 1


@nb.njit(nogil=True, cache=True)
def relax(heights: Column, holes: Column, rounds: int) -> None:
    """Draw holes taut: each becomes the mean of the four nodes around it, all at once, in rounds (Jacobi's method).

    `holes` is (n, 2), row and column; those on the rim stay as they are.
    """
    rows, columns = heights.shape
    taut = np.empty(len(holes))
    for _ in range(rounds):
        for i in range(len(holes)):
            r, c = holes[i]
            taut[i] = heights[r, c]
            if 0 < r < rows - 1 and 0 < c < columns - 1:
                taut[i] = ((heights[r - 1, c] + heights[r + 1, c]) + (heights[r, c - 1] + heights[r, c + 1])) / 4
        for i in range(len(holes)):
            heights[holes[i, 0], holes[i, 1]] = taut[i]
