"""Points on scratch disk, sorted into square cells of the map.

However large the input, only one batch of it is in memory at a time, and afterwards every cell can be tiled by itself:
cells are the unit for processes, for resuming and for tiling again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tiles.store import said_as_output_problem

from . import kernels
from .records import COLOURED, MM, PLAIN, Records

CELL_M = (1 << kernels.CELL_BITS) / MM


@dataclass(frozen=True, order=True)
class Cell:
    """A square of the map, counted from its origin in steps of `CELL_M`."""

    column: int
    row: int

    @property
    def name(self) -> str:
        """The cell's south-west corner in whole map metres, as a name."""
        return f"{int(self.column * CELL_M):06d}_{int(self.row * CELL_M):06d}"


@dataclass(frozen=True)
class Partition:
    """A scratch folder with one file of records per cell."""

    folder: Path
    coloured: bool

    def add(self, records: Records) -> None:
        """Append records to the files of their cells; raises `OutputProblem` when the disk is full."""
        if len(records) == 0:
            return
        west, east = (int(x) >> kernels.CELL_BITS for x in (records["x"].min(), records["x"].max()))
        south, north = (int(y) >> kernels.CELL_BITS for y in (records["y"].min(), records["y"].max()))
        counts = np.zeros((north - south + 1, east - west + 1), np.int64)
        kernels.cell_counts(records, west, south, counts)
        starts = np.concatenate([[0], counts.ravel().cumsum()[:-1]]).reshape(counts.shape)
        ordered = np.empty_like(records)
        kernels.scatter(records, west, south, starts.copy(), ordered)
        with said_as_output_problem(self.folder):
            for row, column in np.argwhere(counts):
                start, count = starts[row, column], counts[row, column]
                self._append(Cell(west + int(column), south + int(row)), ordered[start : start + count])

    def _append(self, cell: Cell, records: Records) -> None:
        # Opened and closed each time: a city has more cells than a process may have open files.
        with self._path(cell).open("ab", buffering=0) as file:
            file.write(records.data)

    def cells(self) -> Iterator[Cell]:
        """Every cell that holds points, from the south-west, row by row."""
        found = (path.stem.split("_") for path in self.folder.glob("*.points"))
        yield from sorted(
            (Cell(int(column), int(row)) for column, row in found), key=lambda cell: (cell.row, cell.column)
        )

    def read(self, cell: Cell) -> Records:
        """The records of a cell, in the order they came."""
        return np.fromfile(self._path(cell), self._kind)

    def discard(self, cell: Cell) -> None:
        """Remove a cell's records from the disk."""
        self._path(cell).unlink()

    def keep(self, name: str, records: Records) -> None:
        """Keep some records under a name of their own."""
        path = self.folder / f"{name}.sample"
        with said_as_output_problem(self.folder):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(records.tobytes())  # not tofile: it forgets why a write failed

    def kept(self, name: str) -> Records:
        """The records that were kept under `name`."""
        return np.fromfile(self.folder / f"{name}.sample", self._kind)

    @property
    def _kind(self) -> np.dtype[np.void]:
        return COLOURED if self.coloured else PLAIN

    def _path(self, cell: Cell) -> Path:
        return self.folder / f"{cell.column}_{cell.row}.points"
