"""LAS and LAZ files as a `Cloud`, sorted into squares on scratch disk: the one place that knows how points wait there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tiles.errors import BadInput
from tiles.frame import MapFrame

from .. import las
from ..las import LasFile
from ..partition import Cell, Partition
from ..records import MM, Records, xyz_m
from ..reference import listed, require_records_inside
from ..report import Report
from .cloud import SQUARE_M, Bounds, Classified, Square


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
        records = np.concatenate(found) if found else np.empty(0, self.partition._kind)  # noqa: SLF001 - see below
        return Classified(xyz_m(records), np.ascontiguousarray(records["classification"]))

    def _cells(self, bounds: Bounds) -> list[Cell]:
        columns = range(int(bounds.west // SQUARE_M), int(np.ceil(bounds.east / SQUARE_M)))
        rows = range(int(bounds.south // SQUARE_M), int(np.ceil(bounds.north / SQUARE_M)))
        cells = (Cell(column, row) for row in rows for column in columns)
        # The partition is being rewritten for records of another shape; until then its private path is asked here.
        return [cell for cell in cells if self.partition._path(cell).exists()]  # noqa: SLF001

    def _cut(self, cell: Cell, bounds: Bounds) -> Records:
        records = self.partition.read(cell)
        low, high = np.rint(np.array([bounds.west, bounds.south, bounds.east, bounds.north]) * MM).reshape(2, 2)
        inside = (records["x"] >= low[0]) & (records["x"] < high[0])
        inside &= (records["y"] >= low[1]) & (records["y"] < high[1])
        records = records[inside]
        return records[np.lexsort([records[name] for name in ("classification", "z", "x", "y")])]


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
