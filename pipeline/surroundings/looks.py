"""Buildings and trees as tiles show them: flat-shaded surfaces of a few materials, and what each is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.model import flat_normals
from tiles.frame import Vec3s
from tiles.geometry import Material, Mesh, Surface
from tiles.store import Put

Place = Callable[[Vec3s], Vec3s]
"""RD and NAP metres to metres of the tileset, (n, 3), exactly."""


@dataclass(frozen=True)
class Target:
    """Where tiles are written, and where in them the map's metres go."""

    store: Put
    place: Place


ROOF = Material("roof", (0.40, 0.16, 0.09, 1.0))
LEVEL_ROOF = Material("level roof", (0.17, 0.17, 0.18, 1.0))
WALL = Material("wall", (0.80, 0.72, 0.60, 1.0))
CROWN = Material("crown", (0.11, 0.22, 0.06, 1.0))
TRUNK = Material("trunk", (0.16, 0.10, 0.06, 1.0))


@dataclass(frozen=True)
class Label:
    """What one feature is, in the words that the viewer shows."""

    guid: str
    kind: str
    height_m: float


@dataclass(frozen=True, eq=False)
class Piece:
    """Triangles of one material that belong to one feature, RD and NAP metres."""

    material: Material
    positions: Vec3s
    triangles: NDArray[np.uint32]
    feature: int


def mesh(pieces: Sequence[Piece], labels: Sequence[Label], place: Place) -> Mesh:
    """Pieces as one mesh where `place` puts them, one surface per material, each face with its own normals."""
    materials = list({piece.material: None for piece in pieces})
    surfaces = [_surface([piece for piece in pieces if piece.material == material], place) for material in materials]
    return Mesh(surfaces, _columns(labels))


def _columns(labels: Sequence[Label]) -> Mapping[str, Sequence[str]]:
    return {
        "guid": [label.guid for label in labels],
        "class": [label.kind for label in labels],
        "height": [f"{label.height_m:.1f} m" for label in labels],
    }


def _surface(pieces: Sequence[Piece], place: Place) -> Surface:
    starts = np.cumsum([0, *(len(piece.positions) for piece in pieces)])
    positions = place(np.concatenate([piece.positions for piece in pieces]))
    triangles = np.concatenate([piece.triangles + start for piece, start in zip(pieces, starts, strict=False)])
    of_triangle = np.repeat([piece.feature for piece in pieces], [len(piece.triangles) for piece in pieces])
    normals = np.rint(flat_normals(positions, triangles.astype(np.uint32)) * 127).astype(np.int64)
    # A vertex of a face that looks another way, or of another feature, is another vertex.
    keys = np.column_stack([triangles.ravel(), np.repeat(normals, 3, axis=0), np.repeat(of_triangle, 3)])
    found, corners = np.unique(keys, axis=0, return_inverse=True)
    unit = found[:, 1:4] / np.maximum(np.linalg.norm(found[:, 1:4], axis=1, keepdims=True), 1)
    return Surface(
        pieces[0].material,
        positions[found[:, 0]],
        unit,
        found[:, 4].astype(np.uint32),
        corners.reshape(-1, 3).astype(np.uint32),
    )
