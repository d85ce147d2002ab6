"""A plan model's tiles: whole elements in the leaves, and above them what is seen of these from afar."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.model import Element
from pipeline.group import Group, group
from pipeline.report import Report
from tiles.box import Box
from tiles.content import encode
from tiles.geometry import Surface
from tiles.names import content_name
from tiles.store import Put
from tiles.tree import Tile

from .content import mesh
from .copies import Copies, copies
from .join import by_material
from .measure import difference_m
from .pictures import coarser
from .scene import Chosen, Scene
from .seen import FROM_ALL_SIDES, FROM_THE_STREET, seen
from .simplify import Simplifier

FIRST_VIEW_BYTES = 300_000
"""What a tile above others may weigh, and what a whole model may weigh to be one tile."""
_SMALL_TRIANGLES = 50_000  # of more, those of copies not counted, a whole model never weighs so little
_MOST_AT_ONCE = 500_000  # triangles that a telephone draws without effort, whatever they weigh
FINEST_M = 0.005
"""How far things may move in the finest level above the elements as they are, metres."""
_COARSEST = 1 / 16  # of the diagonal: coarser is no picture of the model
_BOX_MARGIN_M = 0.002  # boxes and vertices are rounded when written; what a box holds must stay inside


@dataclass(frozen=True, eq=False)
class _Level:
    """What is drawn of a group from afar: in tile bytes, and how far it is from the truth."""

    data: bytes
    asked_m: float
    """How far things were allowed to move."""
    error_m: float
    """How far they did, measured."""


def build(surfaces: Sequence[Surface], elements: Sequence[Element], store: Put, report: Report) -> Tile:
    """The tree of a model's tiles, refined by REPLACE, its contents put in `store` under names that follow from them.

    A model whose whole weighs no more than a first view may is one tile. Geometric errors are measured.
    """
    surfaces = by_material(surfaces)
    scene = Scene(surfaces, len(elements))
    top = group(scene.extents)
    run = _Run(scene, elements, store, report, _leaves(top))
    if run.copies.found.different <= _SMALL_TRIANGLES and len(scene.elements) <= _MOST_AT_ONCE:
        whole = run.encoded(surfaces)
        if len(whole) <= FIRST_VIEW_BYTES:
            return run.tile(whole, scene.corners.reshape(-1, 3))
    (root,) = run.grown(top if top.children else Group(top.elements, (top,)), _Above(run.nothing, np.inf))
    return root


def _leaves(top: Group) -> int:
    return sum(map(_leaves, top.children)) or 1


@dataclass(frozen=True, eq=False)
class _Above:
    """What is known of the tile above: the triangles that are seen from outside it, and how far they may be off."""

    seen: Chosen
    asked_m: float


@dataclass(eq=False)
class _Run:
    """One model in the making."""

    scene: Scene
    elements: Sequence[Element]
    store: Put
    report: Report
    total: int
    done: int = 0

    @cached_property
    def copies(self) -> Copies:
        return copies(self.scene)

    def encoded(self, surfaces: Sequence[Surface]) -> bytes:
        return encode(mesh(surfaces, self.elements))

    def tile(self, data: bytes, positions: np.ndarray, error_m: float = 0.0, children: tuple[Tile, ...] = ()) -> Tile:
        """A tile with a content, which is put in the store."""
        name = content_name(data, ".glb")
        self.store.put(name, data)
        own = Box.around(positions).padded(_BOX_MARGIN_M)
        return Tile(Box.union(own, *(child.box for child in children)), error_m, name, children)

    def grown(self, part: Group, above: _Above) -> tuple[Tile, ...]:
        """The tiles of a group: one, or several where one would hardly be finer than the tile above them."""
        if not part.children:
            return (self.leaf(part),)
        if above.asked_m <= 2 * FINEST_M:
            return tuple(tile for child in part.children for tile in self.grown(child, above))
        lowest = FROM_THE_STREET if np.isinf(above.asked_m) else FROM_ALL_SIDES
        found = seen(self.scene, self.scene.of(part.elements), lowest, above.seen)
        level = self.level(found)
        if level.asked_m > above.asked_m / 2:
            return tuple(tile for child in part.children for tile in self.grown(child, _Above(found, above.asked_m)))
        own = _Above(found, level.asked_m)
        tiles = tuple(tile for child in part.children for tile in self.grown(child, own))
        error_m = max(level.error_m, *(tile.geometric_error_m for tile in tiles))
        return (self.tile(level.data, self.scene.corners[found].reshape(-1, 3), error_m, tiles),)

    def leaf(self, part: Group) -> Tile:
        """The tile of whole elements."""
        chosen = self.scene.of(part.elements)
        tile = self.tile(self.encoded(self.scene.cut(chosen)), self.scene.corners[chosen].reshape(-1, 3))
        self.done += 1
        self.report("Writing tiles", self.done, self.total)
        return tile

    @property
    def nothing(self) -> Chosen:
        return np.zeros(len(self.scene.elements), np.bool_)

    def level(self, left: Chosen) -> _Level:
        """The finest level of some triangles that is light enough, in steps of the square root of two."""
        coarsest_m = _COARSEST * Box.around(self.scene.corners[left].reshape(-1, 3)).diagonal
        asked_m, step = FINEST_M, 2.0
        simplified = self.simplifier(left)
        surfaces, data = simplified(asked_m)
        while len(data) > FIRST_VIEW_BYTES and asked_m < coarsest_m:
            asked_m *= step
            surfaces, data = simplified(asked_m)
        if asked_m > FINEST_M:
            finer_m = asked_m / step**0.5
            between = simplified(finer_m)
            if len(between[1]) <= FIRST_VIEW_BYTES:
                asked_m, (surfaces, data) = finer_m, between
        return _Level(data, asked_m, difference_m(self.scene.cut(left), surfaces))

    def simplifier(self, left: Chosen) -> Callable[[float], tuple[list[Surface], bytes]]:
        """What makes of some triangles a level in which nothing moves by more than is asked, and its tile's content."""
        single, stamped = self.copies.split(left)
        simplify = Simplifier.of(self.scene.cut(single))

        def simplified(error_m: float) -> tuple[list[Surface], bytes]:
            surfaces = stamped(simplify(error_m))
            return surfaces, self.encoded(coarser(surfaces, error_m))

        return simplified
