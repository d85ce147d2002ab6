"""How far a simplified surface lies from the one it was made from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.rays import Surfaces
from tiles.frame import Vec3s

from .joined import SAME_PLACE_M, Joined, distinct

_PLACES = 30_000


@dataclass(frozen=True, eq=False)
class Deviation:
    """How far a surface moved."""

    error_m: float
    """At most, either way."""
    vertices_m: NDArray[np.float64]  # (v,), from each vertex of the first surface to the other


def deviation(before: Joined, after: Joined) -> Deviation:
    """How far the one surface lies from the other, measured both ways.

    Measured at vertices that are gone, which is where a simplifier is furthest off, and at middles of triangles. A part
    of which nothing is left lies off as far as its neighbours do, but by half its size at most: shrunk to its middle.
    """
    both = np.concatenate([after.positions, before.positions])
    _, place = distinct(np.rint(both / SAME_PLACE_M).astype(np.int64))
    kept, own = place[: len(after.positions)], place[len(after.positions) :]
    part = parts(own[before.triangles], int(place.max()) + 1)
    left = np.zeros(len(part), bool)
    left[part[kept]] = True  # by part: whether any of its vertices is still there
    there = left[part[own]]
    off_m = np.zeros(len(part))
    gone, first = np.unique(own[there & ~np.isin(own, kept)], return_index=True)
    one, other = Surfaces(before.corners), Surfaces(after.corners)
    off_m[gone] = other.distance_m(before.positions[there & ~np.isin(own, kept)][first])
    middles = before.corners[there[before.triangles[:, 0]]].mean(axis=1)
    error_m = max(
        off_m.max(),
        other.distance_m(_some(middles)).max(initial=0),
        one.distance_m(_some(after.corners.mean(axis=1))).max(),
        _gone_m(before.positions[~there], part[own][~there], other),
    )
    return Deviation(float(error_m), off_m[own])


def parts(triangles: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """For each of `count` places the lowest one that triangles, (t, 3), connect it to."""
    part = np.arange(count)
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]]])
    while True:
        a, b = part[ends[:, 0]], part[ends[:, 1]]
        apart = a != b
        if not apart.any():
            return part
        ends = ends[apart]
        np.minimum.at(part, np.maximum(a, b)[apart], np.minimum(a, b)[apart])
        while (part[part] != part).any():
            part = part[part]


def _some(xyz: Vec3s) -> Vec3s:
    """Places evenly chosen where there are many."""
    return xyz[:: -(-len(xyz) // _PLACES) or 1]


def _gone_m(positions: Vec3s, part: NDArray[np.intp], left: Surfaces) -> float:
    """How far the vertices of parts that are gone, (v, 3), lie from what is left; by half the part's size at most."""
    if not len(part):
        return 0.0
    own, row = np.unique(part, return_inverse=True)
    low, high = np.full((len(own), 3), np.inf), np.full((len(own), 3), -np.inf)
    np.minimum.at(low, row, positions)
    np.maximum.at(high, row, positions)
    half_m = np.linalg.norm(high - low, axis=1) / 2
    return float(np.minimum(left.distance_m(positions), half_m[row]).max())
