"""What lies below the ground, cut away."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tiles.geometry import Surface

from .joined import part


def above(surfaces: Sequence[Surface], ground_m: float) -> list[Surface]:
    """What of surfaces is at `ground_m` or higher; triangles that go through it are cut."""
    return [cut for surface in surfaces if len((cut := _above(surface, ground_m)).triangles)]


def _above(surface: Surface, ground_m: float) -> Surface:
    height_m = surface.positions[:, 2] - ground_m
    up = height_m[surface.triangles] >= 0
    count = up.sum(axis=1)
    whole = surface.triangles[count == 3]  # noqa: PLR2004 - all corners of a triangle
    one, two = (_alone_first(surface.triangles, up == (corners == 1), count == corners) for corners in (1, 2))
    # A corner alone above keeps the tip; a corner alone below leaves a quadrilateral, which is two triangles.
    cut = _Cut(surface, height_m)
    tip = np.column_stack([one[:, 0], cut.between(one[:, 0], one[:, 1]), cut.between(one[:, 0], one[:, 2])])
    near, far = cut.between(two[:, 0], two[:, 1]), cut.between(two[:, 0], two[:, 2])
    rest = np.concatenate([np.column_stack([near, two[:, 1], two[:, 2]]), np.column_stack([near, two[:, 2], far])])
    return cut.surface(np.concatenate([whole, tip, rest]))


def _alone_first(
    triangles: NDArray[np.uint32], alone: NDArray[np.bool_], chosen: NDArray[np.bool_]
) -> NDArray[np.uint32]:
    """The chosen triangles, turned so that the corner that is alone comes first."""
    start = np.argmax(alone[chosen], axis=1)
    turned = (start[:, None] + np.arange(3)) % 3
    return np.take_along_axis(triangles[chosen], turned, axis=1)


class _Cut:
    """New vertices of a surface, where its edges go through the ground."""

    def __init__(self, surface: Surface, height_m: NDArray[np.float64]) -> None:
        self._whole = surface
        self._height_m = height_m
        self._count = len(height_m)
        self._edges: list[tuple[NDArray[np.uint32], NDArray[np.uint32]]] = []

    def between(self, a: NDArray[np.uint32], b: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """The vertices where the edges from `a` to `b` meet the ground."""
        self._edges.append((a, b))
        rows = np.arange(self._count, self._count + len(a), dtype=np.uint32)
        self._count += len(a)
        return rows

    def surface(self, triangles: NDArray[np.uint32]) -> Surface:
        """The surface with these triangles."""
        a, b = (np.concatenate(ends) for ends in zip(*self._edges, strict=True))
        share = (self._height_m[a] / (self._height_m[a] - self._height_m[b]))[:, None]

        def with_new(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.concatenate([values, values[a] + share * (values[b] - values[a])])

        whole = self._whole
        grown = replace(
            whole,
            positions=with_new(whole.positions),
            normals=with_new(whole.normals),
            features=np.concatenate([whole.features, whole.features[a]]),
            uv=None if whole.uv is None else with_new(whole.uv),
        )
        return part(grown, triangles)
