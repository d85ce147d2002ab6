"""A city as a plan model: every object with its best geometry, its looks and what is known of it."""

from itertools import pairwise
from pathlib import Path

import numpy as np

from models.citylooks import discipline, plain
from models.georeference import Candidate, Georeference
from models.model import SPACES, Element, Facts, Model, Progress, Reading
from models.patches import Patches
from models.polygons3d import triangles
from models.properties import flat
from tiles.geometry import Material, Surface

from .city import City, CityObject, read_city
from .geometry import Polygon

_ROOMS = {"BuildingRoom", "BridgeRoom", "TunnelHollowSpace", "BuildingUnit", "BuildingStorey"}
_NAMES = ("name", "naam", "identificatie")


def read(path: Path, _reading: Reading, progress: Progress) -> Model:
    """A CityJSON file as a plan model; raises `BadInput` as `read_city` does."""
    city = read_city(path, progress)
    georeference = Georeference()
    if city.crs is not None:
        georeference = Georeference([Candidate(city.crs, np.eye(4), f"CityJSON referenceSystem {city.crs}")])
    facts = Facts(city.version, unit="metre", unit_m=1.0, missing=city.missing)
    elements = [_element(each) for each in city.objects]
    return Model(city.name, elements, _surfaces(city), georeference, facts, city.notes)


def _element(each: CityObject) -> Element:
    name = next((value for key in _NAMES if isinstance(value := each.attributes.get(key), str) and value), "")
    kind = each.attributes.get("function") or each.attributes.get("class") or ""
    said = {"Attributes": each.attributes, **each.parts}
    return Element(
        each.id,
        each.kind,
        name,
        type=kind if isinstance(kind, str) else "",
        discipline=discipline(each.kind),
        layer=SPACES if each.kind in _ROOMS else "",
        properties={title: values for title, own in said.items() if (values := flat(own))},
    )


def _surfaces(city: City) -> list[Surface]:
    patches = Patches()
    for feature, each in enumerate(city.objects):
        rows: dict[Material, list[tuple[int, int, int]]] = {}
        for polygon in each.best:
            if polygon.texture is not None:
                _paint(patches, feature, polygon, city)
            else:
                material = polygon.material or plain(polygon.part, each.kind)
                rows.setdefault(material, []).extend(triangles(polygon.rings, city.corners))
        for material, own in rows.items():
            patches.add(feature, material, city.vertices[np.array(own, np.int64).ravel()])
    return patches.surfaces()


def _paint(patches: Patches, feature: int, polygon: Polygon, city: City) -> None:
    """Add a polygon with a texture: its corners are counted along its rings, since a vertex has a place per surface."""
    corners = city.vertices[[row for ring in polygon.rings for row in ring]]
    uv = np.array([place for ring in polygon.uv for place in ring], np.float64)
    ends = np.cumsum([0, *(len(ring) for ring in polygon.rings)]).tolist()
    rings = [range(start, end) for start, end in pairwise(ends)]
    found = np.array(triangles(rings, corners.tolist()), np.int64).ravel()
    patches.add(
        feature,
        Material(texture=polygon.texture, base_colour=(1, 1, 1, 1), double_sided=True),
        corners[found],
        uv[found],
    )
