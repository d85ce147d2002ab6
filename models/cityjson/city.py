"""A city: its objects, the surfaces of each by level of detail, and where they lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.model import Progress
from models.polygons3d import triangles as triangles_of
from tiles.errors import BadInput
from tiles.frame import Vec3s

from . import templates
from .appearance import Look, beside, look
from .document import Json, crs, documents, member, vertices
from .geometry import DEPTHS, Polygon, Rows, lod, polygons

_OWN = ("BuildingRoom", "BuildingFurniture", "BuildingUnit", "BuildingStorey", "BridgeRoom", "TunnelHollowSpace")
"""Children that are things of their own; all others are parts of their parent."""


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
    parts: Mapping[str, Json] = field(default_factory=dict)
    """The attributes of its parts by their class and id, such as ``BuildingPart 1-0``."""

    @property
    def best(self) -> Sequence[Polygon]:
        """The surfaces at the highest level of detail."""
        return self.lods[max(self.lods)]


@dataclass(frozen=True, eq=False)
class City:
    """What a file holds: vertices in metres of its reference system, and objects that have geometry."""

    name: str
    version: str
    """Such as ``CityJSON 2.0`` or ``CityJSONSeq 1.1``."""
    crs: str | None
    """EPSG code of the reference system the file states, or None."""
    vertices: Vec3s
    objects: Sequence[CityObject]
    missing: tuple[str, ...]
    """Pictures that the file names and that are not there."""
    notes: tuple[str, ...]

    def faces(self, each: CityObject, lod: float | None = None) -> Faces:
        """An object's triangles at one level of detail; at the highest when none is named."""
        found: list[tuple[int, int, int]] = []
        semantics: list[str] = []
        for polygon in each.best if lod is None else each.lods[lod]:
            own = triangles_of(polygon.rings, self.corners)
            found += own
            semantics += [polygon.part] * len(own)
        return Faces(np.array(found, np.int64).reshape(-1, 3), semantics)

    @cached_property
    def corners(self) -> list[list[float]]:
        """The vertices as plain numbers, which are faster one by one."""
        found: list[list[float]] = self.vertices.tolist()
        return found


def read_city(path: Path, progress: Progress) -> City:
    """The objects of a CityJSON or CityJSONSeq file; raises `BadInput` when it cannot be read or shows nothing."""
    said = documents(path)
    head = said[0]
    pictures = beside(path)
    shared = look(head, pictures, path.name)
    gathering = _Gathering(path.name, templates.templates(head, shared, path.name))
    for number, document in enumerate(said, start=1):
        own = look(document, pictures, path.name) if "appearance" in document and document is not head else shared
        gathering.add(document, vertices(document, head, path.name), own)
        progress(number, len(said))
    shown = [
        CityObject(key, each.kind, each.attributes, each.lods, each.parts)
        for key, each in gathering.found.items()
        if each.lods
    ]
    if not shown:
        raise BadInput(f"{path.name} holds no geometry that can be shown; export it with surfaces or solids.")
    version = f"{'CityJSONSeq' if len(said) > 1 else 'CityJSON'} {head['version']}"
    return City(
        path.stem,
        version,
        crs(head, path.name),
        np.concatenate(gathering.blocks),
        shown,
        tuple(pictures.missing),
        gathering.notes(),
    )


@dataclass
class _Gathered:
    """One object and its parts while they are read."""

    kind: str = ""
    attributes: Json = field(default_factory=dict)
    lods: dict[float, list[Polygon]] = field(default_factory=dict)
    parts: dict[str, Json] = field(default_factory=dict)

    def add(self, lod: float, found: Sequence[Polygon]) -> None:
        if found:
            self.lods.setdefault(lod, []).extend(found)


@dataclass
class _Gathering:
    """A city while it is read: its objects, and its vertices block by block."""

    name: str
    templates: Sequence[templates.Template | None]
    found: dict[str, _Gathered] = field(default_factory=dict)
    blocks: list[Vec3s] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    """How many geometries of each kind have no surfaces."""
    _vertices: int = 0
    _drawn: int = 0

    def add(self, document: Json, own: Vec3s, looks: Look) -> None:
        """Add the objects of one document, whose vertices are `own`."""
        objects = member(document, "CityObjects", dict, self.name)
        where = Rows(len(own), self._block(own), self.name, looks)
        for key, said in objects.items():
            if not isinstance(said, dict):
                raise BadInput(f"{self.name}: object {key[:80]} is broken; export the file again.")
            root = _root(key, objects)
            gathered = self.found.setdefault(root, _Gathered())
            _say(gathered, key, said, own=key == root)
            for geometry in _listed(said.get("geometry")):
                self._geometry(gathered, geometry, key, (own, where))

    def _geometry(self, gathered: _Gathered, geometry: Any, key: str, of: tuple[Vec3s, Rows]) -> None:
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        own, where = of
        if kind == "GeometryInstance":
            self._instance(gathered, geometry, key, own)
        elif isinstance(kind, str) and kind in DEPTHS:
            gathered.add(lod(geometry), polygons(geometry, key, where))
        else:
            self.skipped[str(kind)[:40]] = self.skipped.get(str(kind)[:40], 0) + 1

    def _instance(self, gathered: _Gathered, geometry: Json, key: str, own: Vec3s) -> None:
        try:
            shown = templates.instance(geometry, self.templates, own)
        except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
            raise BadInput(
                f"{self.name}: the geometry of {key[:80]} is broken ({error}); export the file again."
            ) from error
        if shown is None:
            return
        self._drawn += len(shown.vertices)
        if self._drawn > templates.MOST_VERTICES:
            raise BadInput(
                f"{self.name} draws its templates with more than {templates.MOST_VERTICES:,} vertices in all; "
                "split it or simplify the templates."
            )
        gathered.add(shown.template.lod, shown.template.shown(self._block(shown.vertices)))

    def _block(self, vertices: Vec3s) -> int:
        """Keep vertices, and give the row of the first."""
        start = self._vertices
        self.blocks.append(vertices)
        self._vertices += len(vertices)
        return start

    def notes(self) -> tuple[str, ...]:
        """What was left out, in a sentence."""
        if not self.skipped:
            return ()
        counted = ", ".join(f"{count} {kind}" for kind, count in sorted(self.skipped.items()))
        return (f"Geometries without surfaces were left out: {counted}.",)


def _say(gathered: _Gathered, key: str, said: Json, *, own: bool) -> None:
    """Keep what an object says of itself, or of a part."""
    attributes = said.get("attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    address = said.get("address")
    if address:
        attributes = attributes | {"address": address}
    if own:
        gathered.kind = str(said.get("type", ""))
        gathered.attributes = attributes
    elif attributes:
        gathered.parts[f"{said.get('type', '')} {key}"] = attributes


def _root(key: str, objects: Json) -> str:
    """The object that a part belongs to in the end; itself when it is no part."""
    seen: set[str] = set()
    while key not in seen:
        seen.add(key)
        parent = _parent(objects[key], objects)
        if parent is None:
            break
        key = parent
    return key


def _parent(said: Any, objects: Json) -> str | None:
    if not isinstance(said, dict) or said.get("type") in _OWN:
        return None
    parents = _listed(said.get("parents"))
    first = parents[0] if parents else None
    if not isinstance(first, str) or not isinstance(objects.get(first), dict):
        return None
    # A group has members, not parts: they stay what they are.
    return None if objects[first].get("type") == "CityObjectGroup" else first


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
