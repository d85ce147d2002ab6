"""What of a model can be seen from outside, by rays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.rays import Surfaces
from tiles.frame import Vec3s
from tiles.geometry import Surface

_ROUNDS = 8
_DIRECTIONS_A_ROUND = 12
_OFF_M = 0.001
"""Rays start this far off the surface, so that they do not meet it."""
_EYE_M = 1.0
"""How high above the lowest point of all the eyes are of those who look up."""
_RAYS_AT_ONCE = 2_000_000
_GOLDEN = (1 + 5**0.5) / 2
_PLASTIC = 1.32471795724474602596
"""Martin Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences", 2018: the R2 sequence."""


def visible_from_outside(surfaces: Sequence[Surface]) -> NDArray[np.bool_]:
    """Which triangles, those of all surfaces one after another, somebody outside can see; glass hides nothing.

    From points on each triangle rays go out on both sides. One that leaves the model was seen by somebody there; one
    that leaves downward only where it starts above their eyes, which leaves out undersides near the ground.
    """
    corners = np.concatenate([surface.positions[surface.triangles] for surface in surfaces])
    solid = np.concatenate([np.full(len(s.triangles), s.material.base_colour[3] >= 1.0) for s in surfaces])
    seen = np.zeros(len(corners), bool)
    if not solid.any():
        return ~seen
    scene = Surfaces(corners[solid])
    ground_m = float(corners[:, :, 2].min())
    directions = _sphere(_ROUNDS * _DIRECTIONS_A_ROUND)
    for turn in range(_ROUNDS):
        own = directions[turn::_ROUNDS]
        rows = np.flatnonzero(~seen)
        step = max(1, _RAYS_AT_ONCE // len(own))
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            seen[some] |= _open(scene, corners[some], _share(turn), own, ground_m)
    return seen


def _open(
    scene: Surfaces, corners: NDArray[np.float64], share: NDArray[np.float64], directions: Vec3s, ground_m: float
) -> NDArray[np.bool_]:
    """Whether from a point of each triangle, (t, 3, 3), in the `share` of its corners, any direction is open."""
    points = np.einsum("tcx,c->tx", corners, share)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0)
    side = np.sign(normals @ directions.T)[:, :, None] * _OFF_M
    origins = (points[:, None, :] + side * normals[:, None, :]).reshape(-1, 3)
    rays = np.tile(directions, (len(points), 1))
    free = ~np.isfinite(scene.cast(origins, rays).distance_m)
    up = (rays[:, 2] >= 0) | (origins[:, 2] - ground_m >= _EYE_M)
    return np.asarray((free & up).reshape(len(points), -1).any(axis=1))


def _share(turn: int) -> NDArray[np.float64]:
    """How much of each corner makes the point of a turn; the first is the middle."""
    u, v = (1 / 3 + turn / _PLASTIC) % 1, (1 / 3 + turn / _PLASTIC**2) % 1
    if u + v > 1:
        u, v = 1 - u, 1 - v
    return np.array([1 - u - v, u, v])


def _sphere(count: int) -> Vec3s:
    """Directions spread evenly over the sphere, (n, 3): a Fibonacci lattice."""
    rows = np.arange(count) + 0.5
    up = 1 - 2 * rows / count
    around = 2 * np.pi * rows / _GOLDEN
    flat = np.sqrt(1 - up**2)
    return np.column_stack([flat * np.cos(around), flat * np.sin(around), up])
