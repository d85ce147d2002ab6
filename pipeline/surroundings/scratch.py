"""LAS and LAZ files as a `Cloud`, in squares on scratch disk: the one place that knows how points wait there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline import las
from pipeline.las import LasFile
from pipeline.partition import Cell, Partition
from pipeline.records import HEIGHT_ORIGIN_MM, MM
from pipeline.reference import listed, require_records_inside
from pipeline.report import Report
from tiles.errors import BadInput
from tiles.frame import MapFrame

from .cloud import SQUARE_BITS, SQUARE_M, Bounds, Classified, Square

_HEIGHT_BITS, _CLASS_BITS = 20, 8  # NAP −524 to +524 m


@dataclass(frozen=True)
class ScratchCloud:
    """The points of a partition; a square is a cell."""

    partition: Partition

    def squares(self) -> Sequence[Square]:
        """Every square that holds points, from the south-west, row by row."""
        return [Square(cell.column, cell.row) for cell in self.partition.cells()]

    def within(self, bounds: Bounds) -> Classified:
        """The points inside `bounds`, the same for every order of files."""
        found = [self._cut(cell, bounds) for cell in self._cells(bounds)]
        if not found:
            return Classified(np.empty((0, 3)), np.empty(0, np.uint8))
        xyz, classification = zip(*found, strict=True)
        return Classified(np.concatenate(xyz) / MM, np.concatenate(classification))

    def _cells(self, bounds: Bounds) -> list[Cell]:
        columns = range(int(bounds.west // SQUARE_M), int(np.ceil(bounds.east / SQUARE_M)))
        rows = range(int(bounds.south // SQUARE_M), int(np.ceil(bounds.north / SQUARE_M)))
        cells = (Cell(column, row) for row in rows for column in columns)
        # The partition is being rewritten for records of another shape; until then its private path is asked here.
        return [cell for cell in cells if self.partition._path(cell).exists()]  # noqa: SLF001

    def _cut(self, cell: Cell, bounds: Bounds) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """A cell's points inside `bounds`, millimetres, in the order of their places."""
        records = self.partition.read(cell)
        west, south, east, north = (int(value) for value in np.rint(np.array(bounds) * MM))
        x, y = records["x"], records["y"]
        records = records[(x >= west) & (x < east) & (y >= south) & (y < north)]
        corner = (cell.column << SQUARE_BITS, cell.row << SQUARE_BITS, HEIGHT_ORIGIN_MM)
        # Place and class fill 64 bits: sorting whole numbers is ten times as fast as sorting records.
        keys = np.zeros(len(records), np.uint64)
        for name, low, bits in zip(("x", "y", "z"), corner, (SQUARE_BITS, SQUARE_BITS, _HEIGHT_BITS), strict=True):
            keys = (keys << np.uint64(bits)) | (records[name].astype(np.int64) - low).astype(np.uint64)
        keys = np.sort((keys << np.uint64(_CLASS_BITS)) | records["classification"])
        classification = (keys & np.uint64((1 << _CLASS_BITS) - 1)).astype(np.uint8)
        keys >>= np.uint64(_CLASS_BITS)
        xyz = np.empty((len(keys), 3), np.int64)
        for axis, bits in ((2, _HEIGHT_BITS), (1, SQUARE_BITS), (0, SQUARE_BITS)):
            xyz[:, axis] = (keys & np.uint64((1 << bits) - 1)).astype(np.int64) + corner[axis]
            keys >>= np.uint64(bits)
        return xyz, classification


def fill(partition: Partition, files: Sequence[LasFile], frame: MapFrame, report: Report) -> ScratchCloud:
    """Sort every point of `files` into its square; raises a `Problem` for files that cannot be used."""
    stage, total = "Reading points", sum(file.points for file in files)
    read = kept = 0
    report(stage, 0, total)
    for file in files:
        for batch in las.batches(file, coloured=False):
            require_records_inside(batch.records, file, frame)
            partition.add(batch.records)
            read, kept = read + batch.read, kept + len(batch.records)
            report(stage, read, total)
    if not kept:
        names = listed([file.path.name for file in files])
        raise BadInput(f"{names}: all {read:,} points are noise (classes 7 and 18); there is nothing to show.")
    return ScratchCloud(partition)
