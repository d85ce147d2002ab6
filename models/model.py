"""A plan model: what was designed, in metres of its own, z up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiles.box import Box
from tiles.geometry import Surface

from .georeference import Georeference


@dataclass(frozen=True)
class Element:
    """One thing in a model, as its maker named it."""

    guid: str
    kind: str
    """The class, such as ``IfcWall``."""
    name: str = ""
    storey: str = ""
    type: str = ""


@dataclass(frozen=True, eq=False)
class Model:
    """Elements, and surfaces whose features are rows of `elements`."""

    name: str
    elements: Sequence[Element]
    surfaces: Sequence[Surface]
    """One per material; positions in metres of the model, z up."""
    georeference: Georeference
    notes: tuple[str, ...] = ()
    """What the user should know, in sentences: assumptions, elements without geometry."""

    @property
    def box(self) -> Box:
        """The box around every vertex, metres of the model."""
        return Box.around(np.concatenate([surface.positions for surface in self.surfaces]))

    @property
    def triangles(self) -> int:
        """How many triangles there are."""
        return sum(len(surface.triangles) for surface in self.surfaces)


def flat_normals(positions: NDArray[np.float64], triangles: NDArray[np.uint32]) -> NDArray[np.float64]:
    """The unit normal of each triangle, (t, 3); zero for one without area."""
    a, b, c = (positions[triangles[:, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a).astype(np.float64)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    np.divide(normals, lengths, out=normals, where=lengths > 0)
    return normals
