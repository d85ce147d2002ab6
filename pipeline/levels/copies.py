"""Elements that are many of one shape, in coarse levels: simplified once, so that they stay one shape."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tiles.geometry import Surface

from .instances import Repeats, repeats
from .join import joined
from .scene import Chosen, Scene

_FEWEST, _FEWEST_TRIANGLES = 8, 24
_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")

Stamp = Callable[[Sequence[Surface]], list[Surface]]


@dataclass(frozen=True, eq=False)
class Copies:
    """The elements that stand many times."""

    scene: Scene
    found: Repeats
    several: NDArray[np.bool_]  # (e,)

    def split(self, left: Chosen) -> tuple[Chosen, Stamp]:
        """The triangles to simplify, and what then puts the copies in their places.

        Of many elements of one shape the first is simplified, whole, and stands for all of which anything is left.
        """
        single = left & ~self.several[self.scene.elements]
        shown = np.unique(self.scene.elements[left & ~single])
        _, first, shape = np.unique(self.found.shape[shown], return_index=True, return_inverse=True)
        together = np.argsort(shape, kind="stable")
        members = np.split(shown[together], np.cumsum(np.bincount(shape))[:-1]) if len(shown) else []
        whole = self.scene.of(shown[first])

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
        others = len(rows) - 1
        vertices = np.tile(np.arange(len(shape.positions)), others)
        offsets = np.repeat(np.arange(others) * len(shape.positions), len(shape.triangles))[:, None]
        many = shape.taken(vertices, np.tile(shape.triangles, (others, 1)) + offsets)
        shift = np.repeat(self.found.places[rows[1:]] - self.found.places[rows[0]], len(shape.positions), axis=0)
        features = np.repeat(rows[1:], len(shape.positions)).astype(np.uint32)
        return replace(many, positions=many.positions + shift, features=features)


def copies(scene: Scene) -> Copies:
    """The elements of a scene that stand often enough."""
    found = repeats(scene.surfaces)
    padded = np.full(scene.element_count, -1, np.int64)
    padded[: len(found.shape)] = found.shape
    count = np.bincount(found.shape[found.shape >= 0])
    triangles = np.zeros(scene.element_count, np.int64)
    triangles[: len(found.triangles)] = found.triangles
    several = (padded >= 0) & (count[np.maximum(padded, 0)] >= _FEWEST) & (triangles >= _FEWEST_TRIANGLES)
    return Copies(scene, found, several)
