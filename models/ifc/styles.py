"""Colours of a file's bodies: of their items, else of their material."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from .products import Product
from .step import Entity, Step

Rgba = tuple[float, float, float, float]
"""Red, green, blue (sRGB) and opacity, 0 to 1."""

# Of what has no colour, by its class: IfcOpenShell's, so that both engines' elements look alike.
_BY_KIND: Mapping[str, Rgba] = {
    "IFCSITE": (0.75, 0.8, 0.65, 1.0),
    "IFCSLAB": (0.4, 0.4, 0.4, 1.0),
    "IFCWALL": (0.9, 0.9, 0.9, 1.0),
    "IFCWALLSTANDARDCASE": (0.9, 0.9, 0.9, 1.0),
    "IFCWINDOW": (0.75, 0.8, 0.75, 0.7),
    "IFCDOOR": (0.55, 0.3, 0.15, 1.0),
    "IFCBEAM": (0.75, 0.7, 0.7, 1.0),
    "IFCRAILING": (0.65, 0.6, 0.6, 1.0),
    "IFCMEMBER": (0.65, 0.6, 0.6, 1.0),
    "IFCPLATE": (0.8, 0.8, 0.8, 1.0),
    "IFCSPACE": (0.65, 0.75, 0.8, 0.2),
}
_GREY: Rgba = (0.7, 0.7, 0.7, 1.0)


def usual(kind: str) -> Rgba:
    """The colour of a class, for what has none of its own."""
    return _BY_KIND.get(kind.upper(), _GREY)


_FIRST_OPERAND = 1  # of IfcBooleanResult
_RELATED, _RELATING = 4, 5
_DEEPEST = 8
_MATERIALS_AT = {  # where a composition has its parts, and a part its material
    "IFCMATERIALLIST": 0, "IFCMATERIALLAYERSETUSAGE": 0, "IFCMATERIALLAYERSET": 0, "IFCMATERIALLAYER": 0,
    "IFCMATERIALLAYERWITHOFFSETS": 0, "IFCMATERIALCONSTITUENTSET": 2, "IFCMATERIALCONSTITUENT": 2,
    "IFCMATERIALPROFILESETUSAGE": 0, "IFCMATERIALPROFILESETUSAGETAPERING": 0, "IFCMATERIALPROFILESET": 2,
    "IFCMATERIALPROFILE": 2, "IFCMATERIALPROFILEWITHOFFSETS": 2,
}  # fmt: skip


@dataclass(frozen=True)
class Faces:
    """The colours of the faces of an item (IfcIndexedColourMap)."""

    colours: tuple[Rgba, ...]
    looks: tuple[int, ...]
    """Of each face, which of `colours`."""

    @property
    def used(self) -> tuple[Rgba, ...]:
        """The colours there are, once each."""
        return tuple(dict.fromkeys(self.colours[look] for look in self.looks))

    def with_colour(self, count: int, colour: Rgba) -> list[int]:
        """Which of `count` faces have a colour; those the map says nothing of have that of its last."""
        looks = (*self.looks, *(self.looks[-1],) * (count - len(self.looks)))[:count]
        return [face for face, look in enumerate(looks) if self.colours[look] == colour]


class Styles:
    """What colour the items and materials of a file have."""

    def __init__(self, step: Step) -> None:
        """Look at nothing yet."""
        self._step = step

    def of(self, product: Product, type_number: int | None) -> Rgba | None:
        """The one colour of a product; None where it has several, which is for an engine to find out."""
        own = {self.own(item) for item in product.items if self._step.kind(item) != "IFCMAPPEDITEM"}
        mapped = {self._styled.get(item) for item in product.items if self._step.kind(item) == "IFCMAPPEDITEM"}
        if own == {None}:
            own = mapped - {None} or own  # a style of the map's use holds for all that has none of its own
        if len(own) > 1 or any(item in self._faces for item in product.items):
            return None
        (colour,) = own or {None}
        return (
            colour
            or self._of_material(product.number)
            or self._of_material(type_number or 0)
            or usual(product.entity.kind)
        )

    def without_own(self, product: Product, type_number: int | None) -> Rgba:
        """The colour of those of a product's items that have none: its material's or its type's, else its class's."""
        material = self._of_material(product.number) or self._of_material(type_number or 0)
        return material or usual(product.entity.kind)

    def faces(self, item: int) -> Faces | None:
        """The colours of an item's faces where they differ."""
        return self._faces.get(item)

    def own(self, item: int) -> Rgba | None:
        """The colour of an item itself, or of the body that a boolean operation begins with."""
        for _ in range(_DEEPEST):
            if (colour := self._styled.get(item)) is not None:
                return colour
            entity = self._step.entity(item) if self._step.kind(item).startswith("IFCBOOLEAN") else None
            operand = entity.reference(_FIRST_OPERAND) if entity is not None else None
            if operand is None:
                return None
            item = operand
        return None

    @cached_property
    def _styled(self) -> Mapping[int, Rgba]:
        """The colour of each item that has one."""
        found: dict[int, Rgba] = {}
        for styled in self._step.of("IFCSTYLEDITEM"):
            item = styled.reference(0)
            colour = self._of_styles(styled.references(1), _DEEPEST)
            if item is not None and colour is not None:
                found[item] = colour
        return {**found, **self._evenly_mapped}

    @cached_property
    def _colour_maps(self) -> Mapping[int, Faces]:
        """What each IfcIndexedColourMap says."""
        found: dict[int, Faces] = {}
        for colour_map in self._step.of("IFCINDEXEDCOLOURMAP"):
            item, opacity = colour_map.reference(0), colour_map.number_at(1)
            table = self._step.entity(colour_map.reference(2)).at(0)
            indices = colour_map.at(3)
            if item is None or not isinstance(table, list) or not isinstance(indices, list):
                continue
            rows = tuple((*(_rgb(row) or _GREY[:3]), 1.0 if opacity is None else _unit(opacity)) for row in table)
            looks = tuple(index - 1 for index in indices if isinstance(index, int) and 0 < index <= len(rows))
            if looks:
                found[item] = Faces(rows, looks)
        return found

    @cached_property
    def _faces(self) -> Mapping[int, Faces]:
        return {item: faces for item, faces in self._colour_maps.items() if len(faces.used) > 1}

    @property
    def _evenly_mapped(self) -> Mapping[int, Rgba]:
        return {item: faces.used[0] for item, faces in self._colour_maps.items() if len(faces.used) == 1}

    def _of_styles(self, styles: list[int], deepest: int) -> Rgba | None:
        """The colour of the first surface style among some; IFC2x3 has one more step on the way to it."""
        for style in map(self._step.entity, styles):
            if style.kind == "IFCSURFACESTYLE":
                return self._of_surface(style)
            if style.kind == "IFCPRESENTATIONSTYLEASSIGNMENT" and deepest:
                found = self._of_styles(style.references(0), deepest - 1)
                if found is not None:
                    return found
        return None

    def _of_surface(self, style: Entity) -> Rgba | None:
        for shading in map(self._step.entity, style.references(2)):
            if shading.kind in {"IFCSURFACESTYLERENDERING", "IFCSURFACESTYLESHADING"}:
                surface = _rgb(self._step.entity(shading.reference(0)).values(1))
                if surface is not None:
                    return (*self._diffuse(shading, surface), 1.0 - _unit(shading.number_at(1) or 0.0))
        return None

    def _diffuse(self, shading: Entity, surface: tuple[float, float, float]) -> tuple[float, float, float]:
        """The colour in diffuse light: stated, or as a part of the surface's (IfcSurfaceStyleRendering)."""
        stated = shading.reference(2)
        if stated is not None:
            return _rgb(self._step.entity(stated).values(1)) or surface
        factor = shading.number_at(2)
        if factor is None:
            return surface
        red, green, blue = (value * _unit(factor) for value in surface)
        return red, green, blue

    def _of_material(self, number: int) -> Rgba | None:
        material = self._materials.get(number)
        return None if material is None else next(self._material_colours(material, _DEEPEST), None)

    @cached_property
    def _materials(self) -> Mapping[int, int]:
        """The material of each element and type that has one."""
        found: dict[int, int] = {}
        for relation in self._step.of("IFCRELASSOCIATESMATERIAL"):
            material = relation.reference(_RELATING)
            if material is not None:
                found.update(dict.fromkeys(relation.references(_RELATED), material))
        return found

    @cached_property
    def _of_materials(self) -> Mapping[int, Rgba]:
        found: dict[int, Rgba] = {}
        for definition in self._step.of("IFCMATERIALDEFINITIONREPRESENTATION"):
            material = definition.reference(3)
            for representation in map(self._step.entity, definition.references(2)):
                for item in map(self._step.entity, representation.references(3)):
                    colour = self._of_styles(item.references(1), _DEEPEST)
                    if material is not None and colour is not None:
                        found.setdefault(material, colour)
        return found

    def _material_colours(self, number: int, deepest: int) -> Iterator[Rgba]:
        """The colours of a material, or of those it is composed of, in their order."""
        if number in self._of_materials:
            yield self._of_materials[number]
            return
        kind = self._step.kind(number)
        if deepest and kind in _MATERIALS_AT:
            for part in self._step.entity(number).references(_MATERIALS_AT[kind]):
                yield from self._material_colours(part, deepest - 1)


def _rgb(values: object) -> tuple[float, float, float] | None:
    numbers = (
        [value for value in values if isinstance(value, (int, float))] if isinstance(values, (list, tuple)) else []
    )
    return (_unit(numbers[0]), _unit(numbers[1]), _unit(numbers[2])) if len(numbers) == 3 else None  # noqa: PLR2004


def _unit(value: float) -> float:
    return min(max(float(value), 0.0), 1.0)
