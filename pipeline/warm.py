"""Load all compiled code before processes are forked, so that it is loaded once and not by each.

Where nothing is compiled yet that takes ten seconds of work, of which a second process does half.
"""

import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path

import numpy as np

from tiles.frame import RD_NAP
from tiles.store import Memory
from tiles.vertexcodec import encode_vertices

from .kernels import order, pack
from .las import Columns, LasFile
from .pointtiles import Drawing, Source, tile_cell
from .records import CELL_BITS, Records
from .segment import by_cell, packed
from .square import Square, cell
from .treatment import Treatment

_DORDRECHT = (104_900_000, 425_250_000, 3_000)


@cache
def warm() -> None:
    """Take a few points the whole way from a file's columns to tiles, in memory.

    What only some runs need (colour, several files over one cell) is left to the process that needs it.
    """
    millimetre = (0.001, 0.001, 0.001)
    nowhere = (0.0, 0.0, 0.0)
    points = np.zeros(400, [("X", "i4"), ("Y", "i4"), ("Z", "i4"), ("i", "u2"), ("r", "u1")])
    points["X"], points["Y"] = np.arange(400) * 100 + _DORDRECHT[0], _DORDRECHT[1]
    points["Z"] = _DORDRECHT[2]
    classes = np.zeros(400, np.uint8)
    columns = Columns(points["X"], points["Y"], points["Z"], points["i"], classes, points["r"], None)
    file = LasFile(Path(), 400, 6, nowhere, nowhere, millimetre, nowhere, None, None, 1)
    found, cells = np.empty((400, 2), np.uint64), np.empty(400, np.int64)
    pack.extent(np.zeros(1, np.int64))
    with _beside(_longest) if pack.extent.stats.cache_misses else nullcontext():
        packed(columns, file, RD_NAP, (found, cells), 8)
        _, sorted_by_cell = by_cell(found, cells)
        square = cell(_DORDRECHT[0] >> CELL_BITS, _DORDRECHT[1] >> CELL_BITS)
        tile_cell(Drawing(RD_NAP, 0.001), Memory(), square, _Few(sorted_by_cell))
    _longest()


def _longest() -> None:
    """What takes as long to compile as all the rest."""
    encode_vertices(np.zeros((1, 6), np.uint32))
    order.sort(np.zeros((1, 2), np.uint64))


@contextmanager
def _beside(function: Callable[[], None]) -> Iterator[None]:
    """Call a function in a process of its own meanwhile, where one can be had for nothing."""
    if sys.platform != "linux" or threading.active_count() > 1:
        yield
        return
    process = multiprocessing.get_context("fork").Process(target=function, daemon=True)
    process.start()
    yield
    process.join()


class _Few(Source):
    """Records that are at hand."""

    def __init__(self, found: Records) -> None:
        super().__init__((), Treatment())
        self._found: Records = found[np.lexsort((found[:, 1], found[:, 0]))]

    def count(self, _square: Square) -> int:
        return len(self._found)

    def records(self, _square: Square) -> Records:
        return self._found
