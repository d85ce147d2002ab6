"""The elements of a model as a tree of groups: near ones together, each whole, in exactly one leaf."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TRIANGLES_PER_LEAF = 50_000
_LARGE = 0.5  # of the longest side of the group: such an element would make the box of any part as large as the whole


@dataclass(frozen=True, eq=False)
class Extents:
    """How far each element reaches, and how many triangles it has; one row per element."""

    low: NDArray[np.float64]  # (e, 3), metres; infinite for an element without triangles
    high: NDArray[np.float64]  # (e, 3)
    triangles: NDArray[np.int64]  # (e,)


@dataclass(frozen=True, eq=False)
class Group:
    """Some elements, by their rows, and the smaller groups they are divided over, the one of the largest first."""

    elements: NDArray[np.intp]
    children: tuple["Group", ...] = ()


def group(extents: Extents, most: int = TRIANGLES_PER_LEAF) -> Group:
    """All elements that have triangles; leaves have at most `most`, but for an element that has more by itself."""
    return _divided(np.flatnonzero(extents.triangles), extents, most)


def _divided(rows: NDArray[np.intp], extents: Extents, most: int) -> Group:
    """A group: large elements make a leaf of their own, the others are cut in two across the longest side."""
    if len(rows) <= 1 or extents.triangles[rows].sum() <= most:
        return Group(rows)
    low, high = extents.low[rows], extents.high[rows]
    longest = (high.max(axis=0) - low.min(axis=0)).max()
    large = (high - low).max(axis=1) > _LARGE * longest
    alone = large.any() and not large.all() and extents.triangles[rows[large]].sum() <= most
    rest = rows[~large] if alone else rows
    parts = [Group(rows[large])] if alone else []
    halves = [rest] if extents.triangles[rest].sum() <= most else _halves(rest, extents)
    return Group(rows, (*parts, *(_divided(half, extents, most) for half in halves)))


def _halves(rows: NDArray[np.intp], extents: Extents) -> list[NDArray[np.intp]]:
    if len(rows) == 1:
        return [rows]
    centres = (extents.low[rows] + extents.high[rows]) / 2
    axis = int(np.argmax(np.ptp(centres, axis=0)))
    order = rows[np.argsort(centres[:, axis], kind="stable")]
    running = extents.triangles[order].cumsum()
    half = int(np.clip(np.searchsorted(running, running[-1] / 2), 1, len(rows) - 1))
    return [np.sort(order[:half]), np.sort(order[half:])]
