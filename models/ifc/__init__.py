"""IFC files (ISO 16739-1): elements, their geometry, colours and properties, and what they say of their place."""

from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

from models.georeference import Georeference
from models.model import Element, Facts, Model, Progress, Reading
from tiles.errors import BadInput

from . import facts, layers, notes, place, source, subset, surfaces
from .elements import Elements, unique
from .engines import Engines, LayersRun, Made, QuickRun, make_thoroughly
from .order import Order
from .products import Product, Products
from .shape import Shape
from .source import Source
from .step import Step, decoded
from .styles import Rgba, Styles

__all__ = ["Engines", "read", "read_with"]

_THOROUGH_SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
_FAMILIES = {"IFC2X3": "IFC2X3", "IFC4X": "IFC4X3_ADD2", "IFC4": "IFC4"}
_NOTHING = "{} holds no geometry that can be shown; export it with its 3D bodies."
_WHOLE_BYTES = 16 << 20  # what the thorough engine is given whole to make shapes; of a larger file only what it needs


def read(path: Path, reading: Reading, progress: Progress) -> Model:
    """The model in an .ifc or .ifczip file; raises `BadInput` when it cannot be read or shows nothing."""
    return read_with(Engines(), path, reading, progress)


def read_with(engines: Engines, path: Path, reading: Reading, progress: Progress) -> Model:
    """`read`, with the engines that make shapes.

    Both work beside this process, which meanwhile reads what the file says of its elements.
    """
    given = source.read(path)
    step = Step(given.data)
    if not any(step.of("IFCPROJECT")):
        raise BadInput(f"{path.name} holds no IfcProject: it is damaged or empty; export it again.")
    return _model(given, step, reading, _all(engines, given, step, progress))


def _all(engines: Engines, given: Source, step: Step, progress: Progress) -> "_Read":
    """Everything that is read of a file, by three processes and this one at once."""
    drawn, elements, styles, made = Products(step).drawn, Elements(step), Styles(step), Made()
    if not drawn:
        raise BadInput(_NOTHING.format(given.name))
    colours = {number: styles.of(product, elements.types.get(number)) for number, product in drawn.items()}
    several = (product for number, product in drawn.items() if colours[number] is None)
    with ExitStack() as runs:
        one = [number for number in drawn if colours[number] is not None]
        quick = runs.enter_context(closing(QuickRun(engines, given.data, one)))
        editions = layers.split(step, several, styles, elements.types)
        layered = runs.enter_context(closing(LayersRun(engines, given.data, editions)))
        said = place.georeference(step, elements)
        found = {number: elements.element(product) for number, product in drawn.items()}
        quick.into(made)
        layered.into(made)
        _make_rest(engines, given, step, (tuple(drawn), made), progress)
        if not made.shapes:
            raise BadInput(_NOTHING.format(given.name))
        return _Read(drawn, found, colours, made, said)


def _make_rest(
    engines: Engines, given: Source, step: Step, wanted: tuple[tuple[int, ...], Made], progress: Progress
) -> None:
    """Have the thorough engine make those wanted products that are not there yet."""
    numbers, made = wanted
    todo = tuple(number for number in numbers if number not in made.shapes)
    progress(len(numbers) - len(todo), len(numbers))
    if todo:
        order = Order(_for_shapes(given, step, todo), todo)
        make_thoroughly(engines, order, made, lambda done, _: progress(len(numbers) - len(todo) + done, len(numbers)))


@dataclass(frozen=True)
class _Read:
    """All that was found, by the number of each product."""

    drawn: Mapping[int, Product]
    elements: Mapping[int, Element]
    colours: Mapping[int, Rgba | None]
    made: Made
    place: Georeference


def _model(given: Source, step: Step, reading: Reading, found: _Read) -> Model:
    unit, unit_m = facts.unit(step)
    factor = 1.0 if reading.unit_m is None else reading.unit_m / (unit_m or 1.0)
    shapes = [
        _finished(shape, found.colours[number], factor)
        for number in found.drawn
        if (shape := found.made.shapes.get(number)) is not None
    ]
    elements, repaired = unique([replace(found.elements[each.number], kind=each.kind) for each in shapes])
    said = Facts(
        format=given.schema,
        program=facts.program(step, given.program),
        unit=unit,
        unit_m=reading.unit_m or unit_m,
        missing=tuple(facts.missing(step)),
        repaired=repaired,
    )
    remarks = (*notes.of(found.made, found.elements), *notes.of_unit(reading, unit, unit_m))
    return Model(Path(given.name).stem, elements, surfaces.of(shapes), found.place, said, remarks)


def _finished(shape: Shape, colour: Rgba | None, factor: float) -> Shape:
    """A shape in the file's one colour for it, else in the engine's own, in metres."""
    looks = shape if colour is None else replace(shape, colours=(colour,), looks=None)
    return looks if factor == 1.0 else replace(looks, positions=looks.positions * factor)


def _for_shapes(given: Source, step: Step, numbers: tuple[int, ...]) -> str:
    """What the thorough engine reads to make the shapes of some products."""
    if given.schema in _THOROUGH_SCHEMAS and len(given.data) <= _WHOLE_BYTES:
        return decoded(given.data)
    return decoded(subset.for_shapes(step, numbers, _family(given.schema)))


def _family(schema: str) -> str:
    """The schema the thorough engine knows that is nearest to one."""
    return next(known for start, known in _FAMILIES.items() if schema.startswith(start))
