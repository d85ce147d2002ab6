"""All triangles of a model in one row, so that a choice among them is one mask."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.group import Extents
from pipeline.seen import Drawn
from tiles.geometry import Surface

Chosen = NDArray[np.bool_]  # (t,), one per triangle of a scene


@dataclass(frozen=True, eq=False)
class Scene:
    """The surfaces of a model, whose triangles are numbered through in the order of the surfaces."""

    surfaces: Sequence[Surface]
    element_count: int

    @cached_property
    def elements(self) -> NDArray[np.intp]:
        """The element of each triangle, (t,)."""
        return np.concatenate([each.features[each.triangles[:, 0]] for each in self.surfaces]).astype(np.intp)

    @cached_property
    def corners(self) -> NDArray[np.float64]:
        """The corners of each triangle, (t, 3, 3), metres."""
        return np.concatenate([each.positions[each.triangles] for each in self.surfaces])

    @cached_property
    def drawn(self) -> Drawn:
        """How the triangles are drawn."""
        see_through = self._of_materials([each.material.base_colour[3] < 1.0 for each in self.surfaces])
        return Drawn(self.corners, see_through, self._of_materials([s.material.double_sided for s in self.surfaces]))

    def _of_materials(self, flags: Sequence[bool]) -> Chosen:
        return np.repeat(np.array(flags, np.bool_), [len(each.triangles) for each in self.surfaces])

    def of(self, elements: NDArray[np.intp]) -> Chosen:
        """The triangles of some elements."""
        wanted = np.zeros(self.element_count, np.bool_)
        wanted[elements] = True
        return wanted[self.elements]

    def cut(self, chosen: Chosen) -> list[Surface]:
        """The surfaces of the chosen triangles; those of which nothing is left are left out."""
        return list(self.surfaces) if chosen.all() else list(self._cut(chosen))

    def _cut(self, chosen: Chosen) -> Iterator[Surface]:
        start = 0
        for surface in self.surfaces:
            own = chosen[start : start + len(surface.triangles)]
            start += len(surface.triangles)
            if own.any():
                yield surface.part(own)

    @cached_property
    def extents(self) -> Extents:
        """How far each element reaches."""
        low, high = np.full((self.element_count, 3), np.inf), np.full((self.element_count, 3), -np.inf)
        np.minimum.at(low, self.elements, self.corners.min(axis=1))
        np.maximum.at(high, self.elements, self.corners.max(axis=1))
        return Extents(low, high, np.bincount(self.elements, minlength=self.element_count))
