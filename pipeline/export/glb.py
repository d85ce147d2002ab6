"""GLB for Scene Viewer: glTF 2.0 without any extension, floats and PNG or JPEG."""

from collections.abc import Sequence

import numpy as np

from tiles.content import TRIANGLES_MODE
from tiles.geometry import Image, Material, Surface
from tiles.glb import Accessor, GlbWriter, Json

from .pictures import see_through
from .view import View

_REPEAT, _CLAMP = 10497, 33071
_LINEAR, _LINEAR_MIPMAP = 9729, 9987


def glb(surfaces: Sequence[Surface], view: View) -> bytes:
    """Surfaces, metres east, north and up, as the GLB of a `view`: y up, north along −z."""
    writer = GlbWriter(compress=False)
    images: list[Image] = []
    primitives = [_primitive(writer, surface, view) | {"material": row} for row, surface in enumerate(surfaces)]
    writer.document |= {
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": view.name}],
        "meshes": [{"primitives": primitives}],
        "materials": [_material(writer, surface.material, images) for surface in surfaces],
    }
    return writer.to_bytes()


def _primitive(writer: GlbWriter, surface: Surface, view: View) -> Json:
    positions = view.positions(surface)
    bounds = positions.min(axis=0).tolist(), positions.max(axis=0).tolist()
    attributes = {
        "POSITION": writer.attribute(positions, Accessor("VEC3", "f4", bounds=bounds)),
        "NORMAL": writer.attribute(view.normals(surface), Accessor("VEC3", "f4")),
    }
    if surface.uv is not None:
        attributes["TEXCOORD_0"] = writer.attribute(surface.uv.astype(np.float32), Accessor("VEC2", "f4"))
    return {"mode": TRIANGLES_MODE, "attributes": attributes, "indices": writer.triangles(surface.triangles)}


def _material(writer: GlbWriter, material: Material, images: list[Image]) -> Json:
    looks: Json = {
        "baseColorFactor": list(material.base_colour),
        "metallicFactor": material.metallic,
        "roughnessFactor": material.roughness,
    }
    described: Json = {"pbrMetallicRoughness": looks, "doubleSided": material.double_sided}
    if material.name:
        described["name"] = material.name
    if see_through(material):
        described["alphaMode"] = "BLEND"
    if material.texture is not None:
        looks["baseColorTexture"] = {"index": _texture(writer, material.texture, images)}
    return described


def _texture(writer: GlbWriter, image: Image, written: list[Image]) -> int:
    """The texture of a picture; materials that share the picture share it."""
    if image in written:
        return written.index(image)
    written.append(image)
    document = writer.document
    wrap = _REPEAT if image.repeats else _CLAMP
    sampler = {"wrapS": wrap, "wrapT": wrap, "magFilter": _LINEAR, "minFilter": _LINEAR_MIPMAP}
    samplers = document.setdefault("samplers", [])
    if sampler not in samplers:
        samplers.append(sampler)
    row = len(written) - 1
    document.setdefault("images", []).append({"bufferView": writer.view(image.data), "mimeType": image.media_type})
    document.setdefault("textures", []).append({"source": row, "sampler": samplers.index(sampler)})
    return row
