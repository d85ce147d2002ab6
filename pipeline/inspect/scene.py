"""A model's triangles with their colours, as rays meet them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.model import SPACES, Model
from tiles.frame import Matrix4
from tiles.geometry import Surface

from .facts import texels
from .footprint import GROUND

_MOST = 4_000_000  # triangles; of a larger model the smallest are left out of the picture
_CLEAREST = 0.15  # glass that lets everything through would not be seen


@dataclass(frozen=True, eq=False)
class Scene:
    """Triangles in metres, z up, and what each looks like."""

    triangles: NDArray[np.float64]  # (t, 3, 3)
    features: NDArray[np.int64]  # (t,), rows of the model's elements
    colours: NDArray[np.float64]  # (t, 3), linear
    opacity: NDArray[np.float64]  # (t,)
    pictures: Sequence[NDArray[np.float64]]
    """Textures, linear (h, w, 3)."""
    picture: NDArray[np.int64]  # (t,), which of them a triangle has, −1 for none
    uv: NDArray[np.float64]  # (t, 3, 2), origin at the upper left
    low: NDArray[np.float64]  # (3,), of what is built, without the ground around it
    high: NDArray[np.float64]

    def built(self) -> NDArray[np.float64]:
        """Corners of what is built, (n, 3), the ground around it left out."""
        corners = self.triangles.reshape(-1, 3)
        inside = ((corners >= self.low) & (corners <= self.high)).all(axis=1)
        return corners[inside]

    def coloured(self, rows: NDArray[np.int64], at: NDArray[np.float64]) -> NDArray[np.float64]:
        """The linear colour of triangles `rows` at points on them, both (n, …)."""
        colours = self.colours[rows]
        for number, picture in enumerate(self.pictures):
            own = np.flatnonzero(self.picture[rows] == number)
            if len(own):
                weights = _barycentric(self.triangles[rows[own]], at[own])
                uv = np.einsum("nc,ncd->nd", weights, self.uv[rows[own]])
                colours[own] *= _sampled(picture, uv)
        return colours


def scene(model: Model, local_to_shown: Matrix4) -> Scene | None:
    """All of a model but its spaces, moved by a 4 × 4 matrix; None when nothing is left."""
    shown = np.array([element.layer != SPACES for element in model.elements], bool)
    built = np.array([element.kind not in GROUND for element in model.elements], bool) & shown
    pictures: list[NDArray[np.float64]] = []
    parts = [_part(surface, shown, local_to_shown, pictures) for surface in model.surfaces]
    parts = [part for part in parts if len(part[0])]
    if not parts:
        return None
    triangles, features, colours, opacity, picture, uv = (np.concatenate(column) for column in zip(*parts, strict=True))
    if len(triangles) > _MOST:
        a, b, c = (triangles[:, corner] for corner in range(3))
        kept = np.sort(np.argsort(-np.linalg.norm(np.cross(b - a, c - a), axis=1), kind="stable")[:_MOST])
        triangles, features, colours, opacity, picture, uv = (
            column[kept] for column in (triangles, features, colours, opacity, picture, uv)
        )
    framed = triangles[built[features]] if built[features].any() else triangles
    low, high = framed.reshape(-1, 3).min(axis=0), framed.reshape(-1, 3).max(axis=0)
    return Scene(triangles, features, colours, opacity, pictures, picture, uv, low, high)


_Part = tuple[NDArray[np.float64], ...]


def _part(
    surface: Surface, shown: NDArray[np.bool_], moved: Matrix4, pictures: list[NDArray[np.float64]]
) -> tuple[NDArray[np.float64], ...]:
    look = surface.material
    rows = (
        surface.triangles[shown[surface.features[surface.triangles[:, 0]]]]
        if len(surface.triangles)
        else surface.triangles
    )
    positions = surface.positions @ moved[:3, :3].T + moved[:3, 3]
    count, number = len(rows), -1
    picture = texels(look.texture.data) if look.texture is not None and surface.uv is not None else None
    if picture is not None:
        number = len(pictures)
        pictures.append(picture)
    return (
        positions[rows],
        surface.features[rows[:, 0]].astype(np.int64) if count else np.zeros(0, np.int64),
        np.tile(np.array(look.base_colour[:3]), (count, 1)),
        np.full(count, max(look.base_colour[3], _CLEAREST)),
        np.full(count, number),
        surface.uv[rows] if surface.uv is not None and count else np.zeros((count, 3, 2)),
    )


def _barycentric(triangles: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights of the three corners, (n, 3), of points on triangles."""
    a, b, c = (triangles[:, corner] for corner in range(3))
    normal = np.cross(b - a, c - a)
    whole = np.maximum(np.einsum("ij,ij->i", normal, normal), 1e-30)
    first = np.einsum("ij,ij->i", np.cross(c - b, at - b), normal) / whole
    second = np.einsum("ij,ij->i", np.cross(a - c, at - c), normal) / whole
    return np.stack([first, second, 1 - first - second], axis=1)


def _sampled(picture: NDArray[np.float64], uv: NDArray[np.float64]) -> NDArray[np.float64]:
    height, width = picture.shape[:2]
    column = np.floor(np.mod(uv[:, 0], 1.0) * width).astype(np.int64) % width
    row = np.floor(np.mod(uv[:, 1], 1.0) * height).astype(np.int64) % height
    return np.asarray(picture[row, column])
