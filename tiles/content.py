"""What a tile holds, as glTF: points with property attributes, meshes with feature ids.

glTF's y is up, so a node matrix turns (east, north, up) into (east, up, −north); 3D Tiles turns it back before the
tile's `transform` (3D Tiles 1.1, "glTF transforms").
"""

from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from .box import Box
from .features import add_feature_table, add_property_attributes
from .frame import Vec3s
from .geometry import Material, Mesh, Occluder, Points, Surface
from .glb import Accessor, GlbWriter, Json

POINTS_MODE, TRIANGLES_MODE = 0, 4
_FLOAT_BIAS = float(2**23)
_NORMAL_RANGE = 127
_COARSEST_STEP_M = 0.001


def encode(geometry: Points | Mesh | Occluder) -> bytes:
    """The GLB of a tile's content."""
    match geometry:
        case Points():
            return encode_points(geometry)
        case Mesh():
            return encode_mesh(geometry)
        case Occluder():
            return encode_occluder(geometry)
        case _:
            assert_never(geometry)


def encode_points(cloud: Points) -> bytes:
    """The GLB of points: quantized positions, linear colour, and their columns as property attributes."""
    writer = GlbWriter()
    positions, bias = _positions(writer, cloud.steps)
    attributes = {"POSITION": positions}
    if cloud.colour is not None:
        attributes["COLOR_0"] = writer.attribute(_opaque(cloud.colour), Accessor("VEC4", normalized=True))
    for name, values in cloud.columns.items():
        attributes[f"_{name.upper()}"] = writer.attribute(values, Accessor("SCALAR"))
    primitive: Json = {"mode": POINTS_MODE, "attributes": attributes}
    add_property_attributes(writer, primitive, cloud.columns)
    _add_scene(writer, [primitive], _y_up(cloud.origin_m - bias * cloud.step_m, cloud.step_m))
    return writer.to_bytes()


def _positions(writer: GlbWriter, steps: NDArray[Any]) -> tuple[int, float]:
    """POSITION and the value at which step 0 is written."""
    if steps.dtype == np.uint16:
        writer.use("KHR_mesh_quantization", required=True)
        return writer.attribute(steps, Accessor("VEC3", bounds=True)), 0.0
    # A tile wider than 65,535 steps. Between 2²³ and 2²⁴ a float is a whole number whose low three bytes are the
    # number itself, so these floats are exact and compress like integers.
    values = (steps + np.uint32(_FLOAT_BIAS)).astype(np.float32)
    return writer.attribute(values, Accessor("VEC3", bounds=True)), _FLOAT_BIAS


def _opaque(colour: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.column_stack([colour, np.full(len(colour), 255, np.uint8)])


def _y_up(origin_m: NDArray[np.float64], scale: float) -> list[float]:
    """Column-major: scale east, north, up to metres, turn y up, move to the origin."""
    east, north, up = (float(metres) for metres in origin_m)
    return [scale, 0, 0, 0, 0, 0, -scale, 0, 0, scale, 0, 0, east, up, -north, 1]


def _add_scene(writer: GlbWriter, primitives: list[Json], matrix: list[float]) -> None:
    writer.document |= {
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "matrix": matrix}],
        "meshes": [{"primitives": primitives}],
    }


def encode_mesh(mesh: Mesh) -> bytes:
    """The GLB of a mesh: one primitive per material, quantized positions and normals, a feature table."""
    writer = GlbWriter()
    grid = _grid(mesh.box)
    feature_table = add_feature_table(writer, mesh.feature_columns)
    primitives = [
        _primitive(writer, surface, grid) | feature_table | {"material": index}
        for index, surface in enumerate(mesh.surfaces)
    ]
    writer.use("KHR_mesh_quantization", required=True)
    writer.document["materials"] = [_material(writer, surface.material) for surface in mesh.surfaces]
    _add_scene(writer, primitives, _y_up(grid.origin_m, grid.step_m or 1.0))
    return writer.to_bytes()


def encode_occluder(occluder: Occluder) -> bytes:
    """The GLB of an occluder: quantized positions and triangles, nothing else."""
    writer = GlbWriter()
    grid = _grid(occluder.box)
    writer.use("KHR_mesh_quantization", required=True)
    primitive: Json = {
        "mode": TRIANGLES_MODE,
        "attributes": {"POSITION": writer.attribute(grid.positions(occluder.positions), Accessor("VEC3", bounds=True))},
        "indices": writer.triangles(occluder.triangles),
    }
    _add_scene(writer, [primitive], _y_up(grid.origin_m, grid.step_m or 1.0))
    return writer.to_bytes()


@dataclass(frozen=True)
class _Grid:
    """What the vertices of a mesh are counted from, and in which steps; without a step they are plain metres."""

    origin_m: NDArray[np.float64]
    step_m: float | None

    def positions(self, xyz: Vec3s) -> NDArray[Any]:
        offsets = xyz - self.origin_m
        return offsets.astype(np.float32) if self.step_m is None else np.rint(offsets / self.step_m).astype(np.uint16)


def _grid(box: Box) -> _Grid:
    step_m = float((box.high - box.low).max()) / np.iinfo(np.uint16).max
    # Coarser than a millimetre would be seen where walls meet; float32 metres about the middle are finer than 0.1 mm.
    return _Grid(box.centre, None) if step_m > _COARSEST_STEP_M else _Grid(box.low, max(step_m, 1e-6))


def _primitive(writer: GlbWriter, surface: Surface, grid: _Grid) -> Json:
    normals = np.rint(surface.normals * _NORMAL_RANGE).astype(np.int8)
    attributes = {
        "POSITION": writer.attribute(grid.positions(surface.positions), Accessor("VEC3", bounds=True)),
        "NORMAL": writer.attribute(normals, Accessor("VEC3", normalized=True)),
        "_FEATURE_ID_0": writer.attribute(_feature_ids(surface.features), Accessor("SCALAR")),
    }
    if surface.uv is not None:
        attributes["TEXCOORD_0"] = writer.attribute(surface.uv.astype(np.float32), Accessor("VEC2"))
    return {
        "mode": TRIANGLES_MODE,
        "attributes": attributes,
        "indices": writer.triangles(surface.triangles),
    }


def _feature_ids(features: NDArray[np.uint32]) -> NDArray[Any]:
    # EXT_mesh_features: a vertex attribute cannot be 32-bit integers, and floats count exactly to 2²⁴.
    small = features.max(initial=0) <= np.iinfo(np.uint16).max
    return features.astype(np.uint16 if small else np.float32)


def _material(writer: GlbWriter, material: Material) -> Json:
    described: Json = {
        "pbrMetallicRoughness": {
            "baseColorFactor": list(material.base_colour),
            "metallicFactor": material.metallic,
            "roughnessFactor": material.roughness,
        }
    }
    if material.name:
        described["name"] = material.name
    if material.double_sided:
        described["doubleSided"] = True
    if material.base_colour[3] < 1.0:
        described["alphaMode"] = "BLEND"
    if material.texture is not None:
        described["pbrMetallicRoughness"]["baseColorTexture"] = {"index": _texture(writer, material)}
    return described


def _texture(writer: GlbWriter, material: Material) -> int:
    assert material.texture is not None
    images = writer.document.setdefault("images", [])
    textures = writer.document.setdefault("textures", [])
    images.append({"bufferView": writer.view(material.texture.data), "mimeType": material.texture.media_type})
    source: Json = {"source": len(images) - 1}
    if material.texture.media_type == "image/webp":
        writer.use("EXT_texture_webp", required=True)
        source = {"extensions": {"EXT_texture_webp": source}}
    textures.append(source)
    return len(textures) - 1
