"""Elements of one shape, found by what they hold and not by what their file calls them: 1,301 trees can be two shapes.

A shape's key is a sum over its triangles, so their order does not matter, of a hash of their corners: places from the
element's lowest corner in millimetres, normals, pictures' places and material.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tiles.geometry import Instances, Surface

_STEP_M = 0.001
_ASIDE = 0.1237  # of a step: numbers that were meant to be whole steps, or half ones, must not fall on either side
_NORMAL_STEPS, _UV_STEPS = 50, 4096
_TRIANGLE_BYTES = 12  # what a triangle takes in a tile, with its share of vertices
_PLACE_BYTES, _SHAPE_BYTES, _PRIMITIVE_BYTES = 14, 1400, 800  # measured on four buildings: less does not pay
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class Repeats:
    """Which features of some surfaces have the same shape, and where each stands."""

    shape: NDArray[np.int64]  # (f,), number of the shape; −1 for a feature without triangles
    places: NDArray[np.float64]  # (f, 3), lowest corner
    triangles: NDArray[np.int64]  # (f,)

    @property
    def different(self) -> int:
        """How many triangles there are, those of each shape counted once."""
        _, first = np.unique(self.shape, return_index=True)
        return int(self.triangles[first].sum())


def repeats(surfaces: Sequence[Surface]) -> Repeats:
    """The shape of every feature, translated copies having the same."""
    count = 1 + max(int(surface.features.max(initial=0)) for surface in surfaces)
    low = np.full((count, 3), np.inf)
    for surface in surfaces:
        used = surface.triangles.ravel()
        np.minimum.at(low, surface.features[used], surface.positions[used])
    key, triangles = np.zeros(count, np.uint64), np.zeros(count, np.int64)
    for number, surface in enumerate(surfaces):
        features = surface.features[surface.triangles[:, 0]]
        np.add.at(key, features, _triangle_keys(surface, low, number))
        np.add.at(triangles, features, 1)
    _, shape = np.unique(key, return_inverse=True)
    return Repeats(np.where(triangles > 0, shape, -1), low, triangles)


def _triangle_keys(surface: Surface, low: NDArray[np.float64], number: int) -> NDArray[np.uint64]:
    """A hash of each triangle that is the same whichever corner comes first."""
    corner = np.full(len(surface.positions), number + 1, np.uint64)
    for column in _columns(surface, low):
        corner = (corner ^ column.astype(np.int64).astype(np.uint64)) * _MIX
        corner ^= corner >> np.uint64(31)
    corners = corner[surface.triangles]
    first = np.argmin(corners, axis=1)
    turned = np.take_along_axis(corners, (first[:, None] + np.arange(3)) % 3, axis=1)
    key = np.zeros(len(turned), np.uint64)
    for column in turned.T:
        key = (key ^ column) * _MIX
        key ^= key >> np.uint64(29)
    return key


def _columns(surface: Surface, low: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Everything of each vertex but its feature, in whole steps."""
    yield from np.floor((surface.positions - low[surface.features]) / _STEP_M + _ASIDE).T
    yield from np.floor(surface.normals * _NORMAL_STEPS + _ASIDE).T
    for values in (surface.uv, getattr(surface, "colours", None)):
        if values is not None:
            yield from np.floor(values * _UV_STEPS + _ASIDE).T


def instanced(surfaces: Sequence[Surface]) -> tuple[list[Surface], list[Instances]]:
    """The surfaces without the shapes that are better written once, and those shapes.

    "Better" is in bytes: a shape costs a node and an accessor more, and a place in return for its triangles.
    """
    found = repeats(surfaces)
    count = np.bincount(found.shape[found.shape >= 0])
    several = np.flatnonzero(count > 1)
    if not len(several):
        return list(surfaces), []
    order = np.argsort(found.shape, kind="stable")
    starts = np.searchsorted(found.shape[order], several)
    members = [order[start : start + count[shape]] for start, shape in zip(starts, several, strict=True)]
    worth = [rows for rows in members if _pays(len(rows), int(found.triangles[rows[0]]), len(surfaces))]
    if not worth:
        return list(surfaces), []
    gone = np.zeros(len(found.shape), np.bool_)
    gone[np.concatenate(worth)] = True
    kept = [_without(surface, gone) for surface in surfaces]
    return [each for each in kept if each is not None], list(_shapes(surfaces, worth, found))


def _pays(places: int, triangles: int, materials: int) -> bool:
    cost = _SHAPE_BYTES + _PRIMITIVE_BYTES * min(materials, 3) + places * _PLACE_BYTES
    return (places - 1) * triangles * _TRIANGLE_BYTES > 2 * cost


def _without(surface: Surface, gone: NDArray[np.bool_]) -> Surface | None:
    kept = ~gone[surface.features[surface.triangles[:, 0]]]
    return surface.part(kept) if kept.any() else None


def _shapes(surfaces: Sequence[Surface], worth: Sequence[NDArray[np.intp]], found: Repeats) -> Iterator[Instances]:
    """Each shape as its first feature has it."""
    firsts = np.array([rows[0] for rows in worth])
    wanted = np.zeros(len(found.shape), np.bool_)
    wanted[firsts] = True
    parts = [part for surface in surfaces if (part := _without(surface, ~wanted)) is not None]
    for first, rows in zip(firsts, worth, strict=True):
        of_first = [part.part(own) for part in parts if (own := part.features[part.triangles[:, 0]] == first).any()]
        shape = [replace(part, positions=part.positions - found.places[first]) for part in of_first]
        yield Instances(shape, found.places[rows], rows.astype(np.uint32))
