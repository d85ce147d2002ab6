"""Fewer triangles for the same shapes: nothing moves farther than is asked.

meshoptimizer keeps vertices together that lie in one place and stops at edges where normals change, of which a building
is full. So each element is given as a body of its own, welded by place alone, and gets its normals back afterwards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.deviation import rows_numbered
from pipeline.simplify import Care, collapsed
from tiles.geometry import Surface

_WELD_M = 0.0001
_SHARP = np.cos(np.radians(35.0))  # a corner whose normals all differ by more from its triangle gets the triangle's
_NUDGE = 1e-5  # metres, times 32 in three directions: bodies that touch must not be taken for one
_UV_WEIGHT = 0.5  # a shift of half a picture counts as a quarter of the model's size: pictures keep their place


@dataclass(frozen=True, eq=False)
class _Bodies:
    """Every vertex of some surfaces, and where those of one element and material lie in one place."""

    positions: NDArray[np.float64]  # (v, 3)
    normals: NDArray[np.float64]  # (v, 3)
    uv: NDArray[np.float64]  # (v, 2), zero where a surface has none
    body: NDArray[np.int64]  # (v,)
    place: NDArray[np.intp]  # (v,), number of the place
    order: NDArray[np.intp]  # (v,), vertices sorted by place
    starts: NDArray[np.intp]  # (p + 1,), where those of a place begin in `order`
    triangles: NDArray[np.intp]  # (t, 3), rows of vertices
    vertex_starts: NDArray[np.intp]  # (s + 1,), where those of a surface begin

    @property
    def first(self) -> NDArray[np.intp]:
        """One vertex of each place, (p,)."""
        return self.order[self.starts[:-1]]


@dataclass(frozen=True, eq=False)
class Simplifier:
    """Some surfaces, ready to be simplified."""

    plain: Sequence[Surface]
    pictured: Sequence[Surface]

    @classmethod
    def of(cls, surfaces: Sequence[Surface]) -> "Simplifier":
        """Surfaces with pictures must keep these in place, so they are simplified in another way."""
        plain, pictured = ([each for each in surfaces if (each.uv is None) == own] for own in (True, False))
        return cls(plain, pictured)

    @cached_property
    def _bodies(self) -> list["_Bodies"]:
        return [_bodies(each) for each in (self.plain, self.pictured) if each]

    def __call__(self, error_m: float) -> list[Surface]:
        """The surfaces in as few triangles as shapes that stay within `error_m` metres allow; smaller bodies go.

        Every triangle still belongs to one feature of one surface. Surfaces of which nothing is left are left out.
        """
        given = [each for each in (self.plain, self.pictured) if each]
        parts = zip(given, self._bodies, strict=True)
        return [each for surfaces, bodies in parts for each in _simplified(surfaces, bodies, error_m)]


def simplified(surfaces: Sequence[Surface], error_m: float) -> list[Surface]:
    """What a `Simplifier` makes of some surfaces."""
    return Simplifier.of(surfaces)(error_m)


def _simplified(surfaces: Sequence[Surface], bodies: _Bodies, error_m: float) -> Iterator[Surface]:
    kept = _collapsed(bodies, error_m, textured=surfaces[0].uv is not None)
    rows, normals = _dressed(bodies, kept)
    of_surface = np.searchsorted(bodies.vertex_starts, rows[:, 0], side="right") - 1
    for number, surface in enumerate(surfaces):
        own = of_surface == number
        if own.any():
            yield _surface(surface, rows[own] - bodies.vertex_starts[number], normals[own])


def _bodies(surfaces: Sequence[Surface]) -> _Bodies:
    counts = [len(surface.positions) for surface in surfaces]
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
    positions = np.concatenate([surface.positions for surface in surfaces])
    uv = np.concatenate([np.zeros((len(s.positions), 2)) if s.uv is None else s.uv for s in surfaces])
    surface_of = np.repeat(np.arange(len(surfaces), dtype=np.int64), counts)
    features = np.concatenate([surface.features for surface in surfaces]).astype(np.int64)
    _, body = np.unique(surface_of << 32 | features, return_inverse=True)
    # A picture may have a seam where positions meet: those stay two vertices, which meshoptimizer keeps together.
    steps = np.rint((positions - positions.min(axis=0)) / _WELD_M).astype(np.int64)
    seam = np.rint(uv * 4096).astype(np.int64) @ np.array([1, 1 << 24])
    place = _places(steps, body + (seam << 20))
    order = np.argsort(place, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(place))]).astype(np.intp)
    triangles = np.concatenate(
        [s.triangles.astype(np.intp) + start for s, start in zip(surfaces, starts, strict=False)]
    )
    normals = np.concatenate([surface.normals for surface in surfaces])
    return _Bodies(positions, normals, uv, body, place, order, ends, triangles, starts)


def _places(steps: NDArray[np.int64], apart: NDArray[np.int64]) -> NDArray[np.intp]:
    """A number for each place of each of what is to stay apart."""
    return rows_numbered(np.column_stack([steps, apart]))


def _collapsed(bodies: _Bodies, error_m: float, *, textured: bool) -> NDArray[np.intp]:
    """The triangles that are left, as places, (k, 3)."""
    corners = bodies.place[bodies.triangles]
    whole: NDArray[np.intp] = corners[(corners != np.roll(corners, 1, axis=1)).all(axis=1)]
    body = bodies.body[bodies.first]
    nudge = np.column_stack([body % 32, body // 32 % 32, body // 1024 % 32]) * _NUDGE
    care = Care(bodies=body)
    if textured:
        care = replace(care, attributes=bodies.uv[bodies.first], weights=(_UV_WEIGHT, _UV_WEIGHT))
    return collapsed(bodies.positions[bodies.first] + nudge, whole, error_m, care)


def _dressed(bodies: _Bodies, kept: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """For each corner of the kept triangles a vertex in its place and its normal: (k, 3) and (k, 3, 3).

    It is the vertex whose normal is nearest to the triangle's, with that normal, or with the triangle's where none is
    near: two faces that have become one have an edge less.
    """
    a, b, c = (bodies.positions[bodies.first[kept[:, corner]]] for corner in range(3))
    flat = np.cross(b - a, c - a)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    flat = np.repeat(flat, 3, axis=0)
    places = kept.ravel()
    start, count = bodies.starts[places], np.diff(bodies.starts)[places]
    best, best_dot = bodies.order[start], np.full(len(places), -2.0)
    for step in range(int(count.max(initial=0))):
        there = np.flatnonzero(step < count)
        candidate = bodies.order[start[there] + step]
        dot = np.einsum("ij,ij->i", bodies.normals[candidate], flat[there])
        nearer = dot > best_dot[there]
        best[there[nearer]], best_dot[there[nearer]] = candidate[nearer], dot[nearer]
    normals = np.where((best_dot > _SHARP)[:, None], bodies.normals[best], flat)
    return best.reshape(-1, 3), normals.reshape(-1, 3, 3)


def _surface(surface: Surface, rows: NDArray[np.intp], normals: NDArray[np.float64]) -> Surface:
    """A surface of other triangles, with one vertex where several corners have the same."""
    steps = np.rint(normals.reshape(-1, 3) * 127).astype(np.int64)  # as they are written
    key = _places(steps, rows.ravel().astype(np.int64))
    _, first, corners = np.unique(key, return_index=True, return_inverse=True)
    taken = surface.taken(rows.ravel()[first], corners.reshape(-1, 3))
    return replace(taken, normals=normals.reshape(-1, 3)[first])
