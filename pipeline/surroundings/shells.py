"""The parts of a roof as a closed shell: roofs, walls where they step and to the ground, and a floor.

Everything is counted in whole millimetres, and every corner knows all heights at which surfaces pass it, so
neighbouring faces share their corners exactly: each edge is used once in each direction, however parts meet.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from tiles.frame import Vec3s

from .roofs import Part

MM = 1000.0
_JOINED_MM = 150  # roofs that come this close at a corner meet there
_LOWEST_ROOM_M = 0.5

Corner = tuple[int, int]  # RD millimetres
Vertex = tuple[int, int, int]


class Face(IntEnum):
    """What a triangle of a shell is."""

    ROOF = 0
    LEVEL_ROOF = 1
    WALL = 2
    FLOOR = 3


ROOFS = (Face.ROOF, Face.LEVEL_ROOF)
LEVEL_SLOPE = 0.12
"""Roofs less steep have no tiles."""


@dataclass(frozen=True, eq=False)
class Shell:
    """Triangles around a building, counter-clockwise from outside."""

    positions: Vec3s  # (v, 3), RD and NAP metres
    triangles: NDArray[np.uint32]  # (t, 3)
    faces: NDArray[np.uint8]  # (t,), `Face`

    def only(self, *kinds: Face) -> "Shell":
        """The triangles of some kinds."""
        chosen = np.isin(self.faces, kinds)
        return Shell(self.positions, self.triangles[chosen], self.faces[chosen])


def closed(parts: Sequence[Part], floor_m: float) -> Shell:
    """The shell over parts that together cover a footprint, standing on a level floor, NAP metres."""
    cells = [_Cell.of(part) for part in parts]
    floor = round(floor_m * MM)
    heights = _corner_heights(cells, floor)
    builder = _Builder()
    sides = {edge: number for number, cell in enumerate(cells) for edge in cell.edges()}
    for number, cell in enumerate(cells):
        top = {corner: heights[corner][number] for corner in cell.corners()}
        roof = Face.LEVEL_ROOF if np.hypot(*cell.part.plane[:2]) < LEVEL_SLOPE else Face.ROOF
        for a, b, c in cell.triangles:
            builder.add(((*a, top[a]), (*b, top[b]), (*c, top[c])), roof)
            builder.add(((*a, floor), (*c, floor), (*b, floor)), Face.FLOOR)
        for u, v in cell.edges():
            other = sides.get((v, u))
            if other is None:
                builder.wall(heights, (u, v), (top[u], top[v]), (floor, floor))
            elif number < other:
                below = heights[u][other], heights[v][other]
                builder.wall(heights, (u, v), (top[u], top[v]), below)
    return builder.shell()


@dataclass(frozen=True, eq=False)
class _Cell:
    """A part in whole millimetres."""

    part: Part
    rings: list[list[Corner]]  # closed; the outer counter-clockwise, holes clockwise
    triangles: list[tuple[Corner, Corner, Corner]]

    @classmethod
    def of(cls, part: Part) -> "_Cell":
        polygon = shapely.orient_polygons(part.polygon)
        rings = [_ring(ring) for ring in (polygon.exterior, *polygon.interiors)]
        return cls(part, rings, list(_triangles(polygon, {corner for ring in rings for corner in ring})))

    def edges(self) -> Iterator[tuple[Corner, Corner]]:
        for ring in self.rings:
            yield from pairwise(ring)

    def corners(self) -> Iterator[Corner]:
        for ring in self.rings:
            yield from ring[:-1]


def _ring(ring: shapely.LinearRing) -> list[Corner]:
    corners = np.rint(shapely.get_coordinates(ring) * MM).astype(np.int64).tolist()
    kept = [corner for corner, before in zip(corners, [None, *corners], strict=False) if corner != before]
    return [(x, y) for x, y in kept]


def _triangles(polygon: shapely.Polygon, corners: set[Corner]) -> Iterator[tuple[Corner, Corner, Corner]]:
    for triangle in shapely.get_parts(shapely.constrained_delaunay_triangles(polygon)):
        a, b, c, _ = _ring(shapely.orient_polygons(triangle).exterior)
        assert {a, b, c} <= corners
        yield a, b, c


def _corner_heights(cells: Sequence[_Cell], floor: int) -> dict[Corner, dict[int, int]]:
    """At each corner the height of each cell around it, millimetres; those that nearly agree are made to."""
    found: dict[Corner, dict[int, int]] = {}
    lowest = floor + round(_LOWEST_ROOM_M * MM)
    for number, cell in enumerate(cells):
        corners = sorted(set(cell.corners()))
        tops = np.rint(cell.part.heights(np.array(corners) / MM) * MM).astype(np.int64)
        for corner, top in zip(corners, tops.tolist(), strict=True):
            found.setdefault(corner, {})[number] = max(top, lowest)
    return {corner: _joined(around) for corner, around in found.items()}


def _joined(around: dict[int, int]) -> dict[int, int]:
    if len(around) == 1:
        return around
    joined: dict[int, int] = {}
    group: list[tuple[int, int]] = []
    for top, number in sorted((top, number) for number, top in around.items()):
        if group and top - group[0][0] > _JOINED_MM:
            joined |= _level(group)
            group = []
        group.append((top, number))
    return joined | _level(group)


def _level(group: Iterable[tuple[int, int]]) -> dict[int, int]:
    group = list(group)
    middle = round(sum(top for top, _ in group) / len(group))
    return dict.fromkeys((number for _, number in group), middle)


class _Builder:
    def __init__(self) -> None:
        self._numbers: dict[Vertex, int] = {}
        self._triangles: list[tuple[int, int, int]] = []
        self._faces: list[int] = []

    def add(self, triangle: tuple[Vertex, Vertex, Vertex], face: Face) -> None:
        if len(set(triangle)) == 3:  # noqa: PLR2004 - a triangle
            a, b, c = (self._numbers.setdefault(vertex, len(self._numbers)) for vertex in triangle)
            self._triangles.append((a, b, c))
            self._faces.append(face)

    def wall(
        self,
        heights: dict[Corner, dict[int, int]],
        edge: tuple[Corner, Corner],
        top: tuple[int, int],
        foot: tuple[int, int],
    ) -> None:
        """The wall under the edge u → v of a roof, whose inside is on the left, down to `foot`, or up."""
        left, right = (
            _upright(corner, heights[corner].values(), ends)
            for corner, ends in zip(edge, zip(top, foot, strict=True), strict=True)
        )
        i = j = 0
        while i < len(left) - 1 or j < len(right) - 1:
            if j == len(right) - 1 or (i < len(left) - 1 and i <= j):
                self.add((right[j], left[i], left[i + 1]), Face.WALL)
                i += 1
            else:
                self.add((left[i], right[j + 1], right[j]), Face.WALL)
                j += 1

    def shell(self) -> Shell:
        positions = np.array(list(self._numbers), np.float64).reshape(-1, 3) / MM
        return Shell(positions, np.array(self._triangles, np.uint32).reshape(-1, 3), np.array(self._faces, np.uint8))


def _upright(corner: Corner, passing: Iterable[int], ends: tuple[int, int]) -> list[Vertex]:
    """The vertices of a wall's upright side from one end to the other: at every height at which surfaces pass."""
    top, foot = ends
    low, high = min(ends), max(ends)
    between = sorted({height for height in passing if low < height < high}, reverse=top > foot)
    stops = [top, *between, foot] if top != foot else [top]
    return [(*corner, height) for height in stops]
