"""One tile of ground as a mesh: the nodes that are drawn, water apart, skirts at the rim, a photo over it."""

from dataclasses import dataclass
from io import BytesIO
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from tiles.colour import linear
from tiles.frame import Vec3s
from tiles.geometry import Image, Material, Mesh, Surface

from . import rtin
from .cloud import Bounds
from .lattice import STEP_MM, Mask
from .rtin import Triangles
from .standing import Standing
from .terrain import Terrain

TILE_CELLS = 256
STEP_M = 0.0005
"""Vertices are written in steps of this, counted from one place for the whole tileset, so that tiles meet exactly."""

_SKIRT_MM = 500
_SKIRT_REACH = 2 * rtin.BLOCK  # nodes: as far apart as the next coarser level's may be
_WEBP_QUALITY = 80
_SRGB = ((168, 162, 148), (109, 143, 166))
_ROUGHNESS = (0.95, 0.35)
KINDS = ("ground", "water")


@dataclass(frozen=True)
class Photo:
    """A photo over a tile."""

    image: Image
    tile: Bounds
    pixel_m: float
    pixels: int
    """On a side."""

    def uv(self, xyz: Vec3s) -> NDArray[np.float64]:
        """Where in the picture RD points lie, (n, 2), its upper left being (0, 0)."""
        reach = self.pixels * self.pixel_m
        u = (xyz[:, 0] - self.tile.west) / reach
        v = (self.tile.north - xyz[:, 1]) / reach
        return np.stack([u, v], axis=-1) + 0.5 / self.pixels


class Photos(Protocol):
    """Aerial photos that can be asked for by place."""

    def window(self, bounds: Bounds, pixel_m: float) -> tuple[NDArray[np.uint8], Mask]:
        """Red, green and blue, (h, w, 3), north up, and where there is a photo, (h, w)."""


@dataclass(frozen=True)
class Drape:
    """What is laid over tiles, and on how many pixels a side."""

    photos: Photos
    pixels: int = 512


@dataclass(frozen=True, eq=False)
class Sheet:
    """Drawn ground: its nodes in RD and NAP, and triangles by kind."""

    xyz_mm: NDArray[np.int64]  # (v, 3)
    normals: Vec3s  # (v, 3), along RD's axes
    triangles: tuple[Triangles, Triangles]
    """Of ground and of water."""

    @property
    def count(self) -> int:
        """How many triangles."""
        return sum(map(len, self.triangles))


def sheet(terrain: Terrain, drawn: Mask) -> Sheet:
    """The mesh of a tile from terrain that reaches `rtin.BLOCK` cells beyond it, of which `drawn` says the nodes."""
    inner = (slice(rtin.BLOCK, -rtin.BLOCK),) * 2
    heights = terrain.heights_mm[inner]
    found = rtin.triangles(drawn[inner])
    found = found[np.all(terrain.covered[inner].ravel()[found], axis=1)]
    wet = np.asarray(np.all(terrain.water[inner].ravel()[found], axis=1))
    skirts, under = _skirts(found, heights.shape)
    corners, wet = np.concatenate([found, skirts]), np.concatenate([wet, wet[under]])
    used, numbered = np.unique(corners, return_inverse=True)
    numbered = numbered.reshape(-1, 3)
    node, lowered = used % heights.size, used >= heights.size
    xyz = np.empty((len(used), 3), np.int64)
    stride_mm = terrain.window.stride * STEP_MM
    xyz[:, 0] = (terrain.window.column * STEP_MM) + (node % heights.shape[1] + rtin.BLOCK) * stride_mm
    xyz[:, 1] = (terrain.window.row * STEP_MM) + (node // heights.shape[1] + rtin.BLOCK) * stride_mm
    xyz[:, 2] = np.where(lowered, _depths(heights).ravel()[node], heights.ravel()[node])
    return Sheet(xyz, _normals(terrain)[node], (numbered[~wet], numbered[wet]))


def _normals(terrain: Terrain) -> Vec3s:
    """Which way the ground faces at every node of the tile, (n, 3), along RD's axes."""
    reach_mm = 2 * terrain.window.stride * STEP_MM
    heights = terrain.heights_mm[rtin.BLOCK - 1 : 1 - rtin.BLOCK, rtin.BLOCK - 1 : 1 - rtin.BLOCK].astype(np.float64)
    east = (heights[1:-1, 2:] - heights[1:-1, :-2]) / reach_mm
    north = (heights[2:, 1:-1] - heights[:-2, 1:-1]) / reach_mm
    water = terrain.water[rtin.BLOCK : -rtin.BLOCK, rtin.BLOCK : -rtin.BLOCK]
    east[water] = north[water] = 0.0
    normals = np.stack([-east, -north, np.ones_like(east)], axis=-1).reshape(-1, 3)
    return np.asarray(normals / np.linalg.norm(normals, axis=1, keepdims=True))


def _skirts(found: Triangles, shape: tuple[int, ...]) -> tuple[Triangles, NDArray[np.intp]]:
    """Walls down from the rim, which hide what a neighbour of another level leaves open, and whose triangles they are.

    A lowered node's number is the node's own and as much more as there are nodes.
    """
    rows, columns = np.divmod(found, shape[1])
    skirts, under = [np.empty((0, 3), np.int64)], [np.empty(0, np.intp)]
    for first, second in ((0, 1), (1, 2), (2, 0)):
        on_rim = np.zeros(len(found), bool)
        for at, last in ((rows, shape[0] - 1), (columns, shape[1] - 1)):
            on_rim |= ((at[:, first] == 0) & (at[:, second] == 0)) | ((at[:, first] == last) & (at[:, second] == last))
        hung = np.flatnonzero(on_rim)
        a, b, below = found[hung, first], found[hung, second], shape[0] * shape[1]
        skirts += [np.stack([a, a + below, b + below], axis=-1), np.stack([a, b + below, b], axis=-1)]
        under += [hung, hung]
    return np.concatenate(skirts), np.concatenate(under)


def _depths(heights: NDArray[np.int32]) -> NDArray[np.int32]:
    """How low the skirt hangs from each node of the rim: below whatever a coarser neighbour may cut across."""
    depths = heights.copy()
    for rim in (np.s_[0, :], np.s_[-1, :], np.s_[:, 0], np.s_[:, -1]):
        along = np.pad(heights[rim], _SKIRT_REACH, mode="edge")
        lowest = np.lib.stride_tricks.sliding_window_view(along, 2 * _SKIRT_REACH + 1).min(axis=-1)
        depths[rim] = np.minimum(depths[rim], lowest - _SKIRT_MM)
    return depths


def mesh(drawn: Sheet, standing: Standing, photo: Photo | None) -> Mesh:
    """A tile's content, each vertex placed by itself, so that tiles that share it put it in the same place."""
    xyz = drawn.xyz_mm / 1000
    local = standing.place(xyz)
    normals = standing.place(xyz + drawn.normals) - local
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    surfaces = []
    for kind, corners in enumerate(drawn.triangles):
        if len(corners) == 0:
            continue
        used, numbered = np.unique(corners, return_inverse=True)
        surfaces.append(
            Surface(
                _material(kind, photo),
                local[used],
                normals[used],
                np.full(len(used), kind, np.uint32),
                numbered.reshape(-1, 3).astype(np.uint32),
                None if photo is None else photo.uv(xyz[used]),
            )
        )
    return Mesh(surfaces, {"class": [name.capitalize() for name in KINDS]}, STEP_M)


def _material(kind: int, photo: Photo | None) -> Material:
    if photo is not None:
        return Material(KINDS[kind], (1.0, 1.0, 1.0, 1.0), roughness=_ROUGHNESS[kind], texture=photo.image)
    red, green, blue = (float(value) for value in linear(np.array(_SRGB[kind]) / 255))
    return Material(KINDS[kind], (red, green, blue, 1.0), roughness=_ROUGHNESS[kind])


def photo_over(terrain: Terrain, drape: Drape) -> Photo | None:
    """The photo over a tile, its outermost pixels' middles on the tile's edges; None where there is none."""
    cell_m = terrain.window.stride * STEP_MM / 1000
    tile = terrain.window.bounds.padded(-rtin.BLOCK * cell_m)
    # Neighbours have the pixels along their common edge in common, and no colour from beyond a picture's edge is asked.
    pixel_m = TILE_CELLS * cell_m / (drape.pixels - 1)
    rgb, found = drape.photos.window(tile.padded(pixel_m / 2), pixel_m)
    if not found.any():
        return None
    if not found.all():
        rgb = np.where(found[..., None], rgb, np.array(_SRGB[0], np.uint8))
    written = BytesIO()
    Picture.fromarray(np.ascontiguousarray(rgb)).save(written, "WEBP", quality=_WEBP_QUALITY, method=4)
    return Photo(Image(written.getvalue(), "image/webp", repeats=False), tile, pixel_m, drape.pixels)
