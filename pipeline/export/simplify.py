"""Fewer triangles for the same shape, by meshoptimizer."""

from dataclasses import dataclass, replace

import almeshopt
import numpy as np
from numpy.typing import NDArray

from .joined import SAME_PLACE_M, Joined, distinct, mended

_NORMAL_WEIGHT = 0.02
_UV_WEIGHT = 0.2
_COLOUR_WEIGHT = 0.5


@dataclass(frozen=True)
class Care:
    """What a simplifier keeps besides the shape."""

    edges_of_colours: bool
    """Whether places where colours meet stay exactly; else they may shift a little. Those of pictures always stay."""
    small_parts: bool
    """Whether parts that are smaller than the error stay."""


CARES = (Care(True, False), Care(False, False), Care(False, True))
"""From what looks best to what leaves most room."""


def simplified(mesh: Joined, most_triangles: int, error_m: float, care: Care) -> Joined:
    """The mesh with as few as `most_triangles`, or as many more as staying within about `error_m` takes."""
    if not len(mesh.triangles):
        return mesh
    attributes = np.column_stack([mesh.normals, mesh.uv, mesh.colours[mesh.material]])
    weights = [_NORMAL_WEIGHT] * 3 + [_UV_WEIGHT] * 2 + [_COLOUR_WEIGHT] * 4
    protect = _where_materials_meet(mesh, mesh.material if care.edges_of_colours else mesh.pictures)
    prune = 0 if care.small_parts else almeshopt.SIMPLIFY_PRUNE
    indices, _ = almeshopt.simplify_with_attributes(
        np.ascontiguousarray(mesh.triangles.ravel()),
        np.ascontiguousarray(mesh.positions, np.float32),
        np.ascontiguousarray(attributes, np.float32),
        np.array(weights, np.float32),
        3 * most_triangles,  # it counts corners
        error_m,
        np.where(protect, np.uint8(almeshopt.SIMPLIFY_VERTEX_PROTECT), np.uint8(0)),
        almeshopt.SIMPLIFY_ERROR_ABSOLUTE | almeshopt.SIMPLIFY_PERMISSIVE | prune,
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
