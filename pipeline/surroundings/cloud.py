"""A classified point cloud by squares of the map: all that the surroundings need to know of their input."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from tiles.frame import Vec3s

SQUARE_BITS = 18
SQUARE_MM = 1 << SQUARE_BITS
SQUARE_M = SQUARE_MM / 1000
"""262.144 m: the side of a square, which is a cell of the point tiler."""

GROUND, BUILDING, WATER, BRIDGE = 2, 6, 9, 26
"""Classes of AHN3 and later; AHN2 knows 1 (not ground) and 2 only."""


class Bounds(NamedTuple):
    """An upright rectangle of the map, RD metres."""

    west: float
    south: float
    east: float
    north: float

    def padded(self, by_m: float) -> "Bounds":
        """The rectangle grown by `by_m` on every side."""
        return Bounds(self.west - by_m, self.south - by_m, self.east + by_m, self.north + by_m)


@dataclass(frozen=True, order=True)
class Square:
    """A square of the map, counted from RD's origin in steps of `SQUARE_M`."""

    column: int
    row: int

    @property
    def bounds(self) -> Bounds:
        """Where it lies, RD metres."""
        west, south = self.column * SQUARE_M, self.row * SQUARE_M
        return Bounds(west, south, west + SQUARE_M, south + SQUARE_M)


@dataclass(frozen=True, eq=False)
class Classified:
    """Points and their classes."""

    xyz: Vec3s  # (n, 3), RD and NAP metres
    classification: NDArray[np.uint8]  # (n,), ASPRS codes as AHN uses them


class Outlines(Protocol):
    """The outlines of what is built, such as BAG's."""

    def near(self, bounds: Bounds) -> Sequence[shapely.Geometry]:
        """Those that reach into `bounds`, RD metres, in a fixed order."""


class Cloud(Protocol):
    """Points that can be asked for by place, again and again, from any process (so it can be pickled)."""

    def squares(self) -> Sequence[Square]:
        """Every square that holds points, in a fixed order."""

    def within(self, bounds: Bounds) -> Classified:
        """The points with west ≤ x < east and south ≤ y < north, in a fixed order; `bounds` may cross squares."""
