"""Colours and textures (CityGML 2.0, chapter 9; 3.0, "Appearance")."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.pictures import Pictures
from tiles.colour import linear
from tiles.errors import BadInput
from tiles.geometry import Image, Material

from .document import Node, attribute, local, text_of
from .gml import Library, Polygon

_REPEATS = {"", "wrap", "mirror"}


@dataclass(frozen=True, eq=False)
class Paint:
    """A picture by its name, and where the corners of rings lie in it, by the rings' ids."""

    name: str
    repeats: bool
    uv: dict[str, NDArray[np.float64]]  # (n, 2) each, origin at the lower left


@dataclass
class Looks:
    """What a file says of how its surfaces look, by the ids of these; the first theme that speaks of one decides."""

    name: str
    materials: dict[str, Material] = field(default_factory=dict)
    paints: dict[str, Paint] = field(default_factory=dict)
    themes: dict[str, None] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    """Kinds of appearance that are not drawn, and how often they occur."""
    _by_polygon: dict[str, Material] = field(default_factory=dict)

    def read(self, node: Node) -> None:
        """Add what an Appearance element says; raises `BadInput` where it is broken."""
        for said in node.iter():
            match local(said):
                case "theme":
                    self.themes[text_of(said)] = None
                case "X3DMaterial":
                    self._material(said)
                case "ParameterizedTexture":
                    self._texture(said)
                case "GeoreferencedTexture" | "TexCoordGen" as kind:
                    self.left_out[kind] = self.left_out.get(kind, 0) + 1

    def _material(self, node: Node) -> None:
        said = {local(child): text_of(child) for child in node}
        if said.get("isFront", "true") in {"false", "0"}:
            return
        colour = self._numbers(said.get("diffuseColor", "0.8 0.8 0.8"))
        opacity = 1 - float(np.clip(self._numbers(said.get("transparency") or "0"), 0, 1)[0])
        if len(colour) != 3:  # noqa: PLR2004 - red, green, blue
            raise BadInput(f"{self.name} has a diffuseColor of {len(colour)} numbers, not three; export it again.")
        red, green, blue = linear(np.clip(colour, 0, 1)).tolist()
        material = Material(said.get("name", ""), (red, green, blue, opacity), double_sided=True)
        for target in _targets(node):
            self.materials.setdefault(target, material)

    def _texture(self, node: Node) -> None:
        said = {local(child): text_of(child) for child in node}
        image, repeats = said.get("imageURI", ""), said.get("wrapMode", "") in _REPEATS
        for target in node.iter("{*}target"):
            uv: dict[str, NDArray[np.float64]] = {}
            # CityGML 2 has the coordinates in the target, 3 beside it in a TextureAssociation.
            around = target if len(target) else target.getparent()
            for each in around.iter("{*}textureCoordinates"):
                ring = attribute(each, "ring") or next((text_of(side) for side in each.itersiblings("{*}ring")), "")
                numbers = self._numbers(text_of(each))
                if len(numbers) % 2 == 0:
                    uv[ring.removeprefix("#")] = numbers.reshape(-1, 2)
            for key in filter(None, (attribute(target, "uri"), text_of(target))):
                self.paints.setdefault(key.removeprefix("#"), Paint(image, repeats, uv))

    def _numbers(self, text: str) -> NDArray[np.float64]:
        try:
            found = np.array([float(number) for number in text.split()], np.float64)
        except ValueError as error:
            raise BadInput(f"{self.name} has an appearance with {str(error)[:80]}; export it again.") from error
        if not len(found) or not np.isfinite(found).all():
            raise BadInput(f"{self.name} has an appearance with {text[:40]!r} for a number; export it again.")
        return found

    def spread(self, library: Library) -> None:
        """Give the polygons of what is gathered, such as a MultiSurface, the colour of that."""
        for key, material in self.materials.items():
            for polygon in library.resolve(library.members.get(key, [])):
                if polygon.id:
                    self._by_polygon.setdefault(polygon.id, material)

    def material(self, polygon: Polygon) -> Material | None:
        """A polygon's colour; None where the file says none."""
        return self.materials.get(polygon.id) or self._by_polygon.get(polygon.id)

    def paint(self, polygon: Polygon, pictures: Pictures) -> tuple[Image, NDArray[np.float64]] | None:
        """A polygon's picture and where its corners lie in it, (n, 2) from the upper left; None without one."""
        paint = self.paints.get(polygon.id)
        if paint is None:
            return None
        image = pictures.get(paint.name, repeats=paint.repeats)
        places = [paint.uv.get(ring.id) for ring in polygon.rings]
        if image is None:
            return None
        uv: list[NDArray[np.float64]] = []
        for ring, place in zip(polygon.rings, places, strict=True):
            if place is None or len(place) not in {len(ring.xyz), len(ring.xyz) + 1}:
                return None
            uv.append(place[: len(ring.xyz)])
        return image, np.concatenate(uv) * (1, -1) + (0, 1)


def _targets(node: Node) -> list[str]:
    return [text_of(each).removeprefix("#") for each in node.iter("{*}target")]
