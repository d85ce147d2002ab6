"""What the user should know of how a file was read, in sentences."""

from collections.abc import Iterator, Mapping, Sequence

from models.model import Element, Reading

from .engines import Made

_NAMED = 3  # elements that are called by name


def of(made: Made, elements: Mapping[int, Element]) -> Iterator[str]:
    """Of a file with `elements` by their number: what was left out, and which engine ended where."""
    for number, ended in made.culprits.items():
        yield f"{_name(elements[number])} is left out: at it IfcOpenShell {ended}."
    for number, ended in made.quick_culprits.items():
        after = "it was made by IfcOpenShell" if number in made.shapes else "it is left out"
        yield f"{_name(elements[number])} crashed ifclite-geom ({ended}); {after}."
    yield from made.ends
    missing = [number for number in elements if number not in made.shapes and number not in made.culprits]
    if missing:
        named = _listed([elements[number] for number in missing])
        yield f"{len(missing)} of {len(elements)} elements have no geometry that could be made: {named}."


def of_unit(reading: Reading, unit: str, unit_m: float | None) -> Iterator[str]:
    """What was taken for its unit of lengths where that is not what the file says."""
    if reading.unit_m is not None and reading.unit_m != unit_m:
        yield f"Lengths were taken as units of {reading.unit_m:g} m, as asked; the file says {unit or 'nothing'}."
    elif unit_m is None:
        yield "The file says nothing of its unit of lengths that can be read; metres were taken."


def _listed(elements: Sequence[Element]) -> str:
    named = ", ".join(_name(element) for element in elements[:_NAMED])
    rest = len(elements) - _NAMED
    return f"{named} and {rest} more" if rest > 0 else named


def _name(element: Element) -> str:
    name = f" {element.name!r}" if element.name else ""
    return f"{element.kind}{name} ({element.guid})"
