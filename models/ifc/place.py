"""What an IFC file says of its place (ISO 16739-1): everything that can be read as one, as candidates.

A map conversion or rigid operation (IFC4 and later), the property sets that stand for it (IFC2X3, and found in later
files too), a placement or world coordinate system that lies on the map, points whose place is written beside them
("GEO-Nulpunt"), and the site's latitude and longitude. Which one holds is for `models.georeference.weigh`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from models.georeference import (
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
from models.georeference.conversion import number
from models.georeference.site import default_of
from models.georeference.system import RD, named
from tiles.errors import BadInput, OutsideArea
from tiles.frame import RD_NAP, Matrix4, points

from . import facts
from .elements import Elements
from .placements import Placements, numbers
from .products import NAME
from .step import Entity, Reference, Step, Typed

T = TypeVar("T")

_MOST_POINTS = 200
_LARGEST_UNIT_M = 1e6

# Where attributes stand, the same in every schema (IFC2x3 to IFC4.3).
_WORLD, _TRUE_NORTH, _CONTEXT_TYPE = 4, 5, 1  # of IfcGeometricRepresentationContext
_LATITUDE, _LONGITUDE, _ELEVATION = 9, 10, 11  # of IfcSite
_ADDRESS = {"IFCSITE": 13, "IFCBUILDING": 11}
_LINES, _TOWN, _POSTAL_CODE, _COUNTRY = 4, 6, 8, 9  # of IfcPostalAddress
_TARGET = 1  # of IfcCoordinateOperation
_NUMBERS = {
    "Eastings": 2, "Northings": 3, "OrthogonalHeight": 4, "XAxisAbscissa": 5, "XAxisOrdinate": 6, "Scale": 7,
    "FactorX": 8, "FactorY": 9, "FactorZ": 10,
}  # fmt: skip
_CONVERSIONS = {
    "IFCMAPCONVERSION": ("IfcMapConversion", [*_NUMBERS][:6]),
    "IFCMAPCONVERSIONSCALED": ("IfcMapConversionScaled", [*_NUMBERS]),
}
_MEMBERS = 4  # of IfcPropertySet


def georeference(step: Step, elements: Elements) -> Georeference:
    """All that an IFC file says of its place; what breaks the schema is a hint."""
    hints: list[str] = []
    units = _read("unit of length", lambda: [_project_m(step)], hints)
    if not units:
        return Georeference((), tuple(hints))
    file = _File(step, elements, units[0])
    candidates = _read("map conversion", lambda: _converted(file, hints), hints)
    candidates += _read("placement", lambda: _placed(file), hints)
    candidates += _read("world coordinate system", lambda: _world(file), hints)
    candidates += _read("points with coordinates", lambda: _points(file), hints)
    stated = [(10, address) for address in _read("address", lambda: [_address(step)], hints) if address]
    for site in _read("latitude and longitude", lambda: _sites(file), hints):
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
    except (ValueError, OverflowError):
        hints.append(f"its {what} cannot be read, for it is not as the IFC schema has it")
        return []


def _project_m(step: Step) -> float:
    """Metres per unit of the project; 1 where it states none."""
    stated, metres = facts.unit(step)
    if not stated and metres is None and not facts.units_are_broken(step):
        return 1.0
    if metres is None or not 0 < metres < _LARGEST_UNIT_M:
        raise ValueError(f"a unit of {metres} m")
    return metres


@dataclass(frozen=True)
class _File:
    """What is asked about its place."""

    step: Step
    elements: Elements
    project_m: float

    @cached_property
    def placements(self) -> Placements:
        return Placements(self.step, self.project_m)

    @cached_property
    def contexts(self) -> Sequence[Entity]:
        return [*self.step.of("IFCGEOMETRICREPRESENTATIONCONTEXT")]

    @cached_property
    def world(self) -> Matrix4 | None:
        """The world coordinate system in the model, metres; None where there is none."""
        models = (each for each in self.contexts if each.text(_CONTEXT_TYPE) == "Model")
        context = next(models, self.contexts[-1] if self.contexts else None)
        axes = None if context is None else context.reference(_WORLD)
        return None if axes is None else self.placements.axes(axes)

    @cached_property
    def true_north(self) -> tuple[float, float] | None:
        """Which way true north is in the model; None where no context says."""
        for context in self.contexts:
            direction = context.reference(_TRUE_NORTH)
            if direction is not None and context.text(_CONTEXT_TYPE) != "Plan":
                x, y, _ = numbers(self.step.whole(direction).at(0)).tolist()
                return (x, y) if np.hypot(x, y) > 0 else None
        return None

    @property
    def turn(self) -> float | None:
        """The turn of the model that brings true north up, radians."""
        return None if self.true_north is None else float(np.arctan2(*self.true_north))

    def values(self, properties: int) -> dict[str, Any]:
        """The single values of a property set by their names, without their types."""
        singles = self.step.singles
        members = self.step.entity(properties).references(_MEMBERS)
        return {singles[each][0]: _plain(singles[each][1]) for each in members if each in singles}


def _plain(value: Any) -> Any:
    value = value.value if isinstance(value, Typed) else value
    return None if isinstance(value, Reference) else value


@dataclass(frozen=True)
class _Said:
    """A coordinate operation, or the property sets that stand for one."""

    source: str
    values: Mapping[str, Any]
    system: str
    vertical: str
    map_m: float


def _operations(file: _File) -> Iterator[_Said]:
    """Every coordinate operation, and every property set that stands for one."""
    for kind, (source, attributes) in _CONVERSIONS.items():
        for each in file.step.of(kind):
            yield _operation(file.step, each, source, {name: each.number_at(_NUMBERS[name]) for name in attributes})
    for each in file.step.of("IFCRIGIDOPERATION"):
        # IFC4X3 ADD2, 8.13.3.5: lengths along the axes, or angles where the target is geographic.
        first, second = each.at(2), each.at(3)
        lengths = all(isinstance(at, Typed) and at.kind == "IFCLENGTHMEASURE" for at in (first, second))
        east, north = (each.number_at(at) if lengths else None for at in (2, 3))
        values = {"Eastings": east, "Northings": north, "OrthogonalHeight": each.number_at(4)}
        yield _operation(file.step, each, "IfcRigidOperation", values)
    yield from _property_sets(file)


def _operation(step: Step, said: Entity, source: str, values: Mapping[str, Any]) -> _Said:
    crs = step.entity(said.reference(_TARGET))
    projected = crs.kind == "IFCPROJECTEDCRS"
    vertical, unit = (crs.text(3), crs.reference(6)) if projected else ("", None)
    return _Said(source, values, crs.text(0), vertical, 1.0 if unit is None else _metres_per(step, unit))


def _metres_per(step: Step, unit: int) -> float:
    """Metres per unit of the map."""
    name, metres = facts.named(step, step.entity(unit))
    if name.startswith(("metre", "meter")):
        return 1.0  # Revit writes a metre with a conversion factor that is not one
    if metres is None:
        raise ValueError(f"a map unit {name}")
    return metres


def _property_sets(file: _File) -> Iterator[_Said]:
    """`ePset_MapConversion` and `ePset_ProjectedCRS`, in whatever capitals, of site, project or building."""
    for owner in file.step.of("IFCSITE", "IFCPROJECT", "IFCBUILDING"):
        numbers_of = file.elements.sets.get(owner.number, ())
        sets = {file.step.entity(each).text(NAME).lower(): each for each in numbers_of}
        if (conversion := sets.get("epset_mapconversion")) is not None:
            values = file.values(conversion)
            crs = file.values(sets["epset_projectedcrs"]) if "epset_projectedcrs" in sets else {}
            name, vertical, unit = (
                str(said or "")
                for said in (crs.get("Name", values.get("TargetCRS")), crs.get("VerticalDatum"), crs.get("MapUnit"))
            )
            in_mm = unit.upper().startswith(("MILLI", "MM"))
            yield _Said("ePset_MapConversion", values, name, vertical, 0.001 if in_mm else 1.0)


def _converted(file: _File, hints: list[str]) -> Iterator[Candidate]:
    for said in _operations(file):
        yield from _readings(file, said, hints)


def _readings(file: _File, said: _Said, hints: list[str]) -> list[Candidate]:
    helmert = helmert_of(said.values)
    if helmert is None:
        hints.append(f"its {said.source} holds no eastings and northings that can be read")
        return []
    name = said.system.strip()
    try:
        system, doubts = named(name, said.vertical.strip())
    except BadInput:
        hints.append(f"it names {name!r} as its reference system, which is none that is known")
        return []
    readings = conversions(helmert, Units(file.project_m, said.map_m), system, said.source)
    return [_undo_world(file, replace(each, doubts=(*each.doubts, *doubts))) for each in readings]


def _undo_world(file: _File, candidate: Candidate) -> Candidate:
    """IFC4 ADD2, IfcCoordinateOperation: the map conversion starts from the world coordinate system's own origin."""
    if file.world is None:
        return candidate
    return replace(candidate, local_to_map=candidate.local_to_map @ np.linalg.inv(file.world))


def _on_map(xyz: Any) -> bool:
    try:
        RD_NAP.require(np.asarray(xyz, np.float64).reshape(1, 3))
    except (OutsideArea, BadInput):
        return False
    return True


def _placed(file: _File) -> Iterator[Candidate]:
    """A site or building that is placed on the map while its elements may not follow (LoGeoRef 30).

    Where they do, their coordinates are the map's themselves, and this reading lands outside it.
    """
    for kind, name in (("IFCSITE", "IfcSite"), ("IFCBUILDING", "IfcBuilding")):
        for product in file.step.of(kind):
            matrix = file.placements.of(product)
            if matrix is not None and _on_map(matrix[:3, 3]):
                said = f"{name}'s placement at RD {matrix[0, 3]:.2f}, {matrix[1, 3]:.2f}"
                yield Candidate(RD, matrix, f"{said}, which its elements do not follow", "placement")


def _world(file: _File) -> Iterator[Candidate]:
    """A world coordinate system that lies on the map, turned by TrueNorth (LoGeoRef 40)."""
    world = file.world
    if world is None or not _on_map(world[:3, 3]):
        return
    cos, sin = np.cos(file.turn or 0.0), np.sin(file.turn or 0.0)
    turned = np.array([[cos, -sin, 0, 0], [sin, cos, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=np.float64)
    shift = np.eye(4)
    shift[:3, 3] = world[:3, 3]
    said = f"WorldCoordinateSystem at RD {world[0, 3]:.2f}, {world[1, 3]:.2f}"
    yield Candidate(RD, shift @ turned, said, "world")


def _sites(file: _File) -> Iterator[Site]:
    """The sites that say a latitude and longitude."""
    for site in file.step.of("IFCSITE"):
        latitude, longitude = site.at(_LATITUDE), site.at(_LONGITUDE)
        if not latitude or not longitude:
            continue
        matrix = file.placements.of(site)
        x, y, z = (0.0, 0.0, 0.0) if matrix is None else matrix[:3, 3].tolist()
        height = site.number_at(_ELEVATION)
        yield Site(
            degrees(_angle(latitude)),
            degrees(_angle(longitude)),
            (x, y, z),
            None if height is None else height * file.project_m,
            file.true_north,
        )


def _angle(said: Any) -> Sequence[int]:
    if not isinstance(said, list) or any(type(part) is not int for part in said):
        raise ValueError(f"an angle {said}")
    return said


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


def _points(file: _File) -> list[Candidate]:
    """Points whose place is written beside them, such as the 'GEO-Nulpunt' of 3D-omgeving.nl and perceel2ifc."""
    found: dict[Pair, bool] = {}
    said = "points with RD coordinates"
    owners = _owners(file, _telling(file))
    for properties, place in ((each, _written_place(file, each)) for each in owners):
        if place is None:
            continue
        for element in map(file.step.entity, owners[properties]):
            matrix = file.placements.of(element)
            if matrix is not None and len(found) < _MOST_POINTS:
                x, y, z = matrix[:3, 3].tolist()
                nap = z if place[2] is None else place[2]
                found[Pair((x, y, z), (place[0], place[1], nap))] = place[2] is not None
                said = f"{file.step.entity(properties).text(NAME)} of {element.text(NAME) or element.kind}"
    heights = all(found.values())
    return known_points(sorted(found, key=lambda pair: pair.model), said, heights=heights, turn=file.turn)


def _telling(file: _File) -> Sequence[int]:
    """The property sets, whatever they are called, that have values by the names of places."""
    plain = {name: _letters(name) for name in {name for name, _ in file.step.singles.values()}}
    east, north = ({each for each, name in plain.items() if name in names} for names in (_X, _Y))
    values = {each for each, (name, _) in file.step.singles.items() if name in east or name in north}
    if not east or not north:
        return ()
    sets = file.step.of("IFCPROPERTYSET")
    return [each.number for each in sets if not values.isdisjoint(each.references(_MEMBERS))]


def _owners(file: _File, sets: Sequence[int]) -> Mapping[int, list[int]]:
    """The things that each of some property sets belongs to."""
    found: dict[int, list[int]] = {each: [] for each in sets}
    if found:
        for owner in sorted(file.elements.sets):
            for each in file.elements.sets[owner]:
                if each in found:
                    found[each].append(owner)
    return found


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _written_place(file: _File, properties: int) -> tuple[float, float, float | None] | None:
    """RD x and y, and NAP where it is said, metres; None for a property set that says none."""
    values = {
        _letters(name): said for name, value in file.values(properties).items() if (said := number(value)) is not None
    }
    x, y, nap = (next((values[name] for name in sorted(names) if name in values), None) for names in (_X, _Y, _NAP))
    if x is None or y is None:
        return None
    for unit_m in dict.fromkeys((1.0, file.project_m, 0.001)):
        if _on_map(points((x * unit_m, y * unit_m, 0.0))):
            return x * unit_m, y * unit_m, None if nap is None else nap * unit_m
    return None


_PLACEHOLDERS = {"", "Enter address here"}


def _address(step: Step) -> str:
    """The postal address of the site or the building (LoGeoRef 10)."""
    for owner in step.of(*_ADDRESS):
        address = step.entity(owner.reference(_ADDRESS[owner.kind]))
        lines = address.at(_LINES)
        written = [each for each in lines if isinstance(each, str)] if isinstance(lines, list) else []
        parts = [*written, *(address.text(at) for at in (_POSTAL_CODE, _TOWN, _COUNTRY))]
        if said := ", ".join(part.strip() for part in parts if part.strip() not in _PLACEHOLDERS):
            return said
    return ""
