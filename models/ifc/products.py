"""Which of a file's products are drawn, and what their bodies consist of."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from .step import Entity, Step

# Attributes stand in the same place in every schema (IFC2x3 to IFC4.3).
GUID, NAME, OBJECT_TYPE, REPRESENTATION = 0, 2, 4, 6
_SHAPE_REPRESENTATIONS = 2  # of IfcProductDefinitionShape
_IDENTIFIER, _TYPE, ITEMS = 1, 2, 3  # of IfcShapeRepresentation
_MAP, _MAPPED = 0, 1  # of IfcMappedItem and IfcRepresentationMap

_BODIES = {"Body", "Facetation", "Body-FallBack", "Tessellation"}
_SOLIDS = {
    "SweptSolid", "Brep", "AdvancedBrep", "AdvancedSweptSolid", "CSG", "Clipping", "SurfaceModel", "SolidModel",
    "Surface3D", "SectionedSpine", "Tessellation", "MappedRepresentation",
}  # fmt: skip

_ROOMS = ("IFCSPACE", "IFCSPATIALZONE", "IFCEXTERNALSPATIALELEMENT")
# Openings and what else is taken away; reinforcement; what is no thing but a line, a mark or a model for calculation.
_HIDDEN = (
    "IFCOPENING", "IFCVOIDINGFEATURE", "IFCEARTHWORKSCUT", "IFCCHAMFEREDGEFEATURE", "IFCROUNDEDEDGEFEATURE",
    "IFCPROJECTIONELEMENT", "IFCVIRTUALELEMENT", "IFCREINFORCING", "IFCTENDON", "IFCGRID", "IFCANNOTATION", "IFCPORT",
    "IFCDISTRIBUTIONPORT", "IFCSTRUCTURAL", "IFCALIGNMENT", "IFCREFERENT", "IFCLINEARPOSITIONING", "IFCPOSITIONING",
    "IFCREL",
)  # fmt: skip
_NOT_DRAWN = {"IFCBUILDING", "IFCBUILDINGSTOREY"}  # their outlines lie in their elements
_DEEPEST = 16

_Body = tuple[tuple[int, ...], tuple[int, ...]]  # items and leaves, as of a product


@dataclass(frozen=True, slots=True)
class Product:
    """Something with a body."""

    entity: Entity
    room: bool
    items: tuple[int, ...]
    """Of its body, with those of the maps it is made of."""
    leaves: tuple[int, ...] = ()
    """The representations that these stand in, but for those of maps alone."""

    @property
    def number(self) -> int:
        """Its entity's number."""
        return self.entity.number


class Products:
    """The products of a file that have a body to draw."""

    def __init__(self, step: Step) -> None:
        """Look at nothing yet."""
        self._step = step
        self._bodies: dict[int, _Body] = {}

    @cached_property
    def drawn(self) -> Mapping[int, Product]:
        """By their number, in the file's order of classes."""
        return {product.number: product for product in self._found()}

    def _found(self) -> Iterator[Product]:
        for kind in self._step.kinds:
            if kind.startswith(_HIDDEN) or kind in _NOT_DRAWN or not self._may_be_product(kind):
                continue
            for entity in self._step.of(kind):
                items, leaves = self._body(entity)
                if items:
                    yield Product(entity, kind in _ROOMS, items, leaves)

    def _may_be_product(self, kind: str) -> bool:
        first = next(self._step.of(kind), None)
        return first is not None and len(first.arguments) > REPRESENTATION and isinstance(first.at(GUID), str)

    def _body(self, entity: Entity) -> _Body:
        shape = self._step.entity(entity.reference(REPRESENTATION))
        if shape.kind != "IFCPRODUCTDEFINITIONSHAPE":
            return (), ()
        representations = (self._step.entity(each) for each in shape.references(_SHAPE_REPRESENTATIONS))
        return _joined(self._items(each, _DEEPEST) for each in representations if _is_body(each))

    def _items(self, representation: Entity, deepest: int) -> _Body:
        if representation.number not in self._bodies:
            items = representation.references(ITEMS)
            direct = tuple(each for each in items if self._step.kind(each) != "IFCMAPPEDITEM")
            mapped = (self._mapped(each, deepest) for each in items if self._step.kind(each) == "IFCMAPPEDITEM")
            own = (direct, (representation.number,) if direct else ())
            self._bodies[representation.number] = _joined([own, *mapped])
        return self._bodies[representation.number]

    def _mapped(self, item: int, deepest: int) -> _Body:
        if deepest == 0:
            return (), ()
        source = self._step.entity(self._step.entity(item).reference(_MAP))
        mapped = self._step.entity(source.reference(_MAPPED))
        return _joined([((item,), ()), self._items(mapped, deepest - 1)])


def _joined(bodies: Iterable[_Body]) -> _Body:
    items: list[int] = []
    leaves: dict[int, None] = {}
    for some, their_leaves in bodies:
        items += some
        leaves.update(dict.fromkeys(their_leaves))
    return tuple(items), tuple(leaves)


def _is_body(representation: Entity) -> bool:
    if representation.kind not in {"IFCSHAPEREPRESENTATION", "IFCTOPOLOGYREPRESENTATION"}:
        return False
    identifier = representation.text(_IDENTIFIER)
    return identifier in _BODIES or (not identifier and representation.text(_TYPE) in _SOLIDS)
