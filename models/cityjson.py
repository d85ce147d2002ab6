"""CityJSON 0.9 to 2.0 and CityJSONSeq (OGC 20-072r5): city objects, their best geometry, and where they lie.

One reading serves two uses: a plan model (`read`), and the buildings of the city that stands (`read_city`).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.crs import recognise
from tiles.errors import BadInput
from tiles.frame import Vec3s
from tiles.geometry import Material, Surface

from .georeference import Candidate, Georeference
from .model import Element, Facts, Model, Progress, Reading, flat_normals
from .polygons3d import triangles as triangles_of

Json = Mapping[str, Any]

VERSIONS = ("0.9", "1.0", "1.1", "2.0")
_DEPTHS = {"MultiSurface": 0, "CompositeSurface": 0, "Solid": 1, "MultiSolid": 2, "CompositeSolid": 2}
"""How many lists lie around the surfaces of each kind of geometry."""


Polygon = tuple[Sequence[Sequence[int]], str]
"""Rings, rows of the city's vertices, and what the polygon is part of, such as ``RoofSurface``; empty if unsaid."""


@dataclass(frozen=True, eq=False)
class Faces:
    """Triangles, corners in rows of the city's vertices, and what each is part of."""

    triangles: NDArray[np.int64]  # (t, 3), counter-clockwise from outside
    semantics: Sequence[str]
    """One per triangle; empty where the file does not say."""


@dataclass(frozen=True, eq=False)
class CityObject:
    """One object with the geometry of its parts, by level of detail, such as 2.2."""

    id: str
    kind: str
    attributes: Json
    lods: Mapping[float, Sequence[Polygon]]


@dataclass(frozen=True, eq=False)
class City:
    """What a file holds: vertices in metres of its reference system, and objects that have geometry."""

    name: str
    crs: str | None
    """EPSG code of the reference system the file states, or None."""
    vertices: Vec3s
    objects: Sequence[CityObject]
    notes: tuple[str, ...]

    def faces(self, each: CityObject, lod: float | None = None) -> Faces:
        """An object's triangles at one level of detail; at the highest when none is named."""
        polygons = each.lods[max(each.lods) if lod is None else lod]
        found: list[tuple[int, int, int]] = []
        semantics: list[str] = []
        for rings, said in polygons:
            own = triangles_of(rings, self._corners)
            found += own
            semantics += [said] * len(own)
        return Faces(np.array(found, np.int64).reshape(-1, 3), semantics)

    @cached_property
    def _corners(self) -> list[list[float]]:
        corners: list[list[float]] = self.vertices.tolist()
        return corners


def read_city(path: Path, progress: Progress) -> City:
    """The objects of a CityJSON or CityJSONSeq file; raises `BadInput` when it cannot be read or shows nothing."""
    documents = _documents(path)
    head = documents[0]
    _require_version(head, path.name)
    found: dict[str, _Gathered] = {}
    vertices: list[Vec3s] = []
    templates = start = 0
    for number, document in enumerate(documents, start=1):
        own = _vertices(document, head, path.name)
        objects = _member(document, "CityObjects", dict, path.name)
        roots = {key: _root(key, objects) for key in objects}
        for key, said in objects.items():
            templates += _gather(found, roots[key], (key, said), (len(own), start, path.name))
        vertices.append(own)
        start += len(own)
        progress(number, len(documents))
    shown = [CityObject(key, each.kind, each.attributes, each.lods) for key, each in found.items() if each.lods]
    if not shown:
        raise BadInput(f"{path.name} holds no geometry that can be shown; export it with surfaces or solids.")
    notes = (f"{templates} objects are drawn from templates, which are not read.",) if templates else ()
    return City(path.stem, _crs(head, path.name), np.concatenate(vertices), shown, notes)


def _documents(path: Path) -> list[Json]:
    """The one document of CityJSON, or the lines of CityJSONSeq, the first of which holds what they share."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name} is not CityJSON that can be read: {error}.") from error
    try:
        return [_object(json.loads(text), path.name)]
    except ValueError as whole:
        try:
            lines = [_object(json.loads(line), path.name) for line in text.splitlines() if line.strip()]
        except ValueError:
            lines = []
        if not lines:
            raise BadInput(f"{path.name} is not JSON that can be read: {whole}.") from None
        return lines


def _object(document: Any, name: str) -> Json:
    if not isinstance(document, dict) or document.get("type") not in {"CityJSON", "CityJSONFeature"}:
        kind = document.get("type") if isinstance(document, dict) else type(document).__name__
        raise BadInput(f"{name} is no CityJSON: its type is {kind!r}.")
    return document


def _require_version(head: Json, name: str) -> None:
    if head.get("type") != "CityJSON":
        raise BadInput(f"{name} begins with a feature; the first line of CityJSONSeq is a CityJSON object.")
    version = str(head.get("version"))
    if not version.startswith(VERSIONS):
        raise BadInput(
            f"{name} is CityJSON {version}; upgrade it to one of {', '.join(VERSIONS)}, for example with cjio."
        )


def _member(document: Json, key: str, kind: type, name: str) -> Any:
    value = document.get(key)
    if not isinstance(value, kind):
        raise BadInput(f"{name} is broken: its {key} are missing or not as CityJSON has them; export it again.")
    return value


def _vertices(document: Json, head: Json, name: str) -> Vec3s:
    try:
        vertices = np.array(_member(document, "vertices", list, name), np.float64).reshape(-1, 3)
        transform = head.get("transform")
        if transform is not None:
            vertices = vertices * np.array(transform["scale"], np.float64) + np.array(
                transform["translate"], np.float64
            )
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(f"{name} is broken: its vertices are not rows of three numbers ({error}).") from error
    if not np.isfinite(vertices).all():
        raise BadInput(f"{name} has vertices that are no numbers; export it again.")
    return vertices


def _crs(head: Json, name: str) -> str | None:
    """The EPSG code in `metadata`: a URL since 1.1, a URN in 0.9 and 1.0."""
    metadata = head.get("metadata")
    stated = metadata.get("referenceSystem") if isinstance(metadata, dict) else None
    if stated is None:
        return None
    code = re.search(r"(\d+)\s*$", str(stated))
    if code is None:
        raise BadInput(
            f"{name} names its reference system as {stated!r}; write https://www.opengis.net/def/crs/EPSG/0/7415."
        )
    return recognise(f"EPSG:{code[1]}")


def _root(key: str, objects: Json) -> str:
    """The object that a part belongs to in the end; itself when it is no part."""
    seen: set[str] = set()
    while key not in seen:
        seen.add(key)
        parents = objects[key].get("parents") if isinstance(objects.get(key), dict) else None
        if not isinstance(parents, list) or not parents or parents[0] not in objects:
            break
        key = parents[0]
    return key


@dataclass
class _Gathered:
    """One object and its parts while they are read."""

    kind: str = ""
    attributes: Json = field(default_factory=dict)
    lods: dict[float, list[Polygon]] = field(default_factory=dict)


_Where = tuple[int, int, str]
"""How many vertices there are, where they start in the city's, and the file's name."""


def _gather(found: dict[str, _Gathered], root: str, object_: tuple[str, Any], where: _Where) -> int:
    """Add an object's geometry to its root's; give how many of its geometries could not be read."""
    key, said = object_
    if not isinstance(said, dict):
        raise BadInput(f"{where[2]}: object {key} is broken; export the file again.")
    gathered = found.setdefault(root, _Gathered())
    if key == root:
        gathered.kind = str(said.get("type", ""))
        gathered.attributes = said.get("attributes") or {}
    skipped = 0
    for geometry in said.get("geometry") or ():
        if not isinstance(geometry, dict) or geometry.get("type") not in _DEPTHS:
            skipped += isinstance(geometry, dict) and geometry.get("type") == "GeometryInstance"
        elif polygons := _polygons(geometry, key, where):
            gathered.lods.setdefault(_lod(geometry), []).extend(polygons)
    return skipped


def _lod(geometry: Json) -> float:
    try:
        return float(geometry.get("lod", 0))
    except (TypeError, ValueError):
        return 0.0


def _polygons(geometry: Json, key: str, where: _Where) -> list[Polygon]:
    count, start, name = where
    try:
        semantics = geometry.get("semantics") or {}
        kinds = [str(each.get("type", "")) for each in semantics.get("surfaces") or ()]
        found: list[Polygon] = []
        for rings, value in _surfaces(geometry["boundaries"], semantics.get("values"), _DEPTHS[geometry["type"]]):
            if counted := [_counted(ring, count, start) for ring in rings if len(ring) > 2]:  # noqa: PLR2004 - an area
                found.append((counted, kinds[value] if isinstance(value, int) else ""))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"{name}: the geometry of {key} is broken ({error}); export the file again.") from error
    return found


def _counted(ring: Sequence[int], count: int, start: int) -> list[int]:
    """A ring of rows of one document as rows of the city's vertices."""
    if not all(0 <= corner < count for corner in ring):
        raise IndexError(f"a corner is none of its {count} vertices")
    return [corner + start for corner in ring]


def _surfaces(boundaries: Sequence[Any], values: Any, depth: int) -> Iterator[tuple[Sequence[Sequence[int]], Any]]:
    """Each surface's rings, and the row of what it is; values may end at any depth with null."""
    if depth == 0:
        for number, rings in enumerate(boundaries):
            yield rings, values[number] if isinstance(values, list) else values
        return
    for number, part in enumerate(boundaries):
        yield from _surfaces(part, values[number] if isinstance(values, list) else values, depth - 1)


_COLOURS = {
    "RoofSurface": (0.40, 0.16, 0.09, 1.0),
    "WallSurface": (0.80, 0.72, 0.60, 1.0),
    "GroundSurface": (0.35, 0.33, 0.30, 1.0),
    "Window": (0.25, 0.35, 0.42, 1.0),
    "Road": (0.30, 0.30, 0.31, 1.0),
    "WaterBody": (0.11, 0.25, 0.33, 1.0),
    "WaterSurface": (0.11, 0.25, 0.33, 1.0),
    "PlantCover": (0.14, 0.27, 0.08, 1.0),
    "SolitaryVegetationObject": (0.14, 0.27, 0.08, 1.0),
    "LandUse": (0.35, 0.40, 0.22, 1.0),
    "Bridge": (0.45, 0.43, 0.40, 1.0),
}
_GREY = (0.6, 0.58, 0.55, 1.0)


def read(path: Path, _reading: Reading, progress: Progress) -> Model:
    """A CityJSON file as a plan model: every object with its best geometry; raises `BadInput` as `read_city` does."""
    city = read_city(path, progress)
    elements = [_element(each) for each in city.objects]
    georeference = Georeference()
    if city.crs is not None:
        georeference = Georeference([Candidate(city.crs, np.eye(4), f"CityJSON referenceSystem {city.crs}")])
    return Model(city.name, elements, _model_surfaces(city), georeference, Facts("CityJSON"), city.notes)


def _element(each: CityObject) -> Element:
    names = (each.attributes.get(key) for key in ("name", "naam", "identificatie"))
    name = next((value for value in names if isinstance(value, str) and value), "")
    kind = each.attributes.get("function") or each.attributes.get("class") or ""
    return Element(each.id, each.kind, name, type=kind if isinstance(kind, str) else "")


def _model_surfaces(city: City) -> list[Surface]:
    parts: dict[tuple[float, float, float, float], list[tuple[int, NDArray[np.int64]]]] = {}
    for feature, each in enumerate(city.objects):
        faces = city.faces(each)
        looks = np.array([_COLOURS.get(said, _COLOURS.get(each.kind, _GREY)) for said in faces.semantics])
        for colour in np.unique(looks, axis=0):
            red, green, blue, opacity = colour.tolist()
            own = faces.triangles[(looks == colour).all(axis=1)]
            parts.setdefault((red, green, blue, opacity), []).append((feature, own))
    return [_surface(colour, gathered, city.vertices) for colour, gathered in sorted(parts.items())]


def _surface(
    colour: tuple[float, float, float, float], parts: Iterable[tuple[int, NDArray[np.int64]]], vertices: Vec3s
) -> Surface:
    parts = list(parts)
    triangles = np.concatenate([own for _, own in parts])
    features = np.concatenate([np.full(own.size, feature, np.uint32) for feature, own in parts])
    positions = vertices[triangles.ravel()]
    corners = np.arange(len(positions), dtype=np.uint32).reshape(-1, 3)
    normals = np.repeat(flat_normals(positions, corners), 3, axis=0)
    return Surface(Material(base_colour=colour, double_sided=True), positions, normals, features, corners)
