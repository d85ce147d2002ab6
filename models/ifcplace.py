"""What an IFC file says of its place (ISO 16739-1, 8.18)."""

from collections.abc import Iterator
from typing import Any

import ifcopenshell.util.element
import ifcopenshell.util.geolocation
import ifcopenshell.util.unit
import numpy as np

from tiles.crs import recognise

from .georeference import Candidate, Georeference, Units, conversions, helmert_of, site_hint


def georeference(file: Any) -> Georeference:
    """What the file says of its place: IfcMapConversion, or the property sets that stand for it in IFC2X3."""
    project_m = float(ifcopenshell.util.unit.calculate_unit_scale(file))
    candidates = [candidate for said in _map_conversions(file) for candidate in _candidates(file, said, project_m)]
    return Georeference(candidates, tuple(_hints(file)))


_Said = tuple[str, dict[str, Any], dict[str, Any]]  # where it was said, the conversion, the projected CRS


def _map_conversions(file: Any) -> Iterator[_Said]:
    if file.schema == "IFC2X3":
        yield from _property_sets(file)
        return
    for conversion in file.by_type("IfcMapConversion")[:1]:
        crs = conversion.TargetCRS
        yield "IfcMapConversion", conversion.get_info(), crs.get_info() if crs is not None else {}


def _property_sets(file: Any) -> Iterator[_Said]:
    """`ePset_MapConversion` and `ePset_ProjectedCRS`, in both spellings found in files."""
    for site in (*file.by_type("IfcSite"), *file.by_type("IfcProject")):
        sets = {name.lower(): values for name, values in ifcopenshell.util.element.get_psets(site).items()}
        if (conversion := sets.get("epset_mapconversion")) is not None:
            crs = sets.get("epset_projectedcrs", {})
            yield "ePset_MapConversion", conversion, {"Name": conversion.get("TargetCRS")} | crs
            return


def _candidates(file: Any, said: _Said, project_m: float) -> list[Candidate]:
    source, conversion, crs = said
    helmert = helmert_of(conversion)
    name = str(crs.get("Name") or "").strip()
    if helmert is None or not name:
        return []
    map_m = _metres_per(crs.get("MapUnit"))
    system = recognise(f"{name}+5709") if _is_bare_rd_with_nap(name, crs) else recognise(name)
    readings = conversions(helmert, Units(project_m, map_m), system, source)
    return [_undo_world_coordinate_system(file, reading, project_m) for reading in readings]


def _is_bare_rd_with_nap(name: str, crs: dict[str, Any]) -> bool:
    vertical = str(crs.get("VerticalDatum") or "").upper()
    return recognise(name) == "EPSG:28992" and ("NAP" in vertical or "5709" in vertical)


def _metres_per(unit: Any) -> float:
    """Metres per unit of the map; metres when the file does not say, as every system of the Netherlands has them."""
    if unit is None or isinstance(unit, str):
        return 1.0
    if unit.is_a("IfcConversionBasedUnit") and unit.Name.upper().startswith(("METRE", "METER")):
        return 1.0  # Revit writes a metre with a conversion factor that is not one
    return float(ifcopenshell.util.unit.get_unit_scale(unit))


def _undo_world_coordinate_system(file: Any, candidate: Candidate, project_m: float) -> Candidate:
    """IFC4 ADD2, IfcCoordinateOperation: the map conversion starts from the world coordinate system's own origin."""
    world = ifcopenshell.util.geolocation.get_wcs(file)
    if world is None:
        return candidate
    matrix = np.array(world, dtype=np.float64)
    matrix[:3, 3] *= project_m
    return Candidate(candidate.crs, candidate.local_to_map @ np.linalg.inv(matrix), candidate.evidence)


def _hints(file: Any) -> Iterator[str]:
    for site in file.by_type("IfcSite"):
        if site.RefLatitude and site.RefLongitude:
            degrees = (ifcopenshell.util.geolocation.dms2dd(*angle) for angle in (site.RefLatitude, site.RefLongitude))
            yield site_hint(*degrees)
