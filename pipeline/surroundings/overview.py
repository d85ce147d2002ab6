"""The whole input seen at once in blocks of 8 m: where there is data, where water and how high, how high the land.

Everything here is decided once, for all squares, so that no two of them can disagree. It costs about 100 bytes a block:
150 MB for a city of 10 × 10 km.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput

from . import kernels
from .cloud import SQUARE_M, Square
from .lattice import BLOCK_NODES, BLOCKS, HOLE, Heights, Mask, Window
from .measure import Blocks
from .pyramid import Sums, Values, filled_whole

WIDEST_M = 40_000.0

_RIM = 16
"""Blocks around the squares: no window of a square reaches farther, and wide water may lie beyond the last points."""
_CLOSING = 8  # blocks: an opening to the outside, 131 m wide or less, belongs to the data
_SAME_WATER_MM = 200
_MOSTLY = 0.5
_MOSTLY_EMPTY = BLOCK_NODES**2 // 2
_FEWEST_RETURNS, _FEWEST_EMPTY_NODES = 5, 400  # 400 nodes are 105 m²
_SHORE_PERCENTILE = 10
_DEEPEST_MM, _FARTHEST = 4_000, 64  # below the shore; blocks, 524 m


@dataclass(frozen=True, eq=False)
class Overview:
    """What is known of every block between the outermost squares; arrays are (rows, columns) from the south-west."""

    column: int
    row: int
    """The south-west block, counted from RD's origin."""
    covered: Mask
    """Where the data reaches, openings of up to 131 m and whatever they enclose among it."""
    water_mm: Heights
    """How high the water stands, also two blocks up its shores; `HOLE` where there is none."""
    open_water: Mask
    """Blocks of a water body: where nothing was seen in them, there is water."""
    ground_mm: Values
    """The mean height of the ground, filled where there is none."""
    wetness: Values
    """The part that is water, 0 to 1, filled where nothing tells."""

    def cut(self, window: Window) -> "Overview":
        """The blocks that a window touches; it must begin and end at blocks' edges."""
        column, row = window.column // BLOCK_NODES, window.row // BLOCK_NODES
        rows = slice(row - self.row, row - self.row + window.rows // BLOCK_NODES)
        columns = slice(column - self.column, column - self.column + window.columns // BLOCK_NODES)
        arrays = {f.name: getattr(self, f.name)[rows, columns] for f in fields(self) if f.name not in {"column", "row"}}
        return Overview(column, row, **arrays)

    def squares(self) -> list[Square]:
        """Every square in which there is something to show, row by row."""
        rows, columns = np.nonzero(self.covered)
        found = {
            ((row + self.row) // BLOCKS, (column + self.column) // BLOCKS)
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        }
        return [Square(column, row) for row, column in sorted(found)]


@dataclass(frozen=True)
class Bodies:
    """How many water bodies there are, and how many have a level guessed from their shores."""

    count: int
    guessed: int


def overview(found: Mapping[Square, Blocks]) -> tuple[Overview, Bodies]:
    """Look over the blocks of all squares; raises `BadInput` where they lie too far apart for one tileset."""
    squares = list(found)
    west, east = min(s.column for s in squares), max(s.column for s in squares) + 1
    south, north = min(s.row for s in squares), max(s.row for s in squares) + 1
    if max(east - west, north - south) * SQUARE_M > WIDEST_M:
        raise BadInput(
            f"The points lie up to {max(east - west, north - south) * SQUARE_M / 1000:,.0f} km apart; "
            f"make the surroundings of at most {WIDEST_M / 1000:.0f} km at once."
        )
    blocks = _joined(found, (west, south, east, north))
    covered = _covered(blocks.points > 0)
    labels, levels, bodies = _water(blocks, covered)
    water_mm = _ashore(np.where(labels >= 0, levels[labels], HOLE).astype(np.int32))
    # Emptiness just beside a body's blocks is the rest of it, as `terrain` has it node by node.
    wet = blocks.water + np.where(_grown(labels >= 0, 1), blocks.empty, 0)
    wet[water_mm == HOLE] = 0
    known = wet + blocks.ground + blocks.building
    return (
        Overview(
            west * BLOCKS - _RIM,
            south * BLOCKS - _RIM,
            covered,
            water_mm,
            labels >= 0,
            filled_whole(Sums(blocks.ground_mm, blocks.ground.astype(np.int64))),
            filled_whole(Sums(wet.astype(np.int64), known.astype(np.int64))),
        ),
        bodies,
    )


def _joined(found: Mapping[Square, Blocks], extent: tuple[int, int, int, int]) -> Blocks:
    west, south, east, north = extent
    shape = ((north - south) * BLOCKS + 2 * _RIM, (east - west) * BLOCKS + 2 * _RIM)
    joined = {}
    for field in fields(Blocks):
        first = getattr(next(iter(found.values())), field.name)
        array = np.full(shape, HOLE if field.name in {"low_mm", "water_mm"} else 0, first.dtype)
        if field.name == "empty":
            array[:] = BLOCK_NODES**2
        for square, blocks in found.items():
            row, column = (square.row - south) * BLOCKS + _RIM, (square.column - west) * BLOCKS + _RIM
            array[row : row + BLOCKS, column : column + BLOCKS] = getattr(blocks, field.name)
        joined[field.name] = array
    return Blocks(**joined)


def _grown(mask: Mask, by: int) -> Mask:
    """The blocks within `by` of one in `mask`, diagonals counting as one step."""
    for _ in range(2):
        padded = np.pad(mask, ((by, by), (0, 0)))
        sums = np.concatenate([np.zeros((1, mask.shape[1]), np.int64), np.cumsum(padded, axis=0)])
        mask = (sums[2 * by + 1 :] - sums[: -2 * by - 1] > 0).T
    return np.ascontiguousarray(mask)


def _covered(points: Mask) -> Mask:
    """Blocks with points and those they close off from the outside."""
    open_land = np.pad(~_grown(points, _CLOSING), 1, constant_values=True)
    labels = np.full(open_land.shape, -1, np.int32)
    kernels.spread(np.full(open_land.shape, HOLE, np.int32), open_land, 0, labels)
    outside = (labels == labels[0, 0])[1:-1, 1:-1]
    return points | ~_grown(outside, _CLOSING)


def _water(blocks: Blocks, covered: Mask) -> tuple[NDArray[np.int32], NDArray[np.int64], Bodies]:
    """The body of each block, -1 without; the level of each body; and how many there are."""
    may = covered & ((blocks.water_points > 0) | (blocks.empty >= _MOSTLY_EMPTY))
    labels = np.full(may.shape, -1, np.int32)
    count = kernels.spread(blocks.water_mm, may, _SAME_WATER_MM, labels)
    levels = np.full(count + 1, HOLE, np.int64)
    regions = _regions(labels, count)
    for label, region in enumerate(regions):
        levels[label] = _measured_level(blocks, region)
    known = [(regions[label].middle, int(levels[label])) for label in np.flatnonzero(levels[:count] != HOLE)]
    guessed, rim = 0, _grown(~covered, 1)
    for label in np.flatnonzero(levels[:count] == HOLE):
        shore_mm = _shore_level(blocks, regions[label])
        # Where data ends askew, half empty blocks run along the outside: those are no water.
        if shore_mm == HOLE or rim[regions[label].at].mean() > _MOSTLY:
            labels[regions[label].at] = -1
            continue
        levels[label] = _guessed_level(regions[label].middle, shore_mm, known)
        guessed += 1
    return labels, levels, Bodies(len(known) + guessed, guessed)


@dataclass(frozen=True, eq=False)
class _Region:
    """Some blocks."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]

    @property
    def at(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The blocks as an index."""
        return self.rows, self.columns

    @property
    def middle(self) -> tuple[int, int]:
        """The block in the middle of the region's rows and columns, which may lie outside it."""
        return int(np.sort(self.rows)[len(self.rows) // 2]), int(np.sort(self.columns)[len(self.columns) // 2])

    def with_rim(self, shape: tuple[int, ...]) -> "_Region":
        """The region and the eight blocks around each of its own, each once."""
        steps = np.array([(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)])
        near = (np.stack(self.at, axis=-1)[:, None] + steps).reshape(-1, 2)
        near = np.unique(np.clip(near, 0, np.array(shape) - 1), axis=0)
        return _Region(near[:, 0], near[:, 1])


def _regions(labels: NDArray[np.int32], count: int) -> list[_Region]:
    rows, columns = np.nonzero(labels >= 0)
    number = labels[rows, columns]
    order = np.argsort(number, kind="stable")
    ends = np.cumsum(np.bincount(number, minlength=count))[:-1] if count else np.empty(0, np.int64)
    cuts = zip(np.split(rows[order], ends), np.split(columns[order], ends), strict=True)
    return [_Region(row, column) for row, column in cuts][:count]


def _measured_level(blocks: Blocks, region: _Region) -> int:
    """The median of a body's blocks; `HOLE` where the returns from it are too few."""
    returns = blocks.water_points[region.at]
    if returns.sum() < _FEWEST_RETURNS:
        return int(HOLE)
    medians = np.sort(blocks.water_mm[region.at][returns > 0])
    return int(medians[(len(medians) - 1) // 2])


def _shore_level(blocks: Blocks, region: _Region) -> int:
    """How high the lowest of the shore lies; `HOLE` where the emptiness is no water."""
    around = region.with_rim(blocks.points.shape).at
    low = blocks.low_mm[around]
    low = np.sort(low[low != HOLE])
    built = blocks.building[around].sum() > blocks.ground[around].sum()
    if built or blocks.empty[region.at].sum() < _FEWEST_EMPTY_NODES or len(low) == 0:
        return int(HOLE)
    return int(low[len(low) * _SHORE_PERCENTILE // 100])


def _guessed_level(middle: tuple[int, int], shore_mm: int, known: Sequence[tuple[tuple[int, int], int]]) -> int:
    """The level of the nearest measured water that fits below the shore, as near waters mostly join; else the shore."""
    fitting = [
        ((row - middle[0]) ** 2 + (column - middle[1]) ** 2, level)
        for (row, column), level in known
        if shore_mm - _DEEPEST_MM <= level <= shore_mm
    ]
    distance, level = min(fitting, default=(_FARTHEST**2 + 1, shore_mm))
    return level if distance <= _FARTHEST**2 else shore_mm


def _ashore(levels: Heights) -> Heights:
    """Levels carried on to the two blocks around; where two bodies meet, the lower one's."""
    for _ in range(2):
        padded = np.pad(levels, 1, constant_values=HOLE).astype(np.int64)
        padded[padded == HOLE] = np.iinfo(np.int64).max
        rows, columns = levels.shape
        around = [padded[r : r + rows, c : c + columns] for r in range(3) for c in range(3)]
        lowest = np.min(around, axis=0)
        spread = np.where(lowest == np.iinfo(np.int64).max, HOLE, lowest).astype(np.int32)
        levels = np.where(levels == HOLE, spread, levels)
    return levels
