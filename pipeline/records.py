"""A point as it waits on scratch disk: two 64-bit words, 16 bytes, all of it whole millimetres and small codes.

The first word says where: how far along Hilbert's curve through the cell (`kernels.curve`), 36 bits for 18 of
millimetres in x and in y, and below that the height, 22 bits of millimetres above `HEIGHT_ORIGIN_MM`. Sorted by it,
every square of the quadtree is one run. The second word says what: intensity (16 bits), class (8), return number
and number of returns (4 each), colour (8 each: sRGB as files have it, linear once a cell is tiled), and flags.

Coordinates are RD New and NAP in millimetres, which is the step AHN is delivered in, so nothing is lost.
"""

import numpy as np
from numpy.typing import NDArray

Records = NDArray[np.uint64]
"""(n, 2): where within the cell, and what."""

BYTES = 16
MM = 1000.0
CELL_BITS = 18
"""A cell is a square of the map, 2¹⁸ mm = 262.144 m a side."""
HEIGHT_BITS = 22
HEIGHT_ORIGIN_MM = -(1 << 19)
"""NAP −524.288 m, below everything in the Netherlands; heights reach to 3,670 m."""
HIGHEST_MM = HEIGHT_ORIGIN_MM + (1 << HEIGHT_BITS) - 1

INTENSITY_SHIFT, CLASS_SHIFT, RETURNS_SHIFT = 48, 40, 32
RED_SHIFT, GREEN_SHIFT, BLUE_SHIFT = 24, 16, 8
HAS_COLOUR = 1


def empty(count: int = 0) -> Records:
    """Records to be filled, (count, 2)."""
    return np.empty((count, 2), np.uint64)


def classification(records: Records) -> NDArray[np.uint8]:
    """The class of each point, (n,)."""
    return (records[:, 1] >> np.uint64(CLASS_SHIFT)).astype(np.uint8)


def intensity(records: Records) -> NDArray[np.uint16]:
    """The intensity of each point, (n,)."""
    return (records[:, 1] >> np.uint64(INTENSITY_SHIFT)).astype(np.uint16)


def returns(records: Records) -> NDArray[np.uint8]:
    """Return number in the low four bits and number of returns in the high four, (n,)."""
    return (records[:, 1] >> np.uint64(RETURNS_SHIFT)).astype(np.uint8)


def any_colour(records: Records) -> bool:
    """Whether any point has a colour of its own."""
    return bool((records[:, 1] & np.uint64(HAS_COLOUR)).any())


def colour(records: Records) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The colour of each point, (n, 3), and whether it has one, (n,)."""
    what = records[:, 1]
    shifts = np.array([RED_SHIFT, GREEN_SHIFT, BLUE_SHIFT], np.uint64)
    return (what[:, None] >> shifts).astype(np.uint8), (what & np.uint64(HAS_COLOUR)) != 0


def with_colour(records: Records, rgb: NDArray[np.uint8], known: NDArray[np.bool_]) -> Records:
    """The records with another colour, (n, 3), and with none where it is not `known`."""
    shifts = (RED_SHIFT, GREEN_SHIFT, BLUE_SHIFT)
    red, green, blue = (rgb[:, axis].astype(np.uint64) << np.uint64(shift) for axis, shift in enumerate(shifts))
    plain = records[:, 1] & ~np.uint64((1 << RETURNS_SHIFT) - 1)
    coloured = np.where(known, plain | red | green | blue | np.uint64(HAS_COLOUR), plain)
    return np.column_stack([records[:, 0], coloured])


def on_map_mm(positions: NDArray[np.int32], corner_mm: tuple[int, int]) -> NDArray[np.int64]:
    """Positions in a square with this south-west corner (`kernels.order.positions`) as map millimetres, (n, 3)."""
    found: NDArray[np.int64] = np.add(positions, np.array([*corner_mm, HEIGHT_ORIGIN_MM]), dtype=np.int64)
    return found
