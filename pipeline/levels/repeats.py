"""Elements of one shape, found by what they hold and not by what their file calls them: 1,301 trees can be two shapes.

Of two elements with the same triangles between as many vertices the one is laid on the other: moved, and turned about
the vertical as fits best. They are one shape where then no vertex is off by a millimetre.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tiles.frame import Vec3s
from tiles.geometry import Surface

_SAME_M = 0.001
_SAME_NORMAL, _SAME_UV, _SAME_COLOUR = 0.03, 1 / 4096, 1 / 512
_WORTH_BYTES = 3_000  # less in all is not worth looking for: a shape of its own takes as much
_TRIANGLE_BYTES = 12
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class Repeats:
    """Which features of some surfaces have the same shape, and where each stands.

    A feature is the first of its shape, turned about its own place and then moved to the feature's.
    """

    shape: NDArray[np.int64]  # (f,), number of the shape; −1 for a feature without triangles
    first: NDArray[np.int64]  # (s,), for each shape the feature that all others are like
    places: Vec3s  # (f, 3), middle of the vertices
    turns: NDArray[np.float64]  # (f,), radians, from the first of the shape
    triangles: NDArray[np.int64]  # (f,)

    @property
    def different(self) -> int:
        """How many triangles there are, those of each shape counted once."""
        return int(self.triangles[self.first].sum())


def turned(xyz: Vec3s, turns: NDArray[np.float64]) -> Vec3s:
    """Vectors, (n, 3), turned about the vertical, each by so many radians, (n,)."""
    cos, sin = np.cos(turns), np.sin(turns)
    x, y, z = xyz.T
    return np.column_stack([cos * x - sin * y, sin * x + cos * y, z])


def repeats(surfaces: Sequence[Surface]) -> Repeats:
    """The shape of every feature."""
    table = _table(surfaces)
    count = len(table.vertices)
    shape = np.arange(count)
    first_of = np.arange(count)
    turns = np.zeros(count)
    places = table.places()
    for rows in table.alike():
        for first, like, angles in _matched(table, rows, places):
            first_of[like], turns[like] = first, angles
    there = table.triangles > 0
    first, numbers = np.unique(first_of[there], return_inverse=True)
    shape = np.full(count, -1)
    shape[there] = numbers
    return Repeats(shape, first, places, turns, table.triangles)


@dataclass(frozen=True, eq=False)
class _Table:
    """Everything of all vertices, those of a feature one after another."""

    positions: Vec3s  # (v, 3)
    extra: NDArray[np.float64]  # (v, k): normals, places in pictures, colours, each in units of what still is the same
    starts: NDArray[np.intp]  # (f,), the first vertex of each feature
    vertices: NDArray[np.intp]  # (f,), how many it has
    triangles: NDArray[np.int64]  # (f,)
    key: NDArray[np.uint64]  # (f,), the same where triangles join vertices in the same way
    _normals: int = field(default=3)

    def places(self) -> Vec3s:
        """The middle of each feature's vertices, (f, 3)."""
        ends = np.zeros((len(self.positions) + 1, 3))
        anchor = self.positions.mean(axis=0) if len(self.positions) else 0.0  # sums of large numbers lose millimetres
        np.cumsum(self.positions - anchor, axis=0, out=ends[1:])
        sums = ends[self.starts + self.vertices] - ends[self.starts]
        middles: Vec3s = sums / np.maximum(self.vertices, 1)[:, None] + anchor
        return middles

    def alike(self) -> Iterator[NDArray[np.intp]]:
        """Features whose triangles join vertices in the same way, where finding copies among them pays."""
        order = np.lexsort((np.arange(len(self.key)), self.key))
        order = order[self.triangles[order] > 0]
        cuts = np.flatnonzero(np.diff(self.key[order]) != 0) + 1
        for rows in np.split(order, cuts):
            if len(rows) > 1 and (len(rows) - 1) * self.triangles[rows[0]] * _TRIANGLE_BYTES > _WORTH_BYTES:
                yield rows

    def rows(self, features: NDArray[np.intp]) -> NDArray[np.intp]:
        """The vertices of features that have as many, (m, n)."""
        return self.starts[features][:, None] + np.arange(self.vertices[features[0]])


def _matched(
    table: _Table, rows: NDArray[np.intp], places: Vec3s
) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.float64]]]:
    """Of features whose triangles are alike: a first one, those like it, and by how much these are turned."""
    own = table.rows(rows)
    xyz = table.positions[own] - places[rows][:, None]
    # What no turn changes and differs by a millimetre at most where all vertices do.
    around = np.sqrt((xyz[..., :2] ** 2).sum(axis=2).mean(axis=1))
    upright = np.sqrt((xyz[..., 2] ** 2).mean(axis=1))
    order = np.argsort(around, kind="stable")
    left = np.ones(len(rows), np.bool_)
    for number in order:
        if not left[number]:
            continue
        within = order[np.searchsorted(around[order], around[number]) :]
        within = within[: np.searchsorted(around[within], around[number] + _SAME_M, "right")]
        within = np.sort(within[left[within] & (np.abs(upright[within] - upright[number]) < _SAME_M)])
        left[number] = False
        if len(within) == 1:
            continue
        fits, angles = _laid(xyz[number], xyz[within])
        fits &= _dressed_alike(table, own[number], own[within], angles)
        left[within[fits]] = False
        yield int(rows[number]), rows[within[fits]], angles[fits]


def _laid(first: Vec3s, others: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Whether other vertices, (m, n, 3), are the first ones, (n, 3), when these are turned, and by how much."""
    moved = np.abs(others - first).max(axis=(1, 2)) < _SAME_M
    x, y = first[:, 0], first[:, 1]
    along = others[..., 0] @ x + others[..., 1] @ y
    across = others[..., 1] @ x - others[..., 0] @ y
    angles = np.where(moved, 0.0, np.arctan2(across, along))
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    off = np.maximum(np.abs(cos * x - sin * y - others[..., 0]), np.abs(sin * x + cos * y - others[..., 1]))
    off = np.maximum(off, np.abs(first[:, 2] - others[..., 2]))
    return off.max(axis=1) < _SAME_M, angles


def _dressed_alike(
    table: _Table, first: NDArray[np.intp], others: NDArray[np.intp], angles: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether also normals, places in pictures and colours are the same."""
    own, theirs = table.extra[first], table.extra[others]
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    x, y = own[:, 0], own[:, 1]
    off = np.maximum(np.abs(cos * x - sin * y - theirs[..., 0]), np.abs(sin * x + cos * y - theirs[..., 1]))
    rest = np.abs(own[:, 2:] - theirs[..., 2:]).max(axis=2)
    alike: NDArray[np.bool_] = np.maximum(off, rest).max(axis=1) < 1.0
    return alike


def _table(surfaces: Sequence[Surface]) -> _Table:
    features = np.concatenate([each.features for each in surfaces]).astype(np.intp)
    count = int(features.max(initial=-1)) + 1
    order = np.argsort(features, kind="stable")
    vertices = np.bincount(features, minlength=count)
    starts = np.cumsum(vertices) - vertices
    place = np.empty(len(features), np.int64)
    place[order] = np.arange(len(features)) - np.repeat(starts, vertices)
    first_vertex = np.cumsum([0, *(len(each.positions) for each in surfaces)])
    key, triangles = np.zeros(count, np.uint64), np.zeros(count, np.int64)
    for number, surface in enumerate(surfaces):
        of_triangle = surface.features[surface.triangles[:, 0]].astype(np.intp)
        corners = place[surface.triangles.astype(np.int64) + first_vertex[number]]
        key += _sums(_mixed(corners, number), of_triangle, count)
        triangles += np.bincount(of_triangle, minlength=count)
    positions = np.concatenate([each.positions for each in surfaces])[order]
    return _Table(positions, _extra(surfaces)[order], starts, vertices, triangles, key)


def _extra(surfaces: Sequence[Surface]) -> NDArray[np.float64]:
    columns = [np.concatenate([each.normals for each in surfaces]) / _SAME_NORMAL]
    if any(each.uv is not None for each in surfaces):
        uv = [np.zeros((len(s.positions), 2)) if s.uv is None else s.uv for s in surfaces]
        columns.append(np.concatenate(uv) / _SAME_UV)
    if any(each.colours is not None for each in surfaces):
        colours = [np.ones((len(s.positions), 4)) if s.colours is None else s.colours for s in surfaces]
        columns.append(np.concatenate(colours) / _SAME_COLOUR)
    return np.column_stack(columns)


def _mixed(corners: NDArray[np.int64], number: int) -> NDArray[np.uint64]:
    """A hash of each triangle, (t,), that is the same whichever corner comes first."""
    first = np.argmin(corners, axis=1)
    rows = np.arange(len(corners))
    key = np.full(len(corners), number + 1, np.uint64)
    for step in range(3):
        key = (key ^ corners[rows, (first + step) % 3].astype(np.uint64)) * _MIX
        key ^= key >> np.uint64(29)
    return key


def _sums(keys: NDArray[np.uint64], of: NDArray[np.intp], count: int) -> NDArray[np.uint64]:
    """Sums, modulo 2⁶⁴, of keys by the feature they are `of`."""
    order = np.argsort(of, kind="stable")
    running = np.concatenate([np.zeros(1, np.uint64), np.cumsum(keys[order], dtype=np.uint64)])
    ends = np.cumsum(np.bincount(of, minlength=count))
    sums: NDArray[np.uint64] = running[ends] - running[np.concatenate([[0], ends[:-1]])]
    return sums
