"""Cells become tiles, and the cells' roots become the levels above them.

Each job is a pure function of its points and the options: cells can be tiled in any order, by any process, and give the
same bytes. A branch is a finished piece of the tree but for its own points, of which its parent may still draw some.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiles.box import Box
from tiles.content import encode
from tiles.frame import Vec3s
from tiles.geometry import Points
from tiles.store import Directory
from tiles.tree import Tile

from . import ahn, kernels, octree
from .octree import ERROR_PER_SPACING, ROOT_SPACING_M, Node
from .partition import Cell, Partition
from .place import Ground, place
from .records import Records

# Boxes are rounded to a micrometre when they are written; what they hold must stay inside.
_BOX_MARGIN_M = 0.001
_MOST_STEPS = 1 << 23  # what a float32 counts exactly above its bias (tiles.content)


@dataclass(frozen=True)
class Job:
    """All that a process needs to tile cells."""

    partition: Partition
    ground: Ground
    out: Directory
    step_m: float


@dataclass(frozen=True)
class Branch:
    """A square of 2^level cells a side: its finished children, and the name its own points are kept under."""

    level: int
    column: int
    row: int
    spacing_m: float
    children: tuple[Tile, ...]

    @property
    def name(self) -> str:
        """The branch's place in the tree, as a name."""
        return f"top/{self.level}-{self.column}-{self.row}"


def tile_cell(job: Job, cell: Cell, west: int, south: int) -> Branch:
    """Tile one cell, all but its root, and give the branch counted from the corner cell (west, south)."""
    records, keys = octree.sort(job.partition.read(cell))
    root = octree.grow(records, keys)
    xyz = place(records, job.ground)
    children = (_tile(job, cell, node, records, xyz) for node in root.children)
    branch = Branch(0, cell.column - west, cell.row - south, root.spacing_m, tuple(c for c in children if c))
    job.partition.keep(branch.name, records[root.points])
    job.partition.discard(cell)
    return branch


def _tile(job: Job, cell: Cell, node: Node, records: Records, xyz: Vec3s) -> Tile | None:
    children = tuple(tile for child in node.children if (tile := _tile(job, cell, child, records, xyz)))
    name = f"{cell.name}/{node.depth}-{node.key:x}.glb"
    return _written(job, name, _Drawn(records[node.points], xyz[node.points]), node.spacing_m, children)


def join(job: Job, children: Sequence[Branch]) -> Branch:
    """The parent of up to four branches: draws its points from theirs and finishes them as tiles."""
    first = children[0]
    level, column, row = first.level + 1, first.column >> 1, first.row >> 1
    samples = [job.partition.kept(child.name) for child in children]
    records = np.concatenate(samples)
    raised = _sample(records, kernels.CELL_BITS - kernels.GRID_BITS + level)
    xyz = place(records, job.ground)
    tiles = []
    start = 0
    for child, sample in zip(children, samples, strict=True):
        own = start + np.flatnonzero(~raised[start : start + len(sample)])
        drawn = _Drawn(records[own], xyz[own])
        tiles.append(_written(job, f"{child.name}.glb", drawn, child.spacing_m, child.children))
        start += len(sample)
    branch = Branch(level, column, row, ROOT_SPACING_M * 2**level, tuple(tile for tile in tiles if tile))
    job.partition.keep(branch.name, records[raised])
    return branch


def finish(job: Job, root: Branch) -> Tile:
    """The topmost branch as the root tile."""
    records = job.partition.kept(root.name)
    drawn = _Drawn(records, place(records, job.ground))
    tile = _written(job, f"{root.name}.glb", drawn, root.spacing_m, root.children)
    assert tile is not None, "a partition has no cells without points"
    return tile


def _sample(records: Records, grid_bits: int) -> NDArray[np.bool_]:
    """Which records to draw one level up: in each grid cell of 2^grid_bits mm the one nearest its middle."""
    xyz = np.stack([records["x"], records["y"], records["z"]]).astype(np.int64)
    size = 1 << grid_bits
    distance = (((xyz & (size - 1)) - (size >> 1)) ** 2).sum(axis=0)
    grid = xyz >> grid_bits
    order = np.lexsort((distance, *grid))
    first = np.ones(len(records), bool)
    first[1:] = (np.diff(grid[:, order]) != 0).any(axis=0)
    chosen = np.zeros(len(records), bool)
    chosen[order[first]] = True
    return chosen


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Points of one tile, as records and in local metres."""

    records: Records
    xyz: Vec3s


def _written(job: Job, name: str, drawn: _Drawn, spacing_m: float, children: tuple[Tile, ...]) -> Tile | None:
    """A tile with its content put under `name`; None where there is nothing to draw, here or below."""
    error_m = ERROR_PER_SPACING * spacing_m
    boxes = [child.box for child in children]
    if len(drawn.records) == 0:
        return Tile(Box.union(*boxes), error_m, None, children) if boxes else None
    cloud = _points(drawn, job.step_m)
    job.out.put(name, encode(cloud))
    return Tile(Box.union(cloud.box.padded(_BOX_MARGIN_M), *boxes), error_m, name, children)


def _points(drawn: _Drawn, step_m: float) -> Points:
    records = drawn.records
    low, high = drawn.xyz.min(axis=0), drawn.xyz.max(axis=0)
    while (high - low).max() / step_m >= _MOST_STEPS:
        step_m *= 2
    # All tiles count from multiples of one step, so points of neighbouring tiles lie on one lattice.
    origin_m = np.floor(low / step_m) * step_m
    widest = (high - origin_m).max() / step_m
    steps = np.empty(drawn.xyz.shape, np.uint16 if widest < np.iinfo(np.uint16).max else np.uint32)
    kernels.to_steps(drawn.xyz, origin_m, step_m, steps)
    columns = {
        "classification": records["classification"],
        "intensity": records["intensity"],
        "return_number": records["returns"] & 0x0F,
    }
    return Points(steps, origin_m, step_m, columns, _colour(records))


def _colour(records: Records) -> NDArray[np.uint8]:
    """The linear colour of each point: its own where it has one, else its class's."""
    colour: NDArray[np.uint8] = ahn.palette()[records["classification"]]
    if "red" in (records.dtype.names or ()):
        own = records["has_colour"] != 0
        srgb = np.stack([records["red"], records["green"], records["blue"]], axis=-1)
        colour[own] = ahn.linear_of_srgb()[srgb[own]]
    return colour
