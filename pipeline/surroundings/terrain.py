"""The height field of one square and around it: ground, filled where it was not seen, and water, which is flat."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import kernels
from .cloud import Bounds, Square
from .lattice import BLOCK_BITS, BLOCK_NODES, HOLE, STEP_M, Heights, Mask, Window, inside
from .measure import SEEN_BRIDGE, SEEN_BUILDING, SEEN_WATER, Measured, Nodes
from .overview import Overview
from .pyramid import Sums, Values, filled

MARGIN = 64 + BLOCK_NODES
"""Nodes around a square that its terrain reaches, 41 m."""

_ROUNDS = 24  # of smoothing; each lets a node see one node farther

WORK_MARGIN = MARGIN + _ROUNDS + 3 * BLOCK_NODES + 8
"""Nodes around a square that have to be known for it: water spreads, two pyramids reach a block far, smoothing on."""

_WET, _WET_UNDER_BRIDGE = 0.5, 0.25  # bridges are built where there is water


@dataclass(frozen=True, eq=False)
class Terrain:
    """Heights at the nodes of a window, without holes; between nodes they are those of two triangles a cell."""

    window: Window
    heights_mm: Heights
    water: Mask
    covered: Mask
    """Where there is data; elsewhere heights are a continuation that nobody should draw."""

    def heights(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """NAP in metres at RD points, (n, 2), which must lie in the window; (n,)."""
        return surface(self.window, self.heights_mm / 1000, xy)

    def part(self, window: Window) -> "Terrain":
        """The terrain at the nodes of a window inside this one, which may skip some."""
        cut = self.window.slices(window)
        return Terrain(window, self.heights_mm[cut], self.water[cut], self.covered[cut])


def surface(window: Window, heights: Values, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights between nodes: each cell is cut along the diagonal whose ends both lie on even or both on odd nodes.

    That is how the ground's triangles are cut (`rtin`), so this is their surface exactly. Points outside the window
    take the height of its rim.
    """
    step = STEP_M * window.stride
    u = np.clip(xy[:, 0] / step - window.column / window.stride, 0, window.columns - 1.000001)
    v = np.clip(xy[:, 1] / step - window.row / window.stride, 0, window.rows - 1.000001)
    i, j = u.astype(np.intp), v.astype(np.intp)
    u, v = u - i, v - j
    h00, h10, h01, h11 = heights[j, i], heights[j, i + 1], heights[j + 1, i], heights[j + 1, i + 1]
    rising = (i + j + window.column // window.stride + window.row // window.stride) % 2 == 0
    lower = np.where(u >= v, h00 + u * (h10 - h00) + v * (h11 - h10), h00 + v * (h01 - h00) + u * (h11 - h01))
    other = np.where(
        u + v <= 1, h00 + u * (h10 - h00) + v * (h01 - h00), h11 + (1 - u) * (h01 - h11) + (1 - v) * (h10 - h11)
    )
    return np.where(rising, lower, other)


@dataclass(frozen=True)
class Plot:
    """A square and all that its terrain is worked out from; small enough to send to another process."""

    square: Square
    measured: Measured
    around: Overview
    """At least the blocks of `work_window(square)`."""
    extents: tuple[Bounds, ...]
    """The rectangles in which there is data; none for wherever there are points."""

    def terrain(self) -> Terrain:
        """The terrain of the square and `MARGIN` nodes around it; each node is the same from whichever square."""
        return _terrain(self)


def _terrain(plot: Plot) -> Terrain:
    work, around = work_window(plot.square), plot.around
    nodes = plot.measured.read(work)
    water = _water(nodes, around)
    ground = (nodes.heights != HOLE) & ~water
    sums = Sums(np.where(ground, nodes.heights, 0).astype(np.int64), ground.astype(np.int64))
    heights = np.ascontiguousarray(filled(sums, BLOCK_BITS, around.ground_mm))
    kernels.relax(heights, np.argwhere(~ground), _ROUNDS)
    levels = _by_node(around.water_mm)
    heights_mm = np.where(water, levels, np.rint(heights).astype(np.int32)).astype(np.int32)
    covered = _covered(nodes, around) & inside(plot.extents, work)
    return Terrain(work, heights_mm, water, covered).part(Window.around(plot.square, MARGIN))


def work_window(square: Square) -> Window:
    """The nodes that a square's terrain is worked out from: whole blocks, `WORK_MARGIN` and more on every side."""
    around = Window.around(square, WORK_MARGIN)
    side = -(-around.columns // BLOCK_NODES) * BLOCK_NODES
    return Window(around.column, around.row, side, side)


def _by_node(blocks: NDArray[Any]) -> NDArray[Any]:
    return blocks.repeat(BLOCK_NODES, axis=0).repeat(BLOCK_NODES, axis=1)


def _water(nodes: Nodes, around: Overview) -> Mask:
    """Which nodes are water: those with its returns and no ground, empty ones of a body, and what these surround."""
    standing = _by_node(around.water_mm != HOLE)
    if not standing.any():
        return standing
    hole = nodes.heights == HOLE
    seen_water = ((nodes.seen & SEEN_WATER) != 0) & hole & standing
    empty = (nodes.seen == 0) & hole & standing
    wet = seen_water | _spread(empty & _by_node(around.open_water), empty)
    built = ((nodes.seen & SEEN_BUILDING) != 0) & ~seen_water
    known = wet | ~hole | built
    wetness = filled(Sums(wet.astype(np.int64), known.astype(np.int64)), BLOCK_BITS, around.wetness)
    enough = np.where((nodes.seen & SEEN_BRIDGE) != 0, _WET_UNDER_BRIDGE, _WET)
    return np.asarray((wetness > enough) & standing & hole)


def _covered(nodes: Nodes, around: Overview) -> Mask:
    """Where the data reaches: its blocks, without what is empty at their rim, unless that is water."""
    dry = (nodes.seen == 0) & (_by_node(around.water_mm) == HOLE)
    return ~_spread(~_by_node(around.covered), dry)


def _spread(mask: Mask, within: Mask) -> Mask:
    """A mask grown into the nodes next to it by a block, but only `within` another."""
    for _ in range(BLOCK_NODES):
        around = np.pad(mask, 1)
        mask = mask | (within & (around[:-2, 1:-1] | around[2:, 1:-1] | around[1:-1, :-2] | around[1:-1, 2:]))
    return mask
