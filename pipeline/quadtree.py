"""The points of one square as an additive quadtree: every point in exactly one node, each level evenly spaced.

Nodes are split until they hold few enough points. Then, from the leaves up, each level is drawn from the one below by
keeping in every grid cube the point nearest its middle. Nothing is invented, averaged or lost: drawing a node and its
ancestors draws each of its points once (3D Tiles 1.1, "Refinement", additive).

A grid cube never reaches over the edge of a square that is larger than it. So which points stand for a square in the
levels above is decided within the square, and no square ever waits for its neighbours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .kernels import sample
from .records import CELL_BITS, HEIGHT_BITS, MM, Records

NODE_POINTS = 50_000
"""A node that would hold more is split."""
SMALL_POINTS = 10_000
"""Leaves with fewer are put together with their neighbours under the same node."""

GRID_BITS = 7
"""A node is sampled on 128 grid cubes a side."""
FINEST_LEVEL = GRID_BITS
"""Squares of this level, 128 mm a side, are not split: their grid is one millimetre."""
HIGHEST_LEVEL = CELL_BITS + GRID_BITS
"""The squares above have a grid that is coarser than a cell: they draw nothing of their own."""

ERROR_PER_SPACING = 4.0
"""Geometric error over point spacing: leaves 1.3 to 1.5 pixels between points on a 1080p screen."""

Rows = NDArray[np.int64]  # (m,), rows of a square's records
Span = tuple[int, int]


def spacing_m(level: int) -> float:
    """The grid of a node that is a square of this level, metres."""
    return float(2.0 ** (level - GRID_BITS) / MM)


@dataclass(frozen=True, eq=False)
class Node:
    """One node: which of the square's records lie in it, and what it is refined to."""

    level: int
    spans: tuple[Span, ...]
    """Runs of sorted records; several where small neighbours were put together."""
    children: tuple["Node", ...]

    @property
    def count(self) -> int:
        """How many records lie in it."""
        return sum(end - start for start, end in self.spans)

    def own(self, levels: NDArray[np.int8]) -> Rows:
        """The rows that are drawn with this node itself."""
        return np.concatenate([np.flatnonzero(levels[start:end] == self.level) + start for start, end in self.spans])

    def spacing_m(self, records: Records) -> float:
        """The mean distance between all points that stand for this node when it and its ancestors are drawn, metres."""
        if self.children:
            return spacing_m(self.level)
        bits = self.level - GRID_BITS
        occupied = sum(sample.occupied(records, start, end, bits) for start, end in self.spans)
        return spacing_m(self.level) * float(np.sqrt(occupied / self.count))


def split(records: Records, level: int) -> Node:
    """The quadtree over the sorted records of one square of `level`."""
    return _split(records, level, (0, len(records)))


def _split(records: Records, level: int, span: Span) -> Node:
    if span[1] - span[0] <= NODE_POINTS or level <= FINEST_LEVEL:
        return Node(level, (span,), ())
    edges = sample.quarters(records, *span, level)
    spans = [(a, b) for a, b in pairwise(edges) if b > a]
    return Node(level, (span,), tuple(_together([_split(records, level - 1, each) for each in spans])))


def _together(nodes: Sequence[Node]) -> Iterator[Node]:
    """The nodes, small leaves put together as long as they stay within what a node may hold."""
    leaves = sorted((node for node in nodes if not node.children), key=lambda node: (node.count, node.spans))
    while len(leaves) > 1 and leaves[0].count < SMALL_POINTS and leaves[0].count + leaves[1].count <= NODE_POINTS:
        first, second, *rest = leaves
        both = Node(first.level, tuple(sorted(first.spans + second.spans)), ())
        leaves = sorted([both, *rest], key=lambda node: (node.count, node.spans))
    yield from sorted([*leaves, *(node for node in nodes if node.children)], key=lambda node: node.spans)


def levels_of(root: Node, records: Records, positions: NDArray[np.int32]) -> NDArray[np.int8]:
    """The level each record is drawn at, (n,): from the root's down; the root keeps what may be drawn above it."""
    levels = np.zeros(len(records), np.int8)
    _raise(root, records, positions, levels)
    return levels


def _raise(node: Node, records: Records, positions: NDArray[np.int32], levels: NDArray[np.int8]) -> Rows:
    """Give every record below a node its level; the rows that have the node's own."""
    if not node.children:
        for start, end in node.spans:
            levels[start:end] = node.level
        return np.concatenate([np.arange(start, end) for start, end in node.spans])
    below = np.concatenate([_raise(child, records, positions, levels) for child in node.children])
    if any(len(child.spans) > 1 for child in node.children):
        below.sort()  # leaves that were put together interleave with their neighbours
    return raise_to(node.level, records, positions, below, levels)


def raise_to(level: int, records: Records, positions: NDArray[np.int32], below: Rows, levels: NDArray[np.int8]) -> Rows:
    """Draw a level from the one below: mark in `levels` the rows of `below` that stand for it, and give them."""
    flat, tall = block_bits(level)
    while True:
        raised: Rows = sample.raise_nearest(records, positions, below, (flat, tall), level, levels)
        if len(raised) <= NODE_POINTS or tall == HEIGHT_BITS:
            return raised
        # Walls upon walls: blocks twice as high leave half of them.
        levels[raised] = level - 1
        tall += 1


def block_bits(level: int) -> tuple[int, int]:
    """The side and the height, as powers of two in millimetres, of the blocks of which one point each is drawn.

    They are cubes; from a cell up twice as high as wide. From so far a crown or a wall is as well shown by half the
    points, and the first view of a city takes a third fewer bytes.
    """
    flat = level - GRID_BITS
    return flat, flat + (level >= CELL_BITS)
