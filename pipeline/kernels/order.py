"""Records of one cell along the curve, the same for every order they came in."""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from pipeline.records import CELL_BITS, HEIGHT_BITS, Records

from .curve import place_of

_u64 = np.uint64
_WHERE_BITS = 2 * CELL_BITS + HEIGHT_BITS
_FIRST_BITS = 10  # 8.192 m squares: about a thousand points of AHN, which fit in the processor's first caches
_DIGIT_BITS = 9
_DIGITS = 2  # down to 16 mm squares, which hardly ever hold two points
_FEW = 24


def sort(records: Records) -> Records:
    """The records in order of both their words."""
    # Arrays are made out here: NumPy's functions take as long to compile as the loops themselves.
    counts = np.zeros(1 << _FIRST_BITS, np.int64)
    _count_squares(records, counts)
    starts = np.concatenate([[0], counts.cumsum()])
    out, spare = np.empty_like(records), np.empty((int(counts.max(initial=0)), 2), np.uint64)
    _sort(records, starts, np.empty(1 << _DIGIT_BITS, np.int64), spare, out)
    return out


@nb.njit(nogil=True, cache=True)
def _count_squares(records: Records, counts: NDArray[np.int64]) -> None:
    shift = _u64(_WHERE_BITS - _FIRST_BITS)
    for i in range(len(records)):
        counts[records[i, 0] >> shift] += 1


@nb.njit(nogil=True, cache=True)
def _sort(records: Records, starts: NDArray[np.int64], counts: NDArray[np.int64], spare: Records, out: Records) -> None:
    """Put records into their squares, which begin at `starts`, and sort each; the other arrays are room to work in."""
    shift = _u64(_WHERE_BITS - _FIRST_BITS)
    for i in range(len(records)):
        square = records[i, 0] >> shift
        place = starts[square]
        out[place, 0], out[place, 1] = records[i, 0], records[i, 1]
        starts[square] = place + 1
    start = np.int64(0)  # a plain 0 is a type of its own, for which the functions below would be compiled once more
    for square in range(1 << _FIRST_BITS):
        end = starts[square]  # by now where the next one begins
        if end - start > _FEW:
            _sort_by_digits(out[start:end], spare, counts)
        _sort_runs(out, start, end)
        start = end


@nb.njit(nogil=True, cache=True)
def _sort_by_digits(records: Records, spare: Records, counts: NDArray[np.int64]) -> None:
    """Sort by the digits below the first, lowest first; an even number of passes ends where it began."""
    n = len(records)
    mask = _u64((1 << _DIGIT_BITS) - 1)
    lowest = _WHERE_BITS - _FIRST_BITS - _DIGITS * _DIGIT_BITS
    source, target = records, spare[:n]
    for digit in range(_DIGITS):
        shift = _u64(lowest + digit * _DIGIT_BITS)
        counts[:] = 0
        for i in range(n):
            counts[(source[i, 0] >> shift) & mask] += 1
        total = 0
        for j in range(len(counts)):
            total, counts[j] = total + counts[j], total
        for i in range(n):
            j = (source[i, 0] >> shift) & mask
            place = counts[j]
            target[place, 0], target[place, 1] = source[i, 0], source[i, 1]
            counts[j] = place + 1
        source, target = target, source


@nb.njit(nogil=True, cache=True)
def _before(a0: Any, a1: Any, b0: Any, b1: Any) -> Any:
    return a0 < b0 or (a0 == b0 and a1 < b1)


@nb.njit(nogil=True, cache=True)
def _sort_runs(records: Records, start: int, end: int) -> None:
    """Put right what the digits left: short runs within one 16 mm square, or all of a short stretch."""
    shift = _u64(_WHERE_BITS - _FIRST_BITS - _DIGITS * _DIGIT_BITS)
    if end - start <= _FEW:
        _shell_sort(records, start, end)
        return
    first = start
    while first < end:
        square = records[first, 0] >> shift
        last = first + 1
        while last < end and records[last, 0] >> shift == square:
            last += 1
        if last - first > 1:
            _shell_sort(records, first, last)
        first = last


@nb.njit(nogil=True, cache=True)
def _shell_sort(records: Records, start: int, end: int) -> None:
    # Nearly every run is two or three long; the gaps keep a run of a million equal positions from taking forever.
    gap = 1
    while gap < (end - start) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(start + gap, end):
            where, what = records[i, 0], records[i, 1]
            j = i
            while j - gap >= start and _before(where, what, records[j - gap, 0], records[j - gap, 1]):
                records[j, 0], records[j, 1] = records[j - gap, 0], records[j - gap, 1]
                j -= gap
            records[j, 0], records[j, 1] = where, what
        gap //= 3


@nb.njit(nogil=True, cache=True)
def merge(first: Records, second: Records) -> Records:
    """Two sorted arrays as one; a record that is in both is there as often as in the one that has it more often."""
    out = np.empty((len(first) + len(second), 2), np.uint64)
    i = j = n = 0
    while i < len(first) and j < len(second):
        a0, a1, b0, b1 = first[i, 0], first[i, 1], second[j, 0], second[j, 1]
        if _before(b0, b1, a0, a1):
            out[n, 0], out[n, 1] = b0, b1
            j += 1
        else:
            out[n, 0], out[n, 1] = a0, a1
            i += 1
            if a0 == b0 and a1 == b1:
                j += 1
        n += 1
    while i < len(first):
        out[n, 0], out[n, 1] = first[i, 0], first[i, 1]
        i += 1
        n += 1
    while j < len(second):
        out[n, 0], out[n, 1] = second[j, 0], second[j, 1]
        j += 1
        n += 1
    return out[:n]


@nb.njit(nogil=True, cache=True)
def positions(records: Records, out: NDArray[np.int32]) -> None:
    """Where records lie, (n, 3): millimetres from the cell's south-west corner and from the origin of heights."""
    mask = _u64((1 << HEIGHT_BITS) - 1)
    for i in range(len(records)):
        where = records[i, 0]
        out[i, 0], out[i, 1] = place_of(where >> _u64(HEIGHT_BITS))
        out[i, 2] = where & mask
