"""Elements that are many of one shape, in coarse levels: simplified once, so that they stay one shape."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tiles.geometry import Surface

from .join import joined
from .repeats import Repeats, turned
from .scene import Chosen, Scene

_FEWEST, _FEWEST_TRIANGLES = 8, 24
_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")

Stamp = Callable[[Sequence[Surface]], list[Surface]]


@dataclass(frozen=True, eq=False)
class Copies:
    """The elements that stand many times."""

    found: Repeats
    """Of these elements only."""

    def split(self, scene: Scene, left: Chosen) -> tuple[Chosen, Stamp]:
        """The triangles of a scene to simplify, and what then puts the copies in their places.

        Of many elements of one shape the first is simplified, whole, and stands for all of which anything is left.
        """
        single = left & (self.found.shape[scene.elements] < 0)
        shown = np.flatnonzero(np.bincount(scene.elements[left & ~single]))
        _, first, shape = np.unique(self.found.shape[shown], return_index=True, return_inverse=True)
        together = np.argsort(shape, kind="stable")
        members = np.split(shown[together], np.cumsum(np.bincount(shape))[:-1]) if len(shown) else []
        whole = scene.of(shown[first])

        def stamp(surfaces: Sequence[Surface]) -> list[Surface]:
            return [joined([surface, *self._others(surface, members)]) for surface in surfaces]

        return single | whole, stamp

    def _others(self, surface: Surface, members: Sequence[NDArray[np.intp]]) -> Iterator[Surface]:
        of_triangle = surface.features[surface.triangles[:, 0]]
        order = np.argsort(of_triangle, kind="stable")
        firsts = np.array([rows[0] for rows in members], np.int64)
        starts, ends = (np.searchsorted(of_triangle[order], firsts, side) for side in _SIDES)
        for number in np.flatnonzero(ends > starts):
            vertices, corners = np.unique(surface.triangles[order[starts[number] : ends[number]]], return_inverse=True)
            if len(members[number]) > 1:
                yield self._moved(surface.taken(vertices, corners.reshape(-1, 3)), members[number])

    def _moved(self, shape: Surface, rows: NDArray[np.intp]) -> Surface:
        """Copies of the shape of the first element for the others."""
        others, count = len(rows) - 1, len(shape.positions)
        offsets = np.repeat(np.arange(others) * count, len(shape.triangles))[:, None]
        many = shape.taken(
            np.tile(np.arange(count), others), np.tile(shape.triangles.astype(np.int64), (others, 1)) + offsets
        )
        turns = np.repeat(self.found.turns[rows[1:]] - self.found.turns[rows[0]], count)
        arms, normals = many.positions - self.found.places[rows[0]], many.normals
        if turns.any():
            arms, normals = turned(arms, turns), turned(normals, turns)
        positions = arms + np.repeat(self.found.places[rows[1:]], count, axis=0)
        features = np.repeat(rows[1:], count).astype(np.uint32)
        return replace(many, positions=positions, normals=normals, features=features)


def copies(found: Repeats) -> Copies:
    """The elements that stand often enough."""
    count = np.bincount(found.shape[found.shape >= 0])
    several = (found.shape >= 0) & (count[np.maximum(found.shape, 0)] >= _FEWEST)
    several &= found.triangles >= _FEWEST_TRIANGLES
    return Copies(replace(found, shape=np.where(several, found.shape, -1)))
