"""What a file says of itself: its program, its unit, and what it refers to that is not there."""

from collections.abc import Iterator

from .step import Entity, Step

_PREFIXES = {
    "EXA": 1e18, "PETA": 1e15, "TERA": 1e12, "GIGA": 1e9, "MEGA": 1e6, "KILO": 1e3, "HECTO": 1e2, "DECA": 1e1,
    "DECI": 1e-1, "CENTI": 1e-2, "MILLI": 1e-3, "MICRO": 1e-6, "NANO": 1e-9, "PICO": 1e-12,
}  # fmt: skip
_UNITS_IN_CONTEXT = 8  # of IfcProject


def program(step: Step, header: str) -> str:
    """What wrote the file: its application with its version, else what its header says."""
    for application in step.of("IFCAPPLICATION"):
        name, version = application.text(2), application.text(1)
        if name:
            return name if not version or version in name else f"{name} {version}"
    return header


def unit(step: Step) -> tuple[str, float | None]:
    """The unit of lengths as the file has it, and metres per unit; None where it states none that can be read."""
    project = next(step.of("IFCPROJECT"), None)
    assignment = step.entity(project.reference(_UNITS_IN_CONTEXT) if project is not None else None)
    for each in map(step.entity, assignment.references(0)):
        if each.text(1) == "LENGTHUNIT":
            return named(step, each)
    return "", None


def units_are_broken(step: Step) -> bool:
    """Whether the project has units that are no list of them."""
    project = next(step.of("IFCPROJECT"), None)
    number = None if project is None else project.reference(_UNITS_IN_CONTEXT)
    return number is not None and not step.entity(number).members(0)


def named(step: Step, said: Entity) -> tuple[str, float | None]:
    """A unit's name in small letters, and metres per unit; None where that cannot be read."""
    if said.kind == "IFCSIUNIT":
        prefix = said.text(2)
        return f"{prefix}metre".lower(), _PREFIXES.get(prefix, 1.0)
    measure = step.entity(said.reference(3))  # IfcConversionBasedUnit.ConversionFactor
    value = measure.number_at(0)
    base = step.entity(measure.reference(1))
    factor = _PREFIXES.get(base.text(2), 1.0) if base.kind == "IFCSIUNIT" else None
    return said.text(2).lower(), None if value is None or factor is None else value * factor


def missing(step: Step) -> Iterator[str]:
    """Pictures that the file refers to; IFC cannot hold them, and none are read."""
    found = (texture.text(len(texture.arguments) - 1) for texture in step.of("IFCIMAGETEXTURE"))
    yield from dict.fromkeys(f"texture {name}" for name in found if name)
