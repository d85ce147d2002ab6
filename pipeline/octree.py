"""The points of one cell as an additive octree: every point in exactly one node, each level evenly spaced.

A node of depth d is a cube of `CELL_M` / 2^d; the node of depth 0 is the cell's whole column of heights. Nodes are
split until they hold few enough points. Then, from the leaves up, each level is drawn from the one below by keeping in
every grid cell the point nearest its middle. Nothing is invented, averaged or lost: drawing a node and its ancestors
draws each of its points once (3D Tiles 1.1, "Refinement", additive).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from . import kernels
from .records import Records

NODE_POINTS = 50_000
"""A node that would hold more is split."""

ROOT_SPACING_M = (1 << (kernels.CELL_BITS - kernels.GRID_BITS)) / 1000
"""The grid of a cell's root, 2.048 m; it halves with each level."""

ERROR_PER_SPACING = 4.0
"""Geometric error over point spacing: leaves 1.3 to 1.5 pixels between points on a 1080p screen."""


@dataclass(frozen=True, eq=False)
class Node:
    """One node: its place in the tree, its own points, and the mean distance between all points it stands for."""

    depth: int
    key: int
    points: NDArray[np.intp]
    """Rows of the cell's records that are drawn with this node."""
    spacing_m: float
    children: tuple["Node", ...]

    def walk(self) -> Iterator["Node"]:
        """This node and all below, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, eq=False)
class _Span:
    """A node before its points are known: the run of sorted records that lies in it."""

    depth: int
    key: int
    start: int
    end: int
    children: tuple["_Span", ...]


def sort(records: Records) -> tuple[Records, NDArray[np.uint64]]:
    """The records along a Z-order curve and their keys, both the same for every order they came in."""
    keys = np.empty(len(records), np.uint64)
    kernels.cell_keys(records, keys)
    keys, order = kernels.radix_sort(keys)
    ordered = np.empty_like(records)
    kernels.gather(records, keys, order, ordered)
    return ordered, keys


def grow(records: Records, keys: NDArray[np.uint64], node_points: int = NODE_POINTS) -> Node:
    """The octree of one cell from its sorted records."""
    root = _split(keys, _Span(0, 0, 0, len(keys), ()), node_points)
    level = np.zeros(len(keys), np.int8)
    _mark_leaves(root, level)
    for depth in range(int(level.max()) - 1, -1, -1):
        kernels.raise_samples(records, keys, level, depth)
    return _node(root, keys, level)


def _split(keys: NDArray[np.uint64], span: _Span, node_points: int) -> _Span:
    if span.end - span.start <= node_points or span.depth == kernels.MAX_DEPTH:
        return span
    depth = span.depth + 1
    own = keys[span.start : span.end] >> np.uint64(3 * (kernels.AXIS_BITS - depth))
    starts = np.concatenate([[0], np.flatnonzero(np.diff(own)) + 1, [len(own)]]) + span.start
    children = (_Span(depth, int(own[start - span.start]), int(start), int(end), ()) for start, end in pairwise(starts))
    return _Span(span.depth, span.key, span.start, span.end, tuple(_split(keys, c, node_points) for c in children))


def _mark_leaves(span: _Span, level: NDArray[np.int8]) -> None:
    if not span.children:
        level[span.start : span.end] = span.depth
    for child in span.children:
        _mark_leaves(child, level)


def _node(span: _Span, keys: NDArray[np.uint64], level: NDArray[np.int8]) -> Node:
    spacing_m = ROOT_SPACING_M / 2**span.depth
    if not span.children:
        spacing_m *= _crowding(keys[span.start : span.end], span.depth)
    own = np.flatnonzero(level[span.start : span.end] == span.depth) + span.start
    children = tuple(_node(child, keys, level) for child in span.children)
    return Node(span.depth, span.key, own, spacing_m, children)


def _crowding(keys: NDArray[np.uint64], depth: int) -> float:
    """How much closer than the grid a leaf's points lie: 1 with one in each grid cell, ½ with four."""
    grid = keys >> np.uint64(3 * (kernels.MAX_DEPTH - depth))
    occupied = 1 + np.count_nonzero(np.diff(grid))
    return float(np.sqrt(occupied / len(keys)))
