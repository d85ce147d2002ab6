"""A plan model: what was designed, in metres of its own, z up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tiles.box import Box
from tiles.geometry import Surface

from .georeference import Georeference

PropertySets = Mapping[str, Mapping[str, str | float | bool]]
"""Values by the name of their set and their own."""

Progress = Callable[[int, int], None]
"""Takes how much is done, and how much there is."""


@dataclass(frozen=True)
class Reading:
    """What the user says of a file that does not say it itself."""

    up: Literal["x", "y", "z"] | None = None
    unit_m: float | None = None
    """Metres per unit."""


Reader = Callable[[Path, Reading, Progress], "Model"]
"""Reads the model in a file; raises `BadInput` when it is broken or shows nothing."""


@dataclass(frozen=True)
class Element:
    """One thing in a model, as its maker named it."""

    guid: str
    kind: str
    """The class, such as ``IfcWall``."""
    name: str = ""
    storey: str = ""
    type: str = ""
    discipline: str = ""
    """Whose work it is, such as ``architecture`` or ``structure``; empty where the file does not say."""
    layer: str = ""
    """`SPACES` for rooms, which are shown on request only; empty for what is built."""
    properties: PropertySets = field(default_factory=dict)


SPACES = "spaces"


@dataclass(frozen=True)
class Facts:
    """What a file is, and what it says of itself."""

    format: str = ""
    """With its version or schema: ``IFC4``, ``glTF 2.0``, ``OBJ``."""
    program: str = ""
    """What wrote it."""
    unit: str = ""
    """Of its lengths, as the file has them: ``millimetre``."""
    unit_m: float | None = None
    """Metres per unit; None where the file does not say and nobody did."""
    up: str = "z"
    """Which of its axes points up."""
    missing: tuple[str, ...] = ()
    """What the file refers to and is not there, such as textures by name."""
    repaired: tuple[str, ...] = ()
    """What was put right while reading, in sentences."""


@dataclass(frozen=True, eq=False)
class Model:
    """Elements, and surfaces whose features are rows of `elements`."""

    name: str
    elements: Sequence[Element]
    surfaces: Sequence[Surface]
    """One per material; positions in metres of the model, z up."""
    georeference: Georeference
    facts: Facts = field(default_factory=Facts)
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
