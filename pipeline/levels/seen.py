"""Which triangles can be seen by someone who stands outside a group of elements.

From points on each triangle rays go out on its front side, until one leaves the group: then it is seen. What lets light
through hides nothing; but of a room behind a window few rays find the way out, so from points on the glass rays go in,
and what they meet is seen. Only triangles of the group itself hide, so what stays is enough for every viewpoint outside
its box, also one inside another part of the same building.
"""

import numpy as np
from numpy.typing import NDArray

from pipeline.rays import Surfaces

from .scene import Chosen, Scene

FROM_THE_STREET = -0.5
"""The sine of the steepest view from below: up at a balcony, from where the group still is drawn in this detail."""
FROM_ALL_SIDES = -1.0

_DIRECTIONS, _FEWEST_DIRECTIONS = 32, 12
_RAYS = 6_000_000  # about six seconds of one processor; larger groups get fewer directions
_GRAZING = 0.02  # sine: rays nearer to the triangle's plane say more of rounding than of sight
_OFF_M = 0.001  # a ray starts this far before its triangle, so that one that lies on another is hidden by it
_PROBES_PER_M2, _MOST_PROBES = 0.5, 8
_GLASS_PROBES_PER_M2, _MOST_GLASS_PROBES = 16.0, 20_000
_THROUGH_GLASS = 0.2  # sine: at a flatter angle a window shows the sky
_PLASTIC = np.array([0.7548776662466927, 0.5698402909980532])  # evenly over a square (Roberts 2018, R2 sequence)


def seen(scene: Scene, chosen: Chosen, lowest: float, known: Chosen) -> Chosen:
    """Of the `chosen` triangles, those that are seen from outside; `lowest` is the least sine of a view from below.

    Those that are `known` to be seen from outside a larger group are seen from outside this one.
    """
    hiding = chosen & ~scene.see_through
    if not hiding.any():
        return chosen
    found = chosen & known
    rows = np.flatnonzero(chosen & ~known)
    walls = Surfaces(scene.corners[hiding])
    found[rows] = _seen(walls, scene.corners[rows], scene.two_sided[rows], lowest)
    glass = chosen & scene.see_through
    if glass.any():
        found[np.flatnonzero(hiding)[_behind(walls, scene.corners[glass], lowest)]] = True
    return found


def _behind(walls: Surfaces, glass: NDArray[np.float64], lowest: float) -> NDArray[np.int64]:
    """Which of the walls are met by someone outside who looks through the glass."""
    normals, area_m2 = _faces(glass)
    per_m2 = min(_GLASS_PROBES_PER_M2, _MOST_GLASS_PROBES / max(float(area_m2.sum()), 1e-9))
    probed = np.repeat(np.arange(len(glass)), np.ceil(area_m2 * per_m2).astype(np.intp))
    met = [np.empty(0, np.int64)]
    for number, direction in enumerate(directions(_DIRECTIONS, lowest)):
        points = _points(glass[probed], np.arange(len(probed)) + number * len(probed))
        points = points[np.abs(normals[probed] @ direction) > _THROUGH_GLASS]
        towards = np.broadcast_to(direction, points.shape)
        inside = points[~walls.blocked(points + _OFF_M * towards, towards)]
        hit = walls.cast(inside - _OFF_M * direction, np.broadcast_to(-direction, inside.shape)).triangle
        met.append(np.unique(hit[hit >= 0]))
    return np.unique(np.concatenate(met))


def _faces(corners: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The unit normal of each triangle, zero for one without area, and its area in square metres."""
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(across, axis=1)
    return across / np.maximum(lengths, 1e-12)[:, None], lengths / 2


def _seen(hiding: Surfaces, corners: NDArray[np.float64], two_sided: Chosen, lowest: float) -> Chosen:
    normals, area_m2 = _faces(corners)
    probes = np.clip(np.ceil(area_m2 * _PROBES_PER_M2), 1, _MOST_PROBES).astype(np.intp)
    probed = np.repeat(np.arange(len(corners)), probes)
    count = int(np.clip(2 * _RAYS // max(len(probed), 1), _FEWEST_DIRECTIONS, _DIRECTIONS))
    found = area_m2 <= 0  # nothing to see, and nothing to draw: they cost no rays
    for number, direction in enumerate(directions(count, lowest)):
        slope = normals[probed] @ direction
        wanted = np.flatnonzero(~found[probed] & (np.where(two_sided[probed], np.abs(slope), slope) > _GRAZING))
        if not len(wanted):
            continue
        triangles = probed[wanted]
        points = _points(corners[triangles], wanted + number * len(probed))
        points += normals[triangles] * (_OFF_M * np.sign(slope[wanted]))[:, None]
        free = ~hiding.blocked(points, np.broadcast_to(direction, points.shape))
        found[triangles[free]] = True
    drawn: Chosen = found & (area_m2 > 0)
    return drawn


def _points(corners: NDArray[np.float64], numbers: NDArray[np.intp]) -> NDArray[np.float64]:
    """A point in each triangle, another for each number, spread evenly."""
    u, v = ((numbers[:, None] + 1) * _PLASTIC % 1.0).T
    beyond = u + v > 1
    u, v = np.where(beyond, 1 - u, u), np.where(beyond, 1 - v, v)
    return corners[:, 0] + u[:, None] * (corners[:, 1] - corners[:, 0]) + v[:, None] * (corners[:, 2] - corners[:, 0])


def directions(count: int, lowest: float) -> NDArray[np.float64]:
    """Unit vectors spread evenly over the part of a sphere whose z is at least `lowest`, (count, 3).

    By the plastic number's sequence: early ones already look from all sides.
    """
    spread = (np.arange(1, count + 1)[:, None] * _PLASTIC + 0.5) % 1.0
    z, angle = 1 - (1 - lowest) * spread[:, 0], 2 * np.pi * spread[:, 1]
    level = np.sqrt(1 - z * z)
    return np.column_stack([level * np.cos(angle), level * np.sin(angle), z])
