"""What an IFC file says apart from its geometry: structure, materials, classification, properties, places.

Everything is gathered by going once along the file's relations: asking each element for its own property sets takes a
millisecond an element, which is a minute for a large file.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.geolocation
import ifcopenshell.util.unit

from tiles.errors import BadInput

WATCHED = ("LoadBearing", "IsExternal", "FireRating")
Value = str | float | bool
_GUESSED_M = 1e-6


@dataclass(frozen=True)
class Named:
    """An entity by its GlobalId, class and name."""

    guid: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name or '–'} ({self.guid})"


@dataclass(frozen=True)
class Thing:
    """An element and what hangs on it or on its type."""

    entity: Named
    ancestors: frozenset[str]
    """Every class it is one of, its own included."""
    type_name: str
    storey: str
    """GlobalId of the storey it lies in, itself or through what it is part of; empty where none."""
    placed: bool
    """Whether it lies in anything of the building's structure."""
    part: bool
    """Whether it is a part of another element."""
    materials: tuple[str, ...]
    codes: tuple[tuple[str, str], ...]
    """Classification system and code."""
    values: dict[str, Value]
    """Of `WATCHED`, from a standard property set."""
    common_set: bool
    """Whether it has a standard property set (Pset_…)."""


@dataclass(frozen=True)
class Storey:
    """A storey, its height in the file's own units, and how many elements lie in it."""

    entity: Named
    elevation: float | None
    elements: int


@dataclass(frozen=True)
class Places:
    """Which ways of saying where it lies a file uses (LoGeoRef; Clemen & Görne 2019)."""

    address: bool = False
    latitude_longitude: tuple[float, float] | None = None
    site_offset_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    context: bool = False
    """Whether the drawing's context is moved, or says where north is."""
    conversion: bool = False

    @property
    def level(self) -> int:
        """The highest level of georeferencing that is used."""
        used = (
            (50, self.conversion),
            (40, self.context),
            (30, any(abs(metres) > _GUESSED_M for metres in self.site_offset_m)),
            (20, self.latitude_longitude is not None),
            (10, self.address),
        )
        return next((level for level, is_used in used if is_used), 0)


@dataclass(frozen=True)
class IfcFacts:
    """An IFC file without its geometry."""

    schema: str
    view: str
    """The model view definition it was written for, such as ReferenceView_V1.2."""
    program: str
    organisation: str
    written: str
    unit: str
    unit_m: float | None
    projects: tuple[Named, ...]
    sites: tuple[Named, ...]
    buildings: tuple[Named, ...]
    storeys: tuple[Storey, ...]
    spaces: tuple[Named, ...]
    systems: tuple[Named, ...]
    things: tuple[Thing, ...]
    twice: tuple[str, ...]
    """GlobalIds that more than one entity has."""
    places: Places


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
    things = tuple(_things(file))
    held = Counter(thing.storey for thing in things)
    storeys = tuple(
        Storey(_named(entity), _number(entity.Elevation), held[entity.GlobalId])
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
    return tuple(_named(entity) for entity in file.by_type(kind))


def _named(entity: Any) -> Named:
    return Named(str(entity.GlobalId or ""), entity.is_a(), str(entity.Name or ""))


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


@dataclass(frozen=True)
class _Relations:
    """What the file's relations say, by the id of an entity."""

    types: dict[int, Any]
    wholes: dict[int, Any]
    """What an entity is part of, lies in, or fills."""
    materials: dict[int, list[str]]
    codes: dict[int, list[tuple[str, str]]]
    values: dict[int, dict[str, Value]]
    standard: set[int]
    """Who has a standard property set."""


def _things(file: Any) -> Iterator[Thing]:
    said = _relations(file)
    left_out = ("IfcFeatureElement", "IfcVirtualElement", "IfcPort")
    ancestors: dict[str, frozenset[str]] = {}
    for entity in file.by_type("IfcElement"):
        kind = entity.is_a()
        if kind not in ancestors:
            ancestors[kind] = frozenset(_ancestors(file, kind))
        if not ancestors[kind].intersection(left_out):
            yield _thing(entity, ancestors[kind], said)


def _ancestors(file: Any, kind: str) -> Iterator[str]:
    declaration = ifcopenshell.schema_by_name(file.schema_identifier).declaration_by_name(kind).as_entity()
    while declaration is not None:
        yield declaration.name()
        declaration = declaration.supertype()


def _thing(entity: Any, ancestors: frozenset[str], said: _Relations) -> Thing:
    kind = said.types.get(entity.id())
    ids = (entity.id(),) if kind is None else (entity.id(), kind.id())
    above = list(_above(entity, said.wholes))
    values: dict[str, Value] = {}
    for each in reversed(ids):
        values |= said.values.get(each, {})
    return Thing(
        entity=_named(entity),
        ancestors=ancestors,
        type_name=str((kind.Name if kind is not None else None) or getattr(entity, "ObjectType", None) or ""),
        storey=next((each.GlobalId for each in above if each.is_a("IfcBuildingStorey")), ""),
        placed=any(not each.is_a("IfcElement") for each in above),
        part=bool(above) and above[0].is_a("IfcElement"),
        materials=tuple(dict.fromkeys(name for each in ids for name in said.materials.get(each, ()))),
        codes=tuple(dict.fromkeys(code for each in ids for code in said.codes.get(each, ()))),
        values=values,
        common_set=any(each in said.standard for each in ids),
    )


def _above(entity: Any, wholes: dict[int, Any]) -> Iterator[Any]:
    """What an element is part of or lies in, the nearest first."""
    seen = {entity.id()}
    above = wholes.get(entity.id())
    while above is not None and above.id() not in seen:
        yield above
        seen.add(above.id())
        above = wholes.get(above.id())


def _relations(file: Any) -> _Relations:
    said = _Relations({}, {}, {}, {}, {}, set())
    for relation in file.by_type("IfcRelDefinesByType"):
        said.types.update((entity.id(), relation.RelatingType) for entity in relation.RelatedObjects)
    for kind, whole, parts in (
        ("IfcRelAggregates", "RelatingObject", "RelatedObjects"),
        ("IfcRelNests", "RelatingObject", "RelatedObjects"),
        ("IfcRelContainedInSpatialStructure", "RelatingStructure", "RelatedElements"),
    ):
        for relation in file.by_type(kind):
            said.wholes.update((part.id(), getattr(relation, whole)) for part in getattr(relation, parts))
    _fillings(file, said)
    for relation in file.by_type("IfcRelAssociatesMaterial"):
        names = list(dict.fromkeys(_material_names(relation.RelatingMaterial)))
        for entity in relation.RelatedObjects:
            said.materials.setdefault(entity.id(), []).extend(names)
    for relation in file.by_type("IfcRelAssociatesClassification"):
        code = _code(relation.RelatingClassification)
        for entity in relation.RelatedObjects:
            said.codes.setdefault(entity.id(), []).append(code)
    _properties(file, said)
    return said


def _fillings(file: Any, said: _Relations) -> None:
    """A door that says no place of its own lies where the wall lies that it fills."""
    hosts = {relation.RelatedOpeningElement.id(): relation.RelatingBuildingElement for relation in file.by_type("IfcRelVoidsElement")}
    for relation in file.by_type("IfcRelFillsElement"):
        host = hosts.get(relation.RelatingOpeningElement.id())
        if host is not None:
            said.wholes.setdefault(relation.RelatedBuildingElement.id(), host)


def _properties(file: Any, said: _Relations) -> None:
    for relation in file.by_type("IfcRelDefinesByProperties"):
        definition = relation.RelatingPropertyDefinition
        if definition is not None and definition.is_a("IfcPropertySet"):
            _note(definition, (entity.id() for entity in relation.RelatedObjects), said)
    for kind in file.by_type("IfcTypeObject"):
        for definition in kind.HasPropertySets or ():
            if definition.is_a("IfcPropertySet"):
                _note(definition, (kind.id(),), said)


def _note(definition: Any, ids: Iterable[int], said: _Relations) -> None:
    """Keep the watched values of one standard property set for those who have it."""
    name = str(definition.Name or "")
    if not name.startswith("Pset_"):
        return
    values: dict[str, Value] = {}
    for single in definition.HasProperties or ():
        if single.Name in WATCHED and single.is_a("IfcPropertySingleValue") and single.NominalValue is not None:
            values[single.Name] = single.NominalValue.wrappedValue
    for each in ids:
        said.standard.add(each)
        if values:
            said.values.setdefault(each, {}).update(values)


def _material_names(material: Any) -> Iterator[str]:
    """The names of the materials in any way of giving one (IFC4, IfcMaterialSelect)."""
    if material is None:
        return
    if material.is_a("IfcMaterial"):
        yield str(material.Name or "")
        return
    for name in ("ForLayerSet", "ForProfileSet", "Material"):
        yield from _material_names(getattr(material, name, None))
    for name in ("Materials", "MaterialLayers", "MaterialProfiles", "MaterialConstituents"):
        for part in getattr(material, name, None) or ():
            yield from _material_names(part)


def _code(reference: Any) -> tuple[str, str]:
    """The name of the system and the code in it."""
    code = str(getattr(reference, "Identification", None) or getattr(reference, "ItemReference", None) or "")
    if not code:
        code = str(getattr(reference, "Name", None) or "")
    system = reference
    for _ in range(8):  # references of references; a circle ends
        above = getattr(system, "ReferencedSource", None)
        if above is None:
            break
        system = above
    named = system.is_a("IfcClassification")
    return (str(system.Name or "") if named else ""), code
