"""IFC files as IfcOpenShell reads them: header, unit, structure, and the ways in which they say their place."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.geolocation
import ifcopenshell.util.unit

from tiles.errors import BadInput

from .ifcfacts import IfcFacts, Named, Places, Storey
from .ifcthings import named, things_of

_GUESSED_M = 1e-6


def read(path: Path) -> IfcFacts:
    """The facts of an IFC file; raises `BadInput` when it cannot be read."""
    return facts(opened(path))


def opened(path: Path) -> Any:
    """An IFC file, as IfcOpenShell has it; raises `BadInput` when it cannot be read."""
    try:
        return ifcopenshell.open(str(path))
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (ifcopenshell.Error, ifcopenshell.SchemaError, RuntimeError, OSError, ValueError) as error:
        raise BadInput(f"{path.name} is not an IFC file that can be read: {str(error).strip().rstrip('.')}.") from error


def facts(file: Any) -> IfcFacts:
    """The facts of an opened file."""
    unit, unit_m = _unit(file)
    things = tuple(things_of(file))
    held = Counter(thing.storey for thing in things)
    storeys = tuple(
        Storey(named(entity), _number(entity.Elevation), held[entity.GlobalId])
        for entity in file.by_type("IfcBuildingStorey")
    )
    guids = Counter(entity.GlobalId for entity in file.by_type("IfcRoot"))
    return IfcFacts(
        schema=file.schema_identifier,
        view=_view(file),
        program=_program(file),
        organisation=_first(file.header.file_name.organization),
        written=str(file.header.file_name.time_stamp or ""),
        unit=unit,
        unit_m=unit_m,
        projects=_all(file, "IfcProject"),
        sites=_all(file, "IfcSite"),
        buildings=_all(file, "IfcBuilding"),
        storeys=tuple(sorted(storeys, key=lambda storey: storey.elevation or 0.0)),
        spaces=_all(file, "IfcSpace"),
        systems=_all(file, "IfcSystem"),
        things=things,
        twice=tuple(sorted(guid for guid, count in guids.items() if count > 1)),
        places=_places(file, unit_m or 1.0),
    )


def _all(file: Any, kind: str) -> tuple[Named, ...]:
    return tuple(named(entity) for entity in file.by_type(kind))


def _first(texts: Iterable[Any]) -> str:
    return next((str(text) for text in texts or () if text), "")


def _view(file: Any) -> str:
    for text in file.header.file_description.description or ():
        if str(text).startswith("ViewDefinition"):
            return str(text).partition("[")[2].rstrip("]").strip(" ,")
    return ""


def _program(file: Any) -> str:
    """What wrote the file: the first application that is named, else what the header says."""
    for application in file.by_type("IfcApplication"):
        name, version = str(application.ApplicationFullName or ""), str(application.Version or "")
        if name:
            return name if version in name else f"{name} {version}"
    header = file.header.file_name
    return str(header.originating_system or header.preprocessor_version or "")


def _unit(file: Any) -> tuple[str, float | None]:
    for project in file.by_type("IfcProject"):
        for unit in (project.UnitsInContext.Units if project.UnitsInContext is not None else ()) or ():
            if getattr(unit, "UnitType", None) != "LENGTHUNIT":
                continue
            prefix = str(getattr(unit, "Prefix", None) or "")
            name = f"{prefix}{unit.Name}".lower()
            return name, float(ifcopenshell.util.unit.calculate_unit_scale(file))
    return "", None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _places(file: Any, unit_m: float) -> Places:
    site = next(iter(file.by_type("IfcSite")), None)
    degrees = None
    if site is not None and site.RefLatitude and site.RefLongitude:
        latitude, longitude = (
            float(ifcopenshell.util.geolocation.dms2dd(*angle)) for angle in (site.RefLatitude, site.RefLongitude)
        )
        degrees = latitude, longitude
    sets = {str(each.Name or "").lower() for each in file.by_type("IfcPropertySet")}
    conversions = [] if file.schema == "IFC2X3" else file.by_type("IfcMapConversion")
    return Places(
        address=any(_has_address(entity) for entity in (*file.by_type("IfcSite"), *file.by_type("IfcBuilding"))),
        latitude_longitude=degrees,
        site_offset_m=_offset(site, unit_m),
        context=any(_turned(context) for context in file.by_type("IfcGeometricRepresentationContext", False)),
        conversion=bool(conversions) or "epset_mapconversion" in sets,
    )


def _has_address(entity: Any) -> bool:
    address = getattr(entity, "SiteAddress", None) or getattr(entity, "BuildingAddress", None)
    return address is not None and bool(address.AddressLines or address.Town or address.PostalCode)


def _offset(site: Any, unit_m: float) -> tuple[float, float, float]:
    """Where the site's own placement puts it, metres."""
    placement = getattr(site, "ObjectPlacement", None)
    location = getattr(getattr(placement, "RelativePlacement", None), "Location", None)
    numbers = [float(number) * unit_m for number in getattr(location, "Coordinates", None) or ()]
    x, y, z = (*numbers, 0.0, 0.0, 0.0)[:3]
    return x, y, z


def _turned(context: Any) -> bool:
    north = getattr(context.TrueNorth, "DirectionRatios", None) if context.TrueNorth is not None else None
    if north is not None and abs(float(north[0])) > _GUESSED_M:
        return True
    location = getattr(context.WorldCoordinateSystem, "Location", None)
    return any(abs(float(number)) > _GUESSED_M for number in getattr(location, "Coordinates", None) or ())
