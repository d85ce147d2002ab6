"""A city, and a tileset, with a little of everything that their readers know."""

import json
from typing import Any

from tests import makecitygml, maketiles
from tests.makecitygml import Cube
from tests.maketiles import tile, tileset


def citygml() -> str:
    """A city with a little of everything that the reader knows."""
    cube, room = Cube(), Cube("r", makecitygml.corners((104_902, 425_252, 3), 2))
    inner = (
        "<gml:name>Hof</gml:name><gen:doubleAttribute name='h'><gen:value>6.5</gen:value></gen:doubleAttribute>"
        "<bldg:measuredHeight>10</bldg:measuredHeight><bldg:address><core:Address><xAL:Name>Hof</xAL:Name></core:Address>"
        f"</bldg:address><bldg:lod2Solid>{cube.linked()}</bldg:lod2Solid>{cube.boundaries()}"
        f"<bldg:interiorRoom><bldg:Room><bldg:lod4Solid>{room.whole()}</bldg:lod4Solid></bldg:Room></bldg:interiorRoom>"
    )
    looks = (
        "<app:appearanceMember><app:Appearance><app:theme>t</app:theme><app:surfaceDataMember><app:X3DMaterial>"
        "<app:diffuseColor>1 0.5 0</app:diffuseColor><app:target>#c_RoofSurface_0</app:target></app:X3DMaterial>"
        "</app:surfaceDataMember><app:surfaceDataMember><app:ParameterizedTexture><app:imageURI>a.png</app:imageURI>"
        "<app:target uri='#c_WallSurface_0'><app:TexCoordList><app:textureCoordinates ring='#c_WallSurface_0_r'>"
        "0 0 1 0 1 1 0 1 0 0</app:textureCoordinates></app:TexCoordList></app:target></app:ParameterizedTexture>"
        "</app:surfaceDataMember></app:Appearance></app:appearanceMember>"
    )
    shape = makecitygml.multi(makecitygml.member(makecitygml.polygon("t", makecitygml.corners((0, 0, 0), 1.0)[:4])))
    lamp = makecitygml.furniture("lamp", shape, (104_910, 425_250, 2), [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    return makecitygml.city(
        makecitygml.building(inner), lamp, makecitygml.furniture("copy", "t", (104_912, 0, 2)), looks
    )


def cityjson() -> dict[str, Any]:
    """The same in CityJSON."""
    sides = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]
    solid = {
        "type": "Solid",
        "lod": "2.2",
        "boundaries": [[[side] for side in sides]],
        "semantics": {"surfaces": [{"type": "RoofSurface"}, {"type": "WallSurface"}], "values": [[1, 0, 1, 1, 1, 1]]},
        "material": {"day": {"values": [[0, 1, None, 0, 0, 0]]}},
        "texture": {"day": {"values": [[[[0, 0, 1, 2, 3]]] + [[[None]]] * 5]}},
    }
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001] * 3, "translate": [104_900, 425_250, 2.5]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"},
        "appearance": {
            "materials": [{"name": "a", "diffuseColor": [1, 0, 0]}, {"transparency": 0.5}],
            "textures": [{"type": "PNG", "image": "a.png"}],
            "vertices-texture": [[0, 0], [1, 0], [1, 1], [0, 1]],
        },
        "geometry-templates": {
            "templates": [{"type": "MultiSurface", "lod": 1, "boundaries": [[[0, 1, 2]]]}],
            "vertices-templates": [[0, 0, 0], [1, 0, 0], [0, 1, 0]],
        },
        "CityObjects": {
            "a": {"type": "Building", "attributes": {"name": "Hof", "x": {"y": [1]}}, "children": ["b"]},
            "b": {"type": "BuildingPart", "parents": ["a"], "geometry": [solid], "attributes": {"z": 1}},
            "t": {
                "type": "SolitaryVegetationObject",
                "geometry": [
                    {
                        "type": "GeometryInstance",
                        "template": 0,
                        "boundaries": [0],
                        "transformationMatrix": [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 5, 0, 0, 0, 1],
                    }
                ],
            },
        },
        "vertices": [[x, y, z] for z in (0, 9000) for x, y in ((0, 0), (9000, 0), (9000, 9000), (0, 9000))],
    }


def tiles() -> tuple[dict[str, Any], dict[str, bytes]]:
    """A tileset with every kind of content, listed, external and implicit, and its files."""
    implicit = tile("c/{level}_{x}_{y}.glb", geometricError=10)
    implicit["implicitTiling"] = {
        "subdivisionScheme": "QUADTREE",
        "availableLevels": 2,
        "subtreeLevels": 2,
        "subtrees": {"uri": "s/{level}_{x}_{y}.subtree"},
    }
    other = {"asset": {"version": "1.1"}, "geometricError": 10, "root": tile("b.glb")}
    other["root"]["boundingVolume"] = {"region": maketiles.region(low=2.0, high=15.0)}
    children = [tile("other.json"), tile("a.b3dm"), tile("a.pnts"), tile("a.i3dm"), tile("a.cmpt"), implicit]
    document = tileset(tile("", children, transform=maketiles.transform(nap_as_ellipsoidal=True)))
    return document, {
        "other__json": json.dumps(other).encode(),
        "a__b3dm": maketiles.b3dm(),
        "a__pnts": maketiles.pnts(quantized=True),
        "a__i3dm": maketiles.i3dm(),
        "a__cmpt": maketiles.cmpt(maketiles.b3dm(), maketiles.pnts()),
        "b__glb": maketiles.glb(),
        "c___1_0_0__glb": maketiles.glb(),
        "s___0_0_0__subtree": maketiles.subtree([1, 1, 0, 0, 0], [0, 1, 0, 0, 0]),
    }
