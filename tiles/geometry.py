"""All a tile can hold: points, a mesh or an occluder, in metres east, north, up of the tileset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .box import Box
from .frame import Vec3s


@dataclass(frozen=True, eq=False)
class Points:
    """The points of one tile, on a grid of whole steps from an origin, in the order they are to be drawn."""

    steps: NDArray[np.uint16] | NDArray[np.uint32]  # (n, 3), east, north, up
    origin_m: NDArray[np.float64]  # (3,), where step 0 lies
    step_m: float
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """One integer per point under a metadata name, such as ``classification``; (n,)."""
    colour: NDArray[np.uint8] | None = None  # (n, 3), linear

    @property
    def xyz(self) -> Vec3s:
        """Where the points lie once decoded, (n, 3)."""
        return self.origin_m + self.steps * self.step_m

    @property
    def box(self) -> Box:
        """The box around the points once decoded."""
        return Box(
            *(self.origin_m + extreme * self.step_m for extreme in (self.steps.min(axis=0), self.steps.max(axis=0)))
        )


@dataclass(frozen=True)
class Image:
    """A picture as its file's bytes."""

    data: bytes
    media_type: str


@dataclass(frozen=True)
class Material:
    """How a surface looks (glTF 2.0, "Materials", metallic-roughness)."""

    name: str = ""
    base_colour: tuple[float, float, float, float] = (0.8, 0.8, 0.8, 1.0)
    """Linear red, green, blue and opacity, 0 to 1."""
    metallic: float = 0.0
    roughness: float = 0.9
    double_sided: bool = False
    texture: Image | None = None


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles of one material; each vertex belongs to one feature."""

    material: Material
    positions: Vec3s  # (v, 3)
    normals: NDArray[np.float64]  # (v, 3), unit length
    features: NDArray[np.uint32]  # (v,), row of the feature table
    triangles: NDArray[np.uint32]  # (t, 3), counter-clockwise from outside
    uv: NDArray[np.float64] | None = None  # (v, 2), origin at the upper left


@dataclass(frozen=True, eq=False)
class Mesh:
    """Surfaces and what their features are: one row of text columns per feature."""

    surfaces: Sequence[Surface]
    feature_columns: Mapping[str, Sequence[str]]
    """Column name to one text per feature; all of one length. Empty text where nothing is known."""

    @property
    def box(self) -> Box:
        """The box around every vertex."""
        return Box.around(np.concatenate([surface.positions for surface in self.surfaces]))

    @property
    def feature_count(self) -> int:
        """How many features the table describes."""
        return max((len(column) for column in self.feature_columns.values()), default=0)


@dataclass(frozen=True, eq=False)
class Occluder:
    """Triangles that hide what is behind them and are never seen themselves: no looks, no features."""

    positions: Vec3s  # (v, 3)
    triangles: NDArray[np.uint32]  # (t, 3), counter-clockwise from outside

    @property
    def box(self) -> Box:
        """The box around every vertex."""
        return Box.around(self.positions)
