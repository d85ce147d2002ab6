"""IFC files of one box, that say where it is in every way files do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.guid
import numpy as np

SIZE_M = (10.0, 20.0, 6.0)
"""Of the box, its south-west foot at the site's origin."""

_PREFIXES = {1.0: None, 0.001: "MILLI", 0.01: "CENTI"}


@dataclass(frozen=True)
class Ifc:
    """What a file says; lengths in the units of the project unless named."""

    schema: str = "IFC4"
    project_m: float = 1.0
    crs: Mapping[str, Any] | None = None
    """Attributes of IfcProjectedCRS; `MapUnit` in metres per unit."""
    conversion: Mapping[str, Any] | None = None
    """Attributes of the coordinate operation."""
    operation: str = "IfcMapConversion"
    sets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Property sets of the site."""
    project_sets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    points: Sequence[tuple[tuple[float, float, float], Mapping[str, Any]]] = ()
    """Proxies in the site: where, and their property set."""
    site_at: tuple[float, float, float] = (0.0, 0.0, 0.0)
    site_heading_deg: float = 0.0
    follows: bool = True
    """Whether the box is placed relative to the site."""
    world_at: tuple[float, float, float] = (0.0, 0.0, 0.0)
    north: tuple[float, float] | None = None
    latitude: tuple[int, ...] | None = None
    longitude: tuple[int, ...] | None = None
    elevation: float | None = None
    town: str = ""


def make_ifc(said: Ifc) -> Any:
    """An opened file of one box."""
    file = ifcopenshell.file(schema=said.schema)
    unit = _unit(file, said.project_m)
    origin = _axes(file, (0.0, 0.0, 0.0))
    north = None if said.north is None else file.createIfcDirection(said.north)
    world = _axes(file, said.world_at)
    context = file.createIfcGeometricRepresentationContext(None, "Model", 3, 1e-5, world, north)
    project = file.create_entity("IfcProject", **_root(file, "Project", said))
    project.RepresentationContexts = [context]
    project.UnitsInContext = file.createIfcUnitAssignment([unit])
    site = file.create_entity("IfcSite", **_root(file, "Site", said))
    site.ObjectPlacement = file.createIfcLocalPlacement(None, _axes(file, said.site_at, said.site_heading_deg))
    site.RefLatitude, site.RefLongitude, site.RefElevation = said.latitude, said.longitude, said.elevation
    if said.town:
        site.SiteAddress = file.createIfcPostalAddress(Town=said.town)
    file.createIfcRelAggregates(**_rel(file, said), RelatingObject=project, RelatedObjects=[site])
    relative = site.ObjectPlacement if said.follows else None
    elements = [_box(file, said, context, file.createIfcLocalPlacement(relative, origin))]
    for where, values in said.points:
        proxy = file.create_entity("IfcBuildingElementProxy", **_root(file, "GEO-Nulpunt", said))
        proxy.ObjectPlacement = file.createIfcLocalPlacement(site.ObjectPlacement, _axes(file, where))
        _set(file, said, proxy, "CPset_GEO-Nulpunt", values)
        elements.append(proxy)
    file.createIfcRelContainedInSpatialStructure(**_rel(file, said), RelatedElements=elements, RelatingStructure=site)
    for owner, sets in ((site, said.sets), (project, said.project_sets)):
        for name, values in sets.items():
            _set(file, said, owner, name, values)
    if said.conversion is not None:
        _operation(file, said, context)
    return file


def write_ifc(path: Path, said: Ifc) -> Path:
    """The same, written."""
    make_ifc(said).write(str(path))
    return path


def corners(said: Ifc) -> np.ndarray[Any, Any]:
    """The corners of the box in metres of the model, (8, 3)."""
    grid = np.array([(x, y, z) for x in (0, SIZE_M[0]) for y in (0, SIZE_M[1]) for z in (0, SIZE_M[2])], float)
    if not said.follows:
        return grid
    angle = np.radians(-said.site_heading_deg)
    cos, sin = np.cos(angle), np.sin(angle)
    turned = grid @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    return turned + np.array(said.site_at) * said.project_m


def _root(file: Any, name: str, said: Ifc) -> dict[str, Any]:
    owner = {"OwnerHistory": _history(file)} if said.schema == "IFC2X3" else {}
    return {"GlobalId": ifcopenshell.guid.new(), "Name": name} | owner


def _rel(file: Any, said: Ifc) -> dict[str, Any]:
    found = _root(file, "", said)
    del found["Name"]
    return found


def _history(file: Any) -> Any:
    if found := file.by_type("IfcOwnerHistory"):
        return found[0]
    person = file.createIfcPersonAndOrganization(file.createIfcPerson(), file.createIfcOrganization(Name="x"))
    application = file.createIfcApplication(file.by_type("IfcOrganization")[0], "1", "x", "x")
    return file.createIfcOwnerHistory(person, application, None, "NOCHANGE", None, None, None, 0)


def _unit(file: Any, metres: float) -> Any:
    if metres in _PREFIXES:
        return file.createIfcSIUnit(None, "LENGTHUNIT", _PREFIXES[metres], "METRE")
    measure = file.createIfcMeasureWithUnit(file.createIfcLengthMeasure(metres), _unit(file, 1.0))
    exponents = file.createIfcDimensionalExponents(1, 0, 0, 0, 0, 0, 0)
    return file.createIfcConversionBasedUnit(exponents, "LENGTHUNIT", "FOOT", measure)


def _axes(file: Any, at: tuple[float, float, float], heading_deg: float = 0.0) -> Any:
    angle = np.radians(-heading_deg)
    x_axis = file.createIfcDirection((float(np.cos(angle)), float(np.sin(angle)), 0.0))
    up = file.createIfcDirection((0.0, 0.0, 1.0))
    return file.createIfcAxis2Placement3D(file.createIfcCartesianPoint(at), up, x_axis)


def _box(file: Any, said: Ifc, context: Any, placement: Any) -> Any:
    width, depth, height = (side / said.project_m for side in SIZE_M)
    middle = file.createIfcAxis2Placement2D(file.createIfcCartesianPoint((width / 2, depth / 2)))
    profile = file.createIfcRectangleProfileDef("AREA", None, middle, width, depth)
    up = file.createIfcDirection((0.0, 0.0, 1.0))
    solid = file.createIfcExtrudedAreaSolid(profile, _axes(file, (0.0, 0.0, 0.0)), up, height)
    shape = file.createIfcShapeRepresentation(context, "Body", "SweptSolid", [solid])
    element = file.create_entity("IfcBuildingElementProxy", **_root(file, "Box", said))
    element.ObjectPlacement = placement
    element.Representation = file.createIfcProductDefinitionShape(None, None, [shape])
    return element


def _set(file: Any, said: Ifc, owner: Any, name: str, values: Mapping[str, Any]) -> None:
    properties = []
    for key, value in values.items():
        kind = "IfcReal" if isinstance(value, float) else "IfcLabel"
        properties.append(file.createIfcPropertySingleValue(key, None, file.create_entity(kind, value)))
    root = _root(file, name, said)
    found = file.create_entity("IfcPropertySet", **root, HasProperties=properties)
    file.createIfcRelDefinesByProperties(**_rel(file, said), RelatedObjects=[owner], RelatingPropertyDefinition=found)


def _operation(file: Any, said: Ifc, context: Any) -> None:
    described = dict(said.crs or {"Name": "EPSG:7415", "MapUnit": 1.0})
    unit = described.pop("MapUnit", None)
    crs = file.create_entity("IfcProjectedCRS", **described)
    crs.MapUnit = None if unit is None else _unit(file, unit)
    values = {"OrthogonalHeight": 0.0} if "Conversion" in said.operation else {}
    values |= dict(said.conversion or {})
    if said.operation == "IfcRigidOperation":
        for name in ("FirstCoordinate", "SecondCoordinate"):
            values[name] = file.create_entity("IfcLengthMeasure", values[name])
    file.create_entity(said.operation, SourceCRS=context, TargetCRS=crs, **values)
