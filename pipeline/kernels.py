"""The loops that touch every point, compiled by numba.

Each is a plain loop over records (`pipeline.records`). The compiled code is cached beside this file, so only the first
run after an installation pays for compiling.

A cell is 2¹⁸ mm (262.144 m) square on the RD map. Within it a key interleaves x, y and z in steps of 2⁵ mm (32 mm):
13 bits of each, and the four bits of z above a cell's size on top. Cutting three bits off a key gives its parent's.
"""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from .records import HEIGHT_ORIGIN_MM, Records

CELL_BITS = 18
KEY_STEP_BITS = 5
AXIS_BITS = CELL_BITS - KEY_STEP_BITS
GRID_BITS = 7  # a node is sampled on 128 grid cells a side
KEY_BITS = 3 * AXIS_BITS + 4
MAX_DEPTH = AXIS_BITS - GRID_BITS

_RADIX_BITS = 11
_u64 = np.uint64

Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]
Column = NDArray[Any]


@nb.njit(nogil=True, cache=True)
def fill(x: Column, y: Column, z: Column, scale: Floats, offset: Floats, out: Records) -> None:
    """Scaled integer coordinates as whole millimetres; scale and offset (3,) are in mm."""
    for i in range(len(x)):
        record = out[i]
        record.x = np.int32(np.rint(x[i] * scale[0] + offset[0]))
        record.y = np.int32(np.rint(y[i] * scale[1] + offset[1]))
        record.z = np.int32(np.rint(z[i] * scale[2] + offset[2]))


@nb.njit(nogil=True, cache=True)
def cell_counts(records: Records, west: int, south: int, counts: NDArray[np.int64]) -> None:
    """How many records lie in each cell of a block of cells, (rows, columns), whose corner cell is (west, south)."""
    for i in range(len(records)):
        counts[(records[i].y >> CELL_BITS) - south, (records[i].x >> CELL_BITS) - west] += 1


@nb.njit(nogil=True, cache=True)
def scatter(records: Records, west: int, south: int, starts: NDArray[np.int64], out: Records) -> None:
    """The records sorted by cell, each cell's from its place in `starts` (rows, columns), which is moved along."""
    for i in range(len(records)):
        row, column = (records[i].y >> CELL_BITS) - south, (records[i].x >> CELL_BITS) - west
        out[starts[row, column]] = records[i]
        starts[row, column] += 1


@nb.njit(nogil=True, cache=True, inline="always")
def _spread(value: int) -> np.uint64:
    """Thirteen bits with two zeros between each."""
    v = _u64(value)
    v = (v | (v << _u64(16))) & _u64(0x1F0000FF0000FF)
    v = (v | (v << _u64(8))) & _u64(0x100F00F00F00F00F)
    v = (v | (v << _u64(4))) & _u64(0x10C30C30C30C30C3)
    return (v | (v << _u64(2))) & _u64(0x1249249249249249)


@nb.njit(nogil=True, cache=True)
def cell_keys(records: Records, keys: Keys) -> None:
    """The key of each record within its cell, (n,)."""
    mask = (1 << AXIS_BITS) - 1
    for i in range(len(records)):
        record = records[i]
        z = (record.z - HEIGHT_ORIGIN_MM) >> KEY_STEP_BITS
        key = _spread((record.x >> KEY_STEP_BITS) & mask)
        key |= _spread((record.y >> KEY_STEP_BITS) & mask) << _u64(1)
        key |= _spread(z & mask) << _u64(2)
        keys[i] = key | (_u64(z >> AXIS_BITS) << _u64(3 * AXIS_BITS))


@nb.njit(nogil=True, cache=True)
def radix_sort(keys: Keys) -> tuple[Keys, NDArray[np.uint32]]:
    """The keys in order, and where each stood; stable, eleven bits at a time."""
    n = len(keys)
    order, order_next = np.arange(n).astype(np.uint32), np.empty(n, np.uint32)
    keys_now, keys_next = keys.copy(), np.empty_like(keys)
    mask = _u64((1 << _RADIX_BITS) - 1)
    for shift in range(0, KEY_BITS, _RADIX_BITS):
        counts = np.zeros(1 << _RADIX_BITS, np.int64)
        for i in range(n):
            counts[(keys_now[i] >> _u64(shift)) & mask] += 1
        place = 0
        for digit in range(len(counts)):
            place, counts[digit] = place + counts[digit], place
        for i in range(n):
            digit = (keys_now[i] >> _u64(shift)) & mask
            j = counts[digit]
            counts[digit] = j + 1
            keys_next[j], order_next[j] = keys_now[i], order[i]
        keys_now, keys_next = keys_next, keys_now
        order, order_next = order_next, order
    return keys_now, order


@nb.njit(nogil=True, cache=True, inline="always")
def _before(a: Any, b: Any) -> bool:
    """Whether record a comes before b when their keys are equal: by everything that places and classes them."""
    first = (a.x, a.y, a.z, a.intensity, a.classification, a.returns)
    second = (b.x, b.y, b.z, b.intensity, b.classification, b.returns)
    return first < second


@nb.njit(nogil=True, cache=True)
def gather(records: Records, keys: Keys, order: NDArray[np.uint32], out: Records) -> None:
    """The records in `order`; those of one key by what they hold, so that no order of files shows in the result."""
    n = len(order)
    for i in range(n):
        out[i] = records[order[i]]
    start = 0
    while start < n:
        end = start + 1
        while end < n and keys[end] == keys[start]:
            end += 1
        if end - start > 1:
            _shell_sort(out, start, end)
        start = end


@nb.njit(nogil=True, cache=True)
def _shell_sort(records: Records, start: int, end: int) -> None:
    # Nearly every run is two or three long; the gaps keep a run of a million equal positions from taking forever.
    gap = 1
    while gap < (end - start) // 3:
        gap = 3 * gap + 1
    held = records[start : start + 1].copy()
    while gap > 0:
        for i in range(start + gap, end):
            held[0] = records[i]
            j = i
            while j - gap >= start and _before(held[0], records[j - gap]):
                records[j] = records[j - gap]
                j -= gap
            records[j] = held[0]
        gap //= 3


@nb.njit(nogil=True, cache=True)
def raise_samples(records: Records, keys: Keys, level: NDArray[np.int8], depth: int) -> None:
    """Move points from the level below up to `depth`: in each grid cell the one nearest the cell's middle.

    Only points that stand one level below take part, so each level is drawn from the next and keeps its even spacing.
    """
    size = 1 << (CELL_BITS - GRID_BITS - depth)
    mask, half = size - 1, size >> 1
    shift = _u64(3 * (MAX_DEPTH - depth))
    n = len(keys)
    start = 0
    while start < n:
        cell = keys[start] >> shift
        best, best_distance = -1, 1 << 62
        i = start
        while i < n and keys[i] >> shift == cell:
            if level[i] == depth + 1:
                dx = (records[i].x & mask) - half
                dy = (records[i].y & mask) - half
                dz = ((records[i].z - HEIGHT_ORIGIN_MM) & mask) - half
                distance = dx * dx + dy * dy + dz * dz
                if distance < best_distance:
                    best, best_distance = i, distance
            i += 1
        if best >= 0:
            level[best] = depth
        start = i


@nb.njit(nogil=True, cache=True)
def place(records: Records, centre_mm: Floats, reach_mm: Floats, coefficients: Floats, out: Floats) -> None:
    """Records to local metres, (n, 3), by a quadratic in x and y and a bilinear z (`pipeline.place`)."""
    for i in range(len(records)):
        u = (records[i].x - centre_mm[0]) / reach_mm[0]
        v = (records[i].y - centre_mm[1]) / reach_mm[1]
        w = (records[i].z - centre_mm[2]) / reach_mm[2]
        for axis in range(3):
            c = coefficients[axis]
            flat = c[0] + c[1] * u + c[2] * v + c[4] * u * u + c[5] * u * v + c[6] * v * v
            out[i, axis] = flat + w * (c[3] + c[7] * u + c[8] * v)


@nb.njit(nogil=True, cache=True)
def to_steps(xyz: Floats, origin_m: Floats, step_m: float, out: Column) -> None:
    """Local metres to whole steps from an origin, (n, 3)."""
    for i in range(len(xyz)):
        for axis in range(3):
            out[i, axis] = np.uint32(np.rint((xyz[i, axis] - origin_m[axis]) / step_m))
