"""The thorough engine, IfcOpenShell: for elements of several colours and for what the quick engine leaves empty.

Its kernel `hybrid-cgal-simple-opencascade` takes 2 to 6 times less than OpenCASCADE alone, which is tried where that
gives nothing. Its kernel `manifold` crashes and gets walls wrong, and is never used. 'Body' geometry in a 'Plan'
context is drawn as well, which IfcOpenShell leaves out by itself; real Dutch files have it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import ifcopenshell
import ifcopenshell.geom
import numpy as np

from .order import Begun, Order
from .shape import Shape
from .styles import Rgba, usual

_HYBRID, _OPENCASCADE = "hybrid-cgal-simple-opencascade", "opencascade"
_BODY = ("Body", "Facetation", "Body-FallBack", "Tessellation")


def made(order: Order) -> Iterator[Begun | Shape]:
    """The shapes of some of a file's products; those without triangles are left out."""
    if (file := _opened(order.text)) is None:
        return
    entities = [entity for number in order.numbers if (entity := _entity(file, number)) is not None]
    if not entities:
        return
    settings = _settings(entities)
    empty = entities
    if not order.one_by_one:
        done = set()
        for shape in _together(file, settings, entities):
            done.add(shape.number)
            yield shape
        empty = [entity for entity in entities if entity.id() not in done]
    for entity in empty:
        yield Begun(entity.id())
        for library in (_HYBRID, _OPENCASCADE) if order.one_by_one else (_OPENCASCADE,):
            if (alone := _alone(settings, entity, library)) is not None:
                yield alone
                break


def _opened(text: str) -> Any:
    try:
        return ifcopenshell.file.from_string(text)
    except (ifcopenshell.Error, ifcopenshell.SchemaError, RuntimeError, ValueError):  # it refuses the file
        return None


def _entity(file: Any, number: int) -> Any:
    try:
        entity = file.by_id(number)
    except RuntimeError:  # there is none: the engine skips what it cannot read
        return None
    return entity if entity.is_a("IfcProduct") else None  # of two with one number it takes the other


def _together(file: Any, settings: Any, entities: Sequence[Any]) -> Iterator[Shape]:
    try:
        iterator = ifcopenshell.geom.iterator(settings, file, 1, include=list(entities), geometry_library=_HYBRID)
        more = iterator.initialize()
    except RuntimeError:  # one of them is broken; each is tried alone then
        return
    while more:
        element = iterator.get()
        shape = _shape(element.id, element.type, element.geometry)
        if shape.sound:
            yield shape
        more = iterator.next()


def _alone(settings: Any, entity: Any, library: str) -> Shape | None:
    try:
        element = ifcopenshell.geom.create_shape(settings, entity, geometry_library=library)
    except RuntimeError:  # the engine's only way to say that there is no body, or that it is broken
        return None
    shape = _shape(entity.id(), entity.is_a(), element.geometry)
    return shape if shape.sound else None


def _shape(number: int, kind: str, geometry: Any) -> Shape:
    colours = np.frombuffer(geometry.colors_buffer, np.float64).reshape(-1, 4)
    looks = np.frombuffer(geometry.material_ids_buffer, np.int32)
    palette: tuple[Rgba, ...] = (usual(kind), *(_rgba(row) for row in colours.tolist()))
    return Shape(
        number,
        kind,
        np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3).copy(),
        np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3).astype(np.uint32),
        palette,
        np.where((looks >= 0) & (looks < len(colours)), looks + 1, 0).astype(np.uint16),
    )


def _rgba(row: Sequence[float]) -> Rgba:
    red, green, blue, opacity = (min(max(value, 0.0), 1.0) for value in row)
    return red, green, blue, opacity


def _settings(entities: Sequence[Any]) -> Any:
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    contexts = {context for entity in entities for context in _contexts(entity)}
    if contexts:
        settings.set("context-ids", sorted(contexts))
    return settings


def _contexts(entity: Any) -> set[int]:
    """The contexts that an element's body stands in."""
    try:
        representations = entity.Representation.Representations
        return {each.ContextOfItems.id() for each in representations if each.RepresentationIdentifier in _BODY}
    except (RuntimeError, AttributeError):  # a reference that leads nowhere, or to something else
        return set()
