"""The numbers in a glTF: buffers, their views and accessors (glTF 2.0, "Binary Data Storage").

EXT_meshopt_compression is decoded; every offset and count is checked against the bytes that are there.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

import meshopt
import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput

Json = dict[str, Any]

_KINDS = {5120: "i1", 5121: "u1", 5122: "i2", 5123: "u2", 5125: "u4", 5126: "f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_MOST = 1 << 31
"""Bytes of one view or accessor: beyond, a file of a few bytes asks for memory that is not there."""


def member(document: Json, kind: str, index: Any) -> Json:
    """An object of a document by its index; raises `BadInput` where there is none."""
    rows = document.get(kind)
    if not isinstance(rows, list) or not isinstance(index, int) or not 0 <= index < len(rows):
        raise BadInput(f"it refers to number {index!r} of its {kind}, which is not there")
    found = rows[index]
    if not isinstance(found, dict):
        raise BadInput(f"number {index} of its {kind} is no object")
    return found


def looked_up(table: Mapping[int, str], code: Any) -> str | None:
    """What a code of the standard stands for; None where it is no code."""
    return table.get(code) if isinstance(code, int) else None


def number(said: Json, key: str, otherwise: int | None = None) -> int:
    """A count or an offset."""
    value = said.get(key, otherwise)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _MOST:
        raise BadInput(f"its {key} is {value!r}, which is no number that can be")
    return value


def extension(said: Json, name: str) -> Json | None:
    """What an extension says of an object; None where it is not used."""
    extensions = said.get("extensions")
    found = extensions.get(name) if isinstance(extensions, dict) else None
    return found if isinstance(found, dict) else None


@dataclass
class Buffers:
    """The binary data of one document."""

    document: Json
    binary: bytes | None
    """The chunk of a GLB."""
    beside: Callable[[str], bytes | None]
    """Reads a file that the document refers to."""
    _buffers: dict[int, bytes] = field(default_factory=dict)
    _views: dict[int, bytes] = field(default_factory=dict)
    _filled: dict[int, NDArray[Any]] = field(default_factory=dict)

    def view(self, index: Any) -> bytes:
        """The bytes of a buffer view, decompressed."""
        said = member(self.document, "bufferViews", index)
        if index not in self._views:
            compressed = extension(said, "EXT_meshopt_compression") or extension(said, "KHR_meshopt_compression")
            self._views[index] = self._slice(said) if compressed is None else self._decoded(compressed)
        return self._views[index]

    def _slice(self, said: Json) -> bytes:
        buffer = self._buffer(said.get("buffer"))
        start, length = number(said, "byteOffset", 0), number(said, "byteLength")
        if start + length > len(buffer):
            raise BadInput(f"one of its views ends at byte {start + length:,} of a buffer of {len(buffer):,}")
        return buffer if length == len(buffer) else buffer[start : start + length]

    def _decoded(self, said: Json) -> bytes:
        data = self._slice(said)
        count, stride = number(said, "count"), number(said, "byteStride")
        if count * stride >= _MOST or not count:
            raise BadInput(f"it asks for {count:,} compressed rows of {stride:,} bytes")
        try:
            rows = meshopt.decode_gltf_buffer(data, count, stride, said.get("mode"), said.get("filter", "NONE"))
        except (ValueError, RuntimeError, TypeError) as error:
            raise BadInput(f"its meshopt compression is broken ({str(error).rstrip('.')})") from error
        return np.asarray(rows).tobytes()

    def _buffer(self, index: Any) -> bytes:
        said = member(self.document, "buffers", index)
        if index not in self._buffers:
            self._buffers[index] = self._loaded(said, index)
        return self._buffers[index]

    def _loaded(self, said: Json, index: int) -> bytes:
        uri = said.get("uri")
        if uri is None:
            if index or self.binary is None:
                raise BadInput(f"the data of buffer {index} is not in it")
            return self.binary
        if not isinstance(uri, str):
            raise BadInput(f"the address of buffer {index} is no text")
        data = data_of(uri) if uri.startswith("data:") else self.beside(uri)
        if data is None:
            raise BadInput(f"it needs {uri[:80]}, which is not beside it; hand both over together, or as one GLB")
        return data

    def accessor(self, index: Any) -> NDArray[Any]:
        """The values of an accessor, (n,) or (n, k), as they are stored."""
        said = member(self.document, "accessors", index)
        kind, width = looked_up(_KINDS, said.get("componentType")), _WIDTHS.get(str(said.get("type")))
        if kind is None or width is None:
            raise BadInput(f"accessor {index} is of a type that glTF does not have")
        if index in self._filled:
            return self._filled[index]
        count = number(said, "count")
        item = np.dtype(kind).itemsize
        if count * width * item >= _MOST:
            raise BadInput(f"accessor {index} has {count:,} values, which is more than can be")
        if said.get("bufferView") is None:
            values = np.zeros((count, width), kind)
        else:
            values = self._rows(said["bufferView"], number(said, "byteOffset", 0), count, (kind, width))
        if isinstance(said.get("sparse"), dict):
            values = self._sparse(values.copy(), said["sparse"])
        return values[:, 0] if width == 1 else values

    def fill(self, index: Any, values: NDArray[Any]) -> None:
        """Give an accessor values, (n,) or (n, k), that stand elsewhere; raises `BadInput` where they are too few."""
        said = member(self.document, "accessors", index)
        if len(values) < number(said, "count"):
            raise BadInput(f"accessor {index} has {number(said, 'count'):,} values, and {len(values):,} are packed")
        self._filled[index] = values

    def _rows(self, view: Any, offset: int, count: int, layout: tuple[str, int]) -> NDArray[Any]:
        kind, width = layout
        data = self.view(view)
        described = member(self.document, "bufferViews", view)
        row = np.dtype(kind).itemsize * width
        stride = number(described, "byteStride", 0) or row
        if stride < row:
            raise BadInput(f"the rows of view {view} are {stride} bytes apart and {row} long")
        if count and offset + stride * (count - 1) + row > len(data):
            raise BadInput(f"an accessor has {count:,} values, and its view ends before them")
        return np.ndarray((count, width), np.dtype(kind), data, offset, (stride, np.dtype(kind).itemsize))

    def _sparse(self, values: NDArray[Any], said: Json) -> NDArray[Any]:
        """GlTF 2.0, "Sparse Accessors"."""
        count = number(said, "count")
        indices, replaced = said.get("indices"), said.get("values")
        if not isinstance(indices, dict) or not isinstance(replaced, dict):
            raise BadInput("a sparse accessor has no indices or values")
        kind = looked_up(_KINDS, indices.get("componentType")) or "u2"
        rows = self._rows(indices.get("bufferView"), number(indices, "byteOffset", 0), count, (kind, 1))[:, 0]
        layout = values.dtype.str[1:], values.shape[1]
        if rows.max(initial=0) >= max(len(values), 1):
            raise BadInput("a sparse accessor changes values that are not there")
        values[rows] = self._rows(replaced.get("bufferView"), number(replaced, "byteOffset", 0), count, layout)
        return values

    def floats(self, index: Any) -> NDArray[np.float64]:
        """The values of an accessor as numbers; integers that stand for 0 to 1 as those (glTF 2.0, 3.11)."""
        values = self.accessor(index)
        scaled = bool(member(self.document, "accessors", index).get("normalized")) and values.dtype.kind in "iu"
        numbers = values.astype(np.float64)
        if not scaled:
            return numbers
        return np.maximum(numbers / np.iinfo(values.dtype).max, -1.0)


def data_of(uri: str) -> bytes:
    """The bytes in a `data:` address (RFC 2397)."""
    head, _, body = uri.partition(",")
    if not head.endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode(body, validate=False)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"data held in it is not base64 ({error})") from error
