"""Triangles where the ground bends and few where it does not, without cracks.

The mesh is a right-triangulated irregular network: blocks of 32 × 32 cells are four triangles about their middle, and a
triangle is halved across the middle of its longest side (Evans, Kirkpatrick and Townsend, "Right-Triangulated Irregular
Networks", Algorithmica 30, 2001). A node is drawn when it, or any node that needs it, lies off the line it would halve.
Because that is decided per node, from heights less than 32 cells away, two tiles that share an edge draw the same nodes
on it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .lattice import Heights, Mask
from .pyramid import Values

BLOCK = 32
"""Cells on the side of the largest squares, and how far beyond a tile heights must be known."""

_SIZES = (2, 4, 8, 16, 32)
_FORCED = np.iinfo(np.int32).max

Nodes = NDArray[Any]
"""(rows, columns) of anything."""

Triangles = NDArray[np.int64]  # (t, 3), numbers of nodes, counter-clockwise from above


@dataclass(frozen=True)
class _Squares:
    """The nodes of squares of one size, whatever is known of them."""

    size: int

    def level(self, nodes: Nodes) -> Nodes:
        """Middles of sides that run east."""
        return nodes[:: self.size, self.size // 2 :: self.size]

    def upright(self, nodes: Nodes) -> Nodes:
        """Middles of sides that run north."""
        return nodes[self.size // 2 :: self.size, :: self.size]

    def middle(self, nodes: Nodes) -> Nodes:
        """Middles of squares."""
        return nodes[self.size // 2 :: self.size, self.size // 2 :: self.size]

    def corners(self, nodes: Nodes) -> Nodes:
        """Corners of squares."""
        return nodes[:: self.size, :: self.size]


@dataclass(frozen=True, eq=False)
class _Field:
    """Heights, and of what kind each is."""

    heights: Nodes
    kinds: Nodes

    def at(self, pick: Callable[[Nodes], Nodes]) -> "_Field":
        """Some of the nodes."""
        return _Field(pick(self.heights), pick(self.kinds))

    def off(self, first: "_Field", last: "_Field") -> Nodes:
        """How far each node lies from halfway between two others, mm rounded up; `_FORCED` where kinds differ."""
        apart = np.abs(2 * self.heights.astype(np.int64) - first.heights - last.heights)
        differs = (self.kinds != first.kinds) | (self.kinds != last.kinds)
        off: Nodes = np.where(differs, _FORCED, (apart + 1) // 2).astype(np.int32)
        return off


def deviations(heights: Heights, kinds: Nodes) -> Heights:
    """How far off each node would be if it were not drawn, or a node that needs it; mm, (32 a + 1, 32 b + 1).

    A node whose kind differs from that of an end of the line it halves must be drawn; so must the middles of blocks.
    Values within 32 cells of the array's rim are too small.
    """
    found = np.full(heights.shape, _FORCED, np.int32)
    field = _Field(heights, kinds)
    for size in _SIZES:
        squares = _Squares(size)
        _set_sides(found, field, squares)
        if size < BLOCK:
            _set_middles(found, field, squares)
    return found


def _set_sides(found: Heights, field: _Field, squares: _Squares) -> None:
    corners = field.at(squares.corners)
    east = field.at(squares.level).off(corners.at(lambda c: c[:, :-1]), corners.at(lambda c: c[:, 1:]))
    north = field.at(squares.upright).off(corners.at(lambda c: c[:-1]), corners.at(lambda c: c[1:]))
    if squares.size > _SIZES[0]:
        halves = _Squares(squares.size // 2).middle(found)
        east, north = np.maximum(east, _touching(halves)), np.maximum(north, _touching(halves.T).T)
    squares.level(found)[:], squares.upright(found)[:] = east, north


def _touching(halves: Nodes) -> Nodes:
    """For each side that runs east, the largest of the four squares of half the size that touch its middle."""
    pairs = np.maximum(halves[:, 0::2], halves[:, 1::2])  # west and east of the middle
    around = np.pad(pairs, ((1, 1), (0, 0)))
    touching: Nodes = np.maximum(around[0::2], around[1::2])  # south and north of the side
    return touching


def _set_middles(found: Heights, field: _Field, squares: _Squares) -> None:
    corners, middles = field.at(squares.corners), field.at(squares.middle)
    rising = middles.off(corners.at(lambda c: c[:-1, :-1]), corners.at(lambda c: c[1:, 1:]))
    falling = middles.off(corners.at(lambda c: c[:-1, 1:]), corners.at(lambda c: c[1:, :-1]))
    own = np.where(_rising(rising.shape), rising, falling)
    level, upright = squares.level(found), squares.upright(found)
    squares.middle(found)[:] = np.maximum.reduce([own, level[:-1], level[1:], upright[:, :-1], upright[:, 1:]])


def _rising(shape: tuple[int, ...]) -> Nodes:
    """Which squares are cut from the south-west to the north-east: in each four, that is towards the middle."""
    return np.asarray(np.add.outer(np.arange(shape[0]), np.arange(shape[1])) % 2 == 0)


def drawn_surface(heights: Heights, drawn: Mask) -> Values:
    """The height of the mesh at every node, mm: its own where drawn, else halfway along the line it would halve."""
    mesh = heights.astype(np.float64)
    for size in reversed(_SIZES):
        squares = _Squares(size)
        if size < BLOCK:
            _keep_or_halve(mesh, drawn, squares)
        corners = squares.corners(mesh)
        squares.level(mesh)[:] = np.where(
            squares.level(drawn), squares.level(mesh), (corners[:, :-1] + corners[:, 1:]) / 2
        )
        squares.upright(mesh)[:] = np.where(
            squares.upright(drawn), squares.upright(mesh), (corners[:-1] + corners[1:]) / 2
        )
    return mesh


def finer(mesh: Values) -> Values:
    """A mesh's height at every node of the next finer level, mm, from its height at every node of its own."""
    rows, columns = mesh.shape
    fine = np.empty((2 * rows - 1, 2 * columns - 1))
    fine[::2, ::2] = mesh
    _keep_or_halve(fine, np.zeros(fine.shape, bool), _Squares(2))
    fine[::2, 1::2] = (mesh[:, :-1] + mesh[:, 1:]) / 2
    fine[1::2, ::2] = (mesh[:-1] + mesh[1:]) / 2
    return fine


def _keep_or_halve(mesh: Values, drawn: Mask, squares: _Squares) -> None:
    corners = squares.corners(mesh)
    rising, falling = (corners[:-1, :-1] + corners[1:, 1:]) / 2, (corners[:-1, 1:] + corners[1:, :-1]) / 2
    halfway = np.where(_rising(rising.shape), rising, falling)
    squares.middle(mesh)[:] = np.where(squares.middle(drawn), squares.middle(mesh), halfway)


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
