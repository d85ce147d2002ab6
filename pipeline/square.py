"""Squares of the map: the unit of tiling, of processes and of resuming."""

from dataclasses import dataclass

from tiles.frame import MapFrame, MapSquare, along_map

from .records import CELL_BITS, MM

Bounds = tuple[float, float, float, float]
"""West, south, east, north in metres of the map."""


_EDGE_M = 100.0
_WEST_MM = -(1 << 28)
"""Where columns begin: west of every map. RD reaches 7 km below 0, and squares on both sides of 0 would never meet."""


@dataclass(frozen=True, order=True)
class Square:
    """A square of 2^level mm a side: a node of one quadtree over all maps."""

    level: int
    row: int
    column: int

    @property
    def side_mm(self) -> int:
        """The length of a side, millimetres."""
        return 1 << self.level

    @property
    def side_m(self) -> float:
        """The length of a side, metres."""
        return self.side_mm / MM

    @property
    def corner_mm(self) -> tuple[int, int]:
        """The south-west corner, millimetres."""
        return (self.column << self.level) + _WEST_MM, self.row << self.level

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north; metres."""
        west, south = (corner / MM for corner in self.corner_mm)
        return west, south, west + self.side_m, south + self.side_m

    @property
    def name(self) -> str:
        """The square's place in the quadtree, as a name."""
        return f"{self.level}-{self.column}-{self.row}"

    @property
    def quarters(self) -> tuple["Square", ...]:
        """The four squares one level down, along the Z-order curve."""
        level, row, column = self.level - 1, 2 * self.row, 2 * self.column
        return tuple(Square(level, row + north, column + east) for north in (0, 1) for east in (0, 1))

    def above(self, level: int) -> "Square":
        """The square of `level` that this one lies in."""
        up = level - self.level
        return Square(level, self.row >> up, self.column >> up)

    def frame(self, map_frame: MapFrame) -> MapSquare:
        """The frame its tiles are in: along the map at the square's middle, at height 0.

        It depends on the square alone, so what is drawn in one square never moves because of another.
        """
        west, south, east, north = self.bounds
        low_x, low_y, high_x, high_y = map_frame.bounds  # the middle of a large square may lie outside
        x, y = (west + east) / 2, (south + north) / 2
        within = min(max(x, low_x + _EDGE_M), high_x - _EDGE_M), min(max(y, low_y + _EDGE_M), high_y - _EDGE_M)
        return along_map(map_frame, within)


def cell(column: int, row: int) -> Square:
    """The largest square that is tiled in one piece, by its column and row from the map's origin."""
    return Square(CELL_BITS, row, column - (_WEST_MM >> CELL_BITS))


def cell_of(square: Square) -> Square:
    """The cell that a square lies in; itself, where it is one."""
    return square.above(CELL_BITS)
