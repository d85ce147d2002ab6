"""Vertices of a glTF as others write it: nodes, plain and quantized accessors, and those compressed by meshopt."""

import binascii
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.meshes.gltfbuffers import Buffers
from tiles.errors import BadInput
from tiles.frame import Matrix4, Vec3s
from tiles.glb import read as read_glb

from .volumes import moved

Json = dict[str, Any]
External = Callable[[str], bytes]
"""Gives the bytes of a URI beside the file."""

_DRACO = "KHR_draco_mesh_compression"
_INSTANCING = "EXT_mesh_gpu_instancing"
_MOST_VERTICES = 50_000_000
_POINTS = 0

BROKEN = (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError, OverflowError, binascii.Error)
"""What reading a document that breaks glTF's rules raises."""


@dataclass(frozen=True, eq=False)
class Gltf:
    """A glTF document with its buffers."""

    document: Json
    binary: bytes
    external: External

    @property
    def uris(self) -> list[str]:
        """What it refers to beside itself."""
        listed = [*self.document.get("buffers", ()), *self.document.get("images", ())]
        return [each["uri"] for each in listed if "uri" in each and not each["uri"].startswith("data:")]

    @property
    def only_points(self) -> bool:
        """Whether nothing in it has a surface."""
        return all(primitive.get("mode", 4) == _POINTS for mesh in self._meshes() for primitive in mesh["primitives"])

    @property
    def closed(self) -> bool:
        """Whether some of it is compressed in a way that cannot be looked into."""
        return any(
            _DRACO in primitive.get("extensions", {}) for mesh in self._meshes() for primitive in mesh["primitives"]
        )

    def _meshes(self) -> Sequence[Json]:
        found: Sequence[Json] = self.document.get("meshes", ())
        return found

    def vertices(self) -> Iterator[Vec3s]:
        """The vertices of each primitive of each node, (n, 3), y up and in the scene's metres."""
        count = 0
        for node, matrix in self._nodes():
            shifts = self._shifts(node)
            for primitive in self._meshes()[node["mesh"]]["primitives"]:
                if _DRACO in primitive.get("extensions", {}):
                    continue
                own = self._numbers(primitive["attributes"]["POSITION"])
                count += len(own)
                if count > _MOST_VERTICES:
                    raise ValueError(f"it has more than {_MOST_VERTICES:,} vertices")
                yield moved(matrix, own if shifts is None else shifts)
        center = self.document.get("extensions", {}).get("CESIUM_RTC", {}).get("center")
        if center is not None and len(center) != 3:  # noqa: PLR2004 - x, y, z
            raise ValueError("its CESIUM_RTC has no center")

    @property
    def center(self) -> NDArray[np.float64]:
        """Where its origin lies in the tile, z up, (3,)."""
        said = self.document.get("extensions", {}).get("CESIUM_RTC", {}).get("center", (0.0, 0.0, 0.0))
        return np.array(said, np.float64).reshape(3)

    def _shifts(self, node: Json) -> Vec3s | None:
        """Where the instances of a node stand; None for one that is drawn once."""
        attributes = node.get("extensions", {}).get(_INSTANCING, {}).get("attributes", {})
        return self._numbers(attributes["TRANSLATION"]) if "TRANSLATION" in attributes else None

    def _nodes(self) -> Iterator[tuple[Json, Matrix4]]:
        """Each node of the scene that has a mesh, and its way to the scene."""
        nodes = self.document.get("nodes", ())
        waiting = [(row, np.eye(4), 0) for row in self._roots(nodes)]
        met = 0
        while waiting:
            row, outer, depth = waiting.pop()
            met += 1
            if met > len(nodes) or depth > len(nodes):
                raise ValueError("its nodes go round in a circle")
            node = nodes[row]
            matrix = outer @ _matrix(node)
            if "mesh" in node:
                yield node, matrix
            waiting += [(child, matrix, depth + 1) for child in node.get("children", ())]

    def _roots(self, nodes: Sequence[Json]) -> list[int]:
        scenes = self.document.get("scenes")
        if scenes:
            return list(scenes[self.document.get("scene", 0)].get("nodes", ()))
        inner = {child for node in nodes for child in node.get("children", ())}
        return [row for row in range(len(nodes)) if row not in inner]

    def _numbers(self, row: int) -> Vec3s:
        """An accessor of three numbers each, (n, 3)."""
        count = self.document["accessors"][row]["count"]
        if not isinstance(count, int) or not 0 <= count <= _MOST_VERTICES:
            raise ValueError("a position has no possible count")
        found = self._buffers.floats(row)
        if found.ndim != 2 or found.shape[1] != 3:  # noqa: PLR2004 - rows of x, y, z
            raise ValueError("a position is no three numbers")
        return found

    @cached_property
    def _buffers(self) -> Buffers:
        """Its numbers, read as those of a model are."""
        return Buffers(self.document, self.binary, self.external)


def _matrix(node: Json) -> Matrix4:
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = np.array(node.get("rotation", (0, 0, 0, 1)), np.float64)
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)), np.float64)
    matrix[:3, 3] = np.array(node.get("translation", (0, 0, 0)), np.float64)
    return matrix


def read(data: bytes, external: External) -> Gltf:
    """A GLB or a glTF document; raises `BadInput`."""
    if data.startswith(b"glTF"):
        glb = read_glb(data)
        return Gltf(glb.document, glb.bin, external)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"it is no glTF: {str(error)[:120]}.") from error
    if not isinstance(document, dict):
        raise BadInput("it is no glTF: it is not an object.")
    return Gltf(document, b"", external)
