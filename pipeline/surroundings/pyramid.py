"""Holes filled from what lies around them, the nearest most: a pull-push pyramid.

Each level halves the one below by summing two by two; where a cell has nothing, it takes what the coarser level says,
interpolated between cells' middles (Gortler and others, "The Lumigraph", SIGGRAPH 1996, section 3.4). Sums are of whole
numbers and the pyramid is aligned to the map, so a cell's value does not depend on which window it is computed in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sums:
    """What was measured in each cell, (rows, columns): the sum of the values and how many there are."""

    total: NDArray[np.int64]
    count: NDArray[np.int64]

    def halved(self) -> "Sums":
        """Sums of two by two cells; rows and columns must be even."""
        return Sums(_four(self.total), _four(self.count))

    def over(self, coarser: Values) -> Values:
        """The mean of each cell; of one without values, what the next coarser level says there."""
        known = self.count > 0
        return np.where(known, self.total / np.maximum(self.count, 1), _finer(coarser))


def _four(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    return cells[0::2, 0::2] + cells[0::2, 1::2] + cells[1::2, 0::2] + cells[1::2, 1::2]


def _finer(coarse: Values) -> Values:
    """Twice the cells each way, interpolated; at the rim the nearest counts twice."""
    return _twice(np.ascontiguousarray(_twice(coarse).T)).T


def _twice(rows: Values) -> Values:
    around = np.concatenate([rows[:1], rows, rows[-1:]])
    finer = np.empty((2 * len(rows), rows.shape[1]))
    finer[0::2] = 0.25 * around[:-2] + 0.75 * rows
    finer[1::2] = 0.75 * rows + 0.25 * around[2:]
    return finer


def filled(sums: Sums, levels: int, coarsest: Values) -> Values:
    """Every cell's value, from `levels` of halving above which `coarsest` says all."""
    if levels == 0:
        return coarsest
    return sums.over(filled(sums.halved(), levels - 1, coarsest))


def filled_whole(sums: Sums, otherwise: float = 0.0) -> Values:
    """Every cell's value where the cells are all there is; `otherwise` where no cell has any."""
    if sums.count.size == 1:
        return np.where(sums.count > 0, sums.total / np.maximum(sums.count, 1), otherwise)
    rows, columns = sums.count.shape
    even = Sums(*(np.pad(cells, ((0, rows % 2), (0, columns % 2))) for cells in (sums.total, sums.count)))
    return even.over(filled_whole(even.halved(), otherwise))[:rows, :columns]
