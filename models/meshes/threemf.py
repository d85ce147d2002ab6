"""3MF (3D Manufacturing Format, core 1.3 with materials 1.2 and production 1.1): objects placed by the build.

Read directly: trimesh reads none of the colours, textures or names of parts. z is up by the standard, and the unit is
stated or a millimetre.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.archive import Archive, looked_through
from models.model import Model, Progress, Reading
from tiles.colour import linear
from tiles.errors import BadInput
from tiles.frame import Matrix4
from tiles.geometry import Material

from .assemble import assembled
from .join import Corners, Stream
from .parts import GREY, Content, Floats, Part, Rows, Said
from .pictures import Pictures, Texture, Wrap
from .xml import child, children, parse, tag, text

_UNITS_M = {"micron": 1e-6, "millimeter": 1e-3, "centimeter": 1e-2, "inch": 0.0254, "foot": 0.3048, "meter": 1.0}
_TILES = {"wrap": "repeat", "mirror": "mirror", "clamp": "clamp", "none": "clamp"}
_START = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
_DEEPEST = 64
_MOST_COPIES = 500_000


def read(path: Path, reading: Reading, progress: Progress) -> Model:
    """The model in a 3MF file; raises `BadInput` when it is broken or empty."""
    content = Content()
    archive = looked_through(path)
    with archive.zip:
        package = _Package(archive, Pictures(path, content), content)
        try:
            root = package.part(_start(archive))
            package.build(root, progress)
        except BadInput as problem:
            where = "" if path.name in str(problem) else f"{path.name} cannot be read as 3MF: "
            raise BadInput(f"{where}{str(problem).rstrip('.')}.") from problem
    unit = root.get("unit") or "millimeter"
    if unit not in _UNITS_M:
        raise BadInput(f"{path.name} cannot be read as 3MF: its unit is {unit!r}, which 3MF does not know.")
    metadata = {each.get("name"): text(each) for each in children(root, "metadata")}
    said = Said("3MF", metadata.get("Application", ""), unit.replace("meter", "metre"), _UNITS_M[unit], "z")
    return assembled(path, content, said, reading)


def _start(archive: Archive) -> str:
    """The part that holds the build (Open Packaging Conventions, "Relationships")."""
    relations = archive.find("_rels/.rels")
    if relations is not None:
        for each in parse(archive.read(relations), f"{archive.name}/_rels/.rels"):
            if each.get("Type") == _START and each.get("Target"):
                return str(each.get("Target"))
    return "3D/3dmodel.model"


@dataclass(frozen=True, eq=False)
class _Group:
    """One property group: colours by index, or texture coordinates on one picture."""

    colours: Floats  # (n, 4) linear
    uv: Floats | None = None  # (n, 2)
    texture: Texture | None = None


@dataclass(frozen=True, eq=False)
class _Mesh:
    """An object's triangles, ready for any number of copies."""

    parts: tuple[Part, ...]


@dataclass
class _Package:
    """The parts of an archive while they are read."""

    archive: Archive
    pictures: Pictures
    content: Content
    roots: dict[str, Any] = field(default_factory=dict)
    objects: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    groups: dict[tuple[str, str], _Group | None] = field(default_factory=dict)
    meshes: dict[tuple[str, str], _Mesh] = field(default_factory=dict)
    copies: int = 0

    def part(self, path: str) -> Any:
        """The root element of one XML part."""
        if path not in self.roots:
            entry = self.archive.find(path)
            if entry is None:
                raise BadInput(f"it has no part {path}")
            root = parse(self.archive.read(entry), f"{self.archive.name}/{path}")
            self.roots[path] = root
            resources = child(root, "resources")
            rows = children(resources, "object") if resources is not None else []
            self.objects[path] = {str(each.get("id")): each for each in rows}
        return self.roots[path]

    def build(self, root: Any, progress: Progress) -> None:
        """Add what the build places."""
        start = next(iter(self.roots))
        build = child(root, "build")
        items = children(build, "item") if build is not None else []
        for done, item in enumerate(items, start=1):
            path = _path(item) or start
            self.part(path)
            self._place(path, str(item.get("objectid")), _transform(item), ())
            progress(done, len(items))

    def _place(self, path: str, key: str, matrix: Matrix4, above: tuple[str, ...]) -> None:
        """Add an object and its components, each mesh as an element."""
        self.copies += 1
        if len(above) > _DEEPEST or self.copies > _MOST_COPIES:
            raise BadInput("its components hold each other without end")
        said = self.objects[path].get(key)
        if said is None:
            raise BadInput(f"it places object {key}, which is not there")
        if said.get("type") in {"support", "other"}:
            return
        name = said.get("name") or said.get("partnumber") or ""
        mesh = child(said, "mesh")
        if mesh is not None:
            element = self.content.element(name or (above[-1] if above else f"object {key}"), _within(above))
            for part in self._mesh(path, key, said, mesh).parts:
                self.content.add(replace(part, element=element).moved(matrix))
        components = child(said, "components")
        for each in children(components, "component") if components is not None else []:
            inner = _path(each) or path
            self.part(inner)
            self._place(inner, str(each.get("objectid")), matrix @ _transform(each), (*above, name))

    def _mesh(self, path: str, key: str, said: Any, mesh: Any) -> _Mesh:
        if (path, key) not in self.meshes:
            vertices = [(each.get("x"), each.get("y"), each.get("z")) for each in _rows(mesh, "vertices", "vertex")]
            rows = [each.attrib for each in _rows(mesh, "triangles", "triangle")]
            try:
                xyz = np.array(vertices, np.float64).reshape(-1, 3)
                corners = np.array([(row["v1"], row["v2"], row["v3"]) for row in rows], np.int64).reshape(-1, 3)
                parts = tuple(self._parts(path, (xyz, corners), rows, (said.get("pid"), said.get("pindex") or "0")))
            except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
                raise BadInput(f"the mesh of object {key} is broken ({error})") from error
            self.meshes[path, key] = _Mesh(parts)
        return self.meshes[path, key]

    def _parts(
        self, path: str, mesh: tuple[Floats, Rows], rows: list[Any], otherwise: tuple[str | None, str]
    ) -> Iterator[Part]:
        """The triangles by the property group they take their colour from."""
        xyz, corners = mesh
        pids = np.array([row.get("pid") or otherwise[0] or "" for row in rows])
        for pid in dict.fromkeys(pids.tolist()):
            own = np.flatnonzero(pids == pid)
            streams = Corners(Stream(xyz, corners[own].ravel()))
            group = self._group(path, pid) if pid else None
            if group is None:
                yield streams.part(0, Material(base_colour=GREY, double_sided=True))
                continue
            indices = np.array([_indices(rows[row], otherwise[1]) for row in own.tolist()], np.int64)
            yield _coloured(streams, group, indices)

    def _group(self, path: str, key: str) -> _Group | None:
        if (path, key) not in self.groups:
            resources = child(self.roots[path], "resources")
            said = next((each for each in resources if each.get("id") == key), None)
            self.groups[path, key] = None  # while it is read: groups that mix each other end here
            self.groups[path, key] = None if said is None else self._read_group(path, said)
        return self.groups[path, key]

    def _read_group(self, path: str, said: Any) -> _Group | None:
        match tag(said):
            case "basematerials":
                return _Group(
                    np.array([_colour(each.get("displaycolor")) for each in children(said, "base")]).reshape(-1, 4)
                )
            case "colorgroup":
                return _Group(np.array([_colour(each.get("color")) for each in children(said, "color")]).reshape(-1, 4))
            case "texture2dgroup":
                rows = children(said, "tex2coord")
                uv = np.array([(float(each.get("u")), 1 - float(each.get("v"))) for each in rows]).reshape(-1, 2)
                texture = self._texture(path, said.get("texid"))
                return _Group(np.ones((len(uv), 4)), uv * texture.scale if texture else None, texture)
            case "compositematerials" | "multiproperties":
                # Mixtures: shown as the first of what they are mixed of.
                first = (said.get("matid") or said.get("pids") or "").split()
                return self._group(path, first[0]) if first and first[0] != said.get("id") else None
            case _:
                return None

    def _texture(self, path: str, key: str | None) -> Texture | None:
        resources = child(self.roots[path], "resources")
        said = next((each for each in children(resources, "texture2d") if each.get("id") == key), None)
        if said is None:
            return None
        name = str(said.get("path") or "")
        entry = self.archive.find(name)
        wrap = Wrap(*(_TILES.get(said.get(k) or "wrap", "repeat") for k in ("tilestyleu", "tilestylev")))
        return self.pictures.held(None if entry is None else self.archive.read(entry), name, wrap)


def _coloured(streams: Corners, group: _Group, indices: Rows) -> Part:
    if len(indices) and not 0 <= indices.min() <= indices.max() < len(group.colours):
        raise BadInput(f"a triangle has colour {int(indices.max())} of {len(group.colours)}")
    if group.texture is not None and group.uv is not None:
        material = Material(
            base_colour=(1.0,) * 4,
            double_sided=True,
            texture=group.texture.image,
            alpha=group.texture.alpha,
        )
        return Corners(streams.positions, uv=Stream(group.uv, indices.ravel())).part(0, material)
    if (indices == indices[:1, :1]).all():
        red, green, blue, alpha = group.colours[indices[0, 0]].tolist()
        return streams.part(0, Material(base_colour=(red, green, blue, alpha), double_sided=True))
    see_through = bool((group.colours[np.unique(indices), 3] < 1).any())
    material = Material(base_colour=(1.0,) * 4, double_sided=True, alpha="blend" if see_through else "opaque")
    return Corners(streams.positions, colours=Stream(group.colours, indices.ravel())).part(0, material)


def _within(above: tuple[str, ...]) -> dict[str, dict[str, str | float | bool]]:
    named = [name for name in above if name]
    return {"3MF": {"within": " / ".join(named)}} if named else {}


def _rows(mesh: Any, group: str, kind: str) -> list[Any]:
    found = child(mesh, group)
    return [] if found is None else children(found, kind)


def _indices(row: Any, otherwise: str) -> tuple[int, int, int]:
    first = int(row.get("p1") or otherwise)
    return first, int(row.get("p2") or first), int(row.get("p3") or first)


def _path(said: Any) -> str | None:
    """Another part that an object is in (3MF production extension, "path")."""
    return next((str(value) for name, value in said.attrib.items() if name.endswith("}path")), None)


def _transform(said: Any) -> Matrix4:
    """Twelve numbers, the rows of a matrix that stands behind the vector (3MF core, 3.3 "Transforms")."""
    matrix = np.eye(4)
    given = said.get("transform")
    if given:
        try:
            matrix[:3] = np.array(given.split(), np.float64).reshape(4, 3).T
        except ValueError as error:
            raise BadInput(f"a transform is {given[:60]!r}, which is not twelve numbers") from error
        if not np.isfinite(matrix).all():
            raise BadInput(f"a transform is {given[:60]!r}, which is not twelve numbers")
    return matrix


def _colour(said: str | None) -> tuple[float, float, float, float]:
    """#RRGGBB or #RRGGBBAA, sRGB."""
    try:
        values = bytes.fromhex((said or "").lstrip("#"))
    except ValueError:
        return GREY
    if len(values) not in {3, 4}:
        return GREY
    red, green, blue = linear(np.array(list(values[:3])) / 255).round(5).tolist()
    return red, green, blue, round(values[3] / 255, 4) if len(values) > 3 else 1.0  # noqa: PLR2004 - with opacity
