"""Triangles gathered by material, on their way to a model's surfaces."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tiles.frame import Vec3s
from tiles.geometry import Material, Surface

from .model import flat_normals

_Part = tuple[int, Vec3s, NDArray[np.float64] | None]
"""Feature, corners of its triangles, and where those lie in the picture."""


@dataclass(frozen=True, eq=False)
class Patches:
    """Flat triangles of many features; each corner is a vertex of its own, as flat shading wants it."""

    _parts: dict[Material, list[_Part]] = field(default_factory=dict)

    def add(self, feature: int, material: Material, corners: Vec3s, uv: NDArray[np.float64] | None = None) -> None:
        """Add triangles, three rows of `corners` each; `uv` (a row per corner) where the material has a picture."""
        if len(corners):
            self._parts.setdefault(material, []).append((feature, corners, uv))

    def surfaces(self) -> list[Surface]:
        """One surface per material, in the order in which materials were met."""
        return [_surface(material, parts) for material, parts in self._parts.items()]


def _surface(material: Material, parts: list[_Part]) -> Surface:
    positions = np.concatenate([corners for _, corners, _ in parts])
    features = np.concatenate([np.full(len(corners), feature, np.uint32) for feature, corners, _ in parts])
    pictures = [uv for _, _, uv in parts if uv is not None]
    triangles = np.arange(len(positions), dtype=np.uint32).reshape(-1, 3)
    normals = np.repeat(flat_normals(positions, triangles), 3, axis=0)
    uv = np.concatenate(pictures) if len(pictures) == len(parts) else None
    return Surface(material, positions, normals, features, triangles, uv)
