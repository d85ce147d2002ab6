"""The GLB container, both ways (glTF 2.0, "GLB File Format Specification").

`GlbWriter` gathers buffer views, accessors and extensions and turns them into bytes. Unless told otherwise, attributes
and triangles go through EXT_meshopt_compression, codec version 0, which is the one that extension names. No library
writes this together with metadata; docs/decisions/gltf.md compares them.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import meshopt
import numpy as np
from numpy.typing import NDArray

from .errors import BadInput

Json = dict[str, Any]

MEDIA_TYPE = "model/gltf-binary"
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963

_MAGIC, _VERSION = 0x46546C67, 2
_JSON_CHUNK, _BIN_CHUNK = 0x4E4F534A, 0x004E4942
_COMPONENT_TYPES = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
_CODEC_VERSION = 0  # EXT_meshopt_compression knows no other; KHR_meshopt_compression will


@dataclass(frozen=True)
class Accessor:
    """How the numbers of an attribute are to be read (glTF 2.0, "Accessors")."""

    type: Literal["SCALAR", "VEC2", "VEC3", "VEC4"]
    component: str
    """NumPy's name of a number's type, such as "u2"."""
    offset: int = 0
    """Bytes from the start of a row."""
    normalized: bool = False
    bounds: tuple[Sequence[float], Sequence[float]] | None = None
    """Lowest and highest value, k each, which POSITION must have."""


@dataclass
class GlbWriter:
    """A GLB in the making: add views and accessors, fill `document`, then take `to_bytes()`."""

    generator: str = "Voorland"
    compress: bool = True
    """Whether attributes and triangles go through meshopt; plain, any reader of glTF 2.0 reads them."""
    document: Json = field(default_factory=dict)
    _bin: bytearray = field(default_factory=bytearray)
    _fallback_length: int = 0
    _views: list[Json] = field(default_factory=list)
    _accessors: list[Json] = field(default_factory=list)
    _used: dict[str, bool] = field(default_factory=dict)

    def use(self, extension: str, *, required: bool = False) -> None:
        """Name `extension` among those used, and among those a reader must know."""
        self._used[extension] = required or self._used.get(extension, False)

    def view(self, data: bytes, target: int | None = None) -> int:
        """Add plain bytes as a buffer view, and give its index."""
        self._align(self._bin, 8)  # EXT_structural_metadata: values of 8 bytes start at a multiple of 8
        view: Json = {"buffer": 0, "byteOffset": len(self._bin), "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        self._bin += data
        self._views.append(view)
        return len(self._views) - 1

    def attribute(self, values: NDArray[Any], accessor: Accessor) -> int:
        """Add one value per vertex, (n,) or (n, k); give the accessor's index."""
        rows = _padded_to_four_bytes(values.reshape(len(values), -1))
        if not self.compress:
            return self._accessor(self._plain_view(rows, ARRAY_BUFFER), len(rows), accessor)
        encoded = meshopt.encode_gltf_buffer(rows, "ATTRIBUTES", _CODEC_VERSION)
        return self._accessor(self.vertices(rows, encoded), len(rows), accessor)

    def vertices(self, rows: NDArray[Any], encoded: bytes) -> int:
        """Add rows of a vertex buffer, one value or several after another, as compressed; give the view's index.

        To the codec it is the same, it works on each byte of a row by itself; but one view makes a shorter document.
        """
        return self._compressed_view(encoded, rows, "ATTRIBUTES", ARRAY_BUFFER)

    def within(self, view: int, count: int, accessors: Sequence[Accessor]) -> list[int]:
        """Describe what a view of `count` vertices holds; the accessors' indices."""
        return [self._accessor(view, count, accessor) for accessor in accessors]

    def _accessor(self, view: int, count: int, accessor: Accessor) -> int:
        described: Json = {
            "bufferView": view,
            "componentType": _COMPONENT_TYPES[accessor.component],
            "count": count,
            "type": accessor.type,
        }
        if accessor.offset:
            described["byteOffset"] = accessor.offset
        if accessor.normalized:
            described["normalized"] = True
        if accessor.bounds is not None:
            described |= {"min": [*accessor.bounds[0]], "max": [*accessor.bounds[1]]}
        self._accessors.append(described)
        return len(self._accessors) - 1

    def triangles(self, corners: NDArray[np.uint32]) -> int:
        """Add the corners of triangles, (t, 3); give the accessor's index."""
        # 65535 is the primitive restart value of 16-bit indices, so the last vertex must stay below it.
        kind = np.uint16 if int(corners.max()) < np.iinfo(np.uint16).max else np.uint32
        indices = np.ascontiguousarray(corners.reshape(-1, 1), dtype=kind)
        if self.compress:
            encoded = meshopt.encode_gltf_buffer(indices, "TRIANGLES", _CODEC_VERSION)
            view = self._compressed_view(encoded, indices, "TRIANGLES", ELEMENT_ARRAY_BUFFER)
        else:
            view = self._plain_view(indices, ELEMENT_ARRAY_BUFFER)
        self._accessors.append(
            {
                "bufferView": view,
                "componentType": _COMPONENT_TYPES[indices.dtype.str[1:]],
                "count": len(indices),
                "type": "SCALAR",
            }
        )
        return len(self._accessors) - 1

    def _plain_view(self, rows: NDArray[Any], target: int) -> int:
        view = self.view(rows.tobytes(), target)
        if target == ARRAY_BUFFER:
            self._views[view]["byteStride"] = rows.strides[0]
        return view

    def _compressed_view(self, encoded: bytes, rows: NDArray[Any], mode: str, target: int) -> int:
        self.use("EXT_meshopt_compression", required=True)
        self._align(self._bin, 4)
        stride = rows.strides[0]
        compression = {
            "buffer": 0,
            "byteOffset": len(self._bin),
            "byteLength": len(encoded),
            "byteStride": stride,
            "count": len(rows),
            "mode": mode,
        }
        self._fallback_length += -self._fallback_length % 4
        view: Json = {
            "buffer": 1,
            "byteOffset": self._fallback_length,
            "byteLength": rows.nbytes,
            "target": target,
            "extensions": {"EXT_meshopt_compression": compression},
        }
        if target == ARRAY_BUFFER:
            view["byteStride"] = stride
        self._fallback_length += rows.nbytes
        self._bin += encoded
        self._views.append(view)
        return len(self._views) - 1

    @staticmethod
    def _align(buffer: bytearray, to: int) -> None:
        buffer += bytes(-len(buffer) % to)

    def to_bytes(self) -> bytes:
        """The finished GLB."""
        self._align(self._bin, 4)
        document: Json = {"asset": {"version": "2.0", "generator": self.generator}} | self.document
        if self._used:
            document["extensionsUsed"] = sorted(self._used)
        if required := sorted(name for name, needed in self._used.items() if needed):
            document["extensionsRequired"] = required
        document |= {"accessors": self._accessors, "bufferViews": self._views, "buffers": self._buffers()}
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<II", len(text), _JSON_CHUNK) + text
        chunks += struct.pack("<II", len(self._bin), _BIN_CHUNK) + self._bin
        return struct.pack("<III", _MAGIC, _VERSION, 12 + len(chunks)) + chunks

    def _buffers(self) -> list[Json]:
        buffers: list[Json] = [{"byteLength": len(self._bin)}]
        if self._fallback_length:
            fallback = {"EXT_meshopt_compression": {"fallback": True}}
            buffers.append({"byteLength": self._fallback_length, "extensions": fallback})
        return buffers


def fetch_order(triangles: NDArray[np.uint32]) -> tuple[NDArray[np.intp], NDArray[np.uint32]]:
    """Vertices in the order in which triangles need them, by their rows, and the triangles, (t, 3), with these.

    Triangles that share vertices follow one another: quicker to draw, and a third smaller to send.
    """
    indices = np.ascontiguousarray(triangles.ravel(), np.uint32)
    reordered, remap, used = meshopt.reorder_mesh(indices, triangles=True, optsize=True)
    places = np.flatnonzero(remap != np.iinfo(np.uint32).max)
    rows = np.empty(used, np.intp)
    rows[remap[places]] = places
    return rows, np.asarray(reordered, np.uint32).reshape(-1, 3)


def _padded_to_four_bytes(rows: NDArray[Any]) -> NDArray[np.uint8]:
    """Rows as bytes, each filled with zeros to a multiple of four, as glTF's alignment and meshopt want them."""
    width = rows.dtype.itemsize * rows.shape[1]
    rows = np.ascontiguousarray(rows)
    if width % 4 == 0:
        return rows.view(np.uint8).reshape(len(rows), width)
    padded = np.zeros((len(rows), width + -width % 4), np.uint8)
    padded[:, :width] = rows.view(np.uint8).reshape(len(rows), width)
    return padded


@dataclass(frozen=True)
class Glb:
    """A GLB taken apart: its JSON document and its binary chunk."""

    document: Json
    bin: bytes


def read(data: bytes) -> Glb:
    """Take a GLB apart; raises `BadInput` where it is not whole."""
    if len(data) < 20 or struct.unpack_from("<I", data)[0] != _MAGIC:  # noqa: PLR2004 - header and one chunk header
        raise BadInput("This is not a GLB file: it does not begin with 'glTF'.")
    _, version, length = struct.unpack_from("<III", data)
    if version != _VERSION:
        raise BadInput(f"This GLB is of version {version}; only version 2 can be read.")
    if length > len(data):
        raise BadInput(f"This GLB is cut off: it says {length} bytes and has {len(data)}.")
    document: Json | None = None
    binary = b""
    offset = 12
    while offset + 8 <= length:
        size, kind = struct.unpack_from("<II", data, offset)
        chunk = data[offset + 8 : offset + 8 + size]
        if kind == _JSON_CHUNK and document is None:
            document = _parsed(chunk)
        elif kind == _BIN_CHUNK and not binary:
            binary = chunk
        offset += 8 + size
    if document is None:
        raise BadInput("This GLB holds no JSON chunk.")
    return Glb(document, binary)


def _parsed(chunk: bytes) -> Json:
    try:
        document = json.loads(chunk)
    except ValueError as error:
        raise BadInput(f"The JSON chunk of this GLB cannot be read: {error}.") from error
    if not isinstance(document, dict):
        raise BadInput("The JSON chunk of this GLB is not an object.")
    return document
