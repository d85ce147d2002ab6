"""PLY (Stanford polygon file format), text and binary: polygons with normals, colours and texture coordinates.

Read directly: trimesh drops normals and keeps colours only where there is no texture. PLY states neither unit nor
which way is up; metres and z are taken, and said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.model import Model, Progress, Reading
from tiles.colour import linear
from tiles.errors import BadInput
from tiles.geometry import Material

from .assemble import assembled
from .join import Corners, Stream
from .parts import GREY, Content, Floats, Part, Rows, Said, counted
from .pictures import Pictures
from .polygons import triangulated

_TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4", "float": "f4",
    "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
    "float32": "f4", "float64": "f8",
}  # fmt: skip
_ORDERS = {"ascii": "=", "binary_little_endian": "<", "binary_big_endian": ">"}
_LONGEST_HEADER = 1 << 16


@dataclass(frozen=True)
class _Property:
    name: str
    kind: str
    """NumPy's name of the type."""
    count_kind: str = ""
    """That of a list's length; empty where it is one value."""


@dataclass(frozen=True)
class _Element:
    name: str
    count: int
    properties: tuple[_Property, ...]


@dataclass(frozen=True, eq=False)
class _Lists:
    """Lists of any length, one after another."""

    counts: Rows
    values: NDArray[Any]


_Table = Mapping[str, "NDArray[Any] | _Lists"]


@dataclass(frozen=True)
class _Header:
    order: str
    elements: tuple[_Element, ...]
    comments: tuple[str, ...]
    length: int

    @property
    def text(self) -> bool:
        return self.order == "="


def read(path: Path, reading: Reading, progress: Progress) -> Model:
    """The model in a PLY file; raises `BadInput` when it is broken or empty."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise BadInput(f"There is no file {path}.") from None
    content = Content()
    try:
        header = _header(data)
        tables = _text_tables(data, header) if header.text else _binary_tables(data, header)
        _parts(path, header, tables, content)
    except BadInput as problem:
        raise BadInput(f"{path.name} cannot be read as PLY: {str(problem).rstrip('.')}.") from problem
    progress(1, 1)
    if reading.unit_m is None:
        content.notes.append("PLY says nothing of its unit; metres were taken.")
    program = next((each for each in header.comments if not each.lower().startswith("texturefile")), "")
    kind = "text" if header.text else "binary"
    return assembled(path, content, Said(f"PLY 1.0 ({kind})", program[:120], up_said=False), reading)


def _header(data: bytes) -> _Header:
    if data[:3] != b"ply":
        raise BadInput("it does not begin with 'ply'")
    end = data.find(b"end_header", 0, _LONGEST_HEADER)
    newline = data.find(b"\n", end)
    if end < 0 or newline < 0:
        raise BadInput("its header has no end")
    order, comments = "", []
    elements: list[_Element] = []
    for line in data[:end].decode("utf-8", "replace").splitlines():
        words = line.split()
        match words:
            case ["format", kind, *_]:
                order = _ORDERS.get(kind, "")
            case ["comment" | "obj_info", *_]:
                comments.append(line.split(maxsplit=1)[1].strip() if len(words) > 1 else "")
            case ["element", name, count]:
                elements.append(_Element(name, _count(count), ()))
            case ["property", *said] if elements:
                last = elements[-1]
                elements[-1] = replace(last, properties=(*last.properties, _property(said)))
    if not order:
        raise BadInput("its header names no format that PLY has")
    return _Header(order, tuple(elements), tuple(comments), newline + 1)


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 12:  # noqa: PLR2004 - more digits than a disk has bytes
        raise BadInput(f"its header counts {text[:20]!r} of an element")
    return int(text)


def _property(said: Sequence[str]) -> _Property:
    match said:
        case ["list", count, kind, name] if count in _TYPES and kind in _TYPES:
            return _Property(name, _TYPES[kind], _TYPES[count])
        case [kind, name] if kind in _TYPES:
            return _Property(name, _TYPES[kind])
        case _:
            raise BadInput(f"its header has a property {' '.join(said)[:60]!r}, which PLY does not know")


def _binary_tables(data: bytes, header: _Header) -> dict[str, _Table]:
    at = header.length
    tables: dict[str, _Table] = {}
    for element in header.elements:
        if not any(each.count_kind for each in element.properties):
            layout = np.dtype([(f"{i}", header.order + each.kind) for i, each in enumerate(element.properties)])
            _require(data, at, element.count * layout.itemsize, element)
            rows = np.frombuffer(data, layout, element.count, at) if element.properties else np.empty(0, layout)
            tables[element.name] = {each.name: rows[f"{i}"] for i, each in enumerate(element.properties)}
            at += element.count * layout.itemsize
        else:
            tables[element.name], at = _binary_lists(data, at, element, header.order)
    return tables


def _require(data: bytes, at: int, length: int, element: _Element) -> None:
    if at + length > len(data):
        raise BadInput(f"it is cut off: it says {element.count:,} of {element.name}, and ends before them")


def _binary_lists(data: bytes, at: int, element: _Element, order: str) -> tuple[_Table, int]:
    """An element with lists: at once where all are as long as the first, else row by row."""
    first = _row_layout(data, at, element, order)
    if first is not None and at + element.count * first.itemsize <= len(data):
        rows = np.frombuffer(data, first, element.count, at)
        counts = [rows[f"n{i}"] for i, each in enumerate(element.properties) if each.count_kind]
        if all(len(each) and (each == each[0]).all() for each in counts):
            return _table(rows, element), at + element.count * first.itemsize
    return _row_by_row(data, at, element, order)


def _row_layout(data: bytes, at: int, element: _Element, order: str) -> np.dtype[Any] | None:
    """How a row is laid out if all are like the one at `at`."""
    fields: list[Any] = []
    for i, each in enumerate(element.properties):
        if each.count_kind:
            start = at + np.dtype(fields).itemsize
            size = np.dtype(each.count_kind).itemsize
            if start + size > len(data):
                return None
            count = int(np.frombuffer(data, order + each.count_kind, 1, start)[0])
            if not 0 <= count <= len(data):
                return None
            fields += [(f"n{i}", order + each.count_kind), (f"{i}", order + each.kind, (count,))]
        else:
            fields.append((f"{i}", order + each.kind))
    return np.dtype(fields)


def _table(rows: NDArray[Any], element: _Element) -> _Table:
    table: dict[str, NDArray[Any] | _Lists] = {}
    for i, each in enumerate(element.properties):
        values = rows[f"{i}"]
        table[each.name] = _Lists(rows[f"n{i}"].astype(np.int64), values.reshape(-1)) if each.count_kind else values
    return table


def _row_by_row(data: bytes, at: int, element: _Element, order: str) -> tuple[_Table, int]:
    kinds = [(np.dtype(order + each.kind), np.dtype(order + (each.count_kind or "u1"))) for each in element.properties]
    counts: list[list[int]] = [[] for _ in kinds]
    pieces: list[list[bytes]] = [[] for _ in kinds]
    byte_order = "little" if order == "<" else "big"
    for _ in range(element.count):
        for i, (each, (kind, count_kind)) in enumerate(zip(element.properties, kinds, strict=True)):
            count = 1
            if each.count_kind:
                _require(data, at, count_kind.itemsize, element)
                count = int.from_bytes(data[at : at + count_kind.itemsize], byte_order)  # type: ignore[arg-type]
                at += count_kind.itemsize
            length = count * kind.itemsize
            _require(data, at, length, element)
            counts[i].append(count)
            pieces[i].append(data[at : at + length])
            at += length
    table: dict[str, NDArray[Any] | _Lists] = {}
    for i, (each, (kind, _)) in enumerate(zip(element.properties, kinds, strict=True)):
        values = np.frombuffer(b"".join(pieces[i]), kind)
        table[each.name] = _Lists(np.array(counts[i], np.int64), values) if each.count_kind else values
    return table, at


def _text_tables(data: bytes, header: _Header) -> dict[str, _Table]:
    lines = [line for line in data[header.length :].split(b"\n") if line.strip()]
    at = 0
    tables: dict[str, _Table] = {}
    for element in header.elements:
        own = lines[at : at + element.count]
        if len(own) < element.count:
            raise BadInput(f"it is cut off: it says {element.count:,} of {element.name} and has {len(own):,}")
        at += element.count
        try:
            tables[element.name] = _text_table([line.split() for line in own], element)
        except (ValueError, IndexError, OverflowError) as error:
            raise BadInput(f"a line of its {element.name} is not as its header says ({error})") from error
    return tables


def _text_table(rows: list[list[bytes]], element: _Element) -> _Table:
    if not any(each.count_kind for each in element.properties):
        width = len(element.properties)
        table = np.array([row[:width] for row in rows], np.float64).reshape(-1, width)
        return {each.name: table[:, i] for i, each in enumerate(element.properties)}
    counts: list[list[int]] = [[] for _ in element.properties]
    values: list[list[bytes]] = [[] for _ in element.properties]
    for row in rows:
        at = 0
        for i, each in enumerate(element.properties):
            count = 1
            if each.count_kind:
                count, at = int(row[at]), at + 1
            if count < 0 or at + count > len(row):
                raise ValueError("too few numbers")
            counts[i].append(count)
            values[i] += row[at : at + count]
            at += count
    return {
        each.name: _Lists(np.array(counts[i], np.int64), np.array(values[i], np.float64))
        if each.count_kind
        else np.array(values[i], np.float64)
        for i, each in enumerate(element.properties)
    }


def _parts(path: Path, header: _Header, tables: Mapping[str, _Table], content: Content) -> None:
    vertices = tables.get("vertex", {})
    xyz = _columns(vertices, "x", "y", "z")
    if xyz is None:
        raise BadInput("it has no vertices with x, y and z")
    faces = tables.get("face", {})
    listed = next((faces[name] for name in ("vertex_indices", "vertex_index") if name in faces), None)
    strips = tables.get("tristrips", {}).get("vertex_indices")
    if isinstance(strips, _Lists):
        listed = _from_strips(strips)
    if not isinstance(listed, _Lists):
        raise BadInput(f"it holds {counted(len(xyz), 'point')} and no faces; hand point clouds over as LAS or LAZ")
    if not (np.abs(listed.values.astype(np.float64)) < len(xyz) + 1).all():
        raise BadInput("a face of it has a vertex that is not there")
    rows = listed.values.astype(np.int64)
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(xyz):
        raise BadInput(f"a face of it has vertex {int(rows.max()):,} of {len(xyz):,}")
    triangles, polygons = triangulated(listed.counts, xyz[rows])
    corners = triangles.ravel()
    texture = next((c.split(maxsplit=1)[1] for c in header.comments if c.lower().startswith("texturefile ")), None)
    laid = Pictures(path, content).beside(texture) if texture else None
    uv = _uv(vertices, faces, rows) if laid is not None else None
    colours = _colours(vertices)
    by_face = _colours(faces) if colours is None else None
    alpha = laid is not None and laid.see_through
    coloured = colours is not None or by_face is not None or laid is not None
    material = Material(
        base_colour=(1.0,) * 4 if coloured else GREY,
        double_sided=True,
        texture=laid.image if laid is not None and uv is not None else None,
        alpha="blend" if alpha or _shines(colours) or _shines(by_face) else "opaque",
    )
    element = content.element(path.stem)
    normals = _columns(vertices, "nx", "ny", "nz")
    if by_face is None and (uv is None or uv.per_vertex):
        content.add(Part(element, material, xyz, rows[triangles], normals, uv.values if uv else None, colours))
        return
    streams = Corners(
        Stream(xyz, rows[corners]),
        None if normals is None else Stream(normals, rows[corners]),
        None if uv is None else Stream(uv.values, rows[corners] if uv.per_vertex else corners),
        Stream(by_face, np.repeat(polygons, 3))
        if by_face is not None
        else None
        if colours is None
        else Stream(colours, rows[corners]),
    )
    content.add(streams.part(element, material))


@dataclass(frozen=True, eq=False)
class _Uv:
    values: Floats
    per_vertex: bool
    """Else per corner."""


def _uv(vertices: _Table, faces: _Table, rows: Rows) -> _Uv | None:
    """Texture coordinates, v upward in the file, of vertices or, as MeshLab writes them, of faces' corners."""
    for u, v in (("u", "v"), ("s", "t"), ("texture_u", "texture_v")):
        found = _columns(vertices, u, v)
        if found is not None:
            return _Uv(np.column_stack([found[:, 0], 1 - found[:, 1]]), per_vertex=True)
    own = faces.get("texcoord")
    if isinstance(own, _Lists) and len(own.values) == 2 * len(rows):
        values = own.values.astype(np.float64).reshape(-1, 2)
        return _Uv(np.column_stack([values[:, 0], 1 - values[:, 1]]), per_vertex=False)
    return None


def _columns(table: _Table, *names: str) -> Floats | None:
    columns = [table.get(name) for name in names]
    if any(not isinstance(column, np.ndarray) for column in columns):
        return None
    return np.column_stack([np.asarray(column, np.float64) for column in columns])


def _colours(table: _Table) -> Floats | None:
    """Linear colours and opacity; bytes or shares, whichever their type is."""
    for prefix in ("", "diffuse_"):
        found = _columns(table, f"{prefix}red", f"{prefix}green", f"{prefix}blue")
        if found is None:
            continue
        alpha = _columns(table, f"{prefix}alpha")
        rgba = np.column_stack([found, alpha if alpha is not None else np.full(len(found), np.nan)])
        whole = float(np.nanmax(rgba[:, :3], initial=0)) > 1
        rgba = np.nan_to_num(rgba / 255 if whole else rgba, nan=1.0)
        rgba = np.clip(rgba, 0, 1)
        return np.column_stack([linear(rgba[:, :3]), rgba[:, 3]])
    return None


def _shines(colours: Floats | None) -> bool:
    return colours is not None and bool((colours[:, 3] < 1).any())


def _from_strips(strips: _Lists) -> _Lists:
    """Triangle strips, each ended by −1, as triangles; every second one of a strip is turned."""
    rows = strips.values.astype(np.int64)
    places = np.arange(len(rows))
    since_end = places - np.maximum.accumulate(np.where(rows < 0, places, -1)) - 1
    a, b, c = rows[:-2], rows[1:-1], rows[2:]
    odd = since_end[:-2] % 2 == 1
    found = np.column_stack([a, np.where(odd, c, b), np.where(odd, b, c)])[(a >= 0) & (b >= 0) & (c >= 0)]
    return _Lists(np.full(len(found), 3, np.int64), found.ravel())
