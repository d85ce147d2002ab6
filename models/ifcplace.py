"""What an IFC file says of its place (ISO 16739-1): everything that can be read as one, as candidates.

A map conversion or rigid operation (IFC4 and later), the property sets that stand for it (IFC2X3, and found in later
files too), a placement or world coordinate system that lies on the map, points whose place is written beside them
("GEO-Nulpunt"), and the site's latitude and longitude. Which one holds is for `models.georeference.weigh`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import ifcopenshell.util.element
import ifcopenshell.util.geolocation
import ifcopenshell.util.placement
import ifcopenshell.util.unit
import numpy as np

from tiles.errors import BadInput, OutsideArea
from tiles.frame import RD_NAP, Matrix4, points

from .georeference import (
    Candidate,
    Georeference,
    Pair,
    Site,
    Units,
    conversions,
    helmert_of,
    known_points,
    site_candidates,
    site_hint,
)
from .georeference.conversion import number
from .georeference.site import default_of
from .georeference.system import RD, named

T = TypeVar("T")

_MOST_POINTS = 200
_LARGEST_UNIT_M = 1e6


# What reading an attribute raises that is not as the schema has it: IfcOpenShell hands out whatever the file holds.
_BROKEN = (AttributeError, TypeError, ValueError, KeyError, IndexError, RuntimeError, OverflowError)


def georeference(file: Any) -> Georeference:
    """All that an opened IFC file says of its place; what breaks the schema is a hint."""
    hints: list[str] = []
    units = _read("unit of length", lambda: [_project_m(file)], hints)
    if not units:
        return Georeference((), tuple(hints))
    project_m = units[0]
    candidates = _read("map conversion", lambda: _converted(file, project_m, hints), hints)
    candidates += _read("placement", lambda: _placed(file, project_m), hints)
    candidates += _read("world coordinate system", lambda: _world(file, project_m), hints)
    candidates += _read("points with coordinates", lambda: _points(file, project_m), hints)
    stated = [(10, address) for address in _read("address", lambda: [_address(file)], hints) if address]
    for site in _read("latitude and longitude", lambda: _sites(file, project_m), hints):
        found = site_candidates(site)
        candidates += found
        where = site.latitude_deg, site.longitude_deg
        hints += [site_hint(*where)] * (not found)
        stated += [(20, "latitude {:.5f}, longitude {:.5f}".format(*where))] * (not found and not default_of(*where))
    return Georeference(candidates, tuple(dict.fromkeys(hints)), tuple(stated))


def _read(what: str, reader: Callable[[], Iterable[T]], hints: list[str]) -> list[T]:
    """What a reader finds; nothing, and a hint, where the file breaks the schema there."""
    try:
        return list(reader())
    except _BROKEN:
        hints.append(f"its {what} cannot be read, for it is not as the IFC schema has it")
        return []


def _project_m(file: Any) -> float:
    metres = float(ifcopenshell.util.unit.calculate_unit_scale(file))
    if not 0 < metres < _LARGEST_UNIT_M:
        raise ValueError(f"a unit of {metres} m")
    return metres


_Said = tuple[str, dict[str, Any], dict[str, Any]]  # where it was said, the conversion, the projected CRS


def _operations(file: Any) -> Iterator[_Said]:
    """Every coordinate operation, and every property set that stands for one."""
    if file.schema != "IFC2X3":
        for operation in file.by_type("IfcCoordinateOperation"):
            crs = operation.TargetCRS
            values = operation.get_info()
            if operation.is_a("IfcRigidOperation"):
                # IFC4X3 ADD2, 8.13.3.5: lengths along the axes, or angles where the target is geographic.
                first, second = operation.FirstCoordinate, operation.SecondCoordinate
                lengths = all(each is not None and each.is_a("IfcLengthMeasure") for each in (first, second))
                east, north = (each.wrappedValue if lengths else None for each in (first, second))
                values |= {"Eastings": east, "Northings": north, "OrthogonalHeight": operation.Height}
            yield operation.is_a(), values, crs.get_info() if crs is not None else {}
    yield from _property_sets(file)


def _property_sets(file: Any) -> Iterator[_Said]:
    """`ePset_MapConversion` and `ePset_ProjectedCRS`, in whatever capitals, of site, project or building."""
    for owner in (each for kind in ("IfcSite", "IfcProject", "IfcBuilding") for each in file.by_type(kind)):
        sets = {name.lower(): values for name, values in ifcopenshell.util.element.get_psets(owner).items()}
        if (conversion := sets.get("epset_mapconversion")) is not None:
            crs = sets.get("epset_projectedcrs", {})
            yield "ePset_MapConversion", conversion, {"Name": conversion.get("TargetCRS")} | crs


def _converted(file: Any, project_m: float, hints: list[str]) -> Iterator[Candidate]:
    for said in _operations(file):
        yield from _readings(file, said, project_m, hints)


def _readings(file: Any, said: _Said, project_m: float, hints: list[str]) -> list[Candidate]:
    source, values, crs = said
    helmert = helmert_of(values)
    if helmert is None:
        hints.append(f"its {source} holds no eastings and northings that can be read")
        return []
    name, vertical = (str(crs.get(key) or "").strip() for key in ("Name", "VerticalDatum"))
    try:
        system, doubts = named(name, vertical)
    except BadInput:
        hints.append(f"it names {name!r} as its reference system, which is none that is known")
        return []
    readings = conversions(helmert, Units(project_m, _metres_per(crs.get("MapUnit"))), system, source)
    return [
        _undo_world_coordinate_system(file, replace(each, doubts=(*each.doubts, *doubts)), project_m)
        for each in readings
    ]


def _metres_per(unit: Any) -> float:
    """Metres per unit of the map; metres when the file does not say, as every system of the Netherlands has them."""
    if unit is None or isinstance(unit, str):
        return 0.001 if isinstance(unit, str) and unit.upper().startswith(("MILLI", "MM")) else 1.0
    if unit.is_a("IfcConversionBasedUnit") and unit.Name.upper().startswith(("METRE", "METER")):
        return 1.0  # Revit writes a metre with a conversion factor that is not one
    return float(ifcopenshell.util.unit.get_unit_scale(unit))


def _undo_world_coordinate_system(file: Any, candidate: Candidate, project_m: float) -> Candidate:
    """IFC4 ADD2, IfcCoordinateOperation: the map conversion starts from the world coordinate system's own origin."""
    world = _world_matrix(file, project_m)
    if world is None:
        return candidate
    return replace(candidate, local_to_map=candidate.local_to_map @ np.linalg.inv(world))


def _world_matrix(file: Any, project_m: float) -> Matrix4 | None:
    """The world coordinate system in the model, metres; None where there is none or it is that of the model."""
    world = ifcopenshell.util.geolocation.get_wcs(file)
    return None if world is None else _in_metres(world, project_m)


def _in_metres(placement: Any, project_m: float) -> Matrix4:
    matrix = np.array(placement, dtype=np.float64)
    matrix[:3, 3] *= project_m
    return matrix


def _on_map(xyz: Any) -> bool:
    try:
        RD_NAP.require(np.asarray(xyz, np.float64).reshape(1, 3))
    except (OutsideArea, BadInput):
        return False
    return True


def _placed(file: Any, project_m: float) -> list[Candidate]:
    """A site or building that is placed on the map while its elements may not follow (LoGeoRef 30).

    Where they do, their coordinates are the map's themselves, and this reading lands outside it.
    """
    found = []
    for product in (*file.by_type("IfcSite"), *file.by_type("IfcBuilding")):
        if product.ObjectPlacement is None:
            continue
        matrix = _in_metres(ifcopenshell.util.placement.get_local_placement(product.ObjectPlacement), project_m)
        if _on_map(matrix[:3, 3]):
            said = f"{product.is_a()}'s placement at RD {matrix[0, 3]:.2f}, {matrix[1, 3]:.2f}"
            found.append(Candidate(RD, matrix, f"{said}, which its elements do not follow", "placement"))
    return found


def _world(file: Any, project_m: float) -> list[Candidate]:
    """A world coordinate system that lies on the map, turned by TrueNorth (LoGeoRef 40)."""
    world = _world_matrix(file, project_m)
    if world is None or not _on_map(world[:3, 3]):
        return []
    north = _true_north(file)
    turn = float(np.arctan2(*north)) if north else 0.0
    cos, sin = np.cos(turn), np.sin(turn)
    turned = np.array([[cos, -sin, 0, 0], [sin, cos, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=np.float64)
    shift = np.eye(4)
    shift[:3, 3] = world[:3, 3]
    said = f"WorldCoordinateSystem at RD {world[0, 3]:.2f}, {world[1, 3]:.2f}"
    return [Candidate(RD, shift @ turned, said, "world")]


def _true_north(file: Any) -> tuple[float, float] | None:
    """Which way true north is in the model; None where no context says."""
    for context in file.by_type("IfcGeometricRepresentationContext", include_subtypes=False):
        direction = context.TrueNorth
        if direction is not None and context.ContextType != "Plan":
            x, y = (float(ratio) for ratio in direction.DirectionRatios[:2])
            return (x, y) if np.hypot(x, y) > 0 else None
    return None


def _sites(file: Any, project_m: float) -> Iterator[Site]:
    """The sites that say a latitude and longitude."""
    for site in file.by_type("IfcSite"):
        if not site.RefLatitude or not site.RefLongitude:
            continue
        x = y = z = 0.0
        if site.ObjectPlacement is not None:
            matrix = ifcopenshell.util.placement.get_local_placement(site.ObjectPlacement)
            x, y, z = (float(each) * project_m for each in matrix[:3, 3])
        height = number(site.RefElevation)
        yield Site(
            degrees(site.RefLatitude),
            degrees(site.RefLongitude),
            (x, y, z),
            None if height is None else height * project_m,
            _true_north(file),
        )


def degrees(angle: Sequence[int]) -> float:
    """An IfcCompoundPlaneAngleMeasure, degrees to millionths of a second, as degrees.

    All its parts have one sign; where an exporter gave it to the first alone, it is meant for all.
    """
    parts = [abs(part) / unit for part, unit in zip(angle, (1.0, 60.0, 3_600.0, 3.6e9), strict=False)]
    return -sum(parts) if any(part < 0 for part in angle) else sum(parts)


# The names under which files write where a point is on the map, without capitals and what is no letter.
_X = {"rdx", "xrd", "rdxcoordinaat", "xcoordinaatrd", "rdcoordinaatx", "coordinaatrdx", "rdxm"}
_Y = {"rdy", "yrd", "rdycoordinaat", "ycoordinaatrd", "rdcoordinaaty", "coordinaatrdy", "rdym"}
_NAP = {"nap", "napz", "znap", "napm", "naphoogte", "hoogtenap", "hoogtetovnap", "peiltovnap", "rdz", "zrd", "peilnap"}


def _points(file: Any, project_m: float) -> list[Candidate]:
    """Points whose place is written beside them, such as the 'GEO-Nulpunt' of 3D-omgeving.nl and perceel2ifc."""
    found: dict[Pair, bool] = {}
    said = "points with RD coordinates"
    for properties in file.by_type("IfcPropertySet"):
        place = _written_place(properties, project_m)
        if place is None:
            continue
        owners = ifcopenshell.util.element.get_elements_by_pset(properties)
        for element in sorted(owners, key=lambda owner: owner.id()):
            placement = getattr(element, "ObjectPlacement", None)
            if placement is not None and len(found) < _MOST_POINTS:
                matrix = ifcopenshell.util.placement.get_local_placement(placement)
                x, y, z = (float(each) * project_m for each in matrix[:3, 3])
                nap = z if place[2] is None else place[2]
                found[Pair((x, y, z), (place[0], place[1], nap))] = place[2] is not None
                said = f"{properties.Name} of {element.Name or element.is_a()}"
    north = _true_north(file)
    turn = None if north is None else float(np.arctan2(*north))
    return known_points(sorted(found, key=lambda pair: pair.model), said, heights=all(found.values()), turn=turn)


def _written_place(properties: Any, project_m: float) -> tuple[float, float, float | None] | None:
    """RD x and y, and NAP where it is said, metres; None for a property set that says none."""
    values: dict[str, float] = {}
    for each in properties.HasProperties or ():
        if each.is_a("IfcPropertySingleValue") and each.NominalValue is not None:
            written = number(each.NominalValue.wrappedValue)
            if written is not None:
                values[re.sub(r"[^a-z]", "", (each.Name or "").lower())] = written
    x, y, nap = (next((values[name] for name in sorted(names) if name in values), None) for names in (_X, _Y, _NAP))
    if x is None or y is None:
        return None
    for unit_m in dict.fromkeys((1.0, project_m, 0.001)):
        if _on_map(points((x * unit_m, y * unit_m, 0.0))):
            return x * unit_m, y * unit_m, None if nap is None else nap * unit_m
    return None


_PLACEHOLDERS = {"", "Enter address here"}


def _address(file: Any) -> str:
    """The postal address of the site or the building (LoGeoRef 10)."""
    owners = [(each, "SiteAddress") for each in file.by_type("IfcSite")]
    owners += [(each, "BuildingAddress") for each in file.by_type("IfcBuilding")]
    for owner, attribute in owners:
        address = getattr(owner, attribute)
        if address is not None:
            parts = [*(address.AddressLines or ()), address.PostalCode, address.Town, address.Country]
            if said := ", ".join(part.strip() for part in parts if part and part.strip() not in _PLACEHOLDERS):
                return said
    return ""
