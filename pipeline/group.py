"""The elements of a model as tiles: near ones together, each whole, in exactly one tile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.model import Element
from tiles.geometry import Mesh, Surface

TRIANGLES_PER_TILE = 50_000


@dataclass(frozen=True, eq=False)
class Group:
    """Some elements, by their rows."""

    elements: NDArray[np.intp]


def group(surfaces: Sequence[Surface], element_count: int, most: int = TRIANGLES_PER_TILE) -> list[Group]:
    """Groups of at most `most` triangles, cut across the longest side; an element larger than that stands alone."""
    triangles = np.zeros(element_count, np.int64)
    low, high = np.full((element_count, 3), np.inf), np.full((element_count, 3), -np.inf)
    for surface in surfaces:
        np.add.at(triangles, surface.features[surface.triangles[:, 0]], 1)
        np.minimum.at(low, surface.features, surface.positions)
        np.maximum.at(high, surface.features, surface.positions)
    return [Group(np.sort(rows)) for rows in _cut(np.flatnonzero(triangles), (low + high) / 2, triangles, most)]


def _cut(
    rows: NDArray[np.intp], centres: NDArray[np.float64], triangles: NDArray[np.int64], most: int
) -> Iterator[NDArray[np.intp]]:
    if len(rows) == 1 or triangles[rows].sum() <= most:
        yield rows
        return
    axis = int(np.argmax(np.ptp(centres[rows], axis=0)))
    rows = rows[np.argsort(centres[rows, axis], kind="stable")]
    running = triangles[rows].cumsum()
    half = int(np.clip(np.searchsorted(running, running[-1] / 2), 1, len(rows) - 1))
    yield from _cut(rows[:half], centres, triangles, most)
    yield from _cut(rows[half:], centres, triangles, most)


def mesh(surfaces: Sequence[Surface], elements: Sequence[Element], chosen: Group) -> Mesh:
    """The mesh of one group, its features numbered from 0."""
    number = np.full(len(elements), -1, np.int64)
    number[chosen.elements] = np.arange(len(chosen.elements))
    parts = [part for surface in surfaces if (part := _part(surface, number)) is not None]
    own = [elements[row] for row in chosen.elements]
    columns = {
        "guid": [element.guid for element in own],
        "class": [element.kind for element in own],
        "name": [element.name for element in own],
        "storey": [element.storey for element in own],
        "type": [element.type for element in own],
    }
    return Mesh(parts, columns)


def _part(surface: Surface, number: NDArray[np.int64]) -> Surface | None:
    wanted = number[surface.features] >= 0
    triangles = surface.triangles[wanted[surface.triangles[:, 0]]]
    if not len(triangles):
        return None
    used, corners = np.unique(triangles, return_inverse=True)
    return Surface(
        surface.material,
        surface.positions[used],
        surface.normals[used],
        number[surface.features[used]].astype(np.uint32),
        corners.reshape(-1, 3).astype(np.uint32),
        None if surface.uv is None else surface.uv[used],
        None if surface.colours is None else surface.colours[used],
    )
