"""IFC files: elements, their geometry and colours (ISO 16739-1).

Two readings differ from what IfcOpenShell does by itself. 'Body' geometry in a 'Plan' context is drawn as well (real
Dutch files have it), and elements that the quick kernel leaves empty are tried once more with OpenCASCADE.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.util.element
import numpy as np
from numpy.typing import NDArray

from tiles.colour import linear
from tiles.errors import BadInput
from tiles.geometry import Material, Surface

from .ifcplace import georeference
from .model import Element, Facts, Model, Progress, Reading

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3")
_QUICK, _THOROUGH = "hybrid-cgal-simple-opencascade", "opencascade"
_BODY = ("Body", "Facetation", "Body-FallBack", "Tessellation")
_HIDDEN = ("IfcFeatureElementSubtraction", "IfcVirtualElement", "IfcReinforcingElement", "IfcProjectionElement")
_GREY = (0.75, 0.75, 0.75, 1.0)


def read(path: Path, _reading: Reading, progress: Progress) -> Model:
    """The model in an IFC file; raises `BadInput` when it cannot be read or shows nothing."""
    file = _opened(path)
    drawn = _drawn(file)
    shapes = list(_shapes(file, drawn, progress))
    if not shapes:
        raise BadInput(f"{path.name} holds no geometry that can be shown; export it with its 3D bodies.")
    found = {guid for guid, _ in shapes}
    missing = sum(1 for entity in drawn if entity.GlobalId not in found)
    notes = (f"{missing} of {len(drawn)} elements have no geometry that could be made.",) if missing else ()
    elements = [_element(file.by_guid(guid)) for guid, _ in shapes]
    surfaces = _surfaces([shape for _, shape in shapes])
    return Model(path.stem, elements, surfaces, georeference(file), Facts(file.schema), notes)


def _opened(path: Path) -> Any:
    try:
        file = ifcopenshell.open(str(path))
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (ifcopenshell.Error, ifcopenshell.SchemaError, RuntimeError, OSError, ValueError) as error:
        raise BadInput(f"{path.name} is not an IFC file that can be read: {str(error).strip().rstrip('.')}.") from error
    if file.schema not in SCHEMAS:
        raise BadInput(f"{path.name} is in schema {file.schema}; export it as one of {', '.join(SCHEMAS)}.")
    if not file.by_type("IfcProject"):
        raise BadInput(f"{path.name} holds no IfcProject: it is cut off or empty; export it again.")
    return file


def _drawn(file: Any) -> list[Any]:
    """The entities to draw: elements and the site's ground, but no openings, reinforcement, annotations or spaces."""
    entities = [*file.by_type("IfcElement"), *file.by_type("IfcSite")]
    return [e for e in entities if e.Representation and not any(e.is_a(kind) for kind in _known(file, _HIDDEN))]


def _known(file: Any, kinds: Sequence[str]) -> list[str]:
    declared = {declaration.name() for declaration in ifcopenshell.schema_by_name(file.schema).declarations()}
    return [kind for kind in kinds if kind in declared]


class _Shape:
    """One element's triangles as the engine gives them: vertices per face, metres, and a colour per triangle."""

    def __init__(self, geometry: Any) -> None:
        self.positions = np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3).copy()
        self.triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3).astype(np.uint32)
        self.normals = np.frombuffer(geometry.normals_buffer, np.float64).reshape(-1, 3).copy()
        self.materials = np.frombuffer(geometry.material_ids_buffer, np.int32).copy()
        self.colours = np.frombuffer(geometry.colors_buffer, np.float64).reshape(-1, 4).copy()

    def colour(self, material: int) -> tuple[float, float, float, float]:
        """The linear colour of one of the shape's materials; −1 is none."""
        if not 0 <= material < len(self.colours):
            return _GREY
        red, green, blue = linear(self.colours[material, :3]).round(5).tolist()
        return red, green, blue, round(float(self.colours[material, 3]), 3)


def _shapes(file: Any, drawn: Sequence[Any], progress: Progress) -> Iterator[tuple[str, _Shape]]:
    """Each element's GlobalId and shape; those without triangles are left out."""
    settings = _settings(drawn)
    iterator = ifcopenshell.geom.iterator(settings, file, 2, include=list(drawn), geometry_library=_QUICK)
    done: set[str] = set()
    if iterator.initialize():
        while True:
            made = iterator.get()
            shape = _Shape(made.geometry)
            if len(shape.triangles):
                done.add(made.guid)
                yield made.guid, shape
            progress(len(done), len(drawn))
            if not iterator.next():
                break
    for entity in drawn:
        if entity.GlobalId not in done and (retried := _thorough(settings, entity)) is not None:
            yield entity.GlobalId, retried
    progress(len(drawn), len(drawn))


def _thorough(settings: Any, entity: Any) -> _Shape | None:
    try:
        shape = _Shape(ifcopenshell.geom.create_shape(settings, entity, geometry_library=_THOROUGH).geometry)
    except RuntimeError:  # the kernel's only way to say that there is no body, or that it is broken
        return None
    return shape if len(shape.triangles) else None


def _settings(drawn: Sequence[Any]) -> Any:
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    settings.set("weld-vertices", False)  # each face keeps its own normals, so edges stay sharp
    contexts = {
        representation.ContextOfItems.id()
        for entity in drawn
        for representation in entity.Representation.Representations
        if representation.RepresentationIdentifier in _BODY
    }
    if contexts:
        settings.set("context-ids", sorted(contexts))
    return settings


def _element(entity: Any) -> Element:
    kind = ifcopenshell.util.element.get_type(entity)
    type_name = (kind.Name if kind is not None else None) or getattr(entity, "ObjectType", None)
    return Element(entity.GlobalId, entity.is_a(), entity.Name or "", _storey(entity), type_name or "")


def _storey(entity: Any) -> str:
    container = ifcopenshell.util.element.get_container(entity, ifc_class="IfcBuildingStorey")
    return (container.Name or "") if container is not None else ""


def _surfaces(shapes: Sequence[_Shape]) -> list[Surface]:
    """The shapes' triangles gathered by colour; vertices that are the same are written once."""
    parts: dict[tuple[float, float, float, float], list[_Part]] = {}
    for feature, shape in enumerate(shapes):
        for material in np.unique(shape.materials):
            triangles = shape.triangles[shape.materials == material]
            parts.setdefault(shape.colour(int(material)), []).append((feature, shape, triangles))
    return [_surface(colour, gathered) for colour, gathered in sorted(parts.items(), reverse=True)]


_Part = tuple[int, _Shape, NDArray[np.uint32]]


def _surface(colour: tuple[float, float, float, float], parts: Sequence[_Part]) -> Surface:
    positions = np.concatenate([shape.positions[triangles.ravel()] for _, shape, triangles in parts])
    normals = np.concatenate([shape.normals[triangles.ravel()] for _, shape, triangles in parts])
    features = np.concatenate([np.full(triangles.size, feature, np.uint32) for feature, _, triangles in parts])
    glass = colour[3] < 1.0
    material = Material(base_colour=colour, roughness=0.1 if glass else 0.9, double_sided=True)
    corners = np.arange(len(positions), dtype=np.uint32).reshape(-1, 3)
    return welded(Surface(material, positions, normals, features, corners))


def welded(surface: Surface) -> Surface:
    """The same surface with vertices that agree to a tenth of a millimetre written once."""
    steps = np.rint(surface.positions * 1e4).astype(np.int64)
    directions = np.rint(surface.normals * 127).astype(np.int64)
    rows = np.ascontiguousarray(np.column_stack([steps, directions, surface.features.astype(np.int64)]))
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    triangles = inverse[surface.triangles].astype(np.uint32)
    a, b, c = triangles.T
    kept = triangles[(a != b) & (b != c) & (c != a)]
    uv = None if surface.uv is None else surface.uv[first]
    return Surface(
        surface.material, surface.positions[first], surface.normals[first], surface.features[first], kept, uv
    )
