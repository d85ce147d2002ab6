"""How far points are from triangles: a tree of boxes around ever fewer of these, and points that look for them."""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
_LEAF = 4
_DEPTH = 64


@nb.njit(nogil=True, cache=True)
def _box(triangles: Floats, rows: Rows, first: int, last: int, box: Floats) -> None:
    box[:3], box[3:] = np.inf, -np.inf
    for k in range(first, last):
        for corner in range(3):
            for axis in range(3):
                value = triangles[rows[k], corner, axis]
                box[axis], box[3 + axis] = min(box[axis], value), max(box[3 + axis], value)


@nb.njit(nogil=True, cache=True)
def build(triangles: Floats, rows: Rows, boxes: Floats, nodes: Rows) -> Any:
    """Sort `rows` of triangles, (t, 3, 3), into a tree; how many nodes.

    A node is a box, (6,), and the first and last of its rows and its second child, the first being the next node; 0 for
    none. It is halved at the median across the side along which the middles of triangles are spread most.
    """
    middles = np.empty(len(rows))
    todo = np.empty((_DEPTH, 3), np.int64)  # first, last, node whose second child it is
    todo[0, 0], todo[0, 1], todo[0, 2] = 0, len(rows), -1
    waiting, count = 1, 0
    while waiting > 0:
        waiting -= 1
        first, last, parent = todo[waiting, 0], todo[waiting, 1], todo[waiting, 2]
        node = count
        count += 1
        if parent >= 0:
            nodes[parent, 2] = node
        _box(triangles, rows, first, last, boxes[node])
        nodes[node, 0], nodes[node, 1], nodes[node, 2] = first, last, 0
        if last - first <= _LEAF:
            continue
        axis, widest = 0, -1.0
        for a in range(3):
            low, high = np.inf, -np.inf
            for k in range(first, last):
                corners = triangles[rows[k]]
                middle = corners[0, a] + corners[1, a] + corners[2, a]
                low, high = min(low, middle), max(high, middle)
            if high - low > widest:
                axis, widest = a, high - low
        for k in range(first, last):
            corners = triangles[rows[k]]
            middles[k] = corners[0, axis] + corners[1, axis] + corners[2, axis]
        half = (first + last) // 2
        _select(middles, rows, first, last - 1, half)
        todo[waiting, 0], todo[waiting, 1], todo[waiting, 2] = half, last, node
        todo[waiting + 1, 0], todo[waiting + 1, 1], todo[waiting + 1, 2] = first, half, -1
        waiting += 2
    return count


@nb.njit(nogil=True, cache=True)
def _select(keys: Floats, rows: Rows, first: int, last: int, middle: int) -> None:
    """Rearrange so that no key before `middle` is larger and none after it smaller (Hoare's quickselect)."""
    while first < last:
        pivot = keys[(first + last) // 2]
        i, j = first, last
        while i <= j:
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                keys[i], keys[j] = keys[j], keys[i]
                rows[i], rows[j] = rows[j], rows[i]
                i += 1
                j -= 1
        if middle <= j:
            last = j
        elif middle >= i:
            first = i
        else:
            return


@nb.njit(nogil=True, cache=True)
def _squared(p: Floats, triangle: Floats) -> Any:
    """The squared distance from a point to a triangle (Ericson, Real-Time Collision Detection, 5.1.5)."""
    a, b, c = triangle[0], triangle[1], triangle[2]
    abx, aby, abz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    acx, acy, acz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    apx, apy, apz = p[0] - a[0], p[1] - a[1], p[2] - a[2]
    d1, d2 = abx * apx + aby * apy + abz * apz, acx * apx + acy * apy + acz * apz
    v = w = 0.0  # how much of the two edges
    bpx, bpy, bpz = p[0] - b[0], p[1] - b[1], p[2] - b[2]
    d3, d4 = abx * bpx + aby * bpy + abz * bpz, acx * bpx + acy * bpy + acz * bpz
    cpx, cpy, cpz = p[0] - c[0], p[1] - c[1], p[2] - c[2]
    d5, d6 = abx * cpx + aby * cpy + abz * cpz, acx * cpx + acy * cpy + acz * cpz
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
    if d1 <= 0 and d2 <= 0:
        pass
    elif d3 >= 0 and d4 <= d3:
        v = 1.0
    elif vc <= 0 and d1 >= 0 and d3 <= 0:
        v = d1 / (d1 - d3) if d1 > d3 else 0.0
    elif d6 >= 0 and d5 <= d6:
        w = 1.0
    elif vb <= 0 and d2 >= 0 and d6 <= 0:
        w = d2 / (d2 - d6) if d2 > d6 else 0.0
    elif va <= 0 and d4 - d3 >= 0 and d5 - d6 >= 0:
        total = (d4 - d3) + (d5 - d6)
        w = (d4 - d3) / total if total > 0 else 0.0
        v = 1.0 - w
    else:
        v, w = vb / (va + vb + vc), vc / (va + vb + vc)
    x, y, z = apx - v * abx - w * acx, apy - v * aby - w * acy, apz - v * abz - w * acz
    return x * x + y * y + z * z


@nb.njit(nogil=True, cache=True)
def _outside(p: Floats, box: Floats) -> Any:
    """The squared distance from a point to a box; 0 in it."""
    far = 0.0
    for axis in range(3):
        off = max(box[axis] - p[axis], p[axis] - box[3 + axis], 0.0)
        far += off * off
    return far


@nb.njit(nogil=True, cache=True)
def _nearest(
    p: Floats, least: float, most: float, triangles: Floats, rows: Rows, boxes: Floats, nodes: Rows, stack: Rows
) -> Any:
    """How far a point is; `least` where it is nearer than that, `most` where it is farther than that."""
    enough, best = least * least, most * most
    stack[0] = 0
    waiting = 1
    while waiting > 0:
        waiting -= 1
        node = stack[waiting]
        if _outside(p, boxes[node]) >= best:
            continue
        second = nodes[node, 2]
        if second == 0:
            for k in range(nodes[node, 0], nodes[node, 1]):
                best = min(best, _squared(p, triangles[rows[k]]))
            if best <= enough:
                return least
            continue
        near, far = node + 1, second
        if _outside(p, boxes[far]) < _outside(p, boxes[near]):
            near, far = far, near
        stack[waiting], stack[waiting + 1] = far, near
        waiting += 2
    return np.sqrt(best)


@nb.njit(nogil=True, cache=True)
def farthest(
    points: Floats, most: Floats, least: float, triangles: Floats, rows: Rows, boxes: Floats, nodes: Rows
) -> Any:
    """The largest distance of points, (n, 3), each no larger than its own `most`, (n,), and at least `least`.

    A point need only be near enough not to be the farthest (Taha and Hanbury 2015), which most find at once.
    """
    stack = np.empty(_DEPTH, np.int64)
    for i in range(len(points)):
        if most[i] > least:
            least = max(least, _nearest(points[i], least, most[i], triangles, rows, boxes, nodes, stack))
    return least


@nb.njit(nogil=True, cache=True)
def distances(points: Floats, triangles: Floats, rows: Rows, boxes: Floats, nodes: Rows, out: Floats) -> None:
    """The distance of each point, (n, 3), from the nearest triangle, (n,)."""
    stack = np.empty(_DEPTH, np.int64)
    for i in range(len(points)):
        out[i] = _nearest(points[i], 0.0, np.inf, triangles, rows, boxes, nodes, stack)
