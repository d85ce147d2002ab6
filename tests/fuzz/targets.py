"""Every reader of a stranger's bytes, and the sound files that its fuzzing starts from."""

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

import models
from models.archive import looked_through
from models.ifc import facts, layers, place, source, subset
from models.ifc.elements import Elements
from models.ifc.products import Products
from models.ifc.step import Step
from models.ifc.styles import Styles
from models.meshes.gltfbuffers import Buffers
from pipeline.othertiles import contents
from pipeline.othertiles.passon import TilesetOptions, convert
from pipeline.report import silent
from tests import makemeshes, makestep, maketiles
from tests.fuzz import cities
from tiles.errors import BadInput
from tiles.glb import Accessor, GlbWriter
from tiles.store import new_directory


@dataclass(frozen=True)
class Target:
    """One reader."""

    file: str
    """What the bytes are called when they are read: its suffix chooses the reader."""
    seeds: Callable[[Path], list[bytes]]
    """Sound files; what they refer to is left in the folder."""
    attempt: Callable[[Path], object]
    """Reads the file; only a `Problem` may come of it."""


def read(path: Path) -> None:
    """A model as every command reads it."""
    model = models.read(path, models.Reading(), lambda _done, _total: None)
    assert all(len(surface.positions) and surface.features.max() < len(model.elements) for surface in model.surfaces)


def _made(*names: str) -> Callable[[Path], list[bytes]]:
    return lambda folder: [makemeshes.ALL[name](folder / name).read_bytes() for name in names]


def _gltf(folder: Path) -> list[bytes]:
    return [*_made("house.glb", "house.gltf")(folder), compressed()]


def compressed() -> bytes:
    """A GLB with meshopt, as we write it."""
    writer = GlbWriter()
    at = writer.attribute(np.eye(4, 3, dtype=np.float32), Accessor("VEC3", "f4", bounds=((0.0,) * 3, (1.0,) * 3)))
    corners = writer.triangles(np.array([[0, 1, 2], [0, 2, 3], [1, 2, 3]], np.uint32))
    primitive = {"attributes": {"POSITION": at}, "indices": corners}
    writer.document = {"scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}], "meshes": [{"primitives": [primitive]}]}
    return writer.to_bytes()


_BETWEEN = b"\n\0mtl\n"


def _obj(folder: Path) -> list[bytes]:
    path = makemeshes.obj(folder / "house.obj")
    return [path.read_bytes() + _BETWEEN + path.with_suffix(".mtl").read_bytes()]


def _read_obj(path: Path) -> None:
    shape, _, library = path.read_bytes().partition(_BETWEEN)
    path.write_bytes(shape)
    path.with_suffix(".mtl").write_bytes(library)
    read(path)


def _meshopt(_folder: Path) -> list[bytes]:
    glb = compressed()
    document = json.loads(glb[20 : 20 + int.from_bytes(glb[12:16], "little")])
    start = 20 + int.from_bytes(glb[12:16], "little") + 8
    seeds = []
    for view in document["bufferViews"]:
        said = view["extensions"]["EXT_meshopt_compression"]
        first = start + said["byteOffset"]
        mode = _MODES.index(said["mode"])
        head = bytes([mode, 0, said["byteStride"]]) + said["count"].to_bytes(2, "little")
        seeds.append(head + glb[first : first + said["byteLength"]])
    return seeds


_MODES = ("ATTRIBUTES", "TRIANGLES", "INDICES")
_FILTERS = ("NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL")


def _read_meshopt(path: Path) -> None:
    data = path.read_bytes().ljust(5, b"\0")
    said = {
        "buffer": 0, "byteLength": len(data) - 5, "mode": _MODES[data[0] % 3], "filter": _FILTERS[data[1] % 4],
        "byteStride": data[2], "count": int.from_bytes(data[3:5], "little"),
    }  # fmt: skip
    views = [{"buffer": 0, "byteLength": 0, "extensions": {"EXT_meshopt_compression": said}}]
    with _told_by_others():
        Buffers({"buffers": [{}], "bufferViews": views}, data[5:], lambda _uri: None).view(0)


@contextmanager
def _told_by_others() -> Iterator[None]:
    """Around what leaves the rest of a sentence to what calls it."""
    try:
        yield
    except BadInput as problem:
        raise BadInput(f"It is broken: {str(problem).rstrip('.')}.") from problem


def _ifc(folder: Path) -> list[bytes]:
    window = makestep.Box("IFCWINDOW", "0000000000000000000002", "w", (3, 0, 0), (makestep.RED, makestep.GREEN), 0.5)
    boxes = [makestep.Box(), window]
    return [makestep.write(folder / "a.ifc", boxes, schema).read_bytes() for schema in ("IFC4", "IFC2X3")]


def _read_step(path: Path) -> None:
    """All that we read of an IFC file ourselves; the engines that make shapes have processes of their own."""
    given = source.read(path)
    step = Step(given.data)
    drawn, elements, styles = Products(step).drawn, Elements(step), Styles(step)
    several = []
    for number, product in drawn.items():
        elements.element(product)
        if styles.of(product, elements.types.get(number)) is None:
            several.append(product)
    layers.split(step, several, styles, elements.types)
    place.georeference(step, elements)
    subset.for_shapes(step, tuple(drawn), "IFC4")
    facts.unit(step)
    facts.program(step, given.program)
    [*facts.missing(step)]


def _zips(folder: Path) -> list[bytes]:
    return _made("house.zip", "house.3mf")(folder)


def _unpack(path: Path) -> None:
    archive = looked_through(path)
    with archive.zip, tempfile.TemporaryDirectory(dir=path.parent) as folder:
        archive.unpack(Path(folder))
        inside = Path(folder).resolve()
        assert all(each.resolve().is_relative_to(inside) for each in inside.rglob("*"))


def _tilesets(_folder: Path) -> list[bytes]:
    document, files = cities.tiles()
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tileset.json", json.dumps(document))
        for name, data in files.items():
            archive.writestr(name.replace("___", "/").replace("__", "."), data)
    return [out.getvalue()]


def _pass_on(path: Path) -> None:
    with new_directory(path.with_suffix(".out")) as store:
        convert(path, store, TilesetOptions(incomplete=True), silent)
        raise BadInput("Passed on.")  # nothing is kept


def _contents(_folder: Path) -> list[bytes]:
    one = [maketiles.b3dm(), maketiles.pnts(), maketiles.pnts(quantized=True), maketiles.i3dm(), maketiles.glb()]
    return [*one, maketiles.cmpt(maketiles.b3dm(), maketiles.pnts()), compressed()]


def _read_content(path: Path) -> None:
    data = path.read_bytes()
    with _told_by_others():
        contents.is_tileset(data)
        contents.read(data, lambda _uri: b"")


def _city(folder: Path) -> list[bytes]:
    (folder / "a.png").write_bytes(makemeshes.png())
    return [json.dumps(cities.cityjson()).encode()]


def _sequence(_folder: Path) -> list[bytes]:
    whole = cities.cityjson()
    objects = whole.pop("CityObjects")
    first = json.dumps(whole | {"CityObjects": {}, "vertices": []})
    feature = {"type": "CityJSONFeature", "id": "a", "CityObjects": objects, "vertices": whole["vertices"]}
    return [f"{first}\n{json.dumps(feature)}\n".encode()]


TARGETS: Mapping[str, Target] = {
    "gltf": Target("house.gltf", _gltf, read),
    "obj": Target("house.obj", _obj, _read_obj),
    "collada": Target("house.dae", _made("house.dae"), read),
    "stl": Target("house.stl", _made("house.stl", "text.stl"), read),
    "ply": Target(
        "house.ply", lambda at: [makemeshes.ply(at / "a.ply", text=text).read_bytes() for text in (True, False)], read
    ),
    "3mf": Target("house.3mf", _made("house.3mf"), read),
    "dxf": Target("house.dxf", _made("house.dxf"), read),
    "usda": Target("house.usda", _made("house.usda"), read),
    "usdc": Target("house.usdc", _made("house.usdc"), read),
    "usdz": Target("house.usdz", _made("house.usdz"), read),
    "zip": Target("house.zip", _made("house.zip"), read),
    "archive": Target("any.zip", _zips, _unpack),
    "cityjson": Target("city.json", _city, read),
    "cityjsonseq": Target("city.jsonl", _sequence, read),
    "citygml": Target("city.gml", lambda _folder: [cities.citygml().encode()], read),
    "step": Target("house.ifc", _ifc, _read_step),
    "meshopt": Target("view.bin", _meshopt, _read_meshopt),
    "content": Target("content.bin", _contents, _read_content),
    "tileset": Target("tiles.3tz", _tilesets, _pass_on),
}
"""By the name of its folder in the corpus."""
