"""What a tile shows, by its first bytes: b3dm, i3dm, pnts, cmpt (3D Tiles 1.0) or glTF; where its vertices lie."""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput
from tiles.frame import Vec3s

from . import gltf
from .gltf import BROKEN, External

Json = Mapping[str, Any]

_HEADER, _INSTANCED_HEADER, _COMPOSITE_HEADER = 28, 32, 16
_NESTED = 8
_UPRIGHT = {
    "X": ((0, 0, -1), (0, 1, 0), (1, 0, 0)),
    "Y": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    "Z": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}
"""From glTF's axes to the tile's, by the one that points up."""


@dataclass(frozen=True, eq=False)
class Content:
    """What was found in one content."""

    kind: str
    """As its first bytes say: ``b3dm``, ``i3dm``, ``pnts``, ``cmpt``, ``glTF``; empty for what is none of these."""
    vertices: Vec3s
    """Metres of the tile, z up; empty where it cannot be looked into."""
    uris: tuple[str, ...] = ()
    """What it refers to beside itself."""
    points: bool = False
    """Whether nothing in it has a surface."""
    closed: bool = False
    """Whether it is compressed in a way that cannot be looked into."""


def read(data: bytes, external: External, up: str = "Y") -> Content:
    """What a content holds; `up` is the axis that points up in its glTF. Raises `BadInput` for a broken one."""
    try:
        with np.errstate(all="ignore"):  # numbers beyond all bounds are found below
            found = [*_parts(data, external, up, 0)]
    except (*BROKEN, struct.error) as error:
        said = str(error).strip("'\"").rstrip(".") or type(error).__name__
        raise BadInput(f"it cannot be read as {_magic(data) or 'glTF'} ({said[:160]})") from error
    vertices = np.concatenate([np.empty((0, 3)), *(each.vertices for each in found)])
    if not np.isfinite(vertices).all():
        raise BadInput("it has vertices that are no numbers")
    return Content(
        _magic(data),
        vertices,
        tuple(uri for each in found for uri in each.uris),
        all(each.points for each in found),
        any(each.closed for each in found),
    )


def is_tileset(data: bytes) -> bool:
    """Whether this is another tileset rather than a glTF document."""
    if data.lstrip()[:1] != b"{":
        return False
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and "root" in document


def _magic(data: bytes) -> str:
    start = data[:4]
    if start in {b"b3dm", b"i3dm", b"pnts", b"cmpt", b"glTF"}:
        return start.decode()
    return "glTF" if data.lstrip()[:1] == b"{" else ""


def _parts(data: bytes, external: External, up: str, depth: int) -> Iterator[Content]:
    match _magic(data):
        case "cmpt":
            yield from _composite(data, external, up, depth)
        case "b3dm":
            said, rest = _tables(data, _HEADER)
            yield _of_gltf(gltf.read(rest, external), up, _center(said))
        case "i3dm":
            yield _instanced(data)
        case "pnts":
            table = _Table(*_feature_table(data, _HEADER))
            closed = "3DTILES_draco_point_compression" in table.said.get("extensions", {})
            empty = np.empty((0, 3))
            yield Content("pnts", empty if closed else table.positions(), points=True, closed=closed)
        case "glTF":
            yield _of_gltf(gltf.read(data, external), up, np.zeros(3))
        case _:
            yield Content("", np.empty((0, 3)), closed=True)


def _composite(data: bytes, external: External, up: str, depth: int) -> Iterator[Content]:
    (count,) = struct.unpack_from("<I", data, 12)
    at = _COMPOSITE_HEADER
    if depth > _NESTED:
        raise ValueError("composites within composites")
    for _ in range(count):
        (length,) = struct.unpack_from("<I", data, at + 8)
        if length < _COMPOSITE_HEADER or at + length > len(data):
            raise ValueError("a part of it is cut off")
        yield from _parts(data[at : at + length], external, up, depth + 1)
        at += length


def _of_gltf(found: gltf.Gltf, up: str, center: NDArray[np.float64]) -> Content:
    vertices = np.concatenate([np.empty((0, 3)), *found.vertices()])
    upright = vertices @ np.array(_UPRIGHT[up], np.float64).T
    return Content("glTF", upright + center + found.center, tuple(found.uris), found.only_points, found.closed)


def _instanced(data: bytes) -> Content:
    """Where its instances stand; their own shapes are small beside that."""
    (embedded,) = struct.unpack_from("<I", data, _HEADER)
    table = _Table(*_feature_table(data, _INSTANCED_HEADER))
    _, rest = _tables(data, _INSTANCED_HEADER)
    uris = () if embedded else (rest.rstrip(b"\0 ").decode(),)
    return Content("i3dm", table.positions(), uris)


def _tables(data: bytes, header: int) -> tuple[Json, bytes]:
    """The feature table's JSON, and what follows all tables."""
    lengths = struct.unpack_from("<4I", data, 12)
    end = header + sum(lengths)
    if end > len(data):
        raise ValueError("it is cut off")
    return _feature_table(data, header)[0], data[end:]


def _feature_table(data: bytes, header: int) -> tuple[Json, bytes]:
    text, binary = struct.unpack_from("<2I", data, 12)
    said = json.loads(data[header : header + text] or b"{}")
    if not isinstance(said, dict):
        raise TypeError("its feature table is not an object")
    return said, data[header + text : header + text + binary]


def _center(said: Json) -> NDArray[np.float64]:
    return np.array(said.get("RTC_CENTER", (0.0, 0.0, 0.0)), np.float64).reshape(3)


@dataclass(frozen=True)
class _Table:
    """A feature table with positions (3D Tiles 1.1, "Point Cloud", "Instanced 3D Model")."""

    said: Json
    binary: bytes

    def positions(self) -> Vec3s:
        """Metres of the tile, (n, 3)."""
        count = int(self.said["POINTS_LENGTH"] if "POINTS_LENGTH" in self.said else self.said["INSTANCES_LENGTH"])
        center = _center(self.said)
        if "POSITION" in self.said:
            return self._rows("POSITION", np.dtype("<f4"), count) + center
        steps = self._rows("POSITION_QUANTIZED", np.dtype("<u2"), count) / 65535
        low = np.array(self.said["QUANTIZED_VOLUME_OFFSET"], np.float64).reshape(3)
        return steps * np.array(self.said["QUANTIZED_VOLUME_SCALE"], np.float64).reshape(3) + low + center

    def _rows(self, name: str, kind: "np.dtype[Any]", count: int) -> Vec3s:
        start = int(self.said[name]["byteOffset"])
        if start < 0 or count < 0 or start + count * 3 * kind.itemsize > len(self.binary):
            raise ValueError("its positions are cut off")
        return np.frombuffer(self.binary, kind, count * 3, start).reshape(-1, 3).astype(np.float64)
