"""What an IFC file says of its place (ISO 16739-1): everything that can be read as one, as candidates.

A map conversion or rigid operation (IFC4 and later), the property sets that stand for it (IFC2X3, and found in later
files too), a placement or world coordinate system that lies on the map, points whose place is written beside them
("GEO-Nulpunt"), and the site's latitude and longitude. Which one holds is for `models.georeference.weigh`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import ifcopenshell.util.element
import ifcopenshell.util.geolocation
import ifcopenshell.util.placement
import ifcopenshell.util.unit
import numpy as np

from tiles.crs import recognise
from tiles.errors import BadInput, OutsideArea
from tiles.frame import RD_NAP, Matrix4, points

from .georeference import (
    Candidate,
    Doubt,
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

_RD_ONLY = "EPSG:28992"
_UNNAMED = Doubt("it names no reference system; its numbers can only be RD New", 0.15)
_NOT_NAP = "it says that heights are above {}, which is not NAP"
_MOST_POINTS = 200


def georeference(file: Any) -> Georeference:
    """All that an opened IFC file says of its place."""
    project_m = float(ifcopenshell.util.unit.calculate_unit_scale(file))
    hints: list[str] = []
    candidates = [each for said in _operations(file) for each in _converted(file, said, project_m, hints)]
    candidates += _placed(file, project_m)
    candidates += _world(file, project_m)
    candidates += _points(file, project_m)
    stated = [(10, address)] if (address := _address(file)) else []
    for site in _sites(file, project_m):
        found = site_candidates(site)
        candidates += found
        where = site.latitude_deg, site.longitude_deg
        hints += [site_hint(*where)] * (not found)
        stated += [(20, "latitude {:.5f}, longitude {:.5f}".format(*where))] * (not found and not default_of(*where))
    return Georeference(candidates, tuple(dict.fromkeys(hints)), tuple(stated))


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


def _converted(file: Any, said: _Said, project_m: float, hints: list[str]) -> list[Candidate]:
    source, values, crs = said
    helmert = helmert_of(values)
    if helmert is None:
        hints.append(f"its {source} holds no eastings and northings that can be read")
        return []
    system, doubts = _system(crs, hints)
    if not system:
        return []
    readings = conversions(helmert, Units(project_m, _metres_per(crs.get("MapUnit"))), system, source)
    return [_undo_world_coordinate_system(file, _doubted(each, doubts), project_m) for each in readings]


def _doubted(candidate: Candidate, doubts: Sequence[Doubt]) -> Candidate:
    return replace(candidate, doubts=(*candidate.doubts, *doubts))


def _system(crs: Mapping[str, Any], hints: list[str]) -> tuple[str, list[Doubt]]:
    """The reference system that is meant, and what is doubtful about it; empty where it is none that exists."""
    name = str(crs.get("Name") or "").strip()
    if not name:
        return _RD_ONLY, [_UNNAMED]
    vertical = str(crs.get("VerticalDatum") or "").strip()
    try:
        system = _recognised(name)
    except BadInput:
        hints.append(f"it names {name!r} as its reference system, which is none that is known")
        return "", []
    if system != _RD_ONLY or not vertical:
        return system, []
    if any(word in vertical.upper() for word in ("NAP", "NORMAAL AMSTERDAMS", "5709", "7415")):
        return "EPSG:7415", []
    return system, [Doubt(_NOT_NAP.format(vertical), 0.1)]


_CODE = re.compile(r"(?:EPSG\D{0,4}|^)(\d{4,5})(?:\s*\+\s*(\d{4,5}))?", re.IGNORECASE)
_DUTCH = re.compile(r"\bRD\b|\bRD[ _-]?(NEW|NAP)|rijksdriehoek|amersfoort", re.IGNORECASE)


def _recognised(name: str) -> str:
    """The EPSG code in a name as people write it; raises `BadInput` for one that is none."""
    try:
        return recognise(name)
    except BadInput:
        if code := _CODE.search(name):
            return recognise(f"EPSG:{code[1]}" + (f"+{code[2]}" if code[2] else ""))
        if _DUTCH.search(name):
            return "EPSG:7415" if "NAP" in name.upper() else _RD_ONLY
        raise


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
            found.append(Candidate(_RD_ONLY, matrix, f"{said}, which its elements do not follow", "placement"))
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
    return [Candidate(_RD_ONLY, shift @ turned, said, "world")]


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
