"""Surfaces of a geometry: which rings, what they are part of, and how they look (CityJSON 2.0, "Geometry objects")."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tiles.errors import BadInput
from tiles.geometry import Image, Material

from .appearance import Look
from .document import Json

DEPTHS = {"MultiSurface": 0, "CompositeSurface": 0, "Solid": 1, "MultiSolid": 2, "CompositeSolid": 2}
"""How many lists lie around the surfaces of each kind of geometry."""

UV = Sequence[tuple[float, float]]
_AREA = 3  # corners that a ring with an area has at least


class Polygon(NamedTuple):
    """One flat surface."""

    rings: Sequence[Sequence[int]]
    """Rows of vertices, the outer ring first."""
    part: str = ""
    """What it is part of, such as ``RoofSurface``; empty if unsaid."""
    material: Material | None = None
    texture: Image | None = None
    uv: Sequence[UV] = ()
    """Where each corner of each ring lies in the texture; empty without one."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Which of the city's vertices a document's are, how its surfaces may look, and the file's name."""

    count: int
    start: int
    name: str
    look: Look = field(default_factory=Look)


def lod(geometry: Json) -> float:
    """The level of detail, such as 2.2; 0 where none is said that can be read."""
    try:
        found = float(geometry.get("lod", 0))
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return found if 0 <= found < 10 else 0.0  # noqa: PLR2004 - CityGML ends at 4


def polygons(geometry: Json, key: str, of: Rows) -> list[Polygon]:
    """The surfaces of one geometry that have an area; raises `BadInput` that names the object `key`."""
    try:
        semantics = geometry.get("semantics") or {}
        kinds = [str(each.get("type", "")) for each in semantics.get("surfaces") or ()]
        sides = (semantics.get("values"), of.look.theme(geometry, "material"), of.look.theme(geometry, "texture"))
        found: list[Polygon] = []
        for rings, said in _surfaces(geometry["boundaries"], sides, DEPTHS[geometry["type"]]):
            if polygon := _polygon(rings, said, kinds, of):
                found.append(polygon)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BadInput(f"{of.name}: the geometry of {key[:80]} is broken ({error}); export the file again.") from error
    return found


def _polygon(rings: Sequence[Any], said: tuple[Any, Any, Any], kinds: Sequence[str], of: Rows) -> Polygon | None:
    part, material, texture = said
    whole = [number for number, ring in enumerate(rings) if len(ring) >= _AREA]
    if not whole or whole[0] != 0:
        return None
    counted = [_counted(rings[number], of) for number in whole]
    named = kinds[part] if isinstance(part, int) else ""
    dyed = of.look.materials[material] if isinstance(material, int) else None
    image, uv = _picture([rings[number] for number in whole], texture, whole, of.look)
    return Polygon(counted, named, dyed, image, uv)


def _counted(ring: Sequence[int], of: Rows) -> list[int]:
    """A ring of rows of one document as rows of the city's vertices."""
    if not all(0 <= corner < of.count for corner in ring):
        raise IndexError(f"a corner is none of its {of.count} vertices")
    return [corner + of.start for corner in ring]


def _picture(rings: Sequence[Any], texture: Any, whole: Sequence[int], look: Look) -> tuple[Image | None, Sequence[UV]]:
    """The texture of a surface and where its corners lie in it; each ring's values begin with the texture's number."""
    if not isinstance(texture, list) or not texture or not isinstance(texture[0], list) or not texture[0]:
        return None, ()
    if not isinstance(texture[0][0], int):
        return None, ()
    image = look.textures[texture[0][0]]
    if image is None:
        return None, ()
    uv: list[UV] = []
    for ring, values in zip(rings, (texture[number] for number in whole), strict=True):
        if len(values) != len(ring) + 1 or not all(0 <= row < len(look.uv) for row in values[1:]):
            raise IndexError("a texture has not a place for each corner")
        uv.append([(float(look.uv[row, 0]), float(look.uv[row, 1])) for row in values[1:]])
    return image, uv


def _surfaces(boundaries: Sequence[Any], sides: tuple[Any, ...], depth: int) -> Iterator[tuple[Sequence[Any], Any]]:
    """Each surface's rings, and what is said of it; what is said may end at any depth, in null or for all below."""
    for number, part in enumerate(boundaries):
        own = tuple(side[number] if isinstance(side, list) else side for side in sides)
        if depth == 0:
            yield part, own
        else:
            yield from _surfaces(part, own, depth - 1)
