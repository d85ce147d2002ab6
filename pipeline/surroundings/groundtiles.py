"""The ground as a tree of tiles: each level halves the detail of the one below and replaces it.

A tile of level k has 256 × 256 cells of 2^k steps. A square's four leaves (level 0) and the square itself (level 1) are
one job; above them tiles join two by two, counted from the south-west square, reading what the jobs below kept of the
heights.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.box import Box
from tiles.content import encode
from tiles.store import Directory, said_as_output_problem
from tiles.tree import Tile

from . import rtin
from .accuracy import Residuals, residuals
from .cloud import GROUND, Cloud, Square
from .draped import TILE_CELLS, Drape, mesh, photo_over, sheet
from .lattice import NODES, STEP_M, Heights, Mask, Window
from .pyramid import Values
from .standing import Standing
from .terrain import Plot, Terrain

TOLERANCE_MM = 40
"""How far leaves may leave the heights between drawn nodes; twice as far with every level."""

_ERROR_PER_CELL, _ERROR_PER_PIXEL = 1.5, 8.0
"""Geometric error is at least so many cells, since the line between land and water may be a cell's diagonal off, and so
many pixels of the photo: at 16 pixels of error on screen, a pixel of the photo fills two by two."""

_BOX_MARGIN_M = 0.001
_KEPT = 8  # levels above the leaves whose heights are kept; above, every so manieth of the last


@dataclass(frozen=True)
class Kept:
    """A scratch folder with the heights of finished squares, coarser and coarser."""

    folder: Path

    def keep(self, square: Square, terrain: Terrain) -> None:
        """Keep every second, fourth … of a square's own nodes."""
        own = terrain.part(Window(square.column * NODES, square.row * NODES, NODES, NODES))
        arrays: dict[str, Any] = {}
        for level in range(1, _KEPT + 1):
            every = np.s_[:: 1 << level, :: 1 << level]
            arrays[f"heights{level}"] = own.heights_mm[every]
            arrays[f"kinds{level}"] = kinds(own)[every]
        with said_as_output_problem(self.folder):
            np.savez(self.folder / f"{square.column}_{square.row}.npz", **arrays)

    def read(self, window: Window) -> Terrain:
        """The nodes of a window over any squares; not covered where there is none."""
        heights, kind = np.zeros(window.shape, np.int32), np.zeros(window.shape, np.uint8)
        side = NODES // window.stride
        west, south = window.column // NODES, window.row // NODES
        east = (window.column + (window.columns - 1) * window.stride) // NODES
        north = (window.row + (window.rows - 1) * window.stride) // NODES
        for square in (Square(c, r) for r in range(south, north + 1) for c in range(west, east + 1)):
            path = self.folder / f"{square.column}_{square.row}.npz"
            if not path.exists():
                continue
            column = (square.column * NODES - window.column) // window.stride
            row = (square.row * NODES - window.row) // window.stride
            into = np.s_[max(row, 0) : row + side, max(column, 0) : column + side]
            own = np.s_[max(-row, 0) : window.rows - row, max(-column, 0) : window.columns - column]
            heights[into], kind[into] = (array[own] for array in self._arrays(path, window.stride))
        return Terrain(window, heights, (kind & _WATER) != 0, (kind & _COVERED) != 0)

    @staticmethod
    def _arrays(path: Path, stride: int) -> tuple[Heights, NDArray[np.uint8]]:
        level = min(stride.bit_length() - 1, _KEPT)
        more = stride >> level
        with np.load(path) as kept:
            return kept[f"heights{level}"][::more, ::more], kept[f"kinds{level}"][::more, ::more]


_WATER, _COVERED = 1, 2


def kinds(terrain: Terrain) -> NDArray[np.uint8]:
    """What each node is, as one number: lines between kinds are drawn as finely as the level allows."""
    return (terrain.water * _WATER + terrain.covered * _COVERED).astype(np.uint8)


@dataclass(frozen=True)
class Job:
    """All that a process needs to make ground."""

    cloud: Cloud
    kept: Kept
    standing: Standing
    out: Directory
    corner: Square
    """The south-west square, from which tiles of upper levels are counted."""
    drape: Drape | None = None


@dataclass(frozen=True)
class Branch:
    """A finished piece of the tree: a tile of `level`, counted from the corner."""

    level: int
    column: int
    row: int
    tile: Tile
    error_m: float
    """How far, upright, the tile's surface may lie from the heights."""
    triangles: int
    residuals: Residuals


def tile_square(job: Job, plot: Plot) -> Branch | None:
    """Make the leaves of a square and the square's own tile; None where there is nothing to draw."""
    square, terrain = plot.square, plot.terrain()
    job.kept.keep(square, terrain)
    own = Window.around(square, 0)
    leaves, surface = [], np.empty(own.shape)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        at = Window(own.column + column * TILE_CELLS, own.row + row * TILE_CELLS, TILE_CELLS + 1, TILE_CELLS + 1)
        drawn = _drawn(terrain, at, TOLERANCE_MM)
        surface[own.slices(at)] = drawn.surface
        exact = drawn.part.heights_mm[_INNER]
        error_m = _largest(drawn.surface - exact, drawn.part) / 1000
        place = (0, 2 * (square.column - job.corner.column) + column, 2 * (square.row - job.corner.row) + row)
        leaves.append(_written(job, drawn, place, error_m, ()))
    points = job.cloud.within(square.bounds)
    checked = residuals(own, surface, points.xyz[points.classification == GROUND])
    drawn = _drawn(terrain, Window(own.column, own.row, TILE_CELLS + 1, TILE_CELLS + 1, 2), 2 * TOLERANCE_MM)
    exact = terrain.part(own).heights_mm
    error_m = _largest(rtin.finer(drawn.surface) - exact, terrain.part(own)) / 1000
    found = tuple(leaf for leaf in leaves if leaf is not None)
    place = (1, square.column - job.corner.column, square.row - job.corner.row)
    branch = _written(job, drawn, place, error_m, found)
    return None if branch is None else replace(branch, residuals=checked)


def join(job: Job, children: Sequence[Branch]) -> Branch | None:
    """The parent of up to four branches."""
    first = children[0]
    level, column, row = first.level + 1, first.column >> 1, first.row >> 1
    stride, squares = 1 << level, 1 << (level - 1)
    own = Window(
        (job.corner.column + column * squares) * NODES,
        (job.corner.row + row * squares) * NODES,
        2 * TILE_CELLS + 1,
        2 * TILE_CELLS + 1,
        stride // 2,
    )
    below = _drawn_over(job.kept, own, TOLERANCE_MM << (level - 1))
    at = Window(own.column, own.row, TILE_CELLS + 1, TILE_CELLS + 1, stride)
    drawn = _drawn_over(job.kept, at, TOLERANCE_MM << level)
    apart = _largest(rtin.finer(drawn.surface) - below.surface, below.part) / 1000
    return _written(job, drawn, (level, column, row), apart + max(child.error_m for child in children), children)


_INNER = (slice(rtin.BLOCK, -rtin.BLOCK),) * 2


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Terrain that reaches beyond a tile, which of its nodes are drawn, and how high the mesh is at the tile's, mm."""

    part: Terrain
    nodes: Mask
    surface: Values


def _drawn(terrain: Terrain, at: Window, tolerance_mm: int) -> _Drawn:
    return _drawn_part(terrain.part(_beyond(at)), tolerance_mm)


def _drawn_over(kept: Kept, at: Window, tolerance_mm: int) -> _Drawn:
    return _drawn_part(kept.read(_beyond(at)), tolerance_mm)


def _drawn_part(part: Terrain, tolerance_mm: int) -> _Drawn:
    nodes = rtin.deviations(part.heights_mm, kinds(part)) > tolerance_mm
    return _Drawn(part, nodes, rtin.drawn_surface(part.heights_mm, nodes)[_INNER])


def _beyond(at: Window) -> Window:
    far = rtin.BLOCK * at.stride
    more = 2 * rtin.BLOCK
    return Window(at.column - far, at.row - far, at.columns + more, at.rows + more, at.stride)


def _largest(apart_mm: Values, terrain: Terrain) -> float:
    """The largest difference where there is data, mm."""
    covered = terrain.covered
    if covered.shape != apart_mm.shape:
        covered = covered[_INNER]
    return float(np.abs(apart_mm[covered]).max(initial=0.0))


def _written(
    job: Job, drawn: _Drawn, place: tuple[int, int, int], error_m: float, children: Sequence[Branch]
) -> Branch | None:
    made = sheet(drawn.part, drawn.nodes)
    level, column, row = place
    if made.count == 0:
        return None
    photo = None if job.drape is None else photo_over(drawn.part, job.drape)
    content = mesh(made, job.standing, photo)
    name = f"{level}-{column}-{row}.glb"
    job.out.put(name, encode(content))
    cell_m = drawn.part.window.stride * STEP_M
    pixel_m = 0.0 if photo is None else photo.pixel_m
    shown = max(
        error_m,
        _ERROR_PER_CELL * cell_m,
        _ERROR_PER_PIXEL * pixel_m,
        *(child.tile.geometric_error_m for child in children),
    )
    box = Box.union(content.box.padded(_BOX_MARGIN_M), *(child.tile.box for child in children))
    tile = Tile(box, shown, name, tuple(child.tile for child in children))
    triangles = made.count + sum(child.triangles for child in children)
    return Branch(level, column, row, tile, error_m, triangles, sum((c.residuals for c in children), Residuals()))
