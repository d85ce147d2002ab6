"""Which points stand for their surroundings when fewer are drawn."""

from bisect import bisect_left
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from pipeline.records import HEIGHT_BITS, Records

_u64 = np.uint64


@nb.njit(nogil=True, cache=True)
def raise_nearest(
    records: Records,
    xyz: NDArray[np.int32],
    chosen: NDArray[np.int64],
    bits: tuple[int, int],
    level: int,
    levels: NDArray[np.int8],
) -> Any:
    """Of some sorted records, give `level` to the one nearest the middle of each block; the rows of these.

    A block is a square of 2^bits mm with a height, both given in ``bits``.

    Only points of one level take part (``chosen``, (m,), rows in order), so each level is drawn from the one below.
    """
    flat, tall = bits
    mask, half = (1 << flat) - 1, (1 << flat) >> 1
    tall_mask, tall_half = (1 << tall) - 1, (1 << tall) >> 1
    shift = _u64(HEIGHT_BITS + 2 * flat)
    n = len(chosen)
    raised = np.empty(n, np.int64)
    layers = np.empty(n, np.int32)  # heights of the blocks over one square, and the best in each
    best = np.empty(n, np.int64)
    nearest = np.empty(n, np.int64)
    count = 0
    start = 0
    while start < n:
        square = records[chosen[start], 0] >> shift
        used = 0
        i = start
        while i < n and records[chosen[i], 0] >> shift == square:
            row = chosen[i]
            dx, dy = (xyz[row, 0] & mask) - half, (xyz[row, 1] & mask) - half
            dz = (xyz[row, 2] & tall_mask) - tall_half
            distance = np.int64(dx) * dx + np.int64(dy) * dy + np.int64(dz) * dz
            layer = xyz[row, 2] >> tall
            j = used - 1
            while j >= 0 and layers[j] != layer:
                j -= 1
            if j < 0:
                layers[used], best[used], nearest[used] = layer, row, distance
                used += 1
            elif distance < nearest[j]:
                best[j], nearest[j] = row, distance
            i += 1
        for j in range(used):
            row = best[j]
            levels[row] = level
            k = count + j  # in their order again; there are hardly ever more than a few
            while k > count and raised[k - 1] > row:
                raised[k] = raised[k - 1]
                k -= 1
            raised[k] = row
        count += used
        start = i
    return raised[:count]


@nb.njit(nogil=True, cache=True)
def occupied(records: Records, start: int, end: int, bits: int) -> int:
    """How many grid squares of 2^bits mm hold any of the sorted records from `start` to `end`."""
    shift = _u64(HEIGHT_BITS + 2 * bits)
    count = 0
    last = _u64(0)
    for i in range(start, end):
        square = records[i, 0] >> shift
        if i == start or square != last:
            count += 1
        last = square
    return count


def quarters(records: Records, start: int, end: int, level: int) -> list[int]:
    """Where the quarters of a square of `level` begin among its sorted records from `start` to `end`; five numbers."""
    shift = HEIGHT_BITS + 2 * (level - 1)
    where = records[:, 0]

    def quarter(row: int) -> int:
        return int(where[row]) >> shift & 3

    edges = [start + bisect_left(range(start, end), number, key=quarter) for number in range(1, 4)]
    return [start, *edges, end]
