"""Vertex buffers as EXT_meshopt_compression stores them (its appendix "Bitstream", mode 0: attributes, version 0).

The library's own encoder takes as long for bytes that never change as for those that do: a row of points has fourteen
that fill up to glTF's alignment, and encoding was a tenth of all work. Here bytes that are the same all over a block
cost next to nothing. The result is the library's, byte for byte.
"""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]
Bytes = NDArray[np.uint8]
Eights = NDArray[np.uint64]

_u32, _u64 = np.uint32, np.uint64

_HEADER = 0xA0
_NONE, _TWO, _FOUR, _WHOLE = range(4)
"""In how many bits each byte of a group is stored: none where all are zero, two, four or all eight."""
_BLOCK_BYTES, _MOST_ROWS, _GROUP = 8192, 256, 16
_LEAST_TAIL = 32


def encode_vertices(rows: Words) -> bytes:
    """Rows of words, (n, words), compressed; the same bytes as meshoptimizer's `meshopt_encodeVertexBuffer`."""
    words = rows.shape[1]
    block = min(_MOST_ROWS, _BLOCK_BYTES // (4 * words) // _GROUP * _GROUP)
    blocks = -(-len(rows) // block)
    # At worst each group of 16 is stored as it is, behind two bits that say so.
    room = 4 * words * blocks * (block + block // _GROUP // 4 + 1) + max(4 * words, _LEAST_TAIL) + 1
    out = np.zeros(room, np.uint8)
    out[0] = _HEADER
    eights = np.empty(_MOST_ROWS // 8, np.uint64)
    end = 1 + _encode(rows, block, np.empty(_MOST_ROWS, np.uint32), (eights, eights.view(np.uint8)), out[1:])
    first = rows[:1].tobytes()
    return out[:end].tobytes() + bytes(max(_LEAST_TAIL - len(first), 0)) + first


@nb.njit(nogil=True, cache=True)
def _encode(rows: Words, block: int, changes: Words, room: tuple[Eights, Bytes], out: Bytes) -> Any:
    """Block after block; how many bytes. `changes` and `room`, the same memory twice, are places to work in."""
    eights, deltas = room
    at = np.int64(0)  # a plain 0 is a type of its own, for which the functions below would be compiled once more
    for start in range(0, len(rows), block):
        count = min(block, len(rows) - start)
        groups = (count + 15) // 16
        headers = (groups + 3) // 4
        for word in range(rows.shape[1]):
            changed = _changes(rows, word, start, count, changes)
            for byte in range(4):
                shift = _u32(8 * byte)
                header, at = at, at + headers
                if (changed >> shift) & _u32(255):
                    eights[2 * groups - 1] = eights[2 * groups - 2] = 0
                    for i in range(count):
                        deltas[i] = (changes[i] >> shift) & _u32(255)
                    at = _groups(eights, deltas, groups, out, header, at)
    return at


@nb.njit(nogil=True, cache=True)
def _changes(rows: Words, word: int, start: int, count: int, found: Words) -> Any:
    """How each byte of a word changes from row to row, small either way (zigzag); and all of that combined."""
    seen = _u32(0)
    last = rows[max(start - 1, 0), word]
    for i in range(count):
        now = rows[start + i, word]
        # Byte by byte: the highest bits are kept out of the difference, so that no byte borrows of the next.
        change = ((now | _u32(0x80808080)) - (last & _u32(0x7F7F7F7F))) ^ ((now ^ ~last) & _u32(0x80808080))
        last = now
        negative = ((change >> _u32(7)) & _u32(0x01010101)) * _u32(255)
        small = ((change << _u32(1)) & _u32(0xFEFEFEFE)) ^ negative
        found[i] = small
        seen |= small
    return seen


@nb.njit(nogil=True, cache=True)
def _count_from(least: Any, eight: Any) -> Any:
    """How many of eight bytes are `least` (at most 128) or more."""
    ones = _u64(0x0101010101010101)
    carried = (eight & (_u64(0x7F) * ones)) + (_u64(128) - least) * ones
    return ((((carried | eight) >> _u64(7)) & ones) * ones) >> _u64(56)


@nb.njit(nogil=True, cache=True)
def _groups(eights: Eights, deltas: Bytes, groups: int, out: Bytes, header: int, at: int) -> Any:
    """Each sixteen bytes in none, two, four or eight bits each, whichever is shortest; where the next byte goes."""
    how = _NONE
    for group in range(groups):
        low, high = eights[2 * group], eights[2 * group + 1]
        before, how = how, _NONE
        if low | high == 0:
            continue
        two = 4 + np.int64(_count_from(_u64(3), low) + _count_from(_u64(3), high))
        four = 8 + np.int64(_count_from(_u64(15), low) + _count_from(_u64(15), high))
        # Of two that are as short the one of the group before, which decoders predict; but none for bytes as they are.
        how = _FOUR if four < two or (four == two and before == _FOUR) else _TWO
        if min(two, four) >= _GROUP:
            how = _WHOLE
        out[header + group // 4] |= np.uint8(how << (2 * (group % 4)))
        if how == _WHOLE:
            for i in range(16 * group, 16 * group + 16):
                out[at] = deltas[i]
                at += 1
        else:
            at = _packed(deltas, 16 * group, 2 * how, out, at)
    return at


@nb.njit(nogil=True, cache=True)
def _packed(deltas: Bytes, first: int, bits: int, out: Bytes, at: int) -> Any:
    """Sixteen bytes in a few bits each; those that do not fit have all bits set and follow whole."""
    most = (1 << bits) - 1
    each = 8 // bits
    for i in range(first, first + 16, each):
        byte: Any = 0
        for k in range(each):
            byte = (byte << bits) | min(np.int64(deltas[i + k]), most)
        out[at] = byte
        at += 1
    for i in range(first, first + 16):
        if deltas[i] >= most:
            out[at] = deltas[i]
            at += 1
    return at
