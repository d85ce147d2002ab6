"""The elements of an IFC file and what hangs on them: materials, classification, properties, where they lie.

All is gathered by going once along the file's relations: asking each element for its own property sets takes a
millisecond an element, which is a minute for a large file.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import ifcopenshell

from .ifcfacts import Named, Thing, Value

WATCHED = ("LoadBearing", "IsExternal", "FireRating")
"""The properties that are kept."""


def named(entity: Any) -> Named:
    """An entity by its GlobalId, class and name."""
    return Named(str(entity.GlobalId or ""), entity.is_a(), str(entity.Name or ""))


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


def things_of(file: Any) -> Iterator[Thing]:
    """The elements of a file, openings and ports left out."""
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
        entity=named(entity),
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
    hosts = {
        relation.RelatedOpeningElement.id(): relation.RelatingBuildingElement
        for relation in file.by_type("IfcRelVoidsElement")
    }
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
