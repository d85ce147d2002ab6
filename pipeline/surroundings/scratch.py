"""LAS and LAZ files as a `Cloud`, in squares on scratch disk: the one place that knows how points wait there."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline import records, segment
from pipeline.kernels import order
from pipeline.las import LasFile
from pipeline.pool import Workers
from pipeline.records import MM
from pipeline.reference import listed
from pipeline.report import Report
from pipeline.segment import Slice, Sorted
from tiles.errors import BadInput
from tiles.frame import MapFrame
from tiles.store import said_as_output_problem

from .cloud import GROUND, SQUARE_BITS, SQUARE_M, WATER, Bounds, Classified, Square

if TYPE_CHECKING:
    from pipeline.mask import Masks

_INDEX = "squares.npz"


@dataclass(frozen=True)
class ScratchCloud:
    """The points of sorted segments; a square is a cell."""

    folder: Path
    masks: "Masks | None" = None
    """What is taken away: all in it but the ground and the water, which stay."""

    def squares(self) -> Sequence[Square]:
        """Every square that holds points, from the south-west, row by row."""
        return [Square(column, row) for row, column in sorted((s.row, s.column) for s in _slices(self.folder))]

    def within(self, bounds: Bounds) -> Classified:
        """The points inside `bounds`, the same for every order of files."""
        found = [self._cut(square, bounds) for square in self._squares(bounds)]
        if not found:
            return Classified(np.empty((0, 3)), np.empty(0, np.uint8))
        xyz, classification = zip(*found, strict=True)
        return self._unmasked(Classified(np.concatenate(xyz) / MM, np.concatenate(classification)), bounds)

    def _unmasked(self, points: Classified, bounds: Bounds) -> Classified:
        masks = self.masks.touching(bounds) if self.masks else None
        if not masks:
            return points
        kept = np.isin(points.classification, (GROUND, WATER)) | ~masks.removes(points.xyz)
        return Classified(points.xyz[kept], points.classification[kept])

    def _squares(self, bounds: Bounds) -> list[Square]:
        columns = range(int(bounds.west // SQUARE_M), int(np.ceil(bounds.east / SQUARE_M)))
        rows = range(int(bounds.south // SQUARE_M), int(np.ceil(bounds.north / SQUARE_M)))
        squares = (Square(column, row) for row in rows for column in columns)
        return [square for square in squares if square in _slices(self.folder)]

    def _cut(self, square: Square, bounds: Bounds) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """A square's points inside `bounds`, millimetres, along the curve through it, the lower first."""
        found = segment.read_slices(_slices(self.folder)[square])
        positions = np.empty((len(found), 3), np.int32)
        order.positions(found, positions)
        xyz = records.on_map_mm(positions, (square.column << SQUARE_BITS, square.row << SQUARE_BITS))
        west, south, east, north = (int(value) for value in np.rint(np.array(bounds) * MM))
        inside = (xyz[:, 0] >= west) & (xyz[:, 0] < east) & (xyz[:, 1] >= south) & (xyz[:, 1] < north)
        chosen = np.flatnonzero(inside)
        classes = records.classification(found[chosen])
        chosen, classes = _in_order(found[chosen, 0], chosen, classes)
        return xyz[chosen], classes


def _in_order(
    where: NDArray[np.uint64], chosen: NDArray[np.intp], classes: NDArray[np.uint8]
) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    # Place fills 58 bits; the six left tell the classes of AHN apart, and sorting whole numbers is fast.
    ordered = np.argsort((where << np.uint64(6)) | (classes & np.uint8(63)), kind="stable")
    return chosen[ordered], classes[ordered]


@lru_cache(maxsize=4)
def _slices(folder: Path) -> dict[Square, tuple[Slice, ...]]:
    """Which records lie in each square."""
    with np.load(folder / _INDEX) as index:
        keys, rows = index["keys"].tolist(), index["rows"].tolist()
    found: dict[Square, list[Slice]] = defaultdict(list)
    for number, row, column, start, count in rows:
        found[Square(column, row)].append(Slice(str(folder / f"{keys[number]}.points"), start, count))
    return {square: tuple(slices) for square, slices in found.items()}


def fill(folder: Path, files: Sequence[LasFile], frame: MapFrame, pool: Workers, report: Report) -> ScratchCloud:
    """Sort every point of `files` into its square in `folder`; raises a `Problem` for files that cannot be used."""
    stage, total = "Reading points", sum(file.points for file in files)
    report(stage, 0, total)
    done: list[Sorted] = []
    parts = [each for file in files for each in segment.segments(file)]
    for each in pool.run(segment.sort, [(part, frame, folder) for part in parts]):
        done.append(each)
        report(stage, sum(one.segment.count for one in done), total)
    if not any(len(each.cells) for each in done):
        names = listed([file.path.name for file in files])
        raise BadInput(f"{names}: all {total:,} points are noise (classes 7 and 18); there is nothing to show.")
    done.sort(key=lambda each: each.segment.key)
    rows = [
        (number, cell["row"], cell["column"], cell["start"], cell["count"])
        for number, each in enumerate(done)
        for cell in each.cells
    ]
    with said_as_output_problem(folder):
        np.savez(folder / _INDEX, keys=[each.segment.key for each in done], rows=np.array(rows, np.int64))
    return ScratchCloud(folder)
