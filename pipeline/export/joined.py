"""All surfaces of a model as one mesh, so that neighbours of different materials stay neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tiles.frame import Vec3s
from tiles.geometry import Material, Surface

_SAME_PLACE_M = 1e-4
_SAME_NORMAL = 1 / 127
_SAME_UV = 1 / 4096
_NO_AREA_M2 = 1e-10
_CREASE = float(np.cos(np.radians(40)))
"""Beyond this angle between a triangle and the normal at its corner, the normal is another face's."""


@dataclass(frozen=True, eq=False)
class Joined:
    """Triangles whose vertices belong to one material each, metres."""

    positions: Vec3s  # (v, 3)
    normals: NDArray[np.float64]  # (v, 3), unit length
    uv: NDArray[np.float64]  # (v, 2); zero where the material has no picture
    material: NDArray[np.int32]  # (v,), row of a list of materials
    triangles: NDArray[np.uint32]  # (t, 3)

    @property
    def of_triangles(self) -> NDArray[np.int32]:
        """The material of each triangle, (t,)."""
        return self.material[self.triangles[:, 0]]

    @property
    def corners(self) -> NDArray[np.float64]:
        """The corners of each triangle, (t, 3, 3)."""
        return self.positions[self.triangles]


def join(surfaces: Sequence[Surface]) -> Joined:
    """Surfaces as one mesh, whose materials are their rows; vertices that agree to a tenth of a millimetre are one."""
    starts = np.cumsum([0, *(len(surface.positions) for surface in surfaces)])
    whole = Joined(
        np.concatenate([surface.positions for surface in surfaces]),
        np.concatenate([surface.normals for surface in surfaces]),
        np.concatenate([np.zeros((len(s.positions), 2)) if s.uv is None else s.uv for s in surfaces]),
        np.repeat(np.arange(len(surfaces), dtype=np.int32), np.diff(starts)),
        np.concatenate([s.triangles.astype(np.uint32) + np.uint32(b) for s, b in zip(surfaces, starts, strict=False)]),
    )
    return welded(whole)


def split(mesh: Joined, materials: Sequence[Material], textured: Sequence[bool]) -> list[Surface]:
    """One surface per material that has triangles left; those of `textured` materials keep their coordinates."""
    surfaces = []
    of_triangles = mesh.of_triangles
    for row, material in enumerate(materials):
        triangles = mesh.triangles[of_triangles == row]
        if len(triangles):
            used, corners = np.unique(triangles, return_inverse=True)
            features = np.zeros(len(used), np.uint32)
            uv = mesh.uv[used] if textured[row] else None
            shape = corners.reshape(-1, 3).astype(np.uint32)
            surfaces.append(Surface(material, mesh.positions[used], mesh.normals[used], features, shape, uv))
    return surfaces


def only(mesh: Joined, kept: NDArray[np.bool_]) -> Joined:
    """The triangles that are `kept`, (t,), and their vertices."""
    return _compact(replace(mesh, triangles=mesh.triangles[kept]))


def welded(mesh: Joined) -> Joined:
    """The same mesh with vertices that agree written once; triangles without area fall away."""
    rows = np.column_stack(
        [
            np.rint(mesh.positions / _SAME_PLACE_M).astype(np.int64),
            np.rint(mesh.normals / _SAME_NORMAL).astype(np.int64),
            np.rint(mesh.uv / _SAME_UV).astype(np.int64),
            mesh.material.astype(np.int64),
        ]
    )
    first, inverse = distinct(rows)
    triangles = inverse[mesh.triangles]
    a, b, c = triangles.T
    positions = mesh.positions[first]
    edges = positions[b] - positions[a], positions[c] - positions[a]
    area_m2 = np.linalg.norm(np.cross(*edges), axis=1) / 2
    sound = (a != b) & (b != c) & (c != a) & (area_m2 > _NO_AREA_M2)
    kept = triangles[sound].astype(np.uint32)
    return _compact(Joined(positions, mesh.normals[first], mesh.uv[first], mesh.material[first], kept))


def distinct(rows: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first of each of the rows that differ, in their order, and for each row which of them it is."""
    order = np.lexsort(rows.T)
    ordered = rows[order]
    new = np.ones(len(rows), bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    group = np.empty(len(rows), np.intp)
    group[order] = np.cumsum(new) - 1
    first = order[new]  # lexsort is stable: the first of equal rows comes first
    rank = np.empty(len(first), np.intp)
    by_place = np.argsort(first)
    rank[by_place] = np.arange(len(first))
    return first[by_place], rank[group]


def with_fitting_normals(mesh: Joined) -> Joined:
    """The mesh with normals that belong to another face, as simplifying leaves them, put right."""
    corners = mesh.corners
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    flat = np.repeat(np.divide(flat, lengths, out=np.zeros_like(flat), where=lengths > 0), 3, axis=0)
    rows = mesh.triangles.ravel()
    normals = mesh.normals[rows]
    # Of two-sided faces some point inward on purpose or by mistake: which side is no matter here.
    foreign = np.abs((normals * flat).sum(axis=1)) < _CREASE
    normals[foreign] = flat[foreign]
    triangles = np.arange(len(rows), dtype=np.uint32).reshape(-1, 3)
    return welded(Joined(mesh.positions[rows], normals, mesh.uv[rows], mesh.material[rows], triangles))


def _compact(mesh: Joined) -> Joined:
    used, corners = np.unique(mesh.triangles, return_inverse=True)
    triangles = corners.reshape(-1, 3).astype(np.uint32)
    return Joined(mesh.positions[used], mesh.normals[used], mesh.uv[used], mesh.material[used], triangles)
