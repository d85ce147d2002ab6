"""The lattice of heights: nodes every 512 mm of the RD map, the same for every square, file and process.

Node (column, row) lies at RD (512 × column, 512 × row) mm. A square has 512 × 512 nodes of its own, those on its south
and west sides among them. Level k of the ground uses every 2^k-th node, so a coarser level's nodes are the finer's
too. Heights are whole millimetres: sums of them are exact, so no result depends on the order of points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cloud import SQUARE_BITS, Bounds, Square

STEP_BITS = 9
STEP_MM = 1 << STEP_BITS
STEP_M = STEP_MM / 1000
NODES = 1 << (SQUARE_BITS - STEP_BITS)
"""Nodes on the side of a square: 512."""

BLOCK_BITS = 4
BLOCK_NODES = 1 << BLOCK_BITS
"""Nodes on the side of a block, 8.192 m: the unit in which the whole input is looked over at once."""
BLOCKS = NODES // BLOCK_NODES

HOLE = np.iinfo(np.int32).min
"""The height of a node that no ground point measures."""

Heights = NDArray[np.int32]  # (rows, columns), NAP in mm, from the south-west
Mask = NDArray[np.bool_]  # (rows, columns), from the south-west


@dataclass(frozen=True)
class Window:
    """A rectangle of nodes, every `stride`-th of the lattice: its south-west node, and how many there are each way."""

    column: int
    row: int
    columns: int
    rows: int
    stride: int = 1

    @classmethod
    def around(cls, square: Square, margin: int) -> "Window":
        """A square's own nodes, those on its north and east sides, and `margin` more on every side."""
        side = NODES + 1 + 2 * margin
        return cls(square.column * NODES - margin, square.row * NODES - margin, side, side)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def bounds(self) -> Bounds:
        """From the first to the last node, RD metres."""
        west, south = self.column * STEP_M, self.row * STEP_M
        reach = self.stride * STEP_M
        return Bounds(west, south, west + (self.columns - 1) * reach, south + (self.rows - 1) * reach)

    def slices(self, other: "Window") -> tuple[slice, slice]:
        """Where the nodes of `other`, which lies inside and is no denser, are in an array of this window."""
        every = other.stride // self.stride
        row, column = (other.row - self.row) // self.stride, (other.column - self.column) // self.stride
        return (
            slice(row, row + (other.rows - 1) * every + 1, every),
            slice(column, column + (other.columns - 1) * every + 1, every),
        )

    def x(self) -> NDArray[np.float64]:
        """RD x of every column, metres, (columns,)."""
        return (self.column + self.stride * np.arange(self.columns)) * STEP_MM / 1000

    def y(self) -> NDArray[np.float64]:
        """RD y of every row, metres, (rows,)."""
        return (self.row + self.stride * np.arange(self.rows)) * STEP_MM / 1000


def inside(extents: Sequence[Bounds], window: Window) -> Mask:
    """Which nodes lie in one of the rectangles, or within a step of it; all where no rectangle is given."""
    if not extents:
        return np.ones(window.shape, bool)
    x, y = window.x(), window.y()
    mask = np.zeros(window.shape, bool)
    for extent in (each.padded(STEP_M) for each in extents):
        columns = (x >= extent.west) & (x <= extent.east)
        rows = (y >= extent.south) & (y <= extent.north)
        mask |= rows[:, None] & columns
    return mask
