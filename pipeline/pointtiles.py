"""One cell of points becomes tiles: a pure function of its points and the options.

Cells can be tiled in any order, by any process, and give the same bytes under the same names.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.box import Box
from tiles.content import encode
from tiles.frame import MapFrame, Vec3s
from tiles.geometry import NARROW_WORDS, WIDE_WORDS, Points
from tiles.names import content_name
from tiles.store import Put
from tiles.tree import Tile

from . import ahn, quadtree, records
from .kernels import curve, draw, order
from .place import Exact, Fit, Ground, placing
from .quadtree import ERROR_PER_SPACING, HIGHEST_LEVEL, Rows
from .records import CELL_BITS, HEIGHT_BITS, Records
from .segment import Slice, read_slices
from .square import Square
from .treatment import Treatment

MOST_POINTS = 2_500_000
"""A square with more is tiled quarter by quarter, so that memory does not grow with density."""

# Boxes are rounded to a micrometre when they are written; what they hold must stay inside.
_BOX_MARGIN_M = 0.001
_COLUMNS: Mapping[str, type[np.unsignedinteger[Any]]] = {
    "classification": np.uint8,
    "intensity": np.uint16,
    "return_number": np.uint8,
}
_MOST_STEPS = 1 << 23  # what a float32 counts exactly above its bias (tiles.content)


@dataclass(frozen=True)
class Drawing:
    """How points are drawn, the same for all of a tileset."""

    frame: MapFrame
    step_m: float

    @property
    def said(self) -> str:
        """All of it that decides bytes, as text."""
        return f"{self.frame.crs} {self.step_m!r}"


@dataclass(frozen=True, eq=False)
class Branch:
    """A square whose points are tiled but for those that may be drawn in the square itself or above."""

    square: Square
    spacing_m: float
    points: int
    children: tuple[Tile, ...]
    held: Records


@dataclass(frozen=True, eq=False)
class Cell:
    """A cell that is tiled: its own tree, and the points that are drawn in the squares above it."""

    root: Tile
    points: int
    """How many it has, those that are drawn above it included."""
    upward: Records
    levels: NDArray[np.int8]
    """The level of the square that each of `upward` is drawn in."""


class Source:
    """The records of one cell, wherever they are, square by square; each file's slices are a group of their own."""

    def __init__(self, files: Sequence[Sequence[Slice]], treatment: Treatment) -> None:
        self._files = files
        self._treatment = treatment
        self.doubled = 0
        """Records met so far that several files hold."""

    def count(self, square: Square) -> int:
        """How many records the files hold in a square, twice where two hold the same."""
        if square.level == CELL_BITS:
            return sum(piece.count for slices in self._files for piece in slices)
        return sum(len(found) for slices in self._files for found in self._within(square, slices))

    def records(self, square: Square) -> Records:
        """The records in a square as they are to be drawn, sorted; one that several files hold is there once."""
        merged, count = records.empty(), 0
        for slices in self._files:
            found = [*self._within(square, slices)]
            ordered = order.sort(np.concatenate(found) if len(found) != 1 else found[0])
            merged = order.merge(merged, ordered) if len(merged) else ordered
            count += len(ordered)
        self.doubled += count - len(merged)
        return self._treatment.coloured(self._treatment.kept(merged, square), square)

    @staticmethod
    def _within(square: Square, slices: Sequence[Slice]) -> Iterator[Records]:
        if square.level == CELL_BITS:
            yield read_slices(slices)
            return
        for piece in slices:
            found = piece.read()
            yield found[_lies_in(found, square)]


def _lies_in(found: Records, square: Square) -> NDArray[np.bool_]:
    """Which records of a cell lie in a square of it, (n,)."""
    west, south = (corner % (1 << CELL_BITS) for corner in square.corner_mm)
    level = 2 * square.level
    return np.asarray(found[:, 0] >> np.uint64(HEIGHT_BITS + level) == np.uint64(curve.run_of(west, south) >> level))


class Artist:
    """Draws the points of one square's frame into tiles."""

    def __init__(self, drawing: Drawing, store: Put, square: Square, count: int) -> None:
        """Prepare to place about `count` points."""
        local = square.frame(drawing.frame)
        # In steps of the map, so that what is in whole millimetres there stays so.
        self._store, self._step_m = store, drawing.step_m * local.scale
        ground = Ground(drawing.frame, square, local.placement)
        self._placing: Fit | Exact = placing(ground, count)

    def tile(self, cloud: "Cloud", rows: Rows, spacing_m: float, children: Sequence[Tile]) -> Tile | None:
        """A tile with some points, put in the store; None where there is nothing to draw, here or below."""
        error_m, boxes = ERROR_PER_SPACING * spacing_m, [child.extent for child in children]
        if len(rows) == 0:
            return Tile(Box.union(*boxes), error_m, None, tuple(children)) if boxes else None
        points = self._points(cloud, rows)
        content = encode(points)
        name = content_name(content, ".glb")
        self._store.put(name, content)
        box = Box.union(points.box.padded(_BOX_MARGIN_M), *boxes)
        return Tile(box, error_m, name, tuple(children))

    def place(self, cloud: "Cloud", rows: Rows) -> Vec3s:
        """Where some of the points lie in the square's frame, (m, 3), metres."""
        return self._placing.place(cloud.positions, rows)

    def _points(self, cloud: "Cloud", rows: Rows) -> Points:
        # By class and return number, along the curve within: equal neighbours take a tenth fewer bytes.
        kinds = np.empty(len(rows), np.uint16)
        draw.kinds(cloud.records, rows, kinds)
        rows = rows[np.argsort(kinds, kind="stable")]
        xyz = self.place(cloud, rows)
        low, high = extremes = np.array([[np.inf] * 3, [-np.inf] * 3])
        draw.bounds(xyz, extremes)
        step_m = self._step_m
        while (high - low).max() / step_m >= _MOST_STEPS:
            step_m *= 2
        # All tiles of a frame count from multiples of one step, so points of neighbouring tiles lie on one lattice.
        origin_m = np.floor(low / step_m) * step_m
        first, last = (np.rint((bound - origin_m) / step_m).astype(int).tolist() for bound in (low, high))
        word = WIDE_WORDS if max(last) > np.iinfo(np.uint16).max else NARROW_WORDS
        vertices = np.empty((len(rows), word + 1 + len(_COLUMNS)), np.uint32)
        draw.steps(xyz, origin_m, step_m, word == WIDE_WORDS, vertices)
        draw.describe(cloud.records, rows, _palette(), word, vertices)
        return Points(vertices, origin_m, step_m, tuple(first), tuple(last), _COLUMNS)


@dataclass(frozen=True, eq=False)
class Cloud:
    """Sorted records of one square, and where they lie in it."""

    records: Records
    positions: NDArray[np.int32]

    @classmethod
    def of(cls, found: Records) -> "Cloud":
        """The cloud of some sorted records."""
        positions = np.empty((len(found), 3), np.int32)
        order.positions(found, positions)
        return cls(found, positions)


def tile_cell(drawing: Drawing, store: Put, square: Square, source: Source) -> Cell | None:
    """Tile a cell, but for the points that are drawn above it; None where it turns out to have none."""
    artist = Artist(drawing, store, square, source.count(square))
    branch = _grow(artist, square, source)
    if branch.points == 0:
        return None
    cloud = Cloud.of(branch.held)
    levels = np.full(len(branch.held), square.level, np.int8)
    below = np.arange(len(branch.held))
    for level in range(square.level + 1, HIGHEST_LEVEL + 1):
        below = quadtree.raise_to(level, cloud.records, cloud.positions, below, levels)
    root = artist.tile(cloud, np.flatnonzero(levels == square.level), branch.spacing_m, branch.children)
    up = levels > square.level
    # A cell has points, so some were raised; all of them, where it has no more than a grid cube holds.
    root = root or Tile(_nowhere(artist, cloud), ERROR_PER_SPACING * branch.spacing_m)
    return Cell(root, branch.points, branch.held[up], levels[up])


def _grow(artist: Artist, square: Square, source: Source) -> Branch:
    if source.count(square) > MOST_POINTS and square.level > quadtree.FINEST_LEVEL + 1:
        return _join(artist, square, [_grow(artist, quarter, source) for quarter in square.quarters])
    cloud = Cloud.of(source.records(square))
    if len(cloud.records) == 0:
        return Branch(square, quadtree.spacing_m(square.level), 0, (), cloud.records)
    root = quadtree.split(cloud.records, square.level)
    levels = quadtree.levels_of(root, cloud.records, cloud.positions)
    children = tuple(tile for node in root.children if (tile := _tiles(artist, node, cloud, levels)))
    held = cloud.records[levels == square.level]
    return Branch(square, root.spacing_m(cloud.records), len(cloud.records), children, held)


def _tiles(artist: Artist, node: quadtree.Node, cloud: Cloud, levels: NDArray[np.int8]) -> Tile | None:
    children = [tile for child in node.children if (tile := _tiles(artist, child, cloud, levels))]
    return artist.tile(cloud, node.own(levels), node.spacing_m(cloud.records), children)


def _join(artist: Artist, square: Square, quarters: Sequence[Branch]) -> Branch:
    """A square from its four quarters, whose own points are drawn now that it is known which are raised."""
    quarters = sorted(quarters, key=lambda branch: branch.held[:1].tolist())  # as the curve goes
    cloud = Cloud.of(np.concatenate([branch.held for branch in quarters]))
    levels = np.full(len(cloud.records), square.level - 1, np.int8)
    quadtree.raise_to(square.level, cloud.records, cloud.positions, np.arange(len(levels)), levels)
    tiles = []
    start = 0
    for branch in quarters:
        end = start + len(branch.held)
        own = start + np.flatnonzero(levels[start:end] < square.level)
        tiles.append(artist.tile(cloud, own, branch.spacing_m, branch.children))
        start = end
    held = cloud.records[levels == square.level]
    points = sum(branch.points for branch in quarters)
    return Branch(square, quadtree.spacing_m(square.level), points, tuple(tile for tile in tiles if tile), held)


def _nowhere(artist: Artist, cloud: Cloud) -> Box:
    """The box of a cell whose every point is drawn above it."""
    return Box.around(artist.place(cloud, np.arange(len(cloud.records)))).padded(_BOX_MARGIN_M)


@cache
def _palette() -> NDArray[np.uint32]:
    """The linear opaque colour of each class, (256,), four bytes in a number."""
    opaque = np.full((256, 4), 255, np.uint8)
    opaque[:, :3] = ahn.palette()
    return opaque.view("<u4").ravel()
