"""Cities and tilesets with damage in them, read in a process with limits: what came of each."""

import copy
import json
import random
import re
import shutil
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import models
from pipeline.confine import Limits, confined
from pipeline.othertiles.passon import TilesetOptions, convert
from pipeline.report import silent
from tests import makecitygml, maketiles
from tests.makecitygml import Cube
from tests.maketiles import tile, tileset
from tiles.errors import Problem
from tiles.store import Directory

LIMITS = Limits(memory_bytes=3 << 30, cpu_s=600, wall_s=600)
_NASTY: list[Any] = [
    None, True, 0, -1, 3, 2**31, 10**400, 1e308, float("nan"), float("inf"), "", "x", "../x", "nan", "\0", "é" * 300,
    [], {}, [[]], [[[[0]]]], {"type": "Solid"}, [1, 2], [0] * 16, [1e30] * 12, [None],
]  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(\.\d+)?")
_WORD = re.compile(rb"[A-Za-z]{3,}")
_NUMBERS = (b"nan", b"1e999", b"-1", b"0", b"99999999999999999999", b"", b"1_0", b"0x1")


def outcomes(kind: str, seeds: range, folder: Path) -> list[tuple[int, str]]:
    """What came of each seed: ``read``, the sentence of a `Problem` or a traceback."""
    found: list[tuple[int, str]] = confined(_outcomes, (kind, seeds, folder), LIMITS, silent)
    return found


def _outcomes(kind: str, seeds: range, folder: Path, _report: Any) -> list[tuple[int, str]]:
    attempt = _ATTEMPTS[kind]
    found = []
    for seed in seeds:
        try:
            attempt(random.Random(seed), folder)
            found.append((seed, "read"))
        except Problem as problem:
            found.append((seed, str(problem)))
        except Exception:  # noqa: BLE001 - what is looked for
            found.append((seed, traceback.format_exc()))
    return found


def _read(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    model = models.read(path, models.Reading(), lambda *_: None)
    assert all(len(surface.positions) and surface.features.max() < len(model.elements) for surface in model.surfaces)


def _citygml(rng: random.Random, folder: Path) -> None:
    _read(folder / "city.gml", bytes_damaged(citygml().encode(), rng))


def _cityjson(rng: random.Random, folder: Path) -> None:
    whole = copy.deepcopy(cityjson())
    if rng.random() < 0.3:
        _read(folder / "city.json", bytes_damaged(json.dumps(whole).encode(), rng))
    else:
        _read(folder / "city.json", json.dumps(damaged(whole, rng)).encode())


def _tileset(rng: random.Random, folder: Path) -> None:
    place, out = folder / "in", folder / "out"
    shutil.rmtree(place, ignore_errors=True)
    shutil.rmtree(out, ignore_errors=True)
    document, files = tiles()
    chosen = rng.choice([*files, "", ""])
    if not chosen:
        document = damaged(document, rng)
    elif chosen.endswith("__json"):
        files[chosen] = json.dumps(damaged(json.loads(files[chosen]), rng)).encode()
    else:
        files[chosen] = bytes_damaged(files[chosen], rng)
    maketiles.write(place, document, **files)
    convert(place, Directory(out), TilesetOptions(incomplete=rng.random() < 0.5), silent)


_ATTEMPTS: dict[str, Callable[[random.Random, Path], None]] = {
    "citygml": _citygml,
    "cityjson": _cityjson,
    "tileset": _tileset,
}


def damaged(document: Any, rng: random.Random) -> Any:
    """JSON with one to three of its values replaced, taken away or exchanged."""
    for _ in range(rng.randint(1, 3)):
        places = [*_places(document)]
        if not places:
            break
        holder, key = rng.choice(places)
        match rng.randrange(4):
            case 0:
                del holder[key]
            case 1:
                other, where = rng.choice(places)
                holder[key] = copy.deepcopy(other[where]) if not _within(other, where, holder) else None
            case _:
                holder[key] = copy.deepcopy(rng.choice(_NASTY))
    return document


def _places(value: Any) -> Any:
    for key, inner in [*(value.items() if isinstance(value, dict) else enumerate(value))]:
        yield value, key
        if isinstance(inner, (dict, list)):
            yield from _places(inner)


def _within(other: Any, where: Any, holder: Any) -> bool:
    try:
        return any(place is holder for place, _ in _places(other[where])) or other[where] is holder
    except (AttributeError, TypeError, KeyError, IndexError):
        return True


def bytes_damaged(data: bytes, rng: random.Random) -> bytes:
    """Bytes flipped, cut, doubled, or with a number or a word replaced."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(max(len(data), 1))
        match rng.randrange(6):
            case 0:
                data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[at + rng.randint(1, 60) :]
            case 2:
                data = data[:at] + data[at : at + rng.randint(1, 200)] * 2 + data[at:]
            case 3 if rng.random() < 0.2:
                data = data[:at]
            case 4:
                words = _WORD.findall(data)
                data = _replaced(data, _WORD, rng.choice(words) if words else b"x", at)
            case _:
                data = _replaced(data, _NUMBER, rng.choice(_NUMBERS), at)
    return data


def _replaced(data: bytes, pattern: re.Pattern[bytes], new: bytes, at: int) -> bytes:
    found = pattern.search(data, at)
    return data[: found.start()] + new + data[found.end() :] if found else data


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
    return makecitygml.city(makecitygml.building(inner), looks)


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
