"""From records to the vertex buffer of a tile."""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from pipeline.records import (
    BLUE_SHIFT,
    CLASS_SHIFT,
    GREEN_SHIFT,
    HAS_COLOUR,
    INTENSITY_SHIFT,
    RED_SHIFT,
    RETURNS_SHIFT,
    Records,
)

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
_u64 = np.uint64
_BYTE = np.uint64(0xFF)
_FLOAT_BITS = 0x4B000000  # of 2²³, above which a float's low bits count


@nb.njit(nogil=True, cache=True)
def place(xyz: NDArray[np.int32], rows: Rows, half_mm: float, coefficients: Floats, out: Floats) -> None:
    """Positions in a cell to local metres, (m, 3), by a polynomial (`pipeline.place.Fit`)."""
    per_half, per_metre = 1.0 / half_mm, 1.0 / 1000.0
    for k in range(len(rows)):
        row = rows[k]
        u, v, w = xyz[row, 0] * per_half - 1.0, xyz[row, 1] * per_half - 1.0, xyz[row, 2] * per_metre
        for axis in range(3):
            c = coefficients[axis]
            flat = c[0] + c[1] * u + c[2] * v + c[3] * u * u + c[4] * u * v + c[5] * v * v
            out[k, axis] = flat + w * (c[6] + c[7] * u + c[8] * v)


@nb.njit(nogil=True, cache=True)
def bounds(xyz: Floats, found: Floats) -> None:
    """Widen the lowest and highest of each coordinate, (2, 3), to some local metres."""
    for i in range(len(xyz)):
        for axis in range(3):
            found[0, axis], found[1, axis] = min(found[0, axis], xyz[i, axis]), max(found[1, axis], xyz[i, axis])


@nb.njit(nogil=True, cache=True)
def kinds(records: Records, rows: Rows, found: NDArray[np.uint16]) -> None:
    """Class and return number of some records in one number each, (m,)."""
    for k in range(len(rows)):
        what = records[rows[k], 1]
        found[k] = (((what >> _u64(CLASS_SHIFT)) & _BYTE) << _u64(4)) | ((what >> _u64(RETURNS_SHIFT)) & _u64(15))


@nb.njit(nogil=True, cache=True)
def steps(xyz: Floats, origin_m: Floats, step_m: float, wide: bool, out: NDArray[np.uint32]) -> None:
    """Local metres as whole steps from an origin, in the first words of rows (`tiles.geometry.Points`)."""
    per_step = 1.0 / step_m
    for i in range(len(xyz)):
        x = np.uint32(np.rint((xyz[i, 0] - origin_m[0]) * per_step))
        y = np.uint32(np.rint((xyz[i, 1] - origin_m[1]) * per_step))
        z = np.uint32(np.rint((xyz[i, 2] - origin_m[2]) * per_step))
        if wide:
            out[i, 0], out[i, 1], out[i, 2] = _FLOAT_BITS + x, _FLOAT_BITS + y, _FLOAT_BITS + z
        else:
            out[i, 0], out[i, 1] = x | (y << 16), z


@nb.njit(nogil=True, cache=True)
def describe(records: Records, rows: Rows, palette: NDArray[np.uint32], word: int, out: NDArray[np.uint32]) -> None:
    """Colour, class, intensity and return number of some records, in the words from `word` on.

    A record without a colour has that of its class in the palette, (256,), four bytes in a number.
    """
    for k in range(len(rows)):
        what = records[rows[k], 1]
        kind = (what >> _u64(CLASS_SHIFT)) & _BYTE
        colour = _u64(palette[kind])
        if what & _u64(HAS_COLOUR):
            red, green = (what >> _u64(RED_SHIFT)) & _BYTE, (what >> _u64(GREEN_SHIFT)) & _BYTE
            blue = (what >> _u64(BLUE_SHIFT)) & _BYTE
            colour = red | (green << _u64(8)) | (blue << _u64(16)) | _u64(0xFF000000)
        out[k, word], out[k, word + 1] = colour, kind
        out[k, word + 2] = what >> _u64(INTENSITY_SHIFT)
        out[k, word + 3] = (what >> _u64(RETURNS_SHIFT)) & _u64(15)
