"""City objects: what they are, what is known of them, and their surfaces by level of detail."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from .appearance import Looks
from .document import Node, attribute, local, text_of
from .gml import Library, Member
from .templates import Copy, Templates, held

_LOD = re.compile(r"lod([0-4])(?!TerrainIntersection|MultiCurve|ImplicitRepresentation|Point)\w+")
_IMPLICIT = re.compile(r"lod([0-4])ImplicitRepresentation")
_SURFACES = re.compile(r"\w*Surface|Window|Door|(Auxiliary)?Traffic(Area|Space)")
_PARTS = re.compile(r"\w+Part|\w*Installation|\w*ConstructiveElement|Section|Intersection")
_ROOMS = {"Room", "BuildingRoom", "BridgeRoom", "HollowSpace", "TunnelHollowSpace"}
_FURNITURE = re.compile(r"\w+Furniture")
_LEFT_OUT = {"Storey", "BuildingUnit", "Envelope"}
"""Storeys and units show again what the building shows; an envelope is no knowledge."""
_COMPONENTS = {"TINRelief", "BreaklineRelief", "MassPointRelief", "RasterRelief"}
_NUMERIC = {"measuredHeight", "storeysAboveGround", "storeysBelowGround"}
_SURFACE_GEOMETRY = {"MultiSurface", "CompositeSurface", "Solid", "Polygon", "TriangulatedSurface", "Tin"}

Values = dict[str, str | float | bool]


class Shape(NamedTuple):
    """Surfaces of a city object."""

    members: list[Member]
    part: str
    """What they are part of, such as ``RoofSurface``."""
    copy: Copy | None = None
    """Where they stand, of a template."""


@dataclass
class Piece:
    """A city object without its parts, or one part."""

    lods: dict[int, list[Shape]] = field(default_factory=dict)

    def add(self, lod: int, shape: Shape) -> None:
        """Add surfaces of a level of detail."""
        self.lods.setdefault(lod, []).append(shape)


@dataclass
class Feature:
    """One city object."""

    id: str
    kind: str
    room: bool = False
    name: str = ""
    pieces: list[Piece] = field(default_factory=list)
    """Itself first."""
    properties: dict[str, Values] = field(default_factory=dict)
    """Values by the name of their set."""


@dataclass
class Features:
    """Gathers the city objects of a file, one member after another."""

    library: Library
    looks: Looks
    templates: Templates
    found: list[Feature] = field(default_factory=list)
    undrawn: int = 0
    """How many geometries are copies of templates that are not in the file."""

    def read(self, member: Node) -> None:
        """Add what a member holds."""
        for node in member:
            if local(node) == "Appearance":
                self.looks.read(node)
            else:
                self._feature(node)

    def _feature(self, node: Node, *, room: bool = False) -> None:
        feature = Feature(attribute(node, "id") or f"{local(node)} {len(self.found) + 1}", local(node), room)
        self.found.append(feature)
        piece = Piece()
        feature.pieces.append(piece)
        _Walk(self, feature).object(node, piece, "", "Attributes")


@dataclass
class _Walk:
    """One city object while it is read."""

    features: Features
    feature: Feature

    def object(self, node: Node, piece: Piece, part: str, title: str) -> None:
        """Read a city object, a part or a surface of it; `title` names its set of properties, if it has one."""
        for child in node:
            name = local(child)
            if found := _LOD.fullmatch(name):
                piece.add(int(found[1]), Shape(self.features.library.read(child), part))
            elif name == "tin":
                piece.add(1, Shape(self.features.library.read(child), part))
            elif found := _IMPLICIT.fullmatch(name):
                self._copy(child, piece, int(found[1]), part)
            elif name.startswith("lod"):
                continue
            elif name == "name" and title == "Attributes":
                self.feature.name = self.feature.name or text_of(child)
            elif len(child):
                self._property(child, piece, part, title)
            elif title and (text := text_of(child)):
                self._keep(title, name, text)

    def _copy(self, node: Node, piece: Piece, lod: int, part: str) -> None:
        """A copy of a template."""
        inner = held(node)
        found = None if inner is None else self.features.templates.read(inner)
        if found is None:
            self.features.undrawn += 1
        else:
            members, copy = found
            piece.add(lod, Shape(members, part, copy))

    def _property(self, node: Node, piece: Piece, part: str, title: str) -> None:
        """What stands in an element that has elements: other things, or values."""
        if local(node).endswith(("Attribute", "AttributeSet")):
            self._generic(node, title)
            return
        for child in node:
            name = local(child)
            if name == "Appearance":
                self.features.looks.read(child)
            elif _SURFACES.fullmatch(name) and name not in _SURFACE_GEOMETRY:
                self.object(child, piece, name, "")
            elif _PARTS.fullmatch(name):
                self._part(child, name)
            elif name in _ROOMS or _FURNITURE.fullmatch(name):
                self.features._feature(child, room=name in _ROOMS)  # noqa: SLF001 - one work in two classes
            elif name in _LEFT_OUT:
                continue
            elif name in _COMPONENTS:
                self.object(child, piece, part, title)
            else:
                self._values(local(node), child)

    def _part(self, node: Node, name: str) -> None:
        piece = Piece()
        self.feature.pieces.append(piece)
        part = "" if name.endswith("Part") else name
        self.object(node, piece, part, f"{name} {attribute(node, 'id')}".strip())

    def _generic(self, node: Node, title: str) -> None:
        """A generic attribute: in CityGML 2 ``name`` is an attribute, in 3 an element; sets hold others."""
        if not title:
            return
        if local(node) == "genericAttribute":
            for child in node:
                self._generic(child, title)
            return
        named = attribute(node, "name") or next((text_of(each) for each in node if local(each) == "name"), "")
        if local(node).endswith("Set"):
            for child in node:
                if len(child):
                    self._generic(child, named or title)
            return
        for value in node:
            if local(value) == "value" and named:
                number = local(node).lower().startswith(("double", "int", "measure"))
                self._keep(title, named, text_of(value), number=number)

    def _values(self, property_: str, node: Node) -> None:
        """The texts within something else, such as an address."""
        title = "Address" if "ddress" in property_ else "Attributes"
        for name, text in _texts(node):
            self._keep(title, name if title == "Address" else f"{property_}.{name}", text)

    def _keep(self, title: str, name: str, text: str, *, number: bool = False) -> None:
        values = self.feature.properties.setdefault(title, {})
        values.setdefault(name, _number(text) if number or name in _NUMERIC else text)


def _texts(node: Node) -> Iterator[tuple[str, str]]:
    for each in node.iter():
        if len(each) == 0 and (text := text_of(each)):
            yield local(each), text


def _number(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text
