"""Small meshes made here: boxes of many triangles, in any material."""

from pathlib import Path

import numpy as np
import trimesh
from PIL import Image as Pillow

from models.georeference import Georeference
from models.model import Element, Model
from tiles.geometry import Material, Surface


def box(size=(10.0, 8.0, 6.0), at=(0.0, 0.0, 0.0), material=Material(), steps=1) -> Surface:  # noqa: B008 - frozen
    """A closed box from its lowest corner on, each face in `steps` × `steps` squares of two triangles."""
    along = np.linspace(0, 1, steps + 1)
    grid = np.stack(np.meshgrid(along, along, indexing="ij"), -1).reshape(-1, 2)
    rows = np.arange((steps + 1) ** 2).reshape(steps + 1, steps + 1)
    squares = np.stack([rows[:-1, :-1], rows[1:, :-1], rows[1:, 1:], rows[:-1, 1:]], -1).reshape(-1, 4)
    positions, normals, triangles = [], [], []
    for axis in range(3):
        for side in (0, 1):
            face = np.insert(grid, axis, side, axis=1)
            outward = np.eye(3)[axis] * (2 * side - 1)
            turned = squares[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
            a, b, c = face[turned[0]]
            if np.cross(b - a, c - a) @ outward < 0:
                turned = turned[:, ::-1]
            triangles.append(turned + sum(map(len, positions)))
            positions.append(face)
            normals.append(np.tile(outward, (len(face), 1)))
    corners = np.concatenate(positions) * size + at
    features = np.zeros(len(corners), np.uint32)
    return Surface(material, corners, np.concatenate(normals), features, np.concatenate(triangles).astype(np.uint32))


def coloured(red: float, green: float, blue: float, opacity: float = 1.0) -> Material:
    """A material of one colour, linear."""
    return Material(f"{red} {green} {blue}", (red, green, blue, opacity))


def area_m2(surface: Surface) -> float:
    """Of all triangles together."""
    a, b, c = (surface.positions[surface.triangles[:, corner]] for corner in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def model(*surfaces: Surface, elements=None, georeference=None) -> Model:
    """A model of surfaces."""
    named = elements or [Element("0", "Mesh")]
    return Model("made", named, surfaces, georeference or Georeference())


def write_textured_glb(path: Path, size=(4.0, 3.0, 5.0), pixels=64) -> Path:
    """A box as GLB, 3 m along glTF's y, which is up, with a picture: red left, green right, white on top."""
    picture = np.zeros((pixels, pixels, 3), np.uint8)
    picture[:, : pixels // 2], picture[:, pixels // 2 :] = (200, 40, 40), (40, 160, 60)
    picture[: pixels // 4] = 250
    sides = trimesh.creation.box(extents=size)
    sides.unmerge_vertices()
    uv = np.tile([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]], (len(sides.faces), 1))
    looks = trimesh.visual.material.PBRMaterial(name="brick", baseColorTexture=Pillow.fromarray(picture))
    sides.visual = trimesh.visual.TextureVisuals(uv=uv, material=looks)
    sides.export(path)
    return path
