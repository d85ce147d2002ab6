"""A CityGML file as a plan model: every city object with its best geometry, its looks and what is known of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.citylooks import discipline, plain
from models.model import SPACES, Element, Facts, Model, Progress, Reading
from models.patches import Patches
from models.pictures import Pictures
from models.polygons3d import triangles
from models.properties import flat
from tiles.errors import BadInput
from tiles.frame import Vec3s
from tiles.geometry import Image, Material, Surface

from .appearance import Looks
from .document import Head, Node, members
from .features import Feature, Features
from .gml import Library, Polygon
from .place import Place, place
from .templates import Templates

_TYPES = ("function", "class", "usage", "roofType")
_PROGRAM_WORDS = ("export", "creat", "generat", "written", "convert")

Part = tuple[Polygon, str]
"""A polygon and what it is part of, such as ``RoofSurface``."""


@dataclass
class _Heard:
    """What the file says of itself, in the end."""

    head: Head = field(default_factory=lambda: Head("", "", ""))
    srs_names: set[str] = field(default_factory=set)

    def hear(self, head: Head) -> None:
        self.head = head
        self.srs_names.add(head.srs_name)


def read(path: Path, _reading: Reading, progress: Progress) -> Model:
    """The model in a CityGML file; raises `BadInput` when it cannot be read or shows nothing."""
    heard = _Heard()
    library = Library(path.name)
    features = Features(library, Looks(path.name), Templates(library))
    for member in members(path, heard.hear, progress):
        heard.srs_names.update(_srs_names(member))
        features.read(member)
    features.looks.spread(features.library)
    shown = [(each, parts) for each in features.found if (parts := _best(each, features))]
    if not shown:
        raise BadInput(
            f"{path.name} holds no surfaces that can be shown{_why(features)}; export it with LoD 1 or more."
        )
    where = place(heard.srs_names, _ends(shown), path.name)
    pictures = Pictures(path.absolute().parent)
    surfaces = _surfaces(shown, where, features.looks, pictures)
    elements = [_element(each) for each, _ in shown]
    notes = (*where.notes, *_notes(features, len(shown)))
    return Model(path.stem, elements, surfaces, where.georeference, _facts(heard.head, where, pictures), notes)


def _srs_names(member: Node) -> set[str]:
    return {str(said) for said in member.xpath(".//@srsName")}


def _best(feature: Feature, features: Features) -> list[Part]:
    """Each part at its highest level of detail; the whole only where its parts do not show it better."""
    levels = [
        max((lod for lod, shapes in piece.lods.items() if any(shape.members for shape in shapes)), default=-1)
        for piece in feature.pieces
    ]
    of_parts = max(levels[1:], default=-1)
    found: dict[bytes, Part] = {}
    for number, (piece, level) in enumerate(zip(feature.pieces, levels, strict=True)):
        if level < 0 or (number == 0 and level < of_parts):
            continue
        for said, part, copy in piece.lods[level]:
            polygons = features.library.resolve(said)
            for polygon in polygons if copy is None else features.templates.drawn(polygons, copy):
                # A solid and the walls that bound it have the same polygons; the walls say what they are.
                if part or polygon.key not in found:
                    found[polygon.key] = (polygon, part)
    return [*found.values()]


def _why(features: Features) -> str:
    if features.library.flat:
        return f" ({features.library.flat:,} of its outlines have no heights)"
    return f" ({features.undrawn:,} things are copies of templates in other files)" if features.undrawn else ""


def _ends(shown: Sequence[tuple[Feature, Sequence[Part]]]) -> NDArray[np.float64]:
    """The lowest and highest of each coordinate, (2, 3)."""
    polygons = [polygon for _, parts in shown for polygon, _ in parts]
    outer = [each.rings[0].xyz if each.at is None else each.at[None] for each in polygons]
    return np.stack(
        [np.min([each.min(axis=0) for each in outer], axis=0), np.max([each.max(axis=0) for each in outer], axis=0)]
    )


def _element(feature: Feature) -> Element:
    known = feature.properties.get("Attributes", {})
    kind = next((str(known[key]) for key in _TYPES[:3] if key in known), "")
    return Element(
        feature.id,
        feature.kind,
        feature.name,
        type=kind,
        discipline=discipline(feature.kind),
        layer=SPACES if feature.room else "",
        properties={title: flat(values) for title, values in feature.properties.items()},
    )


def _surfaces(
    shown: Sequence[tuple[Feature, Sequence[Part]]], where: Place, looks: Looks, pictures: Pictures
) -> list[Surface]:
    patches = Patches()
    for number, (feature, parts) in enumerate(shown):
        for polygon, part in _in_metres(parts, where):
            material, uv = _look(polygon, looks, pictures)
            xyz = np.concatenate([ring.xyz for ring in polygon.rings])
            rows = np.array(triangles(_rows(polygon), xyz.tolist()), np.int64).ravel()
            patches.add(number, material or plain(part, feature.kind), xyz[rows], None if uv is None else uv[rows])
    return patches.surfaces()


def _in_metres(parts: Sequence[Part], where: Place) -> Iterator[Part]:
    """A thing's polygons in metres of the model, all turned at once: a call for each would cost more than the turn."""
    blocks = [xyz for polygon, _ in parts for xyz in _in_file(polygon)]
    ends = np.cumsum([len(xyz) for xyz in blocks])[:-1]
    turned = iter(np.split(where.to_metres(np.concatenate(blocks)), ends))
    for polygon, part in parts:
        if polygon.at is None:
            rings = [replace(ring, xyz=next(turned)) for ring in polygon.rings]
        else:
            at = next(turned)
            rings = [replace(ring, xyz=ring.xyz + at) for ring in polygon.rings]
        yield replace(polygon, rings=rings), part


def _in_file(polygon: Polygon) -> list[Vec3s]:
    """What of a polygon stands in the file's reference system: its rings, or the place of a copy; (n, 3) each."""
    return [ring.xyz for ring in polygon.rings] if polygon.at is None else [polygon.at[None]]


def _rows(polygon: Polygon) -> list[range]:
    ends = np.cumsum([0, *(len(ring.xyz) for ring in polygon.rings)]).tolist()
    return [range(start, end) for start, end in pairwise(ends)]


def _look(polygon: Polygon, looks: Looks, pictures: Pictures) -> tuple[Material | None, NDArray[np.float64] | None]:
    painted: tuple[Image, NDArray[np.float64]] | None = looks.paint(polygon, pictures)
    if painted is None:
        return looks.material(polygon), None
    image, uv = painted
    return Material(base_colour=(1.0, 1.0, 1.0, 1.0), double_sided=True, texture=image), uv


def _facts(head: Head, where: Place, pictures: Pictures) -> Facts:
    program = head.description if any(word in head.description.lower() for word in _PROGRAM_WORDS) else ""
    return Facts(
        f"CityGML {head.version}".strip(),
        program[:200],
        "degree" if where.degrees else "metre",
        None if where.degrees else 1.0,
        missing=tuple(pictures.missing),
        repaired=where.repaired,
    )


def _notes(features: Features, shown: int) -> Iterator[str]:
    library, looks = features.library, features.looks
    if bare := len(features.found) - shown:
        yield f"{bare:,} of {len(features.found):,} city objects have no surfaces and are not shown."
    if library.flat:
        yield f"{library.flat:,} outlines without heights were left out."
    if features.undrawn:
        names = ", ".join([*features.templates.files][:3])
        such = f", such as {names}" if names else ""
        yield f"{features.undrawn:,} geometries are copies of templates in other files, which are not read{such}."
    if library.lost:
        first = ", ".join([*library.lost][:3])
        yield f"{len(library.lost):,} surfaces that the file refers to are not in it, such as {first}."
    if len(looks.themes) > 1:
        themes = ", ".join([*looks.themes][:5])
        yield f"It has {len(looks.themes)} themes of appearance ({themes}); the first to speak of a surface decides."
    for kind, count in sorted(looks.left_out.items()):
        yield f"{count:,} times a {kind} is used, which is not drawn."
