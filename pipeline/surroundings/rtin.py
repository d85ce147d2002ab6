"""Triangles where the ground bends and few where it does not, without cracks.

The mesh is a right-triangulated irregular network: blocks of 32 × 32 cells are four triangles about their middle, and a triangle
is halved across the middle of its longest side (Evans, Kirkpatrick and Townsend, "Right-Triangulated Irregular Networks",
Algorithmica 30, 2001). A node is drawn when it, or any node that needs it, lies off the line it would halve. Because that is decided
per node, from heights less than 32 cells away, two tiles that share an edge draw the same nodes on it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .lattice import Heights, Mask
from .pyramid import Values

BLOCK = 32
"""Cells on the side of the largest squares, and how far beyond a tile heights must be known."""

_SIZES = (2, 4, 8, 16, 32)
_FORCED = np.iinfo(np.int32).max

Triangles = NDArray[np.int64]  # (t, 3), numbers of nodes, counter-clockwise from above


@dataclass(frozen=True, eq=False)
class _Sides:
    """The ends of what the nodes in the middle of squares' sides halve, for squares of one size."""

    size: int

    def level(self, nodes: NDArray[np.generic]) -> NDArray[np.generic]:
        """Middles of sides that run east."""
        return nodes[:: self.size, self.size // 2 :: self.size]

    def upright(self, nodes: NDArray[np.generic]) -> NDArray[np.generic]:
        """Middles of sides that run north."""
        return nodes[self.size // 2 :: self.size, :: self.size]

    def middle(self, nodes: NDArray[np.generic]) -> NDArray[np.generic]:
        """Middles of squares."""
        return nodes[self.size // 2 :: self.size, self.size // 2 :: self.size]

    def corners(self, nodes: NDArray[np.generic]) -> NDArray[np.generic]:
        """Corners of squares."""
        return nodes[:: self.size, :: self.size]


def deviations(heights: Heights, kinds: NDArray[np.generic]) -> Heights:
    """How far off each node would be if it were not drawn, or a node that needs it; mm, (32 a + 1, 32 b + 1).

    A node whose kind differs from that of an end of the line it halves must be drawn; so must the middles of the blocks. Values
    within 32 cells of the array's rim are too small.
    """
    found = np.full(heights.shape, _FORCED, np.int32)
    for size in _SIZES:
        sides = _Sides(size)
        _set_sides(found, heights, kinds, sides)
        if size < BLOCK:
            _set_middles(found, heights, kinds, sides)
    return found


def _set_sides(found: Heights, heights: Heights, kinds: NDArray[np.generic], sides: _Sides) -> None:
    h, k = sides.corners(heights), sides.corners(kinds)
    east = _own(sides.level(heights), h[:, :-1], h[:, 1:], sides.level(kinds), k[:, :-1], k[:, 1:])
    north = _own(sides.upright(heights), h[:-1], h[1:], sides.upright(kinds), k[:-1], k[1:])
    if sides.size > _SIZES[0]:
        # The middles of the four squares of half the size that touch the middle of a side need it.
        needing = np.pad(_Sides(sides.size // 2).middle(found), 1)
        lower, upper = needing[0::2], needing[1::2]
        east = np.maximum(east, np.maximum.reduce([r[:, c::2][:, : east.shape[1]] for r in (lower, upper) for c in (1, 2)]))
        left, right = needing[:, 0::2], needing[:, 1::2]
        north = np.maximum(
            north, np.maximum.reduce([c[r::2][: north.shape[0]] for c in (left, right) for r in (1, 2)])
        )
    sides.level(found)[:], sides.upright(found)[:] = east, north


def _set_middles(found: Heights, heights: Heights, kinds: NDArray[np.generic], sides: _Sides) -> None:
    own = np.where(
        _rising(sides.middle(heights).shape),
        _halved(sides, heights, kinds, rising=True),
        _halved(sides, heights, kinds, rising=False),
    )
    level, upright = sides.level(found), sides.upright(found)
    sides.middle(found)[:] = np.maximum.reduce([own, level[:-1], level[1:], upright[:, :-1], upright[:, 1:]])


def _rising(shape: tuple[int, ...]) -> Mask:
    """Which squares are cut from the south-west to the north-east: in each four, that is towards the middle."""
    return np.add.outer(np.arange(shape[0]), np.arange(shape[1])) % 2 == 0


def _halved(sides: _Sides, heights: Heights, kinds: NDArray[np.generic], *, rising: bool) -> Heights:
    h, k = sides.corners(heights), sides.corners(kinds)
    first, last = (np.s_[:-1, :-1], np.s_[1:, 1:]) if rising else (np.s_[:-1, 1:], np.s_[1:, :-1])
    return _own(sides.middle(heights), h[first], h[last], sides.middle(kinds), k[first], k[last])


def _own(
    h: Heights,
    first: Heights,
    last: Heights,
    kind: NDArray[np.generic],
    first_kind: NDArray[np.generic],
    last_kind: NDArray[np.generic],
) -> Heights:
    # Twice the height, so that halves of a millimetre count, then rounded up.
    off = (np.abs(2 * h.astype(np.int64) - first - last) + 1) // 2
    return np.where((kind != first_kind) | (kind != last_kind), _FORCED, off).astype(np.int32)


def drawn_surface(heights: Heights, drawn: Mask) -> Values:
    """The height of the mesh at every node, mm: its own where drawn, else halfway along the line it would halve."""
    mesh = heights.astype(np.float64)
    for size in reversed(_SIZES):
        sides = _Sides(size)
        if size < BLOCK:
            _keep_or_halve(mesh, drawn, sides)
        corners = sides.corners(mesh)
        sides.level(mesh)[:] = np.where(sides.level(drawn), sides.level(mesh), (corners[:, :-1] + corners[:, 1:]) / 2)
        sides.upright(mesh)[:] = np.where(sides.upright(drawn), sides.upright(mesh), (corners[:-1] + corners[1:]) / 2)
    return mesh


def finer(mesh: Values) -> Values:
    """A mesh's height at every node of the next finer level, mm, from its height at every node of its own."""
    rows, columns = mesh.shape
    fine = np.empty((2 * rows - 1, 2 * columns - 1))
    fine[::2, ::2] = mesh
    _keep_or_halve(fine, np.zeros(fine.shape, bool), _Sides(2))
    fine[::2, 1::2] = (mesh[:, :-1] + mesh[:, 1:]) / 2
    fine[1::2, ::2] = (mesh[:-1] + mesh[1:]) / 2
    return fine


def _keep_or_halve(mesh: Values, drawn: Mask, sides: _Sides) -> None:
    corners = sides.corners(mesh)
    rising, falling = (corners[:-1, :-1] + corners[1:, 1:]) / 2, (corners[:-1, 1:] + corners[1:, :-1]) / 2
    halfway = np.where(_rising(rising.shape), rising, falling)
    sides.middle(mesh)[:] = np.where(sides.middle(drawn), sides.middle(mesh), halfway)


def triangles(drawn: Mask) -> Triangles:
    """The triangles over an array of nodes, (32 a + 1, 32 b + 1), as numbers of nodes counted row by row."""
    return np.concatenate(list(_triangles(drawn)))


def _triangles(drawn: Mask) -> Iterator[Triangles]:
    width = drawn.shape[1]
    active = drawn.ravel()
    apex, first, last = _blocks(drawn.shape)
    while len(apex):
        middle = (first + last) // 2
        # The two ends of a cell's diagonal have no node halfway: in both directions they are an odd number apart.
        divisible = ((last - first) % 2 == 0) & (((last // width) - (first // width)) % 2 == 0)
        halved = divisible & active[np.where(divisible, middle, 0)]
        whole = ~halved
        yield np.stack([apex[whole], first[whole], last[whole]], axis=-1)
        apex, first, last, middle = (each[halved] for each in (apex, first, last, middle))
        apex, first, last = (
            np.concatenate([middle, middle]),
            np.concatenate([apex, last]),
            np.concatenate([first, apex]),
        )


def _blocks(shape: tuple[int, ...]) -> tuple[Triangles, Triangles, Triangles]:
    """Apex and the ends of the longest side of every block's four triangles."""
    width = shape[1]
    row, column = (
        axis.ravel()
        for axis in np.meshgrid(np.arange(0, shape[0] - 1, BLOCK), np.arange(0, shape[1] - 1, BLOCK), indexing="ij")
    )
    south_west = row * width + column
    corners = [south_west, south_west + BLOCK, south_west + BLOCK * width + BLOCK, south_west + BLOCK * width]
    middle = south_west + BLOCK // 2 * (width + 1)
    return (
        np.tile(middle, 4),
        np.concatenate(corners),
        np.concatenate([*corners[1:], corners[0]]),
    )
