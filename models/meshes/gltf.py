"""glTF 2.0 and GLB: nodes as elements, with everything a tile can show of them.

Read directly: trimesh drops texture coordinates' transforms, wrap modes, the sets they are in and colours beside a
texture, and reads neither meshopt nor instances. y is up and lengths are metres by the standard.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.model import Model, Progress, PropertySets, Reading
from tiles.errors import BadInput
from tiles.frame import Matrix4
from tiles.glb import Glb
from tiles.glb import read as read_glb

from . import beside, draco
from .assemble import assembled
from .gltfbuffers import Buffers, Json, extension, member
from .gltflooks import Looks, numbers
from .parts import Content, Floats, Part, Rows, Said, counted, scalars
from .pictures import Pictures

_READ = {
    "KHR_texture_transform",
    "KHR_mesh_quantization",
    "EXT_meshopt_compression",
    "KHR_meshopt_compression",
    "EXT_texture_webp",
    "EXT_mesh_gpu_instancing",
    "KHR_materials_pbrSpecularGlossiness",
    "KHR_materials_transmission",
    draco.EXTENSION,
}
_HARMLESS = ("KHR_materials_", "KHR_lights_", "EXT_mesh_features", "EXT_structural_metadata", "CESIUM_", "MSFT_lod")
_EXPORT = {
    "KHR_texture_basisu": "export it with PNG, JPEG or WebP textures",
    "KHR_gaussian_splatting": "export it as a mesh",
}
_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_DEEPEST = 256
_MOST_INSTANCES = 200_000


def read(path: Path, reading: Reading, progress: Progress) -> Model:
    """The model in a GLB or glTF file; raises `BadInput` when it is broken or empty."""
    glb = _opened(path)
    content = Content()
    try:
        _require(glb.document)
        buffers = Buffers(glb.document, glb.bin, lambda uri: beside.read(path, uri))
        _Scene(glb.document, buffers, Looks(buffers, Pictures(path, content)), content).read(progress)
    except BadInput as problem:
        raise BadInput(f"{path.name} cannot be read as glTF: {str(problem).rstrip('.')}.") from problem
    asset = glb.document["asset"]
    said = Said(f"glTF {asset['version']}", str(asset.get("generator") or ""), "metre", 1.0, "y")
    return assembled(path, content, said, reading)


def _opened(path: Path) -> Glb:
    data = beside.own(path)
    if data[:4] == b"glTF" or path.suffix.lower() == ".glb":
        try:
            return read_glb(data)
        except (BadInput, RecursionError) as problem:
            raise BadInput(f"{path.name}: {problem}") from problem
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path.name} is not glTF that can be read: {error}.") from error
    if not isinstance(document, dict):
        raise BadInput(f"{path.name} is no glTF: it is JSON, but no object.")
    return Glb(document, b"")


def _require(document: Json) -> None:
    asset = document.get("asset")
    version = asset.get("version") if isinstance(asset, dict) else None
    if not isinstance(version, str) or not version.startswith("2."):
        raise BadInput(f"it is of version {version!r}, and only 2.0 can be read; export it as glTF 2.0")
    required = document.get("extensionsRequired", [])
    for name in map(str, required if isinstance(required, list) else []):
        if name not in _READ and not name.startswith(_HARMLESS):
            instead = _EXPORT.get(name, "export it without that")
            raise BadInput(f"it needs the extension {name[:80]}, which cannot be read; {instead}")


@dataclass
class _Scene:
    """The walk from a document's scene to parts."""

    document: Json
    buffers: Buffers
    looks: Looks
    content: Content
    lines: int = 0
    skinned: int = 0

    def read(self, progress: Progress) -> None:
        """Add the parts of every node to the content."""
        nodes = list(self._nodes())
        for done, (index, matrix, parents) in enumerate(nodes, start=1):
            self._node(member(self.document, "nodes", index), index, matrix, parents)
            progress(done, len(nodes))
        if self.lines:
            self.content.notes.append(f"{counted(self.lines, 'mesh', 'meshes')} of points or lines left out.")
        if self.skinned:
            self.content.notes.append(
                f"{counted(self.skinned, 'mesh', 'meshes')} with bones shown as drawn, not as posed."
            )

    def _nodes(self) -> Iterator[tuple[int, Matrix4, tuple[str, ...]]]:
        """Every node with a mesh, where it stands, and the names above it."""
        seen: set[int] = set()
        stack: list[tuple[Any, Matrix4, tuple[str, ...]]]
        stack = [(root, np.eye(4), ()) for root in reversed(self._roots())]
        while stack:
            index, outer, parents = stack.pop()
            said = member(self.document, "nodes", index)
            if index in seen or len(parents) > _DEEPEST:
                raise BadInput(f"its node {index} is its own ancestor, or has two")
            seen.add(index)
            matrix = outer @ _matrix(said)
            if said.get("mesh") is not None:
                yield index, matrix, parents
            children = said.get("children", [])
            named = (*parents, str(said.get("name") or ""))
            stack += [(child, matrix, named) for child in reversed(children if isinstance(children, list) else [])]

    def _roots(self) -> list[Any]:
        if self.document.get("scenes"):
            scene = member(self.document, "scenes", self.document.get("scene", 0))
            roots = scene.get("nodes", [])
            return roots if isinstance(roots, list) else []
        nodes = self.document.get("nodes", [])
        rows = nodes if isinstance(nodes, list) else []
        children = {child for node in rows if isinstance(node, dict) for child in _hashable(node.get("children"))}
        return [index for index in range(len(rows)) if index not in children]

    def _node(self, said: Json, index: int, matrix: Matrix4, parents: tuple[str, ...]) -> None:
        mesh = member(self.document, "meshes", said["mesh"])
        if said.get("skin") is not None:
            self.skinned += 1
        primitives = mesh.get("primitives")
        parts = [
            part
            for primitive in (primitives if isinstance(primitives, list) else [])
            if (part := self._primitive(primitive)) is not None
        ]
        if not parts:
            return
        name = str(said.get("name") or mesh.get("name") or f"node {index}")
        properties = _properties(said, mesh, parents)
        for place in self._instances(said):
            element = self.content.element(name, properties)
            whole = matrix if place is None else matrix @ place
            for part in parts:
                own = replace(part, element=element)
                self.content.add(own if np.array_equal(whole, np.eye(4)) else own.moved(whole))

    def _instances(self, said: Json) -> list[Matrix4 | None]:
        """EXT_mesh_gpu_instancing: where each copy stands in the node; one copy without."""
        instanced = extension(said, "EXT_mesh_gpu_instancing")
        attributes = instanced.get("attributes") if instanced is not None else None
        if not isinstance(attributes, dict) or not attributes:
            return [None]
        read = {
            key: self.buffers.floats(attributes[key])
            for key in ("TRANSLATION", "ROTATION", "SCALE")
            if key in attributes
        }
        if not read:
            return [None]
        count = min(len(values) for values in read.values())
        if count > _MOST_INSTANCES:
            raise BadInput(f"it has {count:,} copies of one mesh, and {_MOST_INSTANCES:,} is the limit")
        widths = {"TRANSLATION": (0.0,) * 3, "ROTATION": (0.0, 0.0, 0.0, 1.0), "SCALE": (1.0,) * 3}
        for key, values in read.items():
            if values.ndim != 2 or values.shape[1] != len(widths[key]):  # noqa: PLR2004 - rows of numbers
                raise BadInput(f"the {key} of its copies is not {len(widths[key])} numbers each")
        rows = {key: read.get(key, np.tile(otherwise, (count, 1))) for key, otherwise in widths.items()}
        return [_placed(rows["TRANSLATION"][row], rows["ROTATION"][row], rows["SCALE"][row]) for row in range(count)]

    def _primitive(self, said: Any) -> Part | None:
        """A primitive's triangles in its mesh's own frame; None where it is none of triangles."""
        if not isinstance(said, dict) or not isinstance(said.get("attributes"), dict):
            raise BadInput("a primitive of it has no attributes")
        attributes = said["attributes"]
        mode = said.get("mode", _TRIANGLES)
        if mode not in {_TRIANGLES, _STRIP, _FAN}:
            self.lines += 1
            return None
        if "POSITION" not in attributes:
            return None
        self._unpack(said, attributes)
        positions = self._vectors(attributes["POSITION"], 3)
        triangles = self._triangles(said.get("indices"), mode, len(positions))
        look = self.looks[said.get("material")]
        uv = self._optional(attributes, f"TEXCOORD_{look.uv_set}", 2, len(positions))
        textured = uv is not None and look.material.texture is not None
        return Part(
            0,
            look.material,
            positions,
            triangles,
            self._optional(attributes, "NORMAL", 3, len(positions)),
            look.uv(uv) if uv is not None and textured else None,
            self._colours(attributes, len(positions)),
        )

    def _unpack(self, said: Json, attributes: Json) -> None:
        """KHR_draco_mesh_compression: give the accessors of a primitive the values that were packed."""
        packed = extension(said, draco.EXTENSION)
        if packed is None or not isinstance(packed.get("attributes"), dict):
            return
        mesh = draco.unpacked(self.buffers.view(packed.get("bufferView")))
        if said.get("indices") is not None:
            self.buffers.fill(said["indices"], mesh.triangles.ravel())
        for name, number in packed["attributes"].items():
            if name in attributes:
                values = mesh.attributes.get(number) if isinstance(number, int) else None
                if values is None:
                    raise BadInput(f"its Draco compression does not hold the {name[:40]} it should")
                self.buffers.fill(attributes[name], values)

    def _vectors(self, accessor: Any, width: int) -> Floats:
        values = self.buffers.floats(accessor)
        if values.ndim != 2 or values.shape[1] < width:  # noqa: PLR2004 - rows of numbers
            raise BadInput(f"accessor {accessor} is not {width} numbers for each vertex")
        return values[:, :width]

    def _optional(self, attributes: Json, name: str, width: int, count: int) -> Floats | None:
        if name not in attributes:
            return None
        values = self._vectors(attributes[name], width)
        if len(values) != count:
            raise BadInput(f"its {name} has {len(values):,} values for {count:,} vertices")
        return values

    def _colours(self, attributes: Json, count: int) -> Floats | None:
        """COLOR_0, linear as glTF has it; None where it is white all over."""
        colours = self._optional(attributes, "COLOR_0", 3, count)
        if colours is None:
            return None
        values = self.buffers.floats(attributes["COLOR_0"])
        if values.shape[1] == 3:  # noqa: PLR2004 - without opacity
            values = np.column_stack([values, np.ones(count)])
        values = np.nan_to_num(np.clip(values, 0, 1), nan=1.0)
        return None if (values == 1).all() else values

    def _triangles(self, indices: Any, mode: int, count: int) -> Rows:
        rows = np.arange(count) if indices is None else self.buffers.accessor(indices)
        if rows.ndim != 1 or rows.dtype.kind not in "iu":
            raise BadInput(f"accessor {indices} holds no indices")
        rows = rows.astype(np.int64)
        if len(rows) and (rows.max() >= count or rows.min() < 0):
            raise BadInput(f"a triangle of it has vertex {rows.max():,} of {count:,}")
        if mode == _TRIANGLES:
            return rows[: len(rows) // 3 * 3].reshape(-1, 3)
        a, b, c = rows[:-2], rows[1:-1], rows[2:]
        if mode == _FAN:
            return np.column_stack([np.full(len(a), rows[0] if len(rows) else 0), b, c])
        odd = np.arange(len(a)) % 2 == 1
        return np.column_stack([a, np.where(odd, c, b), np.where(odd, b, c)])


def _hashable(children: Any) -> list[int]:
    return [child for child in children if isinstance(child, int)] if isinstance(children, list) else []


def _matrix(said: Json) -> Matrix4:
    """A node's own frame in its parent's (glTF 2.0, "Transformations")."""
    if said.get("matrix") is not None:
        return np.array(numbers(said["matrix"], (0.0,) * 16)).reshape(4, 4).T
    return _placed(
        np.array(numbers(said.get("translation"), (0.0, 0.0, 0.0))),
        np.array(numbers(said.get("rotation"), (0.0, 0.0, 0.0, 1.0))),
        np.array(numbers(said.get("scale"), (1.0, 1.0, 1.0))),
    )


def _placed(translation: Floats, rotation: Floats, scale: Floats) -> Matrix4:
    x, y, z, w = rotation / (np.linalg.norm(rotation) or 1.0)
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn * scale
    matrix[:3, 3] = translation
    return matrix


def _properties(node: Json, mesh: Json, parents: tuple[str, ...]) -> PropertySets:
    properties: dict[str, dict[str, str | float | bool]] = {}
    if above := " / ".join(name for name in parents if name):
        properties["glTF"] = {"within": above}
    if extras := scalars(mesh.get("extras")) | scalars(node.get("extras")):
        properties["extras"] = extras
    return properties
