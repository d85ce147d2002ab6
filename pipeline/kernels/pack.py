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
_COORDINATE = (1 << CELL_BITS) - 1


@nb.njit(nogil=True, cache=True)
def millimetres(values: Column, scale: float, offset: float, classes: Column, noise: Column, out: Floats) -> Any:
    """One axis as whole millimetres; its lowest and highest value that is not noise (``noise``, (256,), by class)."""
    low, high = np.inf, -np.inf
    for i in range(len(values)):
        value = np.rint(values[i] * scale + offset)
        out[i] = value
        if not noise[classes[i]]:
            low, high = min(low, value), max(high, value)
    return low, high


@nb.njit(nogil=True, cache=True)
def place_in_cells(
    x: Floats, y: Floats, z: Floats, classes: Column, noise: Column, out: Records, cells: Integers
) -> int:
    """The first word of each record and the cell it lies in (row << 32 | column), noise left out; how many."""
    n = 0
    for i in range(len(x)):
        if noise[classes[i]]:
            continue
        east, north = np.int64(x[i]), np.int64(y[i])
        height = _u64(np.int64(z[i]) - HEIGHT_ORIGIN_MM)
        along = index_of(east & _COORDINATE, north & _COORDINATE)
        out[n, 0] = (along << _u64(HEIGHT_BITS)) | height
        cells[n] = ((north >> CELL_BITS) << 32) | ((east >> CELL_BITS) & 0xFFFFFFFF)
        n += 1
    return n


@nb.njit(nogil=True, cache=True)
def describe(intensity: Column, classes: Column, bits: Column, noise: Column, legacy: bool, out: Records) -> None:
    """The second word of each record but for its colour, noise left out."""
    n = 0
    for i in range(len(intensity)):
        if noise[classes[i]]:
            continue
        returns = bits[i]
        if legacy:  # formats 0 to 5 have three bits for each
            returns = (returns & 0x07) | ((returns & 0x38) << 1)
        what = _u64(intensity[i]) << _u64(INTENSITY_SHIFT)
        what |= _u64(classes[i]) << _u64(CLASS_SHIFT)
        out[n, 1] = what | (_u64(returns) << _u64(RETURNS_SHIFT))
        n += 1


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


@nb.njit(nogil=True, cache=True, inline="always")
def _mixed(value: Any) -> Any:
    """Every bit of a word spread over all of it (Steele, Lea and Flood 2014, SplitMix64)."""
    v = (value ^ (value >> _u64(30))) * _u64(0xBF58476D1CE4E5B9)
    v = (v ^ (v >> _u64(27))) * _u64(0x94D049BB133111EB)
    return v ^ (v >> _u64(31))
