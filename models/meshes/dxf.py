"""DXF: 3D faces, meshes and polyface meshes of model space, with those in blocks; layers and blocks as elements.

z is up. The unit is $INSUNITS, or metres are taken and it is said. Lines, texts and hatches are left out; so are ACIS
solids, which only their own kernel reads.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ezdxf
import ezdxf.colors
import ezdxf.recover
import numpy as np
from ezdxf.lldxf.const import DXFError
from ezdxf.render.mesh import MeshBuilder

from models.model import Model, Progress, Reading
from models.units import name_of
from tiles.colour import linear
from tiles.errors import BadInput
from tiles.frame import Matrix4
from tiles.geometry import Material

from .assemble import assembled
from .parts import Content, Floats, Part, Rows, Said, counted, listed
from .polygons import triangulated

_UNITS_M = {
    1: 0.0254, 2: 0.3048, 3: 1609.344, 4: 0.001, 5: 0.01, 6: 1.0, 7: 1000.0, 8: 2.54e-8, 9: 2.54e-5, 10: 0.9144,
    11: 1e-10, 12: 1e-9, 13: 1e-6, 14: 0.1, 15: 10.0, 16: 100.0, 17: 1e9, 21: 1200 / 3937,
}  # fmt: skip
"""Metres per unit, by the number that $INSUNITS has for it (DXF Reference, "HEADER Section")."""
_SOLIDS = {"3DSOLID", "BODY", "REGION", "SURFACE", "PLANESURFACE", "EXTRUDEDSURFACE", "LOFTEDSURFACE",
           "REVOLVEDSURFACE", "SWEPTSURFACE", "NURBSURFACE"}  # fmt: skip
_BROKEN = (DXFError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, OSError,
           AssertionError, ZeroDivisionError, RecursionError, EOFError, StopIteration)  # fmt: skip
"""What ezdxf raises on a file that breaks its format's rules."""
_BY_BLOCK, _BY_LAYER, _WHITE = 0, 256, 7
_DEEPEST = 32
_MOST_COPIES = 500_000


def read(path: Path, reading: Reading, progress: Progress) -> Model:
    """The model in a DXF file; raises `BadInput` when it is broken or empty."""
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    content = Content()
    try:
        document = _opened(path, content)
        drawing = _Drawing(document, content)
        drawing.read(progress)
        code = int(document.header.get("$INSUNITS", 0))
        release = str(document.acad_release)
    except BadInput as problem:
        raise BadInput(f"{path.name} cannot be read as DXF: {str(problem).rstrip('.')}.") from problem
    except _BROKEN as error:
        said = str(error).strip().rstrip(".") or type(error).__name__
        raise BadInput(f"{path.name} cannot be read as DXF: {said}.") from error
    unit_m = _UNITS_M.get(code)
    if unit_m is None and reading.unit_m is None:
        content.notes.append("The drawing says nothing of its unit ($INSUNITS); metres were taken.")
    if drawing.solids and not content.parts:
        raise BadInput(
            f"{path.name} holds {counted(drawing.solids, 'ACIS solid')} and no meshes; turn them into meshes "
            "(MESHSMOOTH in AutoCAD), or export IFC."
        )
    return assembled(path, content, Said(f"DXF {release}", "", name_of(unit_m) if unit_m else "", unit_m, "z"), reading)


def _opened(path: Path, content: Content) -> Any:
    with path.open("rb") as file:
        start = file.read(64)
    if start[:6] in {b"AC1015", b"AC1018", b"AC1021", b"AC1024", b"AC1027", b"AC1032"}:
        raise BadInput("it is a DWG by another name; export it as DXF or IFC")
    try:
        return ezdxf.readfile(path)  # type: ignore[attr-defined]
    except _BROKEN:
        document, auditor = ezdxf.recover.readfile(path)
        faults = len(auditor.fixes) + len(auditor.errors)
        content.repaired.append(
            f"The drawing is damaged; {counted(faults, 'fault')} mended, what could be read is shown."
        )
        return document


@dataclass(frozen=True)
class _Inherited:
    """What an entity in a block takes from the insert: colour where it says so, layer where it is on layer 0."""

    layer: str = "0"
    rgb: tuple[int, int, int] = (255, 255, 255)
    alpha: float = 1.0


@dataclass(frozen=True, eq=False)
class _Faces:
    """Polygons of one entity."""

    xyz: Floats
    counts: Rows
    rows: Rows


@dataclass
class _Drawing:
    """The walk from entities to parts."""

    document: Any
    content: Content
    left_out: Counter[str] = field(default_factory=Counter)
    off: set[str] = field(default_factory=set)
    solids: int = 0
    copies: int = 0
    looks: dict[tuple[str, Any, Any, Any, _Inherited], tuple[str, Material]] = field(default_factory=dict)
    blocks: dict[tuple[str, _Inherited], list[Part]] = field(default_factory=dict)

    def read(self, progress: Progress) -> None:
        """Add all of model space: loose faces by layer, meshes and blocks each as an element."""
        space = list(self.document.modelspace())
        loose: dict[tuple[str, Material], list[_Faces]] = {}
        plain = _Inherited()
        for done, entity in enumerate(space, start=1):
            if entity.dxftype() == "INSERT":
                self._insert(entity)
            elif (found := self._entity(entity, plain)) is not None:
                layer, material, faces = found
                if entity.dxftype() == "3DFACE":
                    loose.setdefault((layer, material), []).append(faces)
                else:
                    self._add(self.content.element(layer, {"DXF": {"layer": layer}}), material, [faces])
            if done % 1000 == 0 or done == len(space):
                progress(done, len(space))
        rows: dict[str, int] = {}
        for (layer, material), faces_of in loose.items():
            if layer not in rows:
                rows[layer] = self.content.element(layer, {"DXF": {"layer": layer}})
            self._add(rows[layer], material, faces_of)
        self._say()

    def _say(self) -> None:
        if self.solids:
            self.content.notes.append(
                f"{counted(self.solids, 'ACIS solid')} left out, which cannot be read; make them meshes, or export IFC."
            )
        if self.left_out:
            kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.left_out.items()))
            self.content.notes.append(f"Left out, since they are no faces: {kinds}.")
        if self.off:
            self.content.notes.append(f"Layers that are off or frozen are left out: {listed(sorted(self.off))}.")

    def _add(self, element: int, material: Material, faces: list[_Faces]) -> None:
        part = _part(material, faces)
        if part is not None:
            self.content.add(replace(part, element=element))

    def _insert(self, insert: Any) -> None:
        """A block as one element, with its attributes."""
        layer = str(insert.dxf.layer)
        if self._is_off(layer):
            return
        said: dict[str, str | float | bool] = {"layer": layer, "block": str(insert.dxf.name)}
        said |= {str(each.dxf.tag): str(each.dxf.text) for each in insert.attribs}
        parts = list(self._placed(insert, _Inherited(), 0))
        if parts:
            element = self.content.element(str(insert.dxf.name), {"DXF": said})
            for part in parts:
                self.content.add(replace(part, element=element))

    def _placed(self, insert: Any, outer: _Inherited, depth: int) -> Iterator[Part]:
        """The parts of an insert where it stands; of each of its copies where it has rows and columns."""
        if depth > _DEEPEST:
            raise BadInput(f"block {insert.dxf.name} holds itself")
        layer, rgb, alpha = self._colour(insert, outer)
        inherited = _Inherited(layer, rgb, alpha)
        for each in insert.multi_insert() if insert.mcount > 1 else (insert,):
            self.copies += 1
            if self.copies > _MOST_COPIES:
                raise BadInput(f"it has more than {_MOST_COPIES:,} copies of blocks")
            matrix = _matrix(each.matrix44())
            for part in self._block(str(each.dxf.name), inherited, depth):
                yield part.moved(matrix)

    def _block(self, name: str, inherited: _Inherited, depth: int) -> list[Part]:
        """A block's parts in its own frame, read once for each way its colours are inherited."""
        if (name, inherited) not in self.blocks:
            block = self.document.blocks.get(name)
            if block is None:
                if name not in self.content.missing:
                    self.content.missing.append(name)
                return []
            if block.block is not None and getattr(block.block, "is_xref", False):
                self.content.missing.append(str(block.block.dxf.get("xref_path", name)))
                return []
            gathered: dict[Material, list[_Faces]] = {}
            parts: list[Part] = []
            for entity in block:
                if entity.dxftype() == "INSERT":
                    if not self._is_off(str(entity.dxf.layer)):
                        parts += self._placed(entity, inherited, depth + 1)
                elif (found := self._entity(entity, inherited)) is not None:
                    gathered.setdefault(found[1], []).append(found[2])
            parts += [part for material, faces in gathered.items() if (part := _part(material, faces)) is not None]
            self.blocks[name, inherited] = parts
        return self.blocks[name, inherited]

    def _entity(self, entity: Any, inherited: _Inherited) -> tuple[str, Material, _Faces] | None:
        kind = entity.dxftype()
        if kind in _SOLIDS:
            self.solids += 1
            return None
        faces = _faces(entity)
        if faces is None:
            self.left_out[kind] += 1
            return None
        if self._is_off(str(entity.dxf.layer)) or entity.dxf.get("invisible", 0):
            return None
        dxf = entity.dxf
        key = (str(dxf.layer), dxf.get("color"), dxf.get("true_color"), dxf.get("transparency"), inherited)
        if key not in self.looks:
            layer, rgb, alpha = self._colour(entity, inherited)
            red, green, blue = linear(np.array(rgb) / 255).round(5).tolist()
            self.looks[key] = layer, Material(layer, (red, green, blue, round(alpha, 4)), double_sided=True)
        return *self.looks[key], faces

    def _colour(self, entity: Any, inherited: _Inherited) -> tuple[str, tuple[int, int, int], float]:
        """An entity's layer, sRGB colour and opacity, by layer or by block where it says so."""
        layer = str(entity.dxf.layer)
        if layer == "0":
            layer = inherited.layer
        known = self.document.layers.get(layer) if self.document.layers.has_entry(layer) else None
        code = int(entity.dxf.get("color", _BY_LAYER))
        if entity.dxf.hasattr("true_color"):
            rgb = ezdxf.colors.int2rgb(entity.dxf.true_color)
        elif code == _BY_BLOCK:
            rgb = ezdxf.colors.RGB(*inherited.rgb)
        elif code == _BY_LAYER and known is not None and known.dxf.hasattr("true_color"):
            rgb = ezdxf.colors.int2rgb(known.dxf.true_color)
        else:
            own = abs(int(known.dxf.color)) if code == _BY_LAYER and known is not None else abs(code)
            rgb = ezdxf.colors.aci2rgb(own if 0 < own < _BY_LAYER else _WHITE)
        through = 0.0
        if entity.dxf.hasattr("transparency"):
            through = _through(entity, inherited)
        elif known is not None:
            through = float(known.transparency)
        return layer, (rgb[0], rgb[1], rgb[2]), 1 - min(max(through, 0.0), 1.0)

    def _is_off(self, layer: str) -> bool:
        if not self.document.layers.has_entry(layer):
            return False
        known = self.document.layers.get(layer)
        if known.is_off() or known.is_frozen():
            self.off.add(layer)
            return True
        return False


def _through(entity: Any, inherited: _Inherited) -> float:
    """How see-through an entity is that says so itself."""
    return 1 - inherited.alpha if entity.is_transparency_by_block else float(entity.transparency)


def _faces(entity: Any) -> _Faces | None:
    match entity.dxftype():
        case "3DFACE":
            corners = [entity.dxf.vtx0, entity.dxf.vtx1, entity.dxf.vtx2, entity.dxf.vtx3]
            if corners[2] == corners[3]:
                corners = corners[:3]
            return _Faces(np.array(corners, np.float64), np.array([len(corners)]), np.arange(len(corners)))
        case "MESH":
            return _polygons(entity.vertices, entity.faces)
        case "POLYLINE" if entity.is_poly_face_mesh or entity.is_polygon_mesh:
            built = MeshBuilder.from_polyface(entity)
            return _polygons(built.vertices, built.faces)
        case _:
            return None


def _polygons(vertices: Any, faces: Any) -> _Faces:
    xyz = np.array([tuple(vertex) for vertex in vertices], np.float64).reshape(-1, 3)
    counts = np.array([len(face) for face in faces], np.int64)
    rows = np.array([row for face in faces for row in face], np.int64)
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(xyz):
        raise BadInput(f"a face has vertex {int(rows.max()):,} of {len(xyz):,}")
    return _Faces(xyz, counts, rows)


def _part(material: Material, faces: list[_Faces]) -> Part | None:
    """Polygons of one look together."""
    starts = np.cumsum([0, *(len(each.xyz) for each in faces)])
    xyz = np.concatenate([each.xyz for each in faces])
    rows = np.concatenate([each.rows + start for each, start in zip(faces, starts.tolist(), strict=False)])
    triangles, _ = triangulated(np.concatenate([each.counts for each in faces]), xyz[rows])
    return Part(0, material, xyz, rows[triangles]) if len(triangles) else None


def _matrix(matrix: Any) -> Matrix4:
    """Ezdxf multiplies from the other side."""
    return np.array(list(matrix), np.float64).reshape(4, 4).T
