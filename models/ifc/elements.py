"""What a file says of its elements: names, storeys, types, property sets and quantities."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from models.model import SPACES, Element, PropertySets

from . import disciplines
from .products import GUID, NAME, OBJECT_TYPE, Product
from .step import Entity, Enumeration, Step, Typed

_RELATED, _RELATING = 4, 5
_TYPE_SETS = 5  # of IfcTypeObject
_SET_MEMBERS, _QUANTITIES = 4, 5  # of IfcPropertySet and IfcElementQuantity
_DEEPEST = 16

_Value = str | float | bool
_Values = dict[str, _Value]


class Elements:
    """The elements of a file by their products."""

    def __init__(self, step: Step) -> None:
        """Look at nothing yet."""
        self._step = step
        self._read: dict[int, tuple[str, _Values]] = {}

    def element(self, product: Product) -> Element:
        """All that is said of a product, its class in capitals."""
        entity = product.entity
        said = self._step.entity(self.types.get(product.number))
        return Element(
            guid=entity.text(GUID),
            kind=entity.kind,
            name=entity.text(NAME),
            storey=self._storey(product.number),
            type=said.text(NAME) or entity.text(OBJECT_TYPE),
            discipline=disciplines.of(entity.kind, said.kind),
            layer=SPACES if product.room else "",
            properties=self._properties(product.number, said),
        )

    @cached_property
    def types(self) -> Mapping[int, int]:
        """The number of each element's type."""
        return dict(self._related("IFCRELDEFINESBYTYPE"))

    def _related(self, relation: str, related: int = _RELATED, relating: int = _RELATING) -> Iterator[tuple[int, int]]:
        for each in self._step.of(relation):
            whole = each.reference(relating)
            if whole is not None:
                yield from ((part, whole) for part in each.references(related))

    @cached_property
    def _above(self) -> Mapping[int, int]:
        """What each thing is in, or is a part of; being in something counts more."""
        found: dict[int, int] = {}
        for relation in ("IFCRELAGGREGATES", "IFCRELNESTS"):
            found.update(self._related(relation, related=_RELATING, relating=_RELATED))
        return found | dict(self._related("IFCRELCONTAINEDINSPATIALSTRUCTURE"))

    def _storey(self, number: int) -> str:
        at: int | None = number
        for _ in range(_DEEPEST):
            at = self._above.get(at) if at is not None else None
            if at is None:
                return ""
            if self._step.kind(at) == "IFCBUILDINGSTOREY":
                return self._step.entity(at).text(NAME)
        return ""

    @cached_property
    def sets(self) -> Mapping[int, list[int]]:
        """The property sets of each thing that has some of its own."""
        found: dict[int, list[int]] = {}
        for part, whole in self._related("IFCRELDEFINESBYPROPERTIES"):
            found.setdefault(part, []).append(whole)
        return found

    def _properties(self, number: int, said: Entity) -> PropertySets:
        """The sets of the type, and those of the element, which go before."""
        found: dict[str, Mapping[str, _Value]] = {}
        for each in (*said.references(_TYPE_SETS), *self.sets.get(number, ())):
            name, values = self._set(each)
            if values:
                found[name] = {**found[name], **values} if name in found else values
        return found

    def _set(self, number: int) -> tuple[str, _Values]:
        """A set's name and values, read once however many elements share it."""
        if number not in self._read:
            entity = self._step.entity(number)
            members = {"IFCPROPERTYSET": _SET_MEMBERS, "IFCELEMENTQUANTITY": _QUANTITIES}.get(entity.kind)
            values = {} if members is None else dict(self._values(entity.references(members), "", _DEEPEST))
            self._read[number] = entity.text(NAME), values
        return self._read[number]

    def _values(self, members: list[int], before: str, deepest: int) -> Iterator[tuple[str, _Value]]:
        for member in members:
            if (single := self._step.singles.get(member)) is not None:
                if (plain := _plain(single[1])) is not None:
                    yield before + single[0], plain
                continue
            each = self._step.entity(member)
            name = before + each.text(0)
            nested = {"IFCCOMPLEXPROPERTY": 3, "IFCPHYSICALCOMPLEXQUANTITY": 2}.get(each.kind)
            if nested is not None:
                if deepest:
                    yield from self._values(each.references(nested), f"{name}.", deepest - 1)
            elif (value := _value_of(each)) is not None:
                yield name, value


def unique(elements: Sequence[Element]) -> tuple[list[Element], tuple[str, ...]]:
    """The same elements, each with a GlobalId of its own, and what was changed."""
    seen: set[str] = set()
    found, missing, doubled = [], 0, []
    for row, element in enumerate(elements):
        guid = element.guid
        if not guid:
            guid, missing = f"row-{row}", missing + 1
        elif guid in seen:
            doubled.append(guid)
            guid = next(other for count in itertools.count(2) if (other := f"{element.guid}~{count}") not in seen)
        seen.add(guid)
        found.append(element if guid == element.guid else replace(element, guid=guid))
    said = []
    if doubled:
        said.append(
            f"{_counted(len(doubled), 'element')} had the GlobalId of another, such as {doubled[0]}; "
            "a number was added to each (~2)."
        )
    if missing:
        said.append(f"{_counted(missing, 'element')} had no GlobalId; each was given one (row-0).")
    return found, tuple(said)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _value_of(entity: Entity) -> _Value | None:
    match entity.kind.removeprefix("IFC"):
        case "PROPERTYENUMERATEDVALUE" | "PROPERTYLISTVALUE":
            return _listed(entity.at(2))
        case "PROPERTYBOUNDEDVALUE":
            return _bounded(_plain(entity.at(3)), _plain(entity.at(2)))
        case "PROPERTYTABLEVALUE":
            return _table(entity.at(2), entity.at(3))
    return None


def _plain(value: Any) -> _Value | None:
    """A value without its type."""
    if isinstance(value, Typed):
        value = value.value
    match value:
        case Enumeration("T" | "F"):
            return value == "T"
        case Enumeration("U"):
            return "unknown"
        case str():
            return str(value)
        case int() | float():
            return float(value) if math.isfinite(value) else str(value)
    return None


def _listed(values: Any) -> str | None:
    plain = [_written(_plain(value)) for value in values] if isinstance(values, list) else []
    return ", ".join(plain) or None


def _bounded(low: _Value | None, high: _Value | None) -> str | None:
    return None if low is None and high is None else f"{_written(low)} to {_written(high)}".strip()


def _table(keys: Any, values: Any) -> str | None:
    if not isinstance(keys, list) or not isinstance(values, list):
        return None
    pairs = zip(map(_plain, keys), map(_plain, values), strict=False)
    return "; ".join(f"{_written(key)}: {_written(value)}" for key, value in pairs) or None


def _written(value: _Value | None) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
