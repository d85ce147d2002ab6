"""Fewer triangles for the same shape, by meshoptimizer."""

from dataclasses import dataclass, replace

import almeshopt  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from .joined import SAME_PLACE_M, Joined, distinct, mended

_NORMAL_WEIGHT = 0.02
_UV_WEIGHT = 0.2
_COLOUR_WEIGHT = 0.1
_LOCK, _PROTECT = almeshopt.SIMPLIFY_VERTEX_LOCK, almeshopt.SIMPLIFY_VERTEX_PROTECT
_OPTIONS = almeshopt.SIMPLIFY_ERROR_ABSOLUTE | almeshopt.SIMPLIFY_PERMISSIVE | almeshopt.SIMPLIFY_PRUNE


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
    weights = [_NORMAL_WEIGHT] * 3 + [_UV_WEIGHT] * 2 + [_COLOUR_WEIGHT] * 4
    care = np.zeros(len(mesh.positions), np.uint8)
    care[_where_materials_meet(mesh, mesh.material if kept.colours else mesh.pictures)] = _PROTECT
    if kept.vertices is not None:
        care[kept.vertices] |= _LOCK
    indices, _ = almeshopt.simplify_with_attributes(
        np.ascontiguousarray(mesh.triangles.ravel()),
        np.ascontiguousarray(mesh.positions, np.float32),
        np.ascontiguousarray(attributes, np.float32),
        np.array(weights, np.float32),
        3 * most_triangles,  # it counts corners
        error_m,
        care,
        _OPTIONS,
    )
    return mended(replace(mesh, triangles=indices.reshape(-1, 3)))


def _where_materials_meet(mesh: Joined, kind: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which vertices share their place with one of another `kind`, (v,)."""
    _, place = distinct(np.rint(mesh.positions / SAME_PLACE_M).astype(np.int64))
    count = int(place.max()) + 1
    low, high = np.full(count, np.iinfo(np.int32).max), np.full(count, -1)
    np.minimum.at(low, place, kind)
    np.maximum.at(high, place, kind)
    return np.asarray((low != high)[place])
