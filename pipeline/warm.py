"""Load all compiled code before processes are forked, so that it is loaded (or compiled) once and not by each."""

from functools import cache
from pathlib import Path

import numpy as np

from tiles.frame import RD_NAP
from tiles.store import Memory

from .kernels import order
from .las import Columns, LasFile
from .pointtiles import Drawing, Source, tile_cell
from .records import CELL_BITS, Records
from .segment import by_cell, packed
from .square import Square, cell
from .treatment import Treatment

_DORDRECHT = (104_900_000, 425_250_000, 3_000)


@cache
def warm() -> None:
    """Take a few points the whole way from a file's columns to tiles, in memory."""
    millimetre = (0.001, 0.001, 0.001)
    nowhere = (0.0, 0.0, 0.0)
    points = np.zeros(400, [("X", "i4"), ("Y", "i4"), ("Z", "i4"), ("i", "u2"), ("r", "u1"), ("rgb", "u2")])
    points["X"], points["Y"] = np.arange(400) * 100 + _DORDRECHT[0], _DORDRECHT[1]
    points["Z"] = _DORDRECHT[2]
    classes, rgb = np.zeros(400, np.uint8), points["rgb"]
    columns = Columns(points["X"], points["Y"], points["Z"], points["i"], classes, points["r"], (rgb, rgb, rgb))
    file = LasFile(Path(), 400, 7, nowhere, nowhere, millimetre, nowhere, None, None, 1)
    found, cells = np.empty((400, 2), np.uint64), np.empty(400, np.int64)
    packed(columns, file, RD_NAP, (found, cells), 8)
    _, ordered = by_cell(found, cells)
    order.merge(order.sort(ordered), order.sort(ordered))
    tile_cell(
        Drawing(RD_NAP, 0.001), Memory(), cell(_DORDRECHT[0] >> CELL_BITS, _DORDRECHT[1] >> CELL_BITS), _Few(ordered)
    )


class _Few(Source):
    """Records that are at hand."""

    def __init__(self, found: Records) -> None:
        super().__init__((), Treatment())
        self._found = found

    def count(self, _square: Square) -> int:
        return len(self._found)

    def records(self, _square: Square) -> Records:
        found: Records = order.sort(self._found)
        return found
