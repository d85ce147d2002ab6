"""What is built and grows on a part of the map, as tiles: plain shapes from afar, roofs in their parts from near by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely  # type: ignore[import-untyped]

from models.model import flat_normals
from pipeline.polygons import Outline
from tiles.box import Box
from tiles.content import encode
from tiles.geometry import Mesh
from tiles.store import Put
from tiles.tree import Tile

from . import buildings, crowns, looks, outlines, rooffit, trees
from .buildings import Building, Terrain
from .cloud import BUILDING, Bounds, Classified, Cloud, Square
from .footprints import Footprint, Footprints
from .looks import Label, Piece, Place
from .rooffit import Fit
from .shells import Face, Shell
from .trees import Tree

_BOX_MARGIN_M = 0.002  # vertices are rounded when written
_LEVEL_SLOPE = 0.12  # roofs less steep have no tiles
_UNSEEN_M = 30.0  # what is missing where nothing is drawn: a block of houses
_TREE_ERROR_M = 1.0  # how far an egg of 8 triangles is from one of 24


@dataclass(frozen=True, eq=False)
class Plan:
    """What is known of a place besides its points."""

    footprints: Footprints | None = None
    """Outlines of buildings; without them outlines are found in the points."""
    models: Mapping[str, Building] = field(default_factory=dict)
    """Buildings that someone modelled, by id; they stand in place of what the points show."""
    gone: Outline | None = None
    """The ground from which everything is taken away, RD metres."""


@dataclass(frozen=True, eq=False)
class Standing:
    """What stands in one square."""

    square: Square
    buildings: Sequence[Building]
    trees: Sequence[Tree]
    without_points: Sequence[str] = ()
    """Ids of footprints on which the points show no building."""


@dataclass(frozen=True)
class Block:
    """What was written for a few squares: a tile, and how well its roofs fit."""

    tile: Tile
    squares: tuple[Square, ...]
    buildings: int
    trees: int
    triangles: int
    fit: Fit


def standing(square: Square, cloud: Cloud, terrain: Terrain, plan: Plan) -> Standing:
    """Everything that stands in a square of the map, each thing in the one square that holds its middle."""
    bounds = square.bounds
    points = _remaining(cloud.within(bounds.padded(trees.MARGIN_M)), plan.gone)
    modelled = [plan.models[key] for key in sorted(plan.models) if _holds(bounds, plan.models[key].outline)]
    modelled = [building for building in modelled if _stays(building, plan.gone)]
    if plan.footprints is None:
        drawn = [] if plan.models else outlines.derived(points, bounds)
    else:
        drawn = [footprint for footprint in plan.footprints.of(bounds) if footprint.id not in plan.models]
        drawn = buildings.spared(drawn, plan.gone) if plan.gone is not None else drawn
    around = _around(drawn, bounds)
    found = buildings.extract(points if around is None else _remaining(cloud.within(around), plan.gone), terrain, drawn)
    made = sorted([*modelled, *found.buildings], key=lambda building: building.id)
    # Without footprints and class 6, roofs are among the points of class 1, and would be taken for trees.
    told_apart = plan.footprints is not None or bool(plan.models) or bool((points.classification == BUILDING).any())
    near = [building.outline for building in made] + [footprint.outline for footprint in drawn]
    grown = trees.extract(points, bounds, terrain, near + _neighbours(plan, bounds)) if told_apart else []
    return Standing(square, made, grown, found.without_points)


def _remaining(points: Classified, gone: Outline | None) -> Classified:
    if gone is None or not len(points.xyz):
        return points
    shapely.prepare(gone)
    stays = ~shapely.intersects_xy(gone, *points.xyz[:, :2].T)
    return Classified(points.xyz[stays], points.classification[stays])


def _holds(bounds: Bounds, outline: Outline) -> bool:
    x, y = shapely.get_coordinates(shapely.point_on_surface(outline))[0]
    return bool(bounds.west <= x < bounds.east and bounds.south <= y < bounds.north)


def _stays(building: Building, gone: Outline | None) -> bool:
    return gone is None or bool(buildings.spared([Footprint(building.id, building.outline)], gone))


def _around(footprints: Sequence[Footprint], square: Bounds) -> Bounds | None:
    """The bounds of footprints where they reach out of a square; a building is made from all of its points."""
    if not footprints:
        return None
    west, south, east, north = shapely.total_bounds([footprint.outline for footprint in footprints]).tolist()
    if square.west <= west and square.south <= south and east < square.east and north < square.north:
        return None
    return Bounds(west, south, east + 0.001, north + 0.001)


def _neighbours(plan: Plan, square: Bounds) -> list[Outline]:
    """Outlines of buildings of other squares at which no tree may be seen."""
    if plan.footprints is None:
        return []
    return plan.footprints.near(square.padded(trees.MARGIN_M))


def write_block(squares: Sequence[Standing], store: Put, place: Place, name: str) -> Block | None:
    """Write what stands in a few squares that lie together; None where nothing does.

    One tile shows all of them plainly; its children, one per square, show each in full.
    """
    full = [each for each in squares if each.buildings or each.trees]
    if not full:
        return None
    children, triangles = [], 0
    for each in full:
        content = _near(each, place)
        triangles += sum(len(surface.triangles) for surface in content.surfaces)
        children.append(_put(content, store, f"{name}-{each.square.column}-{each.square.row}.glb", 0.0, ()))
    error = max(
        [_TREE_ERROR_M, *(building.coarse_error_m for each in full for building in each.buildings)]
    )
    tile = _put(_far(full, place), store, f"{name}.glb", error, tuple(children))
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


def _near(each: Standing, place: Place) -> Mesh:
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


def _far(squares: Sequence[Standing], place: Place) -> Mesh:
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
    up = flat_normals(shell.positions, shell.triangles)[:, 2]
    roof = shell.faces == Face.ROOF
    level = np.abs(up) > 1 / np.hypot(1.0, _LEVEL_SLOPE)
    kinds = ((looks.ROOF, roof & ~level), (looks.FLAT_ROOF, roof & level), (looks.WALL, shell.faces == Face.WALL))
    return [
        Piece(material, shell.positions, shell.triangles[chosen], feature)
        for material, chosen in kinds
        if chosen.any()
    ]


