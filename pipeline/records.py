"""A point as it waits on scratch disk: whole millimetres and what must survive, 16 bytes.

Coordinates are RD New and NAP in millimetres, which is the step AHN is delivered in, so nothing is lost; heights count
from `HEIGHT_ORIGIN_MM` wherever bits are cut from them, so that they are never negative.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

PLAIN = np.dtype(
    [
        ("x", "<i4"),
        ("y", "<i4"),
        ("z", "<i4"),
        ("intensity", "<u2"),
        ("classification", "u1"),
        ("returns", "u1"),  # return number in the low four bits, number of returns in the high four
    ]
)
COLOURED = np.dtype([*PLAIN.descr, ("red", "u1"), ("green", "u1"), ("blue", "u1"), ("has_colour", "u1")])

Records = NDArray[Any]
"""(n,) of `PLAIN` or `COLOURED`."""

MM = 1000.0
HEIGHT_ORIGIN_MM = -(1 << 19)  # NAP −524.288 m, below everything in the Netherlands


def xyz_m(records: Records) -> NDArray[np.float64]:
    """Where the points lie, (n, 3), RD and NAP metres."""
    return np.stack([records["x"], records["y"], records["z"]], axis=-1) / MM
