"""What hides a plan in AR: the shapes that stand, bare, and few enough for a phone.

A square is cut into cells of 65.536 m; each triangle goes to the cell of its middle, so tiles reach little beyond their
cells. A circle of 150 m around any spot meets at most 40 such tiles, so a cell of at most `CELL_TRIANGLES` keeps what a
phone has to draw below 60,000 triangles. Where there would be more, the buildings whose plain shape differs least from
their full one are drawn plainly, and then the smallest trees are left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from tiles.box import Box
from tiles.content import encode
from tiles.geometry import Occluder
from tiles.tree import Tile

from . import crowns
from .buildings import Building, Terrain
from .cloud import SQUARE_M, Bounds
from .looks import Place, Target
from .rooffit import roof_heights
from .shells import ROOFS, Face, Shell
from .townscape import Townscape
from .trees import Tree

CELL_TRIANGLES = 1_500
CELLS = 4
"""Cells along the side of a square."""

Corners = NDArray[np.float64]  # (t, 3, 3): the corners of triangles, metres

_BOX_MARGIN_M = 0.002
_BEHIND_M = 0.05  # a wall is a party wall when another building is this close behind it
_HIGHER_M = 0.05
_LEAST_ERROR_M = 1.0
_STEP_M = 0.001
_GROUND_STEP_M = 8.192


@dataclass(frozen=True, eq=False)
class _Shape:
    """One thing as it may be drawn, fully or plainly, and what the plain shape costs in truth."""

    full: Corners
    plain: Corners
    error_m: float


def write_square(each: Townscape, around: Sequence[Building], ground: Corners | None, target: Target) -> Tile | None:
    """Write the occluder of one square; None where nothing stands in it.

    `around` are buildings that may hide walls, those of the square among them; `ground` are triangles to hide behind,
    RD and NAP metres.
    """
    bounds = each.square.bounds
    hidden = _Hidden(around)
    shapes = [_building(building, hidden) for building in each.buildings]
    trees = [_tree(tree) for tree in sorted(each.trees, key=lambda tree: -tree.height_m)]
    ground = np.empty((0, 3, 3)) if ground is None else ground
    name = f"occluder-{each.square.column}-{each.square.row}"
    children = []
    for cell, corners in enumerate(_cells(shapes, trees, ground, bounds)):
        if len(corners):
            children.append(_put(corners, target, f"{name}-{cell}.glb", 0.0, ()))
    if not children:
        return None
    plain = np.concatenate([*(shape.plain for shape in shapes), *(shape.plain for shape in trees), ground])
    error = max([_LEAST_ERROR_M, *(shape.error_m for shape in shapes)])
    return _put(plain, target, f"{name}.glb", error, tuple(children))


def ground_below(terrain: Terrain, bounds: Bounds) -> Corners:
    """The ground of a square in few triangles, RD and NAP metres, nowhere above what lies around.

    A plan may not be hidden behind ground that is not there, so every node takes the lowest height near it.
    """
    count = round((bounds.east - bounds.west) / _GROUND_STEP_M)
    fine = np.arange(-1, 2 * count + 2) * (_GROUND_STEP_M / 2)
    x, y = np.meshgrid(bounds.west + fine, bounds.south + fine)
    heights = terrain(np.column_stack([x.ravel(), y.ravel()])).reshape(x.shape)
    lowest = np.lib.stride_tricks.sliding_window_view(heights, (3, 3)).min(axis=(2, 3))[::2, ::2]
    nodes = np.stack([x[1:-1:2, 1:-1:2], y[1:-1:2, 1:-1:2], lowest], axis=-1)
    sw, se, nw, ne = nodes[:-1, :-1], nodes[:-1, 1:], nodes[1:, :-1], nodes[1:, 1:]
    return np.stack([np.stack([sw, se, ne], axis=-2), np.stack([sw, ne, nw], axis=-2)]).reshape(-1, 3, 3)


def _put(corners: Corners, target: Target, key: str, error_m: float, children: tuple[Tile, ...]) -> Tile:
    content = welded(corners, target.place)
    target.store.put(key, encode(content))
    box = Box.union(content.box.padded(_BOX_MARGIN_M), *(child.box for child in children))
    return Tile(box, error_m, key, children)


def welded(corners: Corners, place: Place) -> Occluder:
    """Triangles, RD and NAP metres, as a mesh where `place` puts them; corners that agree to a millimetre are one."""
    steps, rows = np.unique(np.rint(corners.reshape(-1, 3) / _STEP_M).astype(np.int64), axis=0, return_inverse=True)
    triangles = rows.reshape(-1, 3)
    a, b, c = triangles.T
    triangles = triangles[(a != b) & (b != c) & (c != a)]
    return Occluder(place(np.asarray(steps * _STEP_M, np.float64)), triangles.astype(np.uint32))


def _cells(shapes: Sequence[_Shape], trees: Sequence[_Shape], ground: Corners, bounds: Bounds) -> list[Corners]:
    """The triangles of each cell, at most `CELL_TRIANGLES` where plain shapes allow it."""
    plain = np.zeros(len(shapes), np.bool_)
    drawn = len(trees)
    counts = [_counts(shape.full, bounds) for shape in shapes], [_counts(shape.plain, bounds) for shape in shapes]
    of_trees = [_counts(tree.full, bounds) for tree in trees]
    total = sum([*counts[0], *of_trees], _counts(ground, bounds))
    for row in _cheapest_first(shapes):
        saved = counts[0][row] - counts[1][row]
        if ((total > CELL_TRIANGLES) & (saved > 0)).any():
            plain[row], total = True, total - saved
    while drawn and ((total > CELL_TRIANGLES) & (sum(of_trees[:drawn]) > 0)).any():
        drawn -= 1
        total = total - of_trees[drawn]
    chosen = [shape.plain if as_plain else shape.full for shape, as_plain in zip(shapes, plain, strict=True)]
    corners = np.concatenate([*chosen, *(tree.full for tree in trees[:drawn]), ground])
    cell = cells_of(corners, bounds)
    return [corners[cell == number] for number in range(CELLS * CELLS)]


def _cheapest_first(shapes: Sequence[_Shape]) -> Iterable[int]:
    """Rows of shapes, those first whose plain form costs least truth for each triangle it saves."""
    saved = np.array([len(shape.full) - len(shape.plain) for shape in shapes], np.float64)
    cost = np.array([shape.error_m for shape in shapes]) / np.maximum(saved, 1e-9)
    return [int(row) for row in np.argsort(cost, kind="stable") if saved[row] > 0]


def _counts(corners: Corners, bounds: Bounds) -> NDArray[np.int64]:
    return np.bincount(cells_of(corners, bounds), minlength=CELLS * CELLS)


def cells_of(corners: Corners, bounds: Bounds) -> NDArray[np.int64]:
    """The cell, counted row by row from the south-west, of each triangle: that of its middle, or the nearest."""
    middle = corners[:, :, :2].mean(axis=1)
    at = np.floor((middle - (bounds.west, bounds.south)) / (SQUARE_M / CELLS)).astype(np.int64)
    column, row = np.clip(at, 0, CELLS - 1).T
    return np.asarray(row * CELLS + column)


class _Hidden:
    """Which walls lie behind other buildings."""

    def __init__(self, buildings: Sequence[Building]) -> None:
        self._buildings = buildings
        self._tree = shapely.STRtree([building.outline for building in buildings])

    def walls(self, own: Building, corners: Corners) -> NDArray[np.bool_]:
        """Which walls of one building, (t, 3, 3), stand wholly against higher ones."""
        hidden = np.zeros(len(corners), np.bool_)
        if not len(corners):
            return hidden
        outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, :2]
        outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
        tops = corners[:, :, 2].max(axis=1)
        # The ends are drawn in a little: at its very ends a wall meets the next building as well.
        middle = corners[:, :, :2].mean(axis=1, keepdims=True)
        behind = corners[:, :, :2] * 0.9 + middle * 0.1 + _BEHIND_M * outward[:, None, :]
        ids = {self._buildings[row].id: row for row in self._tree.query(own.outline, predicate="dwithin", distance=0.1)}
        for name in sorted(ids):
            if name == own.id:
                continue
            roof = roof_heights(self._buildings[ids[name]].shell, behind.reshape(-1, 2)).reshape(-1, 3)
            hidden |= (roof >= tops[:, None] - _HIGHER_M).all(axis=1)
        return hidden


def _building(building: Building, hidden: _Hidden) -> _Shape:
    walls = _corners(building.shell.only(Face.WALL))
    seen = walls[~hidden.walls(building, walls)]
    full = np.concatenate([_corners(building.shell.only(*ROOFS)), seen])
    plain_walls = _corners(building.coarse.only(Face.WALL))
    plain_seen = plain_walls[~hidden.walls(building, plain_walls)]
    plain = np.concatenate([_corners(building.coarse.only(*ROOFS)), plain_seen])
    return _Shape(full, plain if len(plain) < len(full) else full, building.coarse_error_m)


def _corners(shell: Shell) -> Corners:
    return shell.positions[shell.triangles]


def _tree(tree: Tree) -> _Shape:
    positions, triangles = crowns.crown(tree, 4, 1)
    return _Shape(positions[triangles], positions[triangles], 0.0)
