"""Fewer triangles for the same shape, its colours and pictures kept in place."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.simplify import Care, collapsed

from .joined import SAME_PLACE_M, Joined, distinct, mended

_WEIGHTS = (0.02,) * 3 + (0.2,) * 2 + (0.1,) * 4  # of normals, places in pictures and colours


@dataclass(frozen=True, eq=False)
class Kept:
    """What a simplifier leaves alone."""

    colours: bool = True
    """Whether where colours meet stays exactly; else it may shift a little, which lets go of much more."""
    vertices: NDArray[np.bool_] | None = None  # (v,), which of them stay; None for none


def simplified(mesh: Joined, most_triangles: int, error_m: float, kept: Kept = Kept()) -> Joined:
    """The mesh with as few as `most_triangles`, or as many more as staying within about `error_m` takes.

    Where a picture ends always stays. Parts smaller than the error fall away.
    """
    if not len(mesh.triangles):
        return mesh
    attributes = np.column_stack([mesh.normals, mesh.uv, mesh.colours[mesh.material]])
    apart = _where_materials_meet(mesh, mesh.material if kept.colours else mesh.pictures)
    kept_triangles = collapsed(
        mesh.positions,
        mesh.triangles.astype(np.intp),
        error_m,
        Care(attributes, _WEIGHTS, apart, kept.vertices),
        most_triangles,
    )
    return mended(replace(mesh, triangles=kept_triangles.astype(np.uint32)))


def _where_materials_meet(mesh: Joined, kind: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which vertices share their place with one of another `kind`, (v,)."""
    _, place = distinct(np.rint(mesh.positions / SAME_PLACE_M).astype(np.int64))
    count = int(place.max()) + 1
    low, high = np.full(count, np.iinfo(np.int32).max), np.full(count, -1)
    np.minimum.at(low, place, kind)
    np.maximum.at(high, place, kind)
    return np.asarray((low != high)[place])
