"""IFC files as IfcOpenShell reads them: header, unit, and structure."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.unit

from tiles.errors import BadInput

from .ifcfacts import IfcFacts, Named, Storey
from .ifcthings import named, things_of


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
