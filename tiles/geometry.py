"""All a tile can hold: points, a mesh or an occluder, in metres east, north, up of the tileset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from .box import Box
from .frame import Vec3s


@dataclass(frozen=True, eq=False)
class Points:
    """The points of one tile as the vertex buffer that is drawn, in the order they are to be drawn.

    Positions are whole steps from an origin. In a row come first the steps east, north and up: as three 16-bit numbers
    and two bytes of nothing, or, where the tile is wider, as three floats between 2²³ and 2²⁴. Such a float is a whole
    number whose low three bytes are the number itself, so it is exact and compresses like an integer. Then come the
    colour, four bytes, linear and opaque, and one word per column.
    """

    rows: NDArray[np.uint32]  # (n, 3 or 4 + columns), 32-bit words
    origin_m: NDArray[np.float64]  # (3,), where step 0 lies: east, north, up
    step_m: float
    low: tuple[int, int, int]
    high: tuple[int, int, int]
    """The lowest and highest steps."""
    columns: Mapping[str, type[np.unsignedinteger[Any]]] = field(default_factory=dict)
    """The metadata name, such as ``classification``, and type of each column."""

    @property
    def wide(self) -> bool:
        """Whether positions are floats."""
        return bool(self.rows.shape[1] == WIDE_WORDS + 1 + len(self.columns))

    @property
    def box(self) -> Box:
        """The box around the points once decoded."""
        return Box(*(self.origin_m + np.array(extreme) * self.step_m for extreme in (self.low, self.high)))


NARROW_WORDS, WIDE_WORDS = 2, 3
FLOAT_BIAS = 2**23
"""The step 0 of a wide tile is written as this."""


@dataclass(frozen=True)
class Image:
    """A picture as its file's bytes."""

    data: bytes
    media_type: str
    repeats: bool = True
    """Whether it goes on beyond its edges; else its last pixels do."""


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
    """Multiplied with `base_colour`."""
    alpha: Literal["opaque", "mask", "blend"] = "opaque"
    """What the opacity of texture and vertices does: nothing, cut out where it is below a half, or shine through."""


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles of one material; each vertex belongs to one feature."""

    material: Material
    positions: Vec3s  # (v, 3)
    normals: NDArray[np.float64]  # (v, 3), unit length
    features: NDArray[np.uint32]  # (v,), row of the feature table
    triangles: NDArray[np.uint32]  # (t, 3), counter-clockwise from outside
    uv: NDArray[np.float64] | None = None  # (v, 2), origin at the upper left
    colours: NDArray[np.float64] | None = None  # (v, 4), linear red, green, blue and opacity, times the material's

    def part(self, chosen: NDArray[np.bool_]) -> Self:
        """The surface with only its `chosen` triangles, (t,), and the vertices they need."""
        triangles = self.triangles[chosen]
        used = np.zeros(len(self.positions), np.bool_)
        used[triangles] = True
        return self.taken(np.flatnonzero(used), (used.cumsum() - 1)[triangles])

    def taken(self, vertices: NDArray[np.integer[Any]], triangles: NDArray[np.integer[Any]]) -> Self:
        """Some vertices of the surface, by their rows, with other triangles between them, (t, 3)."""
        own = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "triangles"}
        rows: dict[str, Any] = {name: each[vertices] for name, each in own.items() if isinstance(each, np.ndarray)}
        return replace(self, **rows, triangles=triangles.astype(np.uint32))


@dataclass(frozen=True, eq=False)
class Instances:
    """One shape in many places, each a feature of its own."""

    surfaces: Sequence[Surface]
    """Positions are those of a place at 0, 0, 0; the features of their vertices mean nothing."""
    places: Vec3s  # (n, 3), where the shape's zero stands
    features: NDArray[np.uint32]  # (n,), row of the feature table
    turns: NDArray[np.float64]  # (n,), radians about the vertical there, counter-clockwise from above

    @property
    def box(self) -> Box:
        """A box around the shape in every place, however it is turned there."""
        positions = np.concatenate([surface.positions for surface in self.surfaces])
        low, high = positions.min(axis=0), positions.max(axis=0)
        if self.turns.any():
            reach = np.hypot(positions[:, 0], positions[:, 1]).max()
            low, high = np.array([-reach, -reach, low[2]]), np.array([reach, reach, high[2]])
        return Box(self.places.min(axis=0) + low, self.places.max(axis=0) + high)


@dataclass(frozen=True, eq=False)
class Mesh:
    """Surfaces and what their features are: one row of text columns per feature."""

    surfaces: Sequence[Surface]
    feature_columns: Mapping[str, Sequence[str]]
    """Column name to one text per feature; all of one length. Empty text where nothing is known."""
    step_m: float | None = None
    """Vertices are written in whole steps of this from the frame's origin, as in every tile with the same step, so that
    tiles that touch stay closed; None to let each mesh have steps of its own."""
    instances: Sequence[Instances] = ()

    @property
    def box(self) -> Box:
        """The box around every vertex."""
        own = [Box.around(surface.positions) for surface in self.surfaces]
        return Box.union(*own, *(each.box for each in self.instances))

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
