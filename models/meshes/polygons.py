"""Polygons of any number of corners as triangles, all of a file at once."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.polygons3d import triangles as triangles_of

from .parts import Floats, Rows

_TRIANGLE, _QUAD = 3, 4


def triangulated(counts: Rows, corners: Floats) -> tuple[Rows, Rows]:
    """Triangles, (t, 3), whose corners are rows of `corners`, and the polygon each is of, (t,).

    `corners` are the positions of all polygons' corners one after another, (sum of counts, 3); `counts` says how many
    each has. Triangles face as their polygon does; a polygon of fewer than three corners gives none.
    """
    starts = np.cumsum(counts) - counts
    found = [(np.empty((0, 3), np.int64), np.empty(0, np.int64))]
    for count in np.unique(counts).tolist():
        rows = np.flatnonzero(counts == count)
        if count < _TRIANGLE:
            continue
        own = starts[rows, None] + np.arange(count)
        if count == _TRIANGLE:
            found.append((own, rows))
        elif count == _QUAD:
            found.append(_quads(own, rows, corners))
        else:
            found += _many(own, rows, corners)
    triangles = np.concatenate([each for each, _ in found])
    polygons = np.concatenate([each for _, each in found])
    order = np.argsort(polygons, kind="stable")
    return triangles[order], polygons[order]


def _quads(own: Rows, rows: Rows, corners: Floats) -> tuple[Rows, Rows]:
    """Each cut along a diagonal that lies inside it."""
    a, b, c, d = (corners[own[:, corner]] for corner in range(4))
    with np.errstate(invalid="ignore", over="ignore"):
        normal = np.cross(c - a, d - b)
        first, second = np.cross(b - a, c - a), np.cross(c - a, d - a)
        inside = ((first * normal).sum(axis=1) > 0) & ((second * normal).sum(axis=1) > 0)
    cut = np.where(inside[:, None], [0, 1, 2, 0, 2, 3], [1, 2, 3, 1, 3, 0])
    return np.take_along_axis(own, cut, axis=1).reshape(-1, 3), np.repeat(rows, 2)


def _many(own: Rows, rows: Rows, corners: Floats) -> Iterator[tuple[Rows, Rows]]:
    """A fan for what is convex, ears for the rest."""
    convex = _convex(corners[own])
    count = own.shape[1]
    fan = np.column_stack([np.zeros(count - 2, int), np.arange(1, count - 1), np.arange(2, count)])
    yield own[convex][:, fan].reshape(-1, 3), np.repeat(rows[convex], count - 2)
    for ring, row in zip(own[~convex], rows[~convex].tolist(), strict=True):
        ears = ring[flat(corners[ring])]
        yield ears, np.full(len(ears), row, np.int64)


def flat(ring: Floats, *holes: Floats) -> Rows:
    """One polygon as triangles of rows of its ring and then its holes; none where it has no area or no numbers."""
    points = np.concatenate([ring, *holes])
    if not (np.abs(points) < 1e12).all():  # noqa: PLR2004 - NaN compares as false
        return np.empty((0, 3), np.int64)
    ends = np.cumsum([len(ring), *(len(hole) for hole in holes)]).tolist()
    rings = [list(range(start, end)) for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    return np.array(triangles_of(rings, points.tolist()), np.int64).reshape(-1, 3)


def _convex(rings: Floats) -> NDArray[np.bool_]:
    """Whether each ring, (n, corners, 3), turns the same way at every corner, and once around in all."""
    with np.errstate(invalid="ignore", over="ignore"):
        edges = np.roll(rings, -1, axis=1) - rings
        turns = np.cross(edges, np.roll(edges, -1, axis=1))
        offsets = rings - rings[:, :1]
        normals = np.cross(offsets, np.roll(offsets, -1, axis=1)).sum(axis=1)
        same = (np.einsum("nck,nk->nc", turns, normals) >= 0).all(axis=1)
        # A star turns the same way at every corner as well, but more than once around: its fan would overlap.
        fans = np.cross(offsets[:, 1:-1], offsets[:, 2:])
        return np.asarray(same & (np.einsum("nck,nk->nc", fans, normals) >= 0).all(axis=1))
