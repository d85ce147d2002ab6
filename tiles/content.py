"""What a tile holds, as glTF: points with property attributes, meshes with feature ids.

glTF's y is up, so a node matrix turns (east, north, up) into (east, up, −north); 3D Tiles turns it back before the
tile's `transform` (3D Tiles 1.1, "glTF transforms").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from .box import Box
from .features import add_feature_table, add_instance_features, add_property_attributes
from .frame import Vec3s
from .geometry import (
    FLOAT_BIAS,
    NARROW_WORDS,
    WIDE_WORDS,
    Image,
    Instances,
    Material,
    Mesh,
    Occluder,
    Points,
    Surface,
)
from .glb import Accessor, GlbWriter, Json, fetch_order

POINTS_MODE, TRIANGLES_MODE = 0, 4
_NORMAL_RANGE = 127
_COARSEST_STEP_M = 0.001
# glTF 2.0, "sampler": no repetition, smooth both ways.
_CLAMPED = {"wrapS": 33071, "wrapT": 33071, "magFilter": 9729, "minFilter": 9987}


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
    """The GLB of points: positions, linear colour, and their columns as property attributes."""
    from .vertexcodec import encode_vertices  # noqa: PLC0415 - compiled: only so many points are worth loading it

    writer = GlbWriter()
    if not cloud.wide:
        writer.use("KHR_mesh_quantization", required=True)
    view = writer.vertices(cloud.rows, encode_vertices(cloud.rows))
    described = _described(cloud)
    accessors = writer.within(view, len(cloud.rows), [*described.values()])
    primitive: Json = {"mode": POINTS_MODE, "attributes": dict(zip(described, accessors, strict=True))}
    kinds = {name: np.dtype(kind).str[1:] for name, kind in cloud.columns.items()}
    add_property_attributes(writer, primitive, kinds)
    bias_m = FLOAT_BIAS * cloud.step_m if cloud.wide else 0.0
    _add_scene(writer, [primitive], _y_up(cloud.origin_m - bias_m, cloud.step_m))
    return writer.to_bytes()


def _described(cloud: Points) -> dict[str, Accessor]:
    """Where each attribute stands in a row."""
    bias = float(FLOAT_BIAS) if cloud.wide else 0
    bounds = tuple([step + bias for step in extreme] for extreme in (cloud.low, cloud.high))
    word = WIDE_WORDS if cloud.wide else NARROW_WORDS
    described = {
        "POSITION": Accessor("VEC3", "f4" if cloud.wide else "u2", bounds=(bounds[0], bounds[1])),
        "COLOR_0": Accessor("VEC4", "u1", 4 * word, normalized=True),
    }
    for place, (name, kind) in enumerate(cloud.columns.items(), word + 1):
        described[f"_{name.upper()}"] = Accessor("SCALAR", np.dtype(kind).str[1:], 4 * place)
    return described


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
    """The GLB of a mesh: one primitive per material, quantized positions and normals, a feature table.

    A shape that stands in many places is written once (EXT_mesh_gpu_instancing).
    """
    writer = GlbWriter()
    writer.use("KHR_mesh_quantization", required=True)
    looks = _Looks(writer)
    feature_table = add_feature_table(writer, mesh.feature_columns)
    meshes: list[Json] = []
    nodes: list[Json] = []
    if mesh.surfaces:
        box = Box.around(np.concatenate([surface.positions for surface in mesh.surfaces]))
        grid = _grid(box) if mesh.step_m is None else _shared_grid(box, mesh.step_m)
        primitives = [_primitive(writer, surface, grid) | feature_table for surface in mesh.surfaces]
        meshes.append({"primitives": looks.on(primitives, mesh.surfaces)})
        nodes.append({"mesh": 0, "matrix": grid.matrix})
    for shape in mesh.instances:
        meshes.append({"primitives": looks.on(*_shape(writer, shape))})
        nodes.append(_placed(writer, shape, mesh.feature_columns) | {"mesh": len(meshes) - 1})
    writer.document |= {
        "scene": 0,
        "scenes": [{"nodes": [*range(len(nodes))]}],
        "nodes": nodes,
        "meshes": meshes,
        "materials": looks.materials,
    }
    return writer.to_bytes()


def _shape_grid(shape: Instances) -> "_Grid":
    return _grid(Box.around(np.concatenate([surface.positions for surface in shape.surfaces])))


def _shape(writer: GlbWriter, shape: Instances) -> tuple[list[Json], Sequence[Surface]]:
    grid = _shape_grid(shape)
    return [_primitive(writer, surface, grid, features=False) for surface in shape.surfaces], shape.surfaces


def _placed(writer: GlbWriter, shape: Instances, columns: Mapping[str, Sequence[str]]) -> Json:
    """The node of a shape in its places, which are counted in the steps of the shape's vertices."""
    grid = _shape_grid(shape)
    step_m = grid.step_m or 1.0
    # A turn goes about the grid's zero, so what lies between that and the shape's own zero is turned beforehand.
    cos, sin = np.cos(shape.turns), np.sin(shape.turns)
    east, north, _ = grid.origin_m
    shift_m = np.column_stack([cos * east - sin * north - east, sin * east + cos * north - north, np.zeros(len(cos))])
    steps = np.rint((shape.places + shift_m) / step_m) if grid.step_m else shape.places + shift_m
    steps = steps.astype(np.float32)
    bounds = steps.min(axis=0).tolist(), steps.max(axis=0).tolist()
    attributes = {"TRANSLATION": writer.attribute(steps, Accessor("VEC3", "f4", bounds=bounds))}
    if shape.turns.any():
        zero = np.zeros(len(cos))
        turns = np.column_stack([zero, zero, np.sin(shape.turns / 2), np.cos(shape.turns / 2)]).astype(np.float32)
        attributes["ROTATION"] = writer.attribute(turns, Accessor("VEC4", "f4"))
    # Floats, since three takes attributes of instances to have no gaps between them, as 16-bit ones must have.
    features = shape.features.astype(np.float32)
    node: Json = {"matrix": grid.matrix, "extensions": {"EXT_mesh_gpu_instancing": {"attributes": attributes}}}
    writer.use("EXT_mesh_gpu_instancing", required=True)
    accessor = writer.attribute(features, Accessor("SCALAR", features.dtype.str[1:]))
    add_instance_features(writer, node, accessor, columns)
    return node


def encode_occluder(occluder: Occluder) -> bytes:
    """The GLB of an occluder: quantized positions and triangles, nothing else."""
    writer = GlbWriter()
    grid = _grid(occluder.box)
    writer.use("KHR_mesh_quantization", required=True)
    positions = grid.positions(occluder.positions)
    bounds = positions.min(axis=0).tolist(), positions.max(axis=0).tolist()
    described = Accessor("VEC3", positions.dtype.str[1:], bounds=bounds)
    primitive: Json = {
        "mode": TRIANGLES_MODE,
        "attributes": {"POSITION": writer.attribute(positions, described)},
        "indices": writer.triangles(occluder.triangles),
    }
    _add_scene(writer, [primitive], _y_up(grid.origin_m, grid.step_m or 1.0))
    return writer.to_bytes()


@dataclass(frozen=True)
class _Grid:
    """What the vertices of a mesh are counted from, and in which steps; without a step they are plain metres."""

    origin_m: NDArray[np.float64]
    step_m: float | None
    bias: float = 0.0
    """What step 0 is written as: `FLOAT_BIAS` where there are more steps than 16 bits count."""

    @property
    def matrix(self) -> list[float]:
        """From steps to metres, y up, as a node's matrix."""
        scale = self.step_m or 1.0
        return _y_up(self.origin_m - self.bias * scale, scale)

    def positions(self, xyz: Vec3s) -> NDArray[Any]:
        offsets = xyz - self.origin_m
        if self.step_m is None:
            return offsets.astype(np.float32)
        steps = np.rint(offsets / self.step_m)
        return (steps + self.bias).astype(np.float32) if self.bias else steps.astype(np.uint16)


def _grid(box: Box) -> _Grid:
    step_m = float((box.high - box.low).max()) / np.iinfo(np.uint16).max
    # Coarser than a millimetre would be seen where walls meet; float32 metres about the middle are finer than 0.1 mm.
    return _Grid(box.centre, None) if step_m > _COARSEST_STEP_M else _Grid(box.low, max(step_m, 1e-6))


def _shared_grid(box: Box, step_m: float) -> _Grid:
    """A grid that counts from the frame's origin, in steps that are doubled until a float counts them all."""
    while (box.high - box.low).max() / step_m >= FLOAT_BIAS - 1:
        step_m *= 2
    origin_m = np.floor(box.low / step_m) * step_m
    wide = (box.high - origin_m).max() / step_m > np.iinfo(np.uint16).max
    return _Grid(origin_m, step_m, FLOAT_BIAS if wide else 0.0)


def _primitive(writer: GlbWriter, surface: Surface, grid: _Grid, *, features: bool = True) -> Json:
    surface = surface.taken(*fetch_order(surface.triangles))
    normals = np.rint(surface.normals * _NORMAL_RANGE).astype(np.int8)
    positions = grid.positions(surface.positions)
    bounds = positions.min(axis=0).tolist(), positions.max(axis=0).tolist()
    attributes = {
        "POSITION": writer.attribute(positions, Accessor("VEC3", positions.dtype.str[1:], bounds=bounds)),
        "NORMAL": writer.attribute(normals, Accessor("VEC3", "i1", normalized=True)),
    }
    if features:
        ids = _feature_ids(surface.features)
        attributes["_FEATURE_ID_0"] = writer.attribute(ids, Accessor("SCALAR", ids.dtype.str[1:]))
    if surface.uv is not None:
        attributes["TEXCOORD_0"] = writer.attribute(surface.uv.astype(np.float32), Accessor("VEC2", "f4"))
    if surface.colours is not None:
        # Two bytes each: linear light in one has steps that are seen in the dark.
        colours = np.rint(np.clip(surface.colours, 0, 1) * np.iinfo(np.uint16).max).astype(np.uint16)
        attributes["COLOR_0"] = writer.attribute(colours, Accessor("VEC4", "u2", normalized=True))
    return {
        "mode": TRIANGLES_MODE,
        "attributes": attributes,
        "indices": writer.triangles(surface.triangles),
    }


def _feature_ids(features: NDArray[np.uint32]) -> NDArray[Any]:
    # EXT_mesh_features: a vertex attribute cannot be 32-bit integers, and floats count exactly to 2²⁴.
    small = features.max(initial=0) <= np.iinfo(np.uint16).max
    return features.astype(np.uint16 if small else np.float32)


@dataclass
class _Looks:
    """The materials and pictures of a GLB in the making; equal ones are written once."""

    writer: GlbWriter
    materials: list[Json] = field(default_factory=list)
    _known: list[Material] = field(default_factory=list)
    _images: list[Image] = field(default_factory=list)

    def on(self, primitives: list[Json], surfaces: Sequence[Surface]) -> list[Json]:
        """The primitives with the materials of their surfaces."""
        return [each | {"material": self._number(of.material)} for each, of in zip(primitives, surfaces, strict=True)]

    def _number(self, material: Material) -> int:
        if material not in self._known:
            self._known.append(material)
            self.materials.append(_material(self.writer, material, self._images))
        return self._known.index(material)


def _material(writer: GlbWriter, material: Material, images: list[Image]) -> Json:
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
    if material.base_colour[3] < 1.0 or material.alpha != "opaque":
        described["alphaMode"] = "MASK" if material.alpha == "mask" else "BLEND"
    if material.texture is not None:
        described["pbrMetallicRoughness"]["baseColorTexture"] = {"index": _texture(writer, material.texture, images)}
    return described


def _texture(writer: GlbWriter, image: Image, written: list[Image]) -> int:
    """The texture of a picture; materials that share the picture share it."""
    if image in written:
        return written.index(image)
    written.append(image)
    images = writer.document.setdefault("images", [])
    textures = writer.document.setdefault("textures", [])
    images.append({"bufferView": writer.view(image.data), "mimeType": image.media_type})
    texture: Json = {"source": len(images) - 1}
    if image.media_type == "image/webp":
        writer.use("EXT_texture_webp", required=True)
        texture = {"extensions": {"EXT_texture_webp": texture}}
    if not image.repeats:
        writer.document["samplers"] = [_CLAMPED]
        texture["sampler"] = 0
    textures.append(texture)
    return len(textures) - 1
