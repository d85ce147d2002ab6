"""CityGML as its exporters write it: a cube, piece by piece."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SPACES = """xmlns="http://www.opengis.net/citygml/{v}" xmlns:core="http://www.opengis.net/citygml/{v}"
 xmlns:app="http://www.opengis.net/citygml/appearance/{v}" xmlns:bldg="http://www.opengis.net/citygml/building/{v}"
 xmlns:con="http://www.opengis.net/citygml/construction/{v}" xmlns:gen="http://www.opengis.net/citygml/generics/{v}"
 xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:xAL="urn:oasis:names:tc:ciq:xsdschema:xAL:2.0\""""
SIDES = {
    "GroundSurface": [[0, 3, 2, 1]],
    "RoofSurface": [[4, 5, 6, 7]],
    "WallSurface": [[0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]],
}
AT = (104_900.0, 425_250.0, 2.5)


def corners(at=AT, side_m=10.0):
    flat = [(0, 0), (1, 0), (1, 1), (0, 1)]
    return [(at[0] + x * side_m, at[1] + y * side_m, at[2] + z * side_m) for z in (0, 1) for x, y in flat]


def ring(points: Sequence[Sequence[float]], key: str = "", *, singly: bool = False) -> str:
    closed = [*points, points[0]]
    rows = [" ".join(f"{number:.9f}" for number in point) for point in closed]
    inner = "".join(f"<gml:pos>{row}</gml:pos>" for row in rows)
    said = f' gml:id="{key}"' if key else ""
    inner = inner if singly else f"<gml:posList>{' '.join(rows)}</gml:posList>"
    return f"<gml:LinearRing{said}>{inner}</gml:LinearRing>"


def polygon(key: str, points, holes: Iterable = (), **how) -> str:
    inner = "".join(f"<gml:interior>{ring(hole)}</gml:interior>" for hole in holes)
    outer = ring(points, f"{key}_r", **how)
    return f'<gml:Polygon gml:id="{key}"><gml:exterior>{outer}</gml:exterior>{inner}</gml:Polygon>'


def member(inner: str) -> str:
    return f"<gml:surfaceMember>{inner}</gml:surfaceMember>"


def link(key: str) -> str:
    return f'<gml:surfaceMember xlink:href="#{key}"/>'


def solid(inner: str) -> str:
    shell = f"<gml:CompositeSurface>{inner}</gml:CompositeSurface>"
    return f"<gml:Solid><gml:exterior>{shell}</gml:exterior></gml:Solid>"


def multi(inner: str) -> str:
    return f"<gml:MultiSurface>{inner}</gml:MultiSurface>"


@dataclass(frozen=True)
class Cube:
    """A cube whose walls say what they are and whose solid refers to them."""

    name: str = "c"
    points: Sequence[Sequence[float]] = tuple(corners())

    def boundaries(self, lod: int = 2) -> str:
        """CityGML 2."""
        return "".join(
            f"<bldg:boundedBy><bldg:{kind}><bldg:lod{lod}MultiSurface>{multi(''.join(map(member, own)))}"
            f"</bldg:lod{lod}MultiSurface></bldg:{kind}></bldg:boundedBy>"
            for kind, own in self.polygons().items()
        )

    def boundaries_3(self) -> str:
        """CityGML 3."""
        return "".join(
            f"<core:boundary><con:{kind}><core:lod2MultiSurface>{multi(''.join(map(member, own)))}"
            f"</core:lod2MultiSurface></con:{kind}></core:boundary>"
            for kind, own in self.polygons().items()
        )

    def polygons(self) -> dict[str, list[str]]:
        return {
            kind: [
                polygon(f"{self.name}_{kind}_{n}", [self.points[row] for row in side], singly=kind == "RoofSurface")
                for n, side in enumerate(sides)
            ]
            for kind, sides in SIDES.items()
        }

    def linked(self) -> str:
        """The solid, of links alone."""
        return solid("".join(link(f"{self.name}_{kind}_{n}") for kind, own in SIDES.items() for n in range(len(own))))

    def whole(self) -> str:
        """The solid, of polygons of its own."""
        return solid("".join(member(each) for own in self.polygons().values() for each in own))


def building(inner: str, key: str = "B1") -> str:
    return f'<core:cityObjectMember><bldg:Building gml:id="{key}">{inner}</bldg:Building></core:cityObjectMember>'


def city(*members: str, srs: str | None = "urn:ogc:def:crs:EPSG::7415", version: str = "2.0", head: str = "") -> str:
    around = f'<gml:boundedBy><gml:Envelope srsName="{srs}"/></gml:boundedBy>' if srs else ""
    spaces = SPACES.format(v=version)
    if version == "3.0":
        spaces = spaces.replace("http://www.opengis.net/gml", "http://www.opengis.net/gml/3.2")
    inner = "\n".join(members)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<CityModel {spaces}>{around}\n{inner}\n</CityModel>'


def furniture(key: str, shape: str, at: Sequence[float], matrix: Sequence[float] = (), version: str = "2.0") -> str:
    """Something that is a copy of a template: `shape` is that, or a link to it."""
    relative = "relativeGeometry" if version == "3.0" else "relativeGMLGeometry"
    said = " ".join(map(str, matrix))
    turned = f"<core:transformationMatrix>{said}</core:transformationMatrix>" if said else ""
    inner = shape if shape.startswith("<") else ""
    link = f' xlink:href="#{shape}"' if not inner else ""
    return (
        f'<core:cityObjectMember><frn:CityFurniture xmlns:frn="http://www.opengis.net/citygml/cityfurniture/{version}" '
        f'gml:id="{key}"><frn:lod2ImplicitRepresentation><core:ImplicitGeometry>{turned}'
        f"<core:{relative}{link}>{inner}</core:{relative}><core:referencePoint><gml:Point><gml:pos>"
        f"{' '.join(map(str, at))}</gml:pos></gml:Point></core:referencePoint></core:ImplicitGeometry>"
        "</frn:lod2ImplicitRepresentation></frn:CityFurniture></core:cityObjectMember>"
    )
