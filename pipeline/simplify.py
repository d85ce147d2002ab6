"""Fewer triangles between the same vertices: the one door to meshoptimizer, and what is done where that is missing.

Its wheel, almeshopt, is made for x86-64 with AVX2 on Linux and Windows only. Elsewhere vertices that are near are taken
for one, which leaves two to three times the triangles.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .deviation import rows_numbered

Triangles = NDArray[np.intp]  # (t, 3), rows of vertices

_FINEST, _STEPS = 1 / 64, 24  # of the error: where clusters begin to grow, and how often they do
_SAME = 0.02  # attributes times their weights, in steps of this: in another step they are others


@dataclass(frozen=True, eq=False)
class Care:
    """What of vertices is to stay as it is."""

    attributes: NDArray[np.float64] | None = None  # (v, k), besides their places
    weights: tuple[float, ...] = ()
    """How far, in parts of the model's size, a difference of one in each attribute counts."""
    apart: NDArray[np.bool_] | None = None  # (v,), where other attributes are met: these ends stay
    locked: NDArray[np.bool_] | None = None  # (v,), which stay where they are
    bodies: NDArray[np.int64] | None = None  # (v,), those of different ones share no triangle and no place


def collapsed(
    positions: NDArray[np.float64], triangles: Triangles, error_m: float, care: Care = Care(), most: int = 0
) -> Triangles:
    """As few triangles as `most`, or as many more as staying within about `error_m` takes; parts smaller than it go.

    Vertices that triangles share hold these together. Each vertex that is left is in its place.
    """
    if not len(triangles):
        return triangles
    library = _almeshopt()
    if library is None:
        return _clustered(positions, triangles, error_m, care, most)
    indices = np.ascontiguousarray(triangles.ravel(), np.uint32)
    centred = np.ascontiguousarray(positions - positions.mean(axis=0), np.float32)
    options = library.SIMPLIFY_PRUNE | library.SIMPLIFY_ERROR_ABSOLUTE
    if care.attributes is None:
        kept, _ = library.simplify(indices, centred, 3 * most, error_m, options=options)
        return np.asarray(kept, np.intp).reshape(-1, 3)
    flags = np.zeros(len(positions), np.uint8)
    if care.apart is not None:
        flags[care.apart] = library.SIMPLIFY_VERTEX_PROTECT
        options |= library.SIMPLIFY_PERMISSIVE
    if care.locked is not None:
        flags[care.locked] |= library.SIMPLIFY_VERTEX_LOCK
    attributes = np.ascontiguousarray(care.attributes, np.float32)
    weights = np.array(care.weights, np.float32)
    kept, _ = library.simplify_with_attributes(indices, centred, attributes, weights, 3 * most, error_m, flags, options)
    return np.asarray(kept, np.intp).reshape(-1, 3)


def _almeshopt() -> Any:
    """meshoptimizer; None on machines for which it is not made."""
    try:
        import almeshopt  # type: ignore[import-untyped] # noqa: PLC0415 - only where things are simplified
    except ImportError:
        return None
    return almeshopt


def _clustered(
    positions: NDArray[np.float64], triangles: Triangles, error_m: float, care: Care, most: int
) -> Triangles:
    """The triangles that are left when vertices that share a cell become one (Rossignac and Borrel 1993).

    No vertex moves farther than the cell's diagonal, `error_m`; with `most`, cells are no larger than that takes.
    """
    kinds = _kinds(len(positions), triangles, care)
    size_m = error_m * _FINEST if most else error_m
    kept = triangles
    for _ in range(_STEPS):
        cells = np.floor((positions - positions.min(axis=0)) / (size_m / np.sqrt(3))).astype(np.int64)
        cell = rows_numbered(np.column_stack([cells, kinds]))
        _, one = np.unique(cell, return_index=True)
        left = one[cell][triangles]
        kept = left[(left != np.roll(left, 1, axis=1)).all(axis=1)]
        if len(kept) <= most or size_m >= error_m:
            break
        size_m = min(size_m * 2**0.5, error_m)
    return kept


def _kinds(count: int, triangles: Triangles, care: Care) -> NDArray[np.int64]:
    """A number for each vertex, (v,); those of different ones never become one."""
    kinds = np.zeros(count, np.int64) if care.bodies is None else care.bodies
    if care.attributes is not None:
        steps = np.rint(care.attributes * np.array(care.weights) / _SAME).astype(np.int64)
        for column in steps.T:
            kinds = rows_numbered(np.column_stack([kinds, column])).astype(np.int64)
    stay = np.zeros(count, np.bool_) if care.apart is None else care.apart.copy()
    if care.locked is not None:  # with its triangles, since without these it would be gone
        stay[triangles[care.locked[triangles].any(axis=1)]] = True
    return np.where(stay, -1 - np.arange(count), kinds)
