"""What the points of one square say of its nodes, and of its blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from tiles.store import said_as_output_problem

from . import kernels
from .cloud import BRIDGE, BUILDING, GROUND, WATER, Bounds, Classified, Cloud, Square
from .lattice import BLOCK_NODES, BLOCKS, HOLE, NODES, STEP_MM, Heights, Mask, Window, inside

SEEN_GROUND, SEEN_WATER, SEEN_BUILDING, SEEN_BRIDGE, SEEN_OTHER = 1, 2, 4, 8, 16
"""Which returns lie within 0.77 m of a node, east-west and north-south."""

_MARGIN = 2  # steps: no measurement reaches farther (`kernels.FAR_MM`)


@dataclass(frozen=True, eq=False)
class Nodes:
    """What was measured at nodes."""

    heights: Heights  # `HOLE` where no ground was measured
    seen: NDArray[np.uint8]  # (rows, columns), sum of `SEEN_*`


@dataclass(frozen=True, eq=False)
class Blocks:
    """What is known of blocks, each column (rows, columns) from the south-west; counts are of nodes unless named."""

    points: NDArray[np.int32]
    ground: NDArray[np.int32]
    ground_mm: NDArray[np.int64]
    """Sum of the heights of ground."""
    low_mm: NDArray[np.int32]
    """The lowest tenth of the ground lies below this; `HOLE` without ground."""
    water: NDArray[np.int32]
    """Nodes near a return from water, and no ground."""
    building: NDArray[np.int32]
    empty: NDArray[np.int32]
    """Nodes with no return of any kind near."""
    water_points: NDArray[np.int32]
    water_mm: NDArray[np.int32]
    """Median height of the returns from water; `HOLE` without any."""


@dataclass(frozen=True)
class Measured:
    """A scratch folder with the nodes of each square."""

    folder: Path

    def keep(self, square: Square, nodes: Nodes) -> None:
        """Keep a square's own nodes."""
        with said_as_output_problem(self.folder):
            np.savez(self._path(square), heights=nodes.heights, seen=nodes.seen)

    def read(self, window: Window) -> Nodes:
        """The nodes of a window over any squares; holes in which nothing was seen where there is no square."""
        heights = np.full(window.shape, HOLE, np.int32)
        seen = np.zeros(window.shape, np.uint8)
        for row in range(window.row // NODES, (window.row + window.rows - 1) // NODES + 1):
            for column in range(window.column // NODES, (window.column + window.columns - 1) // NODES + 1):
                path = self._path(Square(column, row))
                if path.exists():
                    with np.load(path) as kept:
                        _paste(window, column, row, ((heights, kept["heights"]), (seen, kept["seen"])))
        return Nodes(heights, seen)

    def _path(self, square: Square) -> Path:
        return self.folder / f"{square.column}_{square.row}.npz"


def _paste(
    window: Window, column: int, row: int, pairs: tuple[tuple[NDArray[np.generic], NDArray[np.generic]], ...]
) -> None:
    west, south = max(window.column, column * NODES), max(window.row, row * NODES)
    east = min(window.column + window.columns, (column + 1) * NODES)
    north = min(window.row + window.rows, (row + 1) * NODES)
    for into, source in pairs:
        part = source[south - row * NODES : north - row * NODES, west - column * NODES : east - column * NODES]
        into[south - window.row : north - window.row, west - window.column : east - window.column] = part


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a square besides its points."""

    extents: tuple[Bounds, ...] = ()
    """The rectangles within which there may be points; none for everywhere. Outside, a node without any is no hole."""
    built: tuple[shapely.Geometry, ...] = ()
    """Outlines of what is built, RD metres; a node in one is a building's, whatever was seen there."""


def measure_square(cloud: Cloud, measured: Measured, known: Known, square: Square) -> Blocks:
    """Measure a square's own nodes, keep them, and give what is known of its blocks."""
    margin_m = (_MARGIN + 1) * STEP_MM / 1000
    points = cloud.within(square.bounds.padded(margin_m))
    xyz = np.rint(points.xyz * 1000).astype(np.int64) - (
        square.column * NODES * STEP_MM,
        square.row * NODES * STEP_MM,
        0,
    )
    binned = _Binned(xyz, points.classification)
    heights = np.empty((NODES, NODES), np.int32)
    kernels.measure(*binned.of(GROUND), STEP_MM, heights)
    own = Window(square.column * NODES, square.row * NODES, NODES, NODES)
    nodes = Nodes(heights, binned.seen() | np.where(_within(known.built, own), np.uint8(SEEN_BUILDING), np.uint8(0)))
    measured.keep(square, nodes)
    return _blocks(nodes, inside(known.extents, own), xyz, points)


def _within(outlines: Sequence[shapely.Geometry], window: Window) -> Mask:
    """Which nodes lie in an outline."""
    x, y = window.x(), window.y()
    mask = np.zeros(window.shape, bool)
    for outline in outlines:
        west, south, east, north = outline.bounds
        columns = slice(*np.searchsorted(x, (west, east)))
        rows = slice(*np.searchsorted(y, (south, north)))
        mask[rows, columns] |= shapely.intersects_xy(outline, *np.meshgrid(x[columns], y[rows]))
    return mask


class _Binned:
    """Points by the node they are nearest to, which may lie `_MARGIN` steps outside."""

    def __init__(self, xyz: NDArray[np.int64], classification: NDArray[np.uint8]) -> None:
        self._side = NODES + 2 * _MARGIN
        bins = (xyz[:, :2] + STEP_MM // 2) // STEP_MM + _MARGIN
        inside = ((bins >= 0) & (bins < self._side)).all(axis=1)
        self._xyz, self._classes = xyz[inside], classification[inside]
        self._bins = bins[inside, 1] * self._side + bins[inside, 0]

    def of(self, code: int) -> tuple[NDArray[np.int64], ...]:
        """x, y and z of one class, sorted by bin, and where each bin begins."""
        chosen = self._classes == code
        order = np.argsort(self._bins[chosen], kind="stable")
        x, y, z = (np.ascontiguousarray(axis) for axis in self._xyz[chosen][order].T)
        counts = np.bincount(self._bins[chosen], minlength=self._side**2)
        return x, y, z, np.concatenate([[0], np.cumsum(counts)])

    def seen(self) -> NDArray[np.uint8]:
        """Which kinds of returns lie in a node's bin and the eight around it."""
        kind = np.full(256, SEEN_OTHER, np.uint8)
        kind[[GROUND, WATER, BUILDING, BRIDGE]] = SEEN_GROUND, SEEN_WATER, SEEN_BUILDING, SEEN_BRIDGE
        kinds = kind[self._classes]
        flags = np.zeros((self._side, self._side), np.uint8)
        for bit in (SEEN_GROUND, SEEN_WATER, SEEN_BUILDING, SEEN_BRIDGE, SEEN_OTHER):
            flags.ravel()[self._bins[kinds == bit]] |= bit
        near = np.zeros((NODES, NODES), np.uint8)
        for row in (1, 2, 3):
            for column in (1, 2, 3):
                near |= flags[row : row + NODES, column : column + NODES]
        return near


def _blocks(nodes: Nodes, expected: Mask, xyz: NDArray[np.int64], points: Classified) -> Blocks:
    ground = nodes.heights != HOLE
    heights = _by_block(np.where(ground, nodes.heights, 0).astype(np.int64))
    low = np.sort(_by_block(np.where(ground, nodes.heights, np.iinfo(np.int32).max)), axis=-1)
    count = _by_block(ground).sum(axis=-1)
    low_mm = np.take_along_axis(low, (count // 10)[..., None], axis=-1)[..., 0]
    water, building = ((nodes.seen & bit) != 0 for bit in (SEEN_WATER, SEEN_BUILDING))
    blocks = xyz[:, :2] // (STEP_MM * BLOCK_NODES)
    own = ((blocks >= 0) & (blocks < BLOCKS)).all(axis=1)
    number = blocks[own, 1] * BLOCKS + blocks[own, 0]
    wet = points.classification[own] == WATER
    return Blocks(
        points=np.bincount(number, minlength=BLOCKS**2).reshape(BLOCKS, BLOCKS).astype(np.int32),
        ground=count.astype(np.int32),
        ground_mm=heights.sum(axis=-1),
        low_mm=np.where(count > 0, low_mm, HOLE).astype(np.int32),
        water=_by_block(water & ~ground).sum(axis=-1).astype(np.int32),
        building=_by_block(building & ~ground).sum(axis=-1).astype(np.int32),
        empty=_by_block((nodes.seen == 0) & expected).sum(axis=-1).astype(np.int32),
        water_points=np.bincount(number[wet], minlength=BLOCKS**2).reshape(BLOCKS, BLOCKS).astype(np.int32),
        water_mm=_medians(number[wet], xyz[own, 2][wet]),
    )


def _by_block(nodes: NDArray[np.generic]) -> NDArray[np.generic]:
    """Node values by block, (block rows, block columns, nodes)."""
    split = nodes.reshape(BLOCKS, BLOCK_NODES, BLOCKS, BLOCK_NODES)
    return split.transpose(0, 2, 1, 3).reshape(BLOCKS, BLOCKS, -1)


def _medians(block: NDArray[np.int64], z_mm: NDArray[np.int64]) -> NDArray[np.int32]:
    """The lower median of heights by block."""
    order = np.lexsort((z_mm, block))
    counts = np.bincount(block, minlength=BLOCKS**2)
    starts = np.cumsum(counts) - counts
    medians = np.full(BLOCKS**2, HOLE, np.int32)
    filled = counts > 0
    medians[filled] = z_mm[order][(starts + (counts - 1) // 2)[filled]]
    return medians.reshape(BLOCKS, BLOCKS)
