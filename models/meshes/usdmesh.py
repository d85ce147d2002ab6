"""The geometry of one USD mesh: its polygons as triangles of each of its materials (UsdGeomMesh)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pxr import Usd, UsdGeom  # type: ignore[import-untyped]

from tiles.errors import BadInput

from .join import Corners, Stream
from .parts import Floats, Part, Rows
from .polygons import triangulated
from .usdlooks import Look, Looks, flattened


@dataclass(frozen=True, eq=False)
class Shape:
    """A mesh in its own frame, as one part for each material, ready for any number of copies."""

    parts: tuple[Part, ...]
    rounded: bool = False
    """Whether it is drawn as the cage of a rounded surface."""


def shape_of(mesh: Any, looks: Looks) -> Shape:
    """A mesh in its own frame; raises `BadInput`."""
    positions = _vectors(mesh.GetPointsAttr(), 3)
    counts = _whole(mesh.GetFaceVertexCountsAttr())
    rows = _whole(mesh.GetFaceVertexIndicesAttr())
    if positions is None or not len(counts) or not len(rows):
        return Shape(())
    if (counts < 0).any() or counts.sum() != len(rows):
        raise BadInput(f"{mesh.GetPath()} counts {counts.sum():,} corners and has {len(rows):,}")
    if not 0 <= rows.min() <= rows.max() < len(positions):
        raise BadInput(f"a face of {mesh.GetPath()} has vertex {int(rows.max()):,} of {len(positions):,}")
    normals = _normals(mesh, counts, rows)
    rounded = normals is None and _is_rounded(mesh)
    triangles, faces = triangulated(counts, positions[rows])
    if mesh.GetOrientationAttr().Get() == "leftHanded":
        triangles = triangles[:, ::-1]
    parts = []
    for look, chosen in _looks(mesh, looks, len(counts)):
        own = triangles if chosen is None else triangles[chosen[faces]]
        if len(own):
            corners = Corners(Stream(positions, rows), normals, *_looking(mesh, look, counts, rows))
            parts.append(corners.taken(own.ravel()).part(0, look.material))
    return Shape(tuple(parts), rounded)


def _looks(mesh: Any, looks: Looks, count: int) -> list[tuple[Look, Any]]:
    """The looks of a mesh, each with the faces that have it; all of them where there is one."""
    whole = looks.of(mesh)
    subsets = UsdGeom.Subset.GetGeomSubsets(mesh, UsdGeom.Tokens.face, "materialBind")
    if not subsets:
        return [(whole, None)]
    rest = np.ones(count, bool)
    found = []
    for subset in subsets:
        indices = _whole(subset.GetIndicesAttr())
        chosen = np.zeros(count, bool)
        chosen[indices[(indices >= 0) & (indices < count)]] = True
        found.append((looks.of(subset, mesh), chosen & rest))
        rest &= ~chosen
    return [*found, (whole, rest)]


def _is_rounded(mesh: Any) -> bool:
    """Catmull-Clark is the scheme where none is stated: only those that say so are meant to be rounded."""
    scheme = mesh.GetSubdivisionSchemeAttr()
    return bool(scheme.HasAuthoredValue()) and str(scheme.Get()) != "none"


def _vectors(attribute: Any, width: int) -> Floats | None:
    table = _table(attribute)
    if table is None or not len(table):
        return None
    if table.ndim != 2 or table.shape[1] != width:  # noqa: PLR2004 - rows of numbers
        raise BadInput(f"{attribute.GetPath()} is not {width} numbers each")
    return table.astype(np.float64)


def _whole(attribute: Any) -> Rows:
    table = _table(attribute)
    if table is None:
        return np.empty(0, np.int64)
    if table.ndim != 1 or table.dtype.kind not in "iu":
        raise BadInput(f"{attribute.GetPath()} is not of whole numbers")
    return table.astype(np.int64)


def _table(attribute: Any) -> NDArray[Any] | None:
    """An attribute's numbers as they are; None where it has none, or something else."""
    value = attribute.Get(Usd.TimeCode.EarliestTime()) if attribute else None
    table = np.array(value) if hasattr(value, "__len__") else None
    return table if table is not None and table.dtype.kind in "iuf" else None


def _normals(mesh: Any, counts: Rows, rows: Rows) -> Stream | None:
    """`primvars:normals` before `normals` (UsdGeomMesh, "Normals")."""
    primvar = UsdGeom.PrimvarsAPI(mesh).GetPrimvar("normals")
    if primvar and primvar.HasValue():
        return _stream(primvar, 3, counts, rows)
    values = _vectors(mesh.GetNormalsAttr(), 3)
    return None if values is None else _interpolated(values, str(mesh.GetNormalsInterpolation()), counts, rows)


def _looking(mesh: Any, look: Look, counts: Rows, rows: Rows) -> tuple[Stream | None, Stream | None]:
    """Texture coordinates and colours."""
    api = UsdGeom.PrimvarsAPI(mesh)
    uv = None
    if look.material.texture is not None:
        names = (look.uv_name, "st", "UVMap", "st0")
        primvar = next(
            (p for name in names if name and (p := api.FindPrimvarWithInheritance(name)) and p.HasValue()), None
        )
        uv = _stream(primvar, 2, counts, rows) if primvar is not None else None
        uv = None if uv is None else Stream(look.uv(uv.values), uv.rows)
    if look.bound:
        return uv, None
    colours = api.FindPrimvarWithInheritance("displayColor")
    if not colours or not colours.HasValue() or colours.GetInterpolation() == UsdGeom.Tokens.constant:
        return uv, None
    stream = _stream(colours, 3, counts, rows)
    if stream is None:
        return uv, None
    values = np.nan_to_num(np.clip(stream.values, 0, 1), nan=1.0)
    return uv, Stream(np.column_stack([values, np.ones(len(values))]), stream.rows)


def _stream(primvar: Any, width: int, counts: Rows, rows: Rows) -> Stream | None:
    """A primvar's values for each corner; None where there are too few, or of another kind."""
    table = flattened(primvar, width)
    return None if table is None else _interpolated(table, str(primvar.GetInterpolation()), counts, rows)


def _interpolated(values: Floats, how: str, counts: Rows, rows: Rows) -> Stream | None:
    match how:
        case "constant":
            found = np.zeros(len(rows), np.int64)
        case "uniform":
            found = np.repeat(np.arange(len(counts)), counts)
        case "faceVarying":
            found = np.arange(len(rows))
        case _:
            found = rows
    return Stream(values, found) if found.max(initial=-1) < len(values) else None
