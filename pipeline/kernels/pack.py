"""From the columns of a LAS file to records, and records sorted into cells."""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from pipeline.records import (
    BLUE_SHIFT,
    CELL_BITS,
    CLASS_SHIFT,
    GREEN_SHIFT,
    HAS_COLOUR,
    HEIGHT_BITS,
    HEIGHT_ORIGIN_MM,
    INTENSITY_SHIFT,
    RED_SHIFT,
    RETURNS_SHIFT,
    Records,
)

from .curve import index_of

Column = NDArray[Any]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_u64 = np.uint64
_LIMIT = float(1 << 31)
_COORDINATE = (1 << CELL_BITS) - 1


@nb.njit(nogil=True, cache=True)
def pack(
    xyz: tuple[Column, Column, Column],
    scaling: tuple[Floats, Floats],
    kinds: tuple[Column, Column, Column],
    noise: Column,
    legacy: bool,
    out: Records,
    cells: Integers,
    extremes: Floats,
) -> int:
    """The records of points without colour, and the cell each lies in (row << 32 | column), noise left out; how many.

    ``scaling`` has scales and offsets, (3,), to millimetres; ``kinds`` intensities, classes and returns; ``noise``,
    (256,), is by class. ``extremes``, (2, 3), is widened to the lowest and highest millimetres of each axis; those that
    are no coordinates of any map are not packed.
    """
    x, y, z = xyz
    scales, offsets = scaling
    intensities, classes, bits = kinds
    n = 0
    for i in range(len(x)):
        kind = classes[i]
        if noise[kind]:
            continue
        a = np.rint(x[i] * scales[0] + offsets[0])
        b = np.rint(y[i] * scales[1] + offsets[1])
        c = np.rint(z[i] * scales[2] + offsets[2])
        extremes[0, 0], extremes[1, 0] = min(extremes[0, 0], a), max(extremes[1, 0], a)
        extremes[0, 1], extremes[1, 1] = min(extremes[0, 1], b), max(extremes[1, 1], b)
        extremes[0, 2], extremes[1, 2] = min(extremes[0, 2], c), max(extremes[1, 2], c)
        if not (abs(a) < _LIMIT and abs(b) < _LIMIT and abs(c) < _LIMIT):
            continue
        east, north = np.int64(a), np.int64(b)
        along = index_of(east & _COORDINATE, north & _COORDINATE)
        out[n, 0] = (along << _u64(HEIGHT_BITS)) | _u64(np.int64(c) - HEIGHT_ORIGIN_MM)
        returns = bits[i]
        if legacy:  # formats 0 to 5 have three bits for each
            returns = (returns & 0x07) | ((returns & 0x38) << 1)
        what = (_u64(intensities[i]) << _u64(INTENSITY_SHIFT)) | (_u64(kind) << _u64(CLASS_SHIFT))
        out[n, 1] = what | (_u64(returns) << _u64(RETURNS_SHIFT))
        cells[n] = ((north >> CELL_BITS) << 32) | ((east >> CELL_BITS) & 0xFFFFFFFF)
        n += 1
    return n


@nb.njit(nogil=True, cache=True)
def paint(red: Column, green: Column, blue: Column, classes: Column, noise: Column, shift: int, out: Records) -> None:
    """The colour of each record, noise left out; all zero is no colour. 16-bit values are shifted to eight."""
    n = 0
    s = _u64(shift)
    for i in range(len(red)):
        if noise[classes[i]]:
            continue
        if red[i] | green[i] | blue[i]:
            r, g, b = (
                (_u64(red[i]) >> s) & _u64(255),
                (_u64(green[i]) >> s) & _u64(255),
                (_u64(blue[i]) >> s) & _u64(255),
            )
            rgb = (r << _u64(RED_SHIFT)) | (g << _u64(GREEN_SHIFT)) | (b << _u64(BLUE_SHIFT))
            out[n, 1] |= rgb | _u64(HAS_COLOUR)
        n += 1


@nb.njit(nogil=True, cache=True)
def extent(cells: Integers) -> Any:
    """Lowest column, lowest row, highest column and highest row of some cells."""
    west: Any = 1 << 40
    south: Any = 1 << 40
    east: Any = -(1 << 40)
    north: Any = -(1 << 40)
    for cell in cells:
        row, column = cell >> 32, np.int64(np.int32(cell & 0xFFFFFFFF))
        west, east = min(west, column), max(east, column)
        south, north = min(south, row), max(north, row)
    return west, south, east, north


@nb.njit(nogil=True, cache=True)
def count_cells(cells: Integers, west: int, south: int, counts: NDArray[np.int64]) -> None:
    """How many records lie in each cell of a block, (rows, columns), whose corner cell is (west, south)."""
    for cell in cells:
        counts[(cell >> 32) - south, np.int64(np.int32(cell & 0xFFFFFFFF)) - west] += 1


@nb.njit(nogil=True, cache=True)
def scatter(
    records: Records, cells: Integers, corner: tuple[int, int], starts: Integers, digests: Records, out: Records
) -> None:
    """The records sorted by cell, each cell's from its place in ``starts`` (rows, columns), which is moved along.

    ``digests`` (rows, columns, 2) gathers a sum over each cell that is the same for every order of its records.
    """
    west, south = corner
    for i in range(len(records)):
        cell = cells[i]
        row, column = (cell >> 32) - south, np.int64(np.int32(cell & 0xFFFFFFFF)) - west
        where, what = records[i, 0], records[i, 1]
        place = starts[row, column]
        out[place, 0], out[place, 1] = where, what
        starts[row, column] = place + 1
        digests[row, column, 0] += _mixed(where * _u64(0x9E3779B97F4A7C15) ^ _mixed(what))
        digests[row, column, 1] += _mixed(what * _u64(0xD6E8FEB86659FD93) ^ _mixed(where + _u64(0x2545F4914F6CDD1D)))


@nb.njit(nogil=True, cache=True)
def _mixed(value: Any) -> Any:
    """Every bit of a word spread over all of it (Steele, Lea and Flood 2014, SplitMix64)."""
    v = (value ^ (value >> _u64(30))) * _u64(0xBF58476D1CE4E5B9)
    v = (v ^ (v >> _u64(27))) * _u64(0x94D049BB133111EB)
    return v ^ (v >> _u64(31))
