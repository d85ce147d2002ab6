"""The proposed building of the demo, as an architect would deliver it: IFC4 in millimetres with an IfcMapConversion.

A block of flats over a plinth of shops: floors, walls with openings, windows and doors, balconies, a green roof.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.guid
import numpy as np

from .facts import Proposal

MM = 1000.0
_PLINTH_MM, _STOREY_MM, _FLOOR_MM, _WALL_MM = 4200.0, 3000.0, 300.0, 300.0
_BAY_MM = 2600.0
_NAMESPACE = uuid.UUID("6d1f3f4c-6f0e-5d0c-9a3b-0d0d7e0c7a01")

# Red, green, blue (sRGB) and transparency of each material.
_STYLES = {
    "Brick": (0.62, 0.33, 0.24, 0.0),
    "Pale brick": (0.85, 0.78, 0.66, 0.0),
    "Concrete": (0.72, 0.72, 0.70, 0.0),
    "Glass": (0.55, 0.72, 0.80, 0.55),
    "Oak": (0.50, 0.34, 0.18, 0.0),
    "Steel": (0.23, 0.26, 0.29, 0.0),
    "Sedum": (0.42, 0.55, 0.27, 0.0),
}


@dataclass(frozen=True)
class _Block:
    """A box in the building's own millimetres: low corner and size."""

    low: tuple[float, float, float]
    size: tuple[float, float, float]


class _Author:
    """Writes entities; every GlobalId follows from what the entity is, so a second run writes the same file."""

    def __init__(self, name: str) -> None:
        self.file = ifcopenshell.file(schema="IFC4")
        self._name = name
        self._serial = 0
        self.origin = self.file.createIfcCartesianPoint((0.0, 0.0, 0.0))
        self.axes = self.file.createIfcAxis2Placement3D(self.origin)
        self.context = self.file.createIfcGeometricRepresentationContext(None, "Model", 3, 0.01, self.axes, None)
        self.body = self.file.createIfcGeometricRepresentationSubContext(
            "Body", "Model", None, None, None, None, self.context, None, "MODEL_VIEW", None
        )
        self._styles = {name: self._style(name) for name in _STYLES}

    def guid(self) -> str:
        self._serial += 1
        return str(ifcopenshell.guid.compress(uuid.uuid5(_NAMESPACE, f"{self._name}/{self._serial}").hex))

    def placement(self, relative_to: Any = None, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Any:
        point = self.file.createIfcCartesianPoint(at)
        return self.file.createIfcLocalPlacement(relative_to, self.file.createIfcAxis2Placement3D(point))

    def _style(self, name: str) -> Any:
        red, green, blue, transparency = _STYLES[name]
        colour = self.file.createIfcColourRgb(None, red, green, blue)
        shading = self.file.createIfcSurfaceStyleShading(colour, transparency)
        return self.file.createIfcSurfaceStyle(name, "BOTH", [shading])

    def solid(self, block: _Block, material: str) -> Any:
        """An extruded rectangle in a material's colour."""
        (x, y, z), (width, depth, height) = block.low, block.size
        centre = self.file.createIfcAxis2Placement2D(self.file.createIfcCartesianPoint((width / 2, depth / 2)))
        profile = self.file.createIfcRectangleProfileDef("AREA", None, centre, width, depth)
        position = self.file.createIfcAxis2Placement3D(self.file.createIfcCartesianPoint((x, y, z)))
        up = self.file.createIfcDirection((0.0, 0.0, 1.0))
        solid = self.file.createIfcExtrudedAreaSolid(profile, position, up, height)
        self.file.createIfcStyledItem(solid, [self._styles[material]], None)
        return solid

    def shape(self, solids: Sequence[Any]) -> Any:
        body = self.file.createIfcShapeRepresentation(self.body, "Body", "SweptSolid", list(solids))
        return self.file.createIfcProductDefinitionShape(None, None, [body])

    def storey(self, building: Any, name: str, elevation: float) -> Any:
        place = self.placement(building.ObjectPlacement, (0.0, 0.0, elevation))
        return self.file.createIfcBuildingStorey(self.guid(), None, name, ObjectPlacement=place, Elevation=elevation)

    def product(self, kind: str, name: str, storey: Any, solids: Sequence[Any], **attributes: Any) -> Any:
        return self.file.create_entity(
            kind,
            GlobalId=self.guid(),
            Name=name,
            ObjectPlacement=self.placement(storey.ObjectPlacement),
            Representation=self.shape(solids),
            **attributes,
        )


def write(path: Path, proposal: Proposal) -> Path:
    """Write the building as IFC4, its own x axis along its front, its origin at the middle of the ground floor."""
    author = _Author(proposal.name)
    project = _project(author, proposal)
    site = author.file.createIfcSite(author.guid(), None, "Plot", ObjectPlacement=author.placement())
    building = author.file.createIfcBuilding(
        author.guid(), None, proposal.name, ObjectPlacement=author.placement(site.ObjectPlacement)
    )
    storeys = [_storey(author, proposal, building, number) for number in range(proposal.storeys)]
    roof = _roof_storey(author, proposal, building)
    for whole, parts in ((project, [site]), (site, [building]), (building, [*storeys, roof])):
        author.file.createIfcRelAggregates(author.guid(), None, None, None, whole, parts)
    author.file.write(str(path))
    return path


def _project(author: _Author, proposal: Proposal) -> Any:
    file = author.file
    millimetre = file.createIfcSIUnit(None, "LENGTHUNIT", "MILLI", "METRE")
    metre = file.createIfcSIUnit(None, "LENGTHUNIT", None, "METRE")
    units = [
        millimetre,
        file.createIfcSIUnit(None, "AREAUNIT", None, "SQUARE_METRE"),
        file.createIfcSIUnit(None, "VOLUMEUNIT", None, "CUBIC_METRE"),
        file.createIfcSIUnit(None, "PLANEANGLEUNIT", None, "RADIAN"),
    ]
    crs = file.createIfcProjectedCRS("EPSG:7415", "Amersfoort / RD New + NAP height", None, "NAP", None, None, metre)
    x_axis = np.radians(-proposal.heading_deg)  # clockwise heading of the y axis turns x by as much below map east
    x, y = proposal.at
    file.createIfcMapConversion(
        author.context, crs, x, y, proposal.ground_nap, float(np.cos(x_axis)), float(np.sin(x_axis)), 0.001
    )
    assignment = file.createIfcUnitAssignment(units)
    return file.createIfcProject(
        author.guid(), None, proposal.name, RepresentationContexts=[author.context], UnitsInContext=assignment
    )


def _elevation(number: int) -> float:
    return 0.0 if number == 0 else _PLINTH_MM + (number - 1) * _STOREY_MM


def _storey(author: _Author, proposal: Proposal, building: Any, number: int) -> Any:
    base = _elevation(number)
    name = "Ground floor" if number == 0 else f"Floor {number}"
    storey = author.storey(building, name, base)
    height = _PLINTH_MM if number == 0 else _STOREY_MM
    width, depth = proposal.width_m * MM, proposal.depth_m * MM
    slab = _Block((-width / 2, -depth / 2, -_FLOOR_MM), (width, depth, _FLOOR_MM))
    contained = [
        author.product("IfcSlab", f"{name} slab", storey, [author.solid(slab, "Concrete")], PredefinedType="FLOOR")
    ]
    material = "Pale brick" if number == 0 else "Brick"
    clear = height - _FLOOR_MM
    for side in ("front", "back"):
        contained += _long_wall(author, storey, side, _Wall(name, width, depth, clear, material, number))
    contained += _short_walls(author, storey, _Wall(name, width, depth, clear, material, number))
    author.file.createIfcRelContainedInSpatialStructure(author.guid(), None, None, None, contained, storey)
    return storey


@dataclass(frozen=True)
class _Wall:
    storey: str
    width: float
    depth: float
    height: float
    material: str
    number: int


def _long_wall(author: _Author, storey: Any, side: str, wall: _Wall) -> list[Any]:
    """A long façade with a window in each bay, and balconies before every other one of the flats at the front."""
    y = -wall.depth / 2 if side == "front" else wall.depth / 2 - _WALL_MM
    block = _Block((-wall.width / 2, y, 0.0), (wall.width, _WALL_MM, wall.height))
    name = f"{wall.storey} {side} wall"
    entity = author.product("IfcWall", name, storey, [author.solid(block, wall.material)], PredefinedType="SOLIDWALL")
    made = [entity]
    bays = int(wall.width // _BAY_MM)
    start = -bays * _BAY_MM / 2
    for bay in range(bays):
        x = start + bay * _BAY_MM + 400
        is_door = wall.number == 0 and side == "front" and bay % 3 == 1
        sill, top = (0.0, 2500.0) if is_door else ((500.0, 3300.0) if wall.number == 0 else (800.0, 2400.0))
        opening = _Block((x, y - 50, sill), (1800.0, _WALL_MM + 100, top - sill))
        made.append(_filled(author, storey, entity, _Filling(opening, is_door, f"{wall.storey} {side} {bay + 1}")))
        if wall.number > 0 and side == "front" and bay % 2 == 0:
            made += _balcony(author, storey, f"{wall.storey} balcony {bay // 2 + 1}", x - 200, y)
    return made


@dataclass(frozen=True)
class _Filling:
    opening: _Block
    is_door: bool
    name: str


def _filled(author: _Author, storey: Any, wall: Any, filling: _Filling) -> Any:
    """An opening in a wall, and the window or door that fills it."""
    hole = author.product(
        "IfcOpeningElement", f"{filling.name} opening", storey, [author.solid(filling.opening, "Concrete")]
    )
    author.file.createIfcRelVoidsElement(author.guid(), None, None, None, wall, hole)
    (x, y, z), (width, depth, height) = filling.opening.low, filling.opening.size
    inner, bar = y + depth / 2 - 40, 70.0
    frame = [
        _Block((x, inner, z), (bar, 80.0, height)),
        _Block((x + width - bar, inner, z), (bar, 80.0, height)),
        _Block((x + bar, inner, z), (width - 2 * bar, 80.0, bar)),
        _Block((x + bar, inner, z + height - bar), (width - 2 * bar, 80.0, bar)),
        _Block((x + width / 2 - bar / 2, inner, z + bar), (bar, 80.0, height - 2 * bar)),
    ]
    pane = _Block((x + bar, inner + 25, z + bar), (width - 2 * bar, 30.0, height - 2 * bar))
    material = "Oak" if filling.is_door else "Steel"
    solids = [*(author.solid(block, material) for block in frame), author.solid(pane, "Glass")]
    kind, word = ("IfcDoor", "door") if filling.is_door else ("IfcWindow", "window")
    entity = author.product(kind, f"{filling.name} {word}", storey, solids, OverallHeight=height, OverallWidth=width)
    author.file.createIfcRelFillsElement(author.guid(), None, None, None, hole, entity)
    return entity


def _balcony(author: _Author, storey: Any, name: str, x: float, y: float) -> list[Any]:
    width, reach = 2200.0, 1400.0
    plate = author.solid(_Block((x, y - reach, -200.0), (width, reach, 200.0)), "Concrete")
    rails = [
        _Block((x, y - reach, 0.0), (width, 40.0, 1050.0)),
        _Block((x, y - reach, 0.0), (40.0, reach, 1050.0)),
        _Block((x + width - 40, y - reach, 0.0), (40.0, reach, 1050.0)),
    ]
    return [
        author.product("IfcSlab", name, storey, [plate], PredefinedType="FLOOR"),
        author.product("IfcRailing", f"{name} railing", storey, [author.solid(rail, "Glass") for rail in rails]),
    ]


def _short_walls(author: _Author, storey: Any, wall: _Wall) -> list[Any]:
    made = []
    for side, x in (("left", -wall.width / 2), ("right", wall.width / 2 - _WALL_MM)):
        block = _Block((x, -wall.depth / 2 + _WALL_MM, 0.0), (_WALL_MM, wall.depth - 2 * _WALL_MM, wall.height))
        solid = author.solid(block, wall.material)
        made.append(
            author.product("IfcWall", f"{wall.storey} {side} wall", storey, [solid], PredefinedType="SOLIDWALL")
        )
    return made


def _roof_storey(author: _Author, proposal: Proposal, building: Any) -> Any:
    base = _elevation(proposal.storeys)
    storey = author.storey(building, "Roof", base)
    width, depth = proposal.width_m * MM, proposal.depth_m * MM
    plate = _Block((-width / 2, -depth / 2, -_FLOOR_MM), (width, depth, _FLOOR_MM))
    green = _Block((-width / 2 + 600, -depth / 2 + 600, 0.0), (width - 1200, depth - 1200, 150.0))
    edges = [
        _Block((-width / 2, -depth / 2, 0.0), (width, 250.0, 600.0)),
        _Block((-width / 2, depth / 2 - 250, 0.0), (width, 250.0, 600.0)),
        _Block((-width / 2, -depth / 2 + 250, 0.0), (250.0, depth - 500, 600.0)),
        _Block((width / 2 - 250, -depth / 2 + 250, 0.0), (250.0, depth - 500, 600.0)),
    ]
    house = _Block((-3000.0, -1500.0, 0.0), (6000.0, 4000.0, 2600.0))
    contained = [
        author.product("IfcSlab", "Roof slab", storey, [author.solid(plate, "Concrete")], PredefinedType="ROOF"),
        author.product("IfcCovering", "Sedum", storey, [author.solid(green, "Sedum")], PredefinedType="ROOFING"),
        author.product(
            "IfcWall", "Parapet", storey, [author.solid(e, "Brick") for e in edges], PredefinedType="PARAPET"
        ),
        author.product("IfcBuildingElementProxy", "Lift and stairs", storey, [author.solid(house, "Steel")]),
    ]
    author.file.createIfcRelContainedInSpatialStructure(author.guid(), None, None, None, contained, storey)
    return storey
