"""Shapes that stand in many places, taken out of surfaces to be written once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tiles.geometry import Instances, Surface

from .repeats import Repeats, turned

_TRIANGLE_BYTES = 12  # what a triangle takes in a tile, with its share of vertices
_PLACE_BYTES, _SHAPE_BYTES, _PRIMITIVE_BYTES = 14, 1400, 800  # measured on four buildings: less does not pay


def instanced(surfaces: Sequence[Surface], found: Repeats) -> tuple[list[Surface], list[Instances]]:
    """Surfaces without the features whose shapes pay when written once, and these shapes."""
    count = len(found.shape)
    triangles = np.zeros(count, np.int64)
    for surface in surfaces:
        triangles += np.bincount(surface.features[surface.triangles[:, 0]], minlength=count)
    here = np.flatnonzero((found.shape >= 0) & (triangles > 0))
    here = here[np.argsort(found.shape[here], kind="stable")]
    members = np.split(here, np.flatnonzero(np.diff(found.shape[here])) + 1)
    worth = [rows for rows in members if len(rows) > 1 and _pays(len(rows), int(triangles[rows[0]]), len(surfaces))]
    if not worth:
        return list(surfaces), []
    gone = np.zeros(count, np.bool_)
    gone[np.concatenate(worth)] = True
    kept = [_without(surface, gone) for surface in surfaces]
    return [each for each in kept if each is not None], list(_shapes(surfaces, worth, found))


def _pays(places: int, triangles: int, materials: int) -> bool:
    cost = _SHAPE_BYTES + _PRIMITIVE_BYTES * min(materials, 3) + places * _PLACE_BYTES
    return (places - 1) * triangles * _TRIANGLE_BYTES > 2 * cost


def _without(surface: Surface, gone: NDArray[np.bool_]) -> Surface | None:
    kept = ~gone[surface.features[surface.triangles[:, 0]]]
    if kept.all():
        return surface
    return surface.part(kept) if kept.any() else None


def _shapes(surfaces: Sequence[Surface], worth: Sequence[NDArray[np.intp]], found: Repeats) -> Iterator[Instances]:
    """Each shape as it stands at zero, unturned."""
    firsts = np.array([rows[0] for rows in worth])
    wanted = np.zeros(len(found.shape), np.bool_)
    wanted[firsts] = True
    parts = [part for surface in surfaces if (part := _without(surface, ~wanted)) is not None]
    for first, rows in zip(firsts, worth, strict=True):
        of_first = [part.part(own) for part in parts if (own := part.features[part.triangles[:, 0]] == first).any()]
        shape = [_at_zero(part, found.places[first], found.turns[first]) for part in of_first]
        yield Instances(shape, found.places[rows], rows.astype(np.uint32), found.turns[rows])


def _at_zero(part: Surface, place: NDArray[np.float64], turn: float) -> Surface:
    if turn == 0.0:
        return replace(part, positions=part.positions - place)
    back = np.full(len(part.positions), -turn)
    return replace(part, positions=turned(part.positions - place, back), normals=turned(part.normals, back))
