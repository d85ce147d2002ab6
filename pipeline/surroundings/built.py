"""What is built and grows on a part of the map, as tiles: plain shapes from afar, roofs in their parts from near by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tiles.box import Box
from tiles.content import encode
from tiles.geometry import Mesh
from tiles.store import Put
from tiles.tree import Tile

from . import crowns, looks, rooffit
from .cloud import Square
from .looks import Label, Piece, Place, Target
from .rooffit import Fit
from .shells import Face, Shell
from .townscape import Townscape
from .trees import Tree

_BOX_MARGIN_M = 0.002  # vertices are rounded when written
# What is missing where nothing is drawn: a street of houses. On a 1080p screen they so stay to about 5 km away.
_UNSEEN_M = 80.0
_TREE_ERROR_M = 2.0  # how far an egg of 8 triangles is from one of 24, at most


@dataclass(frozen=True)
class Block:
    """What was written for a few squares: a tile, and how well its roofs fit."""

    tile: Tile
    squares: tuple[Square, ...]
    buildings: int
    trees: int
    triangles: int
    fit: Fit


def write_block(squares: Sequence[Townscape], target: Target, name: str) -> Block | None:
    """Write what stands in a few squares that lie together; None where nothing does.

    One tile shows all of them plainly; its children, one per square, show each in full.
    """
    full = [each for each in squares if each.buildings or each.trees]
    if not full:
        return None
    children, triangles = [], 0
    for each in full:
        content = _near(each, target.place)
        triangles += sum(len(surface.triangles) for surface in content.surfaces)
        children.append(_put(content, target.store, f"{name}-{each.square.column}-{each.square.row}.glb", 0.0, ()))
    error = max([_TREE_ERROR_M, *(building.coarse_error_m for each in full for building in each.buildings)])
    tile = _put(_far(full, target.place), target.store, f"{name}.glb", error, tuple(children))
    made = [building for each in full for building in each.buildings]
    fit = rooffit.of(made)
    return Block(
        tile, tuple(each.square for each in full), len(made), sum(len(each.trees) for each in full), triangles, fit
    )


def _put(content: Mesh, store: Put, key: str, error_m: float, children: tuple[Tile, ...]) -> Tile:
    store.put(key, encode(content))
    box = Box.union(content.box.padded(_BOX_MARGIN_M), *(child.box for child in children))
    return Tile(box, error_m, key, children)


def joined(tiles: Sequence[Tile]) -> Tile:
    """One tile over many, two by two, without content of its own; raises `ValueError` without any."""
    level = sorted(tiles, key=lambda tile: tuple(tile.box.centre.tolist()))
    if not level:
        raise ValueError("no tiles")
    while len(level) > 1:
        level = [_over(group) for group in _neighbouring(level)]
    return level[0]


def _neighbouring(tiles: Sequence[Tile]) -> Iterable[Sequence[Tile]]:
    """Groups of up to four, cut across the longest side."""
    if len(tiles) <= 4:  # noqa: PLR2004 - children of a quadtree
        yield tiles
        return
    centres = np.array([tile.box.centre for tile in tiles])
    axis = int(np.argmax(np.ptp(centres[:, :2], axis=0)))
    order = np.argsort(centres[:, axis], kind="stable")
    half = len(tiles) // 2
    yield from _neighbouring([tiles[row] for row in order[:half]])
    yield from _neighbouring([tiles[row] for row in order[half:]])


def _over(tiles: Sequence[Tile]) -> Tile:
    if len(tiles) == 1:
        return tiles[0]
    box = Box.union(*(tile.box for tile in tiles))
    return Tile(box, max(_UNSEEN_M, *(tile.geometric_error_m for tile in tiles)), None, tuple(tiles))


def _near(each: Townscape, place: Place) -> Mesh:
    pieces: list[Piece] = []
    labels: list[Label] = []
    for building in each.buildings:
        pieces += _painted(building.shell, len(labels))
        labels.append(Label(building.id, "building", building.height_m))
    for tree in each.trees:
        pieces.append(Piece(looks.CROWN, *crowns.crown(tree, 6, 2), len(labels)))
        pieces.append(Piece(looks.TRUNK, *crowns.trunk(tree), len(labels)))
        labels.append(_tree_label(tree))
    return looks.mesh(pieces, labels, place)


def _far(squares: Sequence[Townscape], place: Place) -> Mesh:
    pieces: list[Piece] = []
    labels: list[Label] = []
    for each in squares:
        for building in each.buildings:
            pieces += _painted(building.coarse, len(labels))
            labels.append(Label(building.id, "building", building.height_m))
        for tree in each.trees:
            pieces.append(Piece(looks.CROWN, *crowns.crown(tree, 4, 1), len(labels)))
            labels.append(_tree_label(tree))
    return looks.mesh(pieces, labels, place)


def _tree_label(tree: Tree) -> Label:
    return Label(f"tree-{tree.x:.1f}-{tree.y:.1f}", "tree", tree.height_m)


def _painted(shell: Shell, feature: int) -> list[Piece]:
    """A shell's roofs and walls in their colours; floors are never seen."""
    materials = {Face.ROOF: looks.ROOF, Face.LEVEL_ROOF: looks.LEVEL_ROOF, Face.WALL: looks.WALL}
    return [
        Piece(material, shell.positions, shell.triangles[shell.faces == face], feature)
        for face, material in materials.items()
        if (shell.faces == face).any()
    ]
