"""All surfaces of a model as one mesh, so that neighbours of different materials stay neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tiles.colour import srgb
from tiles.frame import Vec3s
from tiles.geometry import Material, Surface

SAME_PLACE_M = 1e-4
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
    material: NDArray[np.int32]  # (v,), row of `materials`
    triangles: NDArray[np.uint32]  # (t, 3)
    materials: Sequence[Material]

    @property
    def colours(self) -> NDArray[np.float64]:
        """The colour of each material, (m, 4), sRGB and opacity."""
        linear_rgba = np.array([material.base_colour for material in self.materials], np.float64)
        return np.column_stack([srgb(linear_rgba[:, :3]), linear_rgba[:, 3]])

    @property
    def pictures(self) -> NDArray[np.int32]:
        """For each vertex its material where that has a picture, and −1 where it has none, (v,)."""
        textured = np.array([material.texture is not None for material in self.materials])
        return np.where(textured[self.material], self.material, np.int32(-1)).astype(np.int32)

    @property
    def of_triangles(self) -> NDArray[np.int32]:
        """The material of each triangle, (t,)."""
        return self.material[self.triangles[:, 0]]

    @property
    def corners(self) -> NDArray[np.float64]:
        """The corners of each triangle, (t, 3, 3)."""
        return self.positions[self.triangles]


def join(surfaces: Sequence[Surface]) -> Joined:
    """Surfaces as one mesh; those that look the same are one material, their triangles one after another.

    Vertices that agree to a tenth of a millimetre are one.
    """
    looks = list(dict.fromkeys(replace(surface.material, name="") for surface in surfaces))
    row = [looks.index(replace(surface.material, name="")) for surface in surfaces]
    order = sorted(range(len(surfaces)), key=row.__getitem__)
    ordered = [surfaces[each] for each in order]
    counts = [len(surface.positions) for surface in ordered]
    starts = np.cumsum([0, *counts])
    whole = Joined(
        np.concatenate([surface.positions for surface in ordered]),
        np.concatenate([surface.normals for surface in ordered]),
        np.concatenate([np.zeros((len(s.positions), 2)) if s.uv is None else s.uv for s in ordered]),
        np.repeat(np.array([row[each] for each in order], np.int32), counts),
        np.concatenate([s.triangles.astype(np.uint32) + np.uint32(b) for s, b in zip(ordered, starts, strict=False)]),
        [next(each.material for each in ordered if replace(each.material, name="") == look) for look in looks],
    )
    return welded(whole)


def split(mesh: Joined) -> list[Surface]:
    """One surface per material that has triangles left; with coordinates where it has a picture."""
    surfaces = []
    of_triangles = mesh.of_triangles
    for row, material in enumerate(mesh.materials):
        triangles = mesh.triangles[of_triangles == row]
        if len(triangles):
            features = np.zeros(len(mesh.positions), np.uint32)
            uv = None if material.texture is None else mesh.uv
            whole = Surface(material, mesh.positions, mesh.normals, features, triangles, uv)
            surfaces.append(part(whole, triangles))
    return surfaces


def part(surface: Surface, triangles: NDArray[np.uint32]) -> Surface:
    """Some triangles of a surface, with their vertices and no others."""
    used, corners = np.unique(triangles, return_inverse=True)
    return Surface(
        surface.material,
        surface.positions[used],
        surface.normals[used],
        surface.features[used],
        corners.reshape(-1, 3).astype(np.uint32),
        None if surface.uv is None else surface.uv[used],
    )


def only(mesh: Joined, kept: NDArray[np.bool_]) -> Joined:
    """The triangles that are `kept`, (t,), and their vertices."""
    return _compact(replace(mesh, triangles=mesh.triangles[kept]))


def welded(mesh: Joined) -> Joined:
    """The same mesh with vertices that agree written once; triangles without area fall away."""
    rows = np.column_stack(
        [
            np.rint(mesh.positions / SAME_PLACE_M).astype(np.int64),
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
    return _compact(_taken(mesh, first, kept))


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


def mended(mesh: Joined) -> Joined:
    """The mesh with what simplifying mixed up put right: normals of another face, corners of another material."""
    corners = mesh.corners
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    flat = np.repeat(np.divide(flat, lengths, out=np.zeros_like(flat), where=lengths > 0), 3, axis=0)
    rows = mesh.triangles.ravel()
    loose = _taken(mesh, rows, np.arange(len(rows), dtype=np.uint32).reshape(-1, 3))
    normals = loose.normals
    # Of two-sided faces some normals point inward, on purpose or by mistake: which way is no matter here.
    foreign = np.abs((normals * flat).sum(axis=1)) < _CREASE
    normals[foreign] = flat[foreign]
    first, second, third = mesh.material[mesh.triangles].T
    most = np.repeat(np.where(second == third, second, first), 3)
    return welded(replace(loose, normals=normals, material=most))


def _taken(mesh: Joined, rows: NDArray[np.intp] | NDArray[np.uint32], triangles: NDArray[np.uint32]) -> Joined:
    """The mesh with its vertices in the order of `rows`."""
    return Joined(
        mesh.positions[rows], mesh.normals[rows], mesh.uv[rows], mesh.material[rows], triangles, mesh.materials
    )


def _compact(mesh: Joined) -> Joined:
    used, corners = np.unique(mesh.triangles, return_inverse=True)
    return _taken(mesh, used, corners.reshape(-1, 3).astype(np.uint32))
