"""Subtrees: which tiles of an implicit tileset there are (3D Tiles 1.1, "Implicit Tiling")."""

import json
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput

from .gltf import BROKEN

Json = Mapping[str, Any]

_MAGIC = 0x74627573
_DIMENSIONS = {"QUADTREE": 2, "OCTREE": 3}
_MOST_BITS = 1 << 22  # tiles of one subtree
_MOST_LEVELS = 30
EXTENSION = "3DTILES_implicit_tiling"
"""Its name before it became part of 3D Tiles 1.1."""


@dataclass(frozen=True)
class Tiling:
    """How space is divided, and where the subtrees stand."""

    dimensions: int
    levels: int
    """How many there are in all."""
    subtree_levels: int
    template: str


@dataclass(frozen=True)
class Cell:
    """A tile by its level and place."""

    level: int
    place: tuple[int, ...]  # x, y, and z in an octree

    def filled(self, template: str) -> str:
        """A template URI of this tile."""
        names = {"level": self.level, **dict(zip("xyz", self.place, strict=False))}
        for name, value in names.items():
            template = template.replace(f"{{{name}}}", str(value))
        return template


@dataclass(frozen=True, eq=False)
class Subtree:
    """What a subtree says there is; each an array of bits, level by level, in Morton order."""

    tiles: NDArray[np.bool_]
    contents: Sequence[NDArray[np.bool_]]
    children: NDArray[np.bool_]


def tiling(tile: Json, name: str) -> Tiling | None:
    """The implicit tiling of a tile; None for one that lists its children. Raises `BadInput` for one that cannot be."""
    extensions = tile.get("extensions")
    said = tile.get("implicitTiling") or (extensions.get(EXTENSION) if isinstance(extensions, dict) else None)
    if said is None:
        return None
    try:
        dimensions = _DIMENSIONS[said["subdivisionScheme"]]
        levels = int(said["availableLevels"] if "availableLevels" in said else said["maximumLevel"] + 1)
        found = Tiling(dimensions, levels, int(said["subtreeLevels"]), str(said["subtrees"]["uri"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadInput(f"{name} has an implicitTiling that cannot be read ({error}); export it again.") from error
    fits = 0 < found.subtree_levels <= _MOST_LEVELS // 2 and 0 < found.levels <= _MOST_LEVELS
    if not fits or _starts(found)[-1] > _MOST_BITS:
        raise BadInput(
            f"{name} has an implicitTiling of {found.levels} levels in subtrees of {found.subtree_levels}, "
            "which cannot be read."
        )
    return found


def _starts(tiling: Tiling) -> list[int]:
    """Where each level's bits begin, and where the last one's end."""
    found = [0]
    for level in range(tiling.subtree_levels):
        found.append(found[-1] + (1 << (tiling.dimensions * level)))
    return found


def subtree(data: bytes, of: Tiling, external: Callable[[str], bytes]) -> Subtree:
    """Read a subtree, binary or JSON; `external` gives the bytes of a buffer by its URI. Raises `BadInput`."""
    try:
        document, binary = _parts(data)
        views = _Views(document, binary, external)
        count = _starts(of)[-1]
        contents = document.get("contentAvailability") or []
        listed = contents if isinstance(contents, list) else [contents]
        return Subtree(
            views.bits(document["tileAvailability"], count),
            [views.bits(each, count) for each in listed],
            views.bits(document["childSubtreeAvailability"], 1 << (of.dimensions * of.subtree_levels)),
        )
    except (*BROKEN, struct.error) as error:
        raise BadInput(f"it is no subtree that can be read ({str(error)[:120]})") from error


def _parts(data: bytes) -> tuple[Json, bytes]:
    if len(data) >= 4 and struct.unpack_from("<I", data)[0] == _MAGIC:  # noqa: PLR2004 - the magic's bytes
        _, _, text, binary = struct.unpack_from("<IIQQ", data)
        if 24 + text + binary > len(data):
            raise ValueError("it is cut off")
        return json.loads(data[24 : 24 + text]), data[24 + text : 24 + text + binary]
    return json.loads(data), b""


@dataclass(frozen=True)
class _Views:
    document: Json
    binary: bytes
    external: Callable[[str], bytes]

    def bits(self, availability: Json, count: int) -> NDArray[np.bool_]:
        """So many bits, from a buffer or all the same."""
        if "constant" in availability:
            return np.full(count, bool(availability["constant"]))
        number = availability["bitstream"] if "bitstream" in availability else availability["bufferView"]
        view = self.document["bufferViews"][number]
        buffer = self.document["buffers"][view["buffer"]]
        data = self.external(buffer["uri"]) if "uri" in buffer else self.binary
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        own = data[start : start + length]
        if start < 0 or len(own) * 8 < count:
            raise ValueError(f"{count} tiles need more than {len(own)} bytes")
        return np.unpackbits(np.frombuffer(own, np.uint8), count=count, bitorder="little").astype(bool)


def cells(found: Subtree, root: Cell, of: Tiling) -> Iterator[tuple[Cell, tuple[int, ...]]]:
    """Each tile there is below the subtree's root, and the numbers of the contents it has."""
    for level, (start, end) in enumerate(pairwise(_starts(of))):
        if root.level + level >= of.levels:
            return
        for number in np.flatnonzero(found.tiles[start:end]).tolist():
            has = tuple(row for row, bits in enumerate(found.contents) if bits[start + number])
            yield _cell(root, level, number, of.dimensions), has


def below(found: Subtree, root: Cell, of: Tiling) -> Iterator[Cell]:
    """The roots of the subtrees below this one."""
    if root.level + of.subtree_levels < of.levels:
        for number in np.flatnonzero(found.children).tolist():
            yield _cell(root, of.subtree_levels, number, of.dimensions)


def _cell(root: Cell, level: int, morton: int, dimensions: int) -> Cell:
    """The tile with this Morton number, some levels below a root."""
    place = [0] * dimensions
    for bit in range(level * dimensions):
        place[bit % dimensions] |= (morton >> bit & 1) << bit // dimensions
    return Cell(root.level + level, tuple((at << level) + own for at, own in zip(root.place, place, strict=True)))
