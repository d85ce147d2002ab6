"""What a tileset comes to: its tiles, bytes and triangles."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiles import glb


@dataclass(frozen=True)
class Written:
    """A tileset as it lies on disk, the layers in it included."""

    tiles: int
    triangles: int
    """Of the tiles that nothing finer replaces."""
    bytes: int
    first_bytes: int
    """The list of tiles and the first content that is shown."""


def written(folder: Path) -> Written:
    """Count what is in a folder of tilesets."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    content = {file.resolve(): _triangles(file) for file in files if file.suffix == ".glb"}
    leaves: set[Path] = set()
    for file in files:
        if file.name == "tileset.json":
            leaves |= set(_finest(json.loads(file.read_bytes())["root"], file.parent))
    first = next(_contents(json.loads((folder / "tileset.json").read_bytes())["root"], folder), None)
    list_bytes = (folder / "tileset.json").stat().st_size
    return Written(
        len(content),
        sum(content[each] for each in leaves if each in content) or sum(content.values()),
        sum(file.stat().st_size for file in files),
        list_bytes + (first.stat().st_size if first is not None and first.is_file() else 0),
    )


def _contents(tile: dict[str, Any], folder: Path) -> Iterator[Path]:
    if uri := tile.get("content", {}).get("uri"):
        yield (folder / uri).resolve()
    for child in tile.get("children", ()):
        yield from _contents(child, folder)


def _finest(tile: dict[str, Any], folder: Path) -> Iterator[Path]:
    children = tile.get("children", ())
    if not children or tile.get("refine") == "ADD":
        uri = tile.get("content", {}).get("uri")
        if uri:
            yield (folder / uri).resolve()
    for child in children:
        yield from _finest(child, folder)


def _triangles(file: Path) -> int:
    document = glb.read(file.read_bytes()).document
    accessors = document.get("accessors", [])
    count = 0
    for node in document.get("nodes", []):
        if "mesh" not in node:
            continue
        instancing = node.get("extensions", {}).get("EXT_mesh_gpu_instancing", {}).get("attributes", {})
        copies = accessors[next(iter(instancing.values()))]["count"] if instancing else 1
        for primitive in document["meshes"][node["mesh"]]["primitives"]:
            if primitive.get("mode", 4) == 4:  # noqa: PLR2004 - glTF 2.0, TRIANGLES
                of = primitive.get("indices", primitive["attributes"]["POSITION"])
                count += accessors[of]["count"] // 3 * copies
    return count
