"""What a reader finds in a file of triangles, before it becomes a model."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.model import Element, PropertySets
from tiles.errors import BadInput
from tiles.frame import Matrix4, Vec3s
from tiles.geometry import Material

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

GREY = (0.75, 0.75, 0.75, 1.0)
"""Linear; what has no colour of its own."""


MOST_TRIANGLES, MOST_PARTS = 25_000_000, 2_000_000


@dataclass(frozen=True, eq=False)
class Part:
    """Triangles of one element and one material, in the file's own unit and axes."""

    element: int
    material: Material
    positions: Vec3s  # (v, 3)
    triangles: Rows  # (t, 3), counter-clockwise from outside, all within `positions`
    normals: Floats | None = None  # (v, 3), as the file has them; None for flat ones
    uv: Floats | None = None  # (v, 2), origin at the upper left
    colours: Floats | None = None  # (v, 4), linear, times the material's

    def moved(self, matrix: Matrix4) -> "Part":
        """The part in the outer frame of `matrix`; a mirrored one is turned inside out, so that it faces outward."""
        linear = matrix[:3, :3]
        with np.errstate(invalid="ignore", over="ignore"):  # what is no number is left out later, and counted
            positions = self.positions @ linear.T + matrix[:3, 3]
            normals = None if self.normals is None else self.normals @ _cofactors(linear).T
        mirrored = np.linalg.det(linear) < 0
        if mirrored and normals is not None:
            normals = -normals
        return replace(
            self,
            positions=positions,
            normals=normals,
            triangles=self.triangles[:, ::-1] if mirrored else self.triangles,
        )


def _cofactors(linear: Floats) -> Floats:
    """What takes normals along, up to their length; defined where `linear` has no inverse."""
    a, b, c = linear
    return np.array([np.cross(b, c), np.cross(c, a), np.cross(a, b)])


@dataclass(frozen=True)
class Said:
    """What a file says of itself, and what a format takes for granted."""

    format: str
    program: str = ""
    unit: str = ""
    unit_m: float | None = None
    """Metres per unit; None where the file does not say."""
    up: str = "z"
    up_said: bool = True
    """Whether the file or its format says which way is up."""


@dataclass
class Content:
    """All that is found in a file, gathered while it is read."""

    elements: list[Element] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    triangles: int = 0

    def add(self, part: Part) -> None:
        """Add a part; raises `BadInput` where copies of copies make more than any machine can draw."""
        self.triangles += len(part.triangles)
        if self.triangles > MOST_TRIANGLES or len(self.parts) >= MOST_PARTS:
            many = f"{MOST_TRIANGLES:,} triangles" if self.triangles > MOST_TRIANGLES else f"{MOST_PARTS:,} pieces"
            raise BadInput(f"it has more than {many}, which is more than can be shown; simplify it, or hand over parts")
        self.parts.append(part)

    def element(self, name: str, properties: PropertySets | None = None) -> int:
        """Add an element; its row."""
        row = len(self.elements)
        self.elements.append(Element(f"{row}", "Mesh", name, properties=properties or {}))
        return row


def counted(count: int, one: str, many: str = "") -> str:
    """A number of things in words: ``1 face``, ``12,000 faces``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int = 8) -> str:
    """Some of many names."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def scalars(said: object) -> dict[str, str | float | bool]:
    """Those of a file's own properties that are plain values."""
    if not isinstance(said, dict):
        return {}
    return {str(key): value for key, value in said.items() if isinstance(value, (str, float, int, bool))}
