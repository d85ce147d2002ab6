"""Fewer triangles for the same shape, by meshoptimizer."""

import almeshopt
import numpy as np
from numpy.typing import NDArray

from .joined import Joined, distinct, with_fitting_normals

_SAME_PLACE_M = 1e-4
_NORMAL_WEIGHT = 0.02
_UV_WEIGHT = 0.2
_OPTIONS = almeshopt.SIMPLIFY_ERROR_ABSOLUTE | almeshopt.SIMPLIFY_PERMISSIVE | almeshopt.SIMPLIFY_PRUNE


def simplified(mesh: Joined, most_triangles: int, error_m: float) -> Joined:
    """The mesh with as few as `most_triangles`, or as many more as staying within about `error_m` takes.

    Edges may be given up where only normals differ, but not where two materials meet.
    """
    if not len(mesh.triangles):
        return mesh
    attributes = np.column_stack([mesh.normals, mesh.uv]).astype(np.float32)
    weights = np.array([_NORMAL_WEIGHT] * 3 + [_UV_WEIGHT] * 2, np.float32)
    indices, _ = almeshopt.simplify_with_attributes(
        np.ascontiguousarray(mesh.triangles.ravel()),
        np.ascontiguousarray(mesh.positions, np.float32),
        np.ascontiguousarray(attributes),
        weights,
        3 * most_triangles,  # it counts corners
        error_m,
        np.where(_where_materials_meet(mesh), np.uint8(almeshopt.SIMPLIFY_VERTEX_PROTECT), np.uint8(0)),
        _OPTIONS,
    )
    triangles = indices.reshape(-1, 3)
    return with_fitting_normals(Joined(mesh.positions, mesh.normals, mesh.uv, mesh.material, triangles))


def _where_materials_meet(mesh: Joined) -> NDArray[np.bool_]:
    """Which vertices share their place with one of another material, (v,)."""
    _, place = distinct(np.rint(mesh.positions / _SAME_PLACE_M).astype(np.int64))
    count = int(place.max()) + 1
    low, high = np.full(count, np.iinfo(np.int32).max), np.full(count, -1)
    np.minimum.at(low, place, mesh.material)
    np.maximum.at(high, place, mesh.material)
    return np.asarray((low != high)[place])
