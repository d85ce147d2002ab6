"""The geometry of COLLADA: triangles, fans, strips and polygons, with holes where they have them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tiles.colour import linear
from tiles.errors import BadInput

from .colladalooks import Look
from .colladanumbers import source, whole
from .join import Corners, Stream
from .parts import Floats, Part, Rows
from .polygons import flat, triangulated
from .xml import child, children, tag

_DRAWN = ("triangles", "trifans", "tristrips", "polylist", "polygons")
_LEFT_OUT = ("lines", "linestrips")
_XYZ = 3
_MOST_INPUTS = 64


@dataclass(frozen=True, eq=False)
class Primitive:
    """Triangles of one material symbol."""

    symbol: str
    corners: Corners
    uv: dict[int, Stream]
    """Texture coordinates by set."""

    def part(self, look: Look) -> Part:
        """The triangles as they look."""
        textured = self.uv.get(look.uv_set, next(iter(self.uv.values()), None)) if look.material.texture else None
        if textured is not None:
            flipped = np.column_stack([textured.values[:, 0], 1 - textured.values[:, 1]]) * look.scale
            return replace(self.corners, uv=Stream(flipped, textured.rows)).part(0, look.material)
        return self.corners.part(0, look.material)


@dataclass(frozen=True, eq=False)
class Mesh:
    """A geometry, ready for any number of copies."""

    primitives: Sequence[Primitive]
    lines: int


def primitives(mesh: Any) -> Mesh:
    """What a `<mesh>` holds; raises `BadInput`."""
    sources = {str(each.get("id")): each for each in children(mesh, "source")}
    read: dict[str, Floats] = {}

    def values(key: str) -> Floats:
        if key not in sources:
            raise BadInput(f"it takes numbers from {key!r}, which is not there")
        if key not in read:
            read[key] = source(sources[key])
        return read[key]

    vertices = child(mesh, "vertices")
    by_vertex = (
        {}
        if vertices is None
        else {each.get("semantic"): str(each.get("source")).lstrip("#") for each in children(vertices, "input")}
    )
    found = []
    for each in mesh:
        if tag(each) in _DRAWN:
            found += list(_primitive(each, by_vertex, values))
    return Mesh(found, sum(1 for each in mesh if tag(each) in _LEFT_OUT))


_Streams = dict[tuple[str, int], tuple[int, Floats]]
"""By semantic and set: where in a corner the row stands, and the rows."""


def _primitive(said: Any, by_vertex: dict[str, str], values: Callable[[str], Floats]) -> Iterator[Primitive]:
    stride, streams = _inputs(said, by_vertex, values)
    if not streams:
        return
    if ("POSITION", 0) not in streams:
        raise BadInput(f"a <{tag(said)}> has no positions")
    place, xyz = streams["POSITION", 0]
    if xyz.shape[1] < _XYZ:
        raise BadInput("its positions are not three numbers each")
    rows = _corners(said, stride, (place, xyz))
    if not len(rows):
        return
    uv = {
        group: Stream(given[:, :2], rows[:, offset])
        for (semantic, group), (offset, given) in streams.items()
        if semantic == "TEXCOORD" and given.shape[1] > 1
    }
    positions = Stream(xyz[:, :_XYZ], rows[:, place])
    corners = Corners(positions, _normals(streams, rows), None, _colours(streams, rows))
    yield Primitive(str(said.get("material") or ""), corners, uv)


def _inputs(said: Any, by_vertex: dict[str, str], values: Callable[[str], Floats]) -> tuple[int, _Streams]:
    """How many numbers a corner has, and what each is for."""
    streams: _Streams = {}
    stride = 0
    for each in children(said, "input"):
        try:
            offset, group = int(each.get("offset", "0")), int(each.get("set") or "0")
        except ValueError as error:
            raise BadInput(f"an <input> is broken ({error})") from error
        if not 0 <= offset < _MOST_INPUTS:
            raise BadInput(f"an <input> has offset {offset}")
        stride = max(stride, offset + 1)
        semantic, key = each.get("semantic"), str(each.get("source")).lstrip("#")
        if semantic == "VERTEX":
            streams |= {(inner, 0): (offset, values(inner_key)) for inner, inner_key in by_vertex.items()}
        elif semantic in {"NORMAL", "TEXCOORD", "COLOR", "POSITION"}:
            streams[semantic, group] = offset, values(key)
    return stride, streams


def _first(streams: _Streams, semantic: str) -> tuple[int, Floats] | None:
    found = next((each for (kind, _), each in streams.items() if kind == semantic), None)
    return found if found is not None and found[1].shape[1] >= _XYZ and len(found[1]) else None


def _normals(streams: _Streams, rows: Rows) -> Stream | None:
    found = _first(streams, "NORMAL")
    return None if found is None else Stream(found[1][:, :_XYZ], rows[:, found[0]])


def _colours(streams: _Streams, rows: Rows) -> Stream | None:
    """Linear; None where they are white all over."""
    found = _first(streams, "COLOR")
    if found is None:
        return None
    offset, given = found
    alpha = given[:, _XYZ] if given.shape[1] > _XYZ else np.ones(len(given))
    shares = np.clip(np.nan_to_num(np.column_stack([given[:, :_XYZ], alpha]), nan=1.0), 0, 1)
    shares[:, :_XYZ] = linear(shares[:, :_XYZ])
    return None if (shares == 1).all() else Stream(shares, rows[:, offset])


def _corners(said: Any, stride: int, positions: tuple[int, Floats]) -> Rows:
    """The corners of a primitive's triangles, three after three, (n, stride)."""
    lists = [_rows(each, stride) for each in children(said, "p")]
    match tag(said):
        case "triangles":
            found = [rows[: len(rows) // 3 * 3] for rows in lists]
        case "trifans":
            found = [_fan(rows) for rows in lists]
        case "tristrips":
            found = [_strip(rows) for rows in lists]
        case "polylist":
            counts = whole(child(said, "vcount"))
            rows = np.concatenate(lists) if lists else np.empty((0, stride), np.int64)
            if counts.sum() != len(rows) or (counts < 0).any():
                raise BadInput(f"a <polylist> counts {counts.sum():,} corners and has {len(rows):,}")
            found = [_polygons(counts, rows, positions)]
        case _:
            counts = np.array([len(rows) for rows in lists], np.int64)
            found = [_polygons(counts, np.concatenate(lists), positions)] if lists else []
            found += [_with_holes(each, stride, positions) for each in children(said, "ph")]
    return np.concatenate(found) if found else np.empty((0, stride), np.int64)


def _rows(p: Any, stride: int) -> Rows:
    found = whole(p)
    if len(found) % stride:
        raise BadInput(f"a <p> holds {len(found):,} numbers, which are no corners of {stride}")
    return found.reshape(-1, stride)


def _fan(rows: Rows) -> Rows:
    steps = np.arange(max(len(rows) - 2, 0))
    return np.asarray(rows[np.column_stack([np.zeros_like(steps), steps + 1, steps + 2]).ravel()])


def _strip(rows: Rows) -> Rows:
    steps = np.arange(max(len(rows) - 2, 0))
    odd = steps % 2
    return np.asarray(rows[np.column_stack([steps, steps + 1 + odd, steps + 2 - odd]).ravel()])


def _polygons(counts: Rows, rows: Rows, positions: tuple[int, Floats]) -> Rows:
    triangles, _ = triangulated(counts, _at(rows, positions))
    return rows[triangles.ravel()]


def _with_holes(said: Any, stride: int, positions: tuple[int, Floats]) -> Rows:
    outer = child(said, "p")
    if outer is None:
        return np.empty((0, stride), np.int64)
    rings = [_rows(outer, stride), *(_rows(each, stride) for each in children(said, "h"))]
    rings = [ring for ring in rings if len(ring) > 2]  # noqa: PLR2004 - an area
    if not rings:
        return np.empty((0, stride), np.int64)
    found = flat(*(_at(ring, positions) for ring in rings))
    return np.asarray(np.concatenate(rings)[found.ravel()])


def _at(rows: Rows, positions: tuple[int, Floats]) -> Floats:
    place, xyz = positions
    own = rows[:, place]
    if len(own) and not 0 <= own.min() <= own.max() < len(xyz):
        raise BadInput(f"a corner refers to position {int(own.max()):,} of {len(xyz):,}")
    return xyz[own, :3]
