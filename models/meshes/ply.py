"""PLY (Stanford polygon file format), text and binary: polygons with normals, colours and texture coordinates.

Read directly: trimesh drops normals and keeps colours only where there is no texture. PLY states neither unit nor
which way is up; metres and z are taken, and said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.model import Model, Progress, Reading
from tiles.colour import linear
from tiles.errors import BadInput
from tiles.geometry import Material

from . import beside
from .assemble import assembled
from .join import Corners, Stream
from .parts import GREY, Content, Floats, Part, Rows, Said, counted
from .pictures import Pictures
from .plytables import Header, Lists, Table, binary_tables, header_of, text_tables
from .polygons import triangulated


def read(path: Path, reading: Reading, progress: Progress) -> Model:
    """The model in a PLY file; raises `BadInput` when it is broken or empty."""
    data = beside.own(path)
    content = Content()
    try:
        header = header_of(data)
        tables = text_tables(data, header) if header.text else binary_tables(data, header)
        _parts(path, header, tables, content)
    except BadInput as problem:
        raise BadInput(f"{path.name} cannot be read as PLY: {str(problem).rstrip('.')}.") from problem
    progress(1, 1)
    if reading.unit_m is None:
        content.notes.append("PLY says nothing of its unit; metres were taken.")
    program = next((each for each in header.comments if not each.lower().startswith("texturefile")), "")
    kind = "text" if header.text else "binary"
    return assembled(path, content, Said(f"PLY 1.0 ({kind})", program[:120], up_said=False), reading)


def _parts(path: Path, header: Header, tables: Mapping[str, Table], content: Content) -> None:
    vertices = tables.get("vertex", {})
    xyz = _columns(vertices, "x", "y", "z")
    if xyz is None:
        raise BadInput("it has no vertices with x, y and z")
    faces = tables.get("face", {})
    listed = next((faces[name] for name in ("vertex_indices", "vertex_index") if name in faces), None)
    strips = tables.get("tristrips", {}).get("vertex_indices")
    if isinstance(strips, Lists):
        listed = _from_strips(strips)
    if not isinstance(listed, Lists):
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


def _uv(vertices: Table, faces: Table, rows: Rows) -> _Uv | None:
    """Texture coordinates, v upward in the file, of vertices or, as MeshLab writes them, of faces' corners."""
    for u, v in (("u", "v"), ("s", "t"), ("texture_u", "texture_v")):
        found = _columns(vertices, u, v)
        if found is not None:
            return _Uv(np.column_stack([found[:, 0], 1 - found[:, 1]]), per_vertex=True)
    own = faces.get("texcoord")
    if isinstance(own, Lists) and len(own.values) == 2 * len(rows):
        values = own.values.astype(np.float64).reshape(-1, 2)
        return _Uv(np.column_stack([values[:, 0], 1 - values[:, 1]]), per_vertex=False)
    return None


def _columns(table: Table, *names: str) -> Floats | None:
    columns = [table.get(name) for name in names]
    if any(not isinstance(column, np.ndarray) for column in columns):
        return None
    return np.column_stack([np.asarray(column, np.float64) for column in columns])


def _colours(table: Table) -> Floats | None:
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


def _from_strips(strips: Lists) -> Lists:
    """Triangle strips, each ended by −1, as triangles; every second one of a strip is turned."""
    rows = strips.values.astype(np.int64)
    places = np.arange(len(rows))
    since_end = places - np.maximum.accumulate(np.where(rows < 0, places, -1)) - 1
    a, b, c = rows[:-2], rows[1:-1], rows[2:]
    odd = since_end[:-2] % 2 == 1
    found = np.column_stack([a, np.where(odd, c, b), np.where(odd, b, c)])[(a >= 0) & (b >= 0) & (c >= 0)]
    return Lists(np.full(len(found), 3, np.int64), found.ravel())
