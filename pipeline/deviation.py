"""How far a simplified surface is from what it was made of, in metres: at many points, both ways.

A simplifier keeps vertices in place, so it is farthest off at those that are gone, or within triangles. Where nothing
is left of a part, its size is the most that it counts for: what is seen then is that the whole of it is missing. A
strip of a hand's breadth is missed as a hand's breadth, however long it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiles.frame import Vec3s

from .nearness import Nearness

SAME_PLACE_M = 1e-4
_SAMPLES = 10_000
_MOST_MIDDLES, _MOST_VERTICES = 15_000, 30_000
_PLASTIC = np.array([0.7548776662466927, 0.5698402909980532])  # evenly over a square (Roberts 2018, R2 sequence)
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], np.uint64)


@dataclass(frozen=True, eq=False)
class Skin:
    """A surface; vertices in one place are one where they are of one body."""

    positions: Vec3s  # (v, 3), metres
    triangles: NDArray[np.int64]  # (t, 3)
    bodies: NDArray[np.int64]  # (v,)

    @property
    def corners(self) -> NDArray[np.float64]:
        """The corners of each triangle, (t, 3, 3)."""
        return self.positions[self.triangles]


@dataclass(frozen=True, eq=False)
class _Lost:
    """What of a surface is gone in another."""

    vertices: NDArray[np.intp]
    """One vertex of each place that is gone."""
    there: NDArray[np.bool_]  # (v,), whether anything is left of the part each vertex belongs to
    most_m: NDArray[np.float64]  # (v,), how large that part was where it is gone altogether, else infinite


def deviation_m(before: Skin, after: Skin, least_m: float = 0.0, *, gone: float = 1.0) -> float:
    """The largest distance between two surfaces; `least_m` where it is smaller, which is quicker to find out.

    A part of which nothing is left counts for as much as its neighbours are off, `gone` times its size at most.
    """
    if not len(after.triangles):
        return float(np.linalg.norm(np.ptp(before.positions, axis=0)))
    lost = _lost(before, after)
    vertices = lost.vertices[:: -(-len(lost.vertices) // _MOST_VERTICES) or 1]
    points, first = _points(before)
    far_m = Nearness(after.corners).farthest_m(
        np.concatenate([before.positions[vertices], points]),
        gone * np.concatenate([lost.most_m[vertices], lost.most_m[first]]),
        least_m,
    )
    points, _ = _points(after)
    return Nearness(before.corners).farthest_m(points, np.full(len(points), np.inf), far_m)


def vertices_m(before: Skin, after: Skin) -> NDArray[np.float64]:
    """How far each vertex of the one surface is from the other, (v,); 0 where the whole part is gone."""
    lost = _lost(before, after)
    off_m = np.zeros(len(before.positions))
    wanted = lost.vertices[lost.there[lost.vertices]]
    off_m[wanted] = Nearness(after.corners).distance_m(before.positions[wanted])
    _, place = _places(before, after)
    largest_m = np.zeros(int(place.max()) + 1)
    np.maximum.at(largest_m, place, off_m)
    return largest_m[place]


def _places(before: Skin, after: Skin) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """A number for each place of a body: of the vertices after, and of those before."""
    positions = np.concatenate([after.positions, before.positions])
    steps = np.rint((positions - positions.min(axis=0)) / SAME_PLACE_M).astype(np.int64)
    numbers = rows_numbered(np.column_stack([steps, np.concatenate([after.bodies, before.bodies])]))
    return numbers[: len(after.positions)], numbers[len(after.positions) :]


def rows_numbered(rows: NDArray[np.int64]) -> NDArray[np.intp]:
    """A number for each different row, (n, ≤ 4), by a hash of 64 bits: two of a million meet once in 4 × 10⁷ models."""
    mixed = np.zeros(len(rows), np.uint64)
    for column, factor in zip(rows.T, _MIX, strict=False):
        mixed = (mixed ^ column.astype(np.uint64)) * factor
        mixed ^= mixed >> np.uint64(29)
    _, numbers = np.unique(mixed, return_inverse=True)
    return numbers.astype(np.intp)


def _lost(before: Skin, after: Skin) -> _Lost:
    kept, own = _places(before, after)
    part = parts(own[before.triangles], int(max(own.max(), kept.max())) + 1)
    left = np.zeros(len(part), np.bool_)
    left[part[kept]] = True
    still = np.zeros(len(part), np.bool_)
    still[kept] = True
    gone, first = np.unique(own, return_index=True)
    there = left[part[own]]
    most_m = np.full(len(own), np.inf)
    if not there.all():
        most_m[~there] = _sizes_m(before, part[own])[part[own][~there]]
    return _Lost(first[~still[gone]], there, most_m)


def parts(triangles: NDArray[np.intp], count: int) -> NDArray[np.int64]:
    """For each of `count` places the lowest one that triangles, (t, 3), connect it to."""
    from .kernels import parts as kernel  # noqa: PLC0415 - compiled: only models with levels are worth loading it

    part = np.arange(count)
    kernel.connect(np.ascontiguousarray(triangles, np.int64), part)
    return part


def _sizes_m(skin: Skin, part: NDArray[np.int64]) -> NDArray[np.float64]:
    """How much of what is seen each part is: its diagonal, or its width where it is long and narrow."""
    count = int(part.max()) + 1
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, part, skin.positions)
    np.maximum.at(high, part, skin.positions)
    length_m = np.linalg.norm(np.where(np.isfinite(low), high - low, 0), axis=1)
    area_m2 = np.bincount(part[skin.triangles[:, 0]], _areas(skin.corners), minlength=count)
    sizes_m: NDArray[np.float64] = np.minimum(length_m, 2 * area_m2 / np.maximum(length_m, 1e-9))
    return sizes_m


def _areas(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas: NDArray[np.float64] = np.linalg.norm(across, axis=1) / 2
    return areas


def _points(skin: Skin) -> tuple[Vec3s, NDArray[np.intp]]:
    """Middles of triangles, evenly chosen where there are many, and points between, more of them on larger ones.

    With each the first vertex of its triangle.
    """
    corners = skin.corners
    running = np.cumsum(_areas(corners))
    picks = np.searchsorted(running, (np.arange(_SAMPLES) + 0.5) / _SAMPLES * running[-1])
    picks = np.minimum(picks, len(corners) - 1)
    u, v = ((np.arange(1, _SAMPLES + 1)[:, None]) * _PLASTIC % 1.0).T[..., None]
    over = u + v > 1
    u, v = np.where(over, 1 - u, u), np.where(over, 1 - v, v)
    chosen = corners[picks]
    between = chosen[:, 0] + u * (chosen[:, 1] - chosen[:, 0]) + v * (chosen[:, 2] - chosen[:, 0])
    some = np.arange(0, len(corners), -(-len(corners) // _MOST_MIDDLES))
    points = np.concatenate([corners[some].mean(axis=1), between])
    return points, skin.triangles[np.concatenate([some, picks]), 0]
