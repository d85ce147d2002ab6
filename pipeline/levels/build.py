"""A plan model's tiles: whole elements in the leaves, and above them what is seen of these from afar.

From the leaves up: a level is made of the levels below it, so each costs no more than these are large.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.model import Element
from pipeline.group import Group, group
from pipeline.report import Report
from pipeline.seen import around, seen
from tiles.box import Box
from tiles.content import encode
from tiles.frame import Vec3s
from tiles.geometry import Surface
from tiles.names import content_name
from tiles.store import Put
from tiles.tree import Tile

from .content import mesh
from .copies import Copies, copies
from .join import by_material
from .measure import difference_m
from .pictures import coarser
from .repeats import Repeats, repeats
from .scene import Scene
from .simplify import Simplifier

FIRST_VIEW_BYTES = 300_000
"""What a tile above others may weigh, and what a whole model may weigh to be one tile."""
_SMALL_TRIANGLES = 60_000  # of more, those of copies not counted, a whole model never weighs so little
_MOST_AT_ONCE = 500_000  # triangles that a telephone draws without effort, whatever they weigh
FINEST_M = 0.005
"""How far things may move in the finest level above the elements as they are, metres."""
_COARSEST = 1 / 16  # of the diagonal: coarser is no picture of the model
_BOX_MARGIN_M = 0.002  # boxes and vertices are rounded when written; what a box holds must stay inside
_TOLD_FROM = 0.5  # of how far things may move: errors below that are not told apart
_TRIANGLE_BYTES = 5  # what a triangle of a level weighs, those counted that are not seen, before that is known
_ALL_SIDES = around(-1.0)
_THE_STREET = around(-0.5)
"""For the level that is seen from farthest: nobody looks up at a balcony more steeply than that."""


@dataclass(frozen=True, eq=False)
class _Part:
    """A group of elements as those above it are made of it, and the tiles that show it in more detail."""

    surfaces: Sequence[Surface]
    asked_m: float
    """How far things were allowed to move."""
    error_m: float
    """How far they did at most, measured."""
    below: tuple[Tile, ...]
    data: bytes | None = None
    """The content of a tile of its own; None for a leaf, which has one already."""


def build(surfaces: Sequence[Surface], elements: Sequence[Element], store: Put, report: Report) -> Tile:
    """The tree of a model's tiles, refined by REPLACE, its contents put in `store` under names that follow from them.

    A model whose whole weighs no more than a first view may is one tile. Geometric errors are measured.
    """
    surfaces = by_material(surfaces)
    scene = Scene(surfaces, len(elements))
    found = _padded(repeats(surfaces), len(elements))
    run = _Run(scene, found, copies(found), elements, store, report)
    if found.different <= _SMALL_TRIANGLES and len(scene.elements) <= _MOST_AT_ONCE:
        whole = run.encoded(surfaces, found)
        if len(whole) <= FIRST_VIEW_BYTES:
            return run.tile(whole, scene.corners.reshape(-1, 3))
    top = group(scene.extents)
    top = top if top.children else Group(top.elements, (top,))
    run.total = _leaves(top)
    run.refine()
    (root,) = run.kept(run.grown(top, _THE_STREET), np.inf)
    return root


def _leaves(top: Group) -> int:
    return sum(map(_leaves, top.children)) or 1


def _padded(found: Repeats, count: int) -> Repeats:
    """What was found, with a row for every element."""
    more = count - len(found.shape)
    return replace(
        found,
        shape=np.pad(found.shape, (0, more), constant_values=-1),
        places=np.pad(found.places, ((0, more), (0, 0))),
        turns=np.pad(found.turns, (0, more)),
        triangles=np.pad(found.triangles, (0, more)),
    )


@dataclass(eq=False)
class _Run:
    """One model in the making."""

    scene: Scene
    found: Repeats
    copies: Copies
    elements: Sequence[Element]
    store: Put
    report: Report
    total: int = 1
    done: int = 0
    fine: Scene | None = None
    """The whole in its finest level, and how far that is off."""
    fine_m: float = 0.0
    triangle_bytes: float = _TRIANGLE_BYTES

    def refine(self) -> None:
        """Make the finest level, of each shape once: all others are made of that."""
        whole = np.ones(len(self.scene.elements), np.bool_)
        single, stamped = self.copies.split(self.scene, whole)
        one_each = self.scene.cut(single)
        surfaces = Simplifier.of(one_each)(FINEST_M)
        self.fine_m = difference_m(one_each, surfaces, FINEST_M * _TOLD_FROM)
        self.fine = Scene(stamped(surfaces), len(self.elements))

    def encoded(self, surfaces: Sequence[Surface], found: Repeats) -> bytes:
        return encode(mesh(surfaces, self.elements, found))

    def tile(self, data: bytes, positions: Vec3s, error_m: float = 0.0, children: tuple[Tile, ...] = ()) -> Tile:
        """A tile with a content, which is put in the store."""
        name = content_name(data, ".glb")
        self.store.put(name, data)
        own = Box.around(positions).padded(_BOX_MARGIN_M)
        return Tile(Box.union(own, *(child.box for child in children)), error_m, name, children)

    def grown(self, part: Group, towards: Vec3s = _ALL_SIDES) -> _Part:
        """A group's level, made of those below it; what stands outside is looked at from `towards`."""
        if not part.children:
            return self.leaf(part)
        children = [self.grown(child) for child in part.children]
        whole = Scene(by_material([each for child in children for each in child.surfaces]), len(self.elements))
        level = self.level(whole, max(child.asked_m for child in children), towards)
        tiles = tuple(tile for child in children for tile in self.kept(child, level.asked_m / 2))
        return replace(level, error_m=max(level.error_m, *(child.error_m for child in children)), below=tiles)

    def kept(self, part: _Part, coarsest_m: float) -> tuple[Tile, ...]:
        """The tiles of a group: one, or several where one would hardly be finer than the tile above them."""
        if part.data is None or part.asked_m > coarsest_m:
            return part.below
        positions = np.concatenate([each.positions for each in part.surfaces])
        return (self.tile(part.data, positions, part.error_m, part.below),)

    def leaf(self, part: Group) -> _Part:
        """The tile of whole elements."""
        assert self.fine is not None
        chosen = self.scene.of(part.elements)
        whole = self.scene.cut(chosen)
        tile = self.tile(self.encoded(whole, self.found), self.scene.corners[chosen].reshape(-1, 3))
        self.done += 1
        self.report("Writing tiles", self.done, self.total)
        return _Part(self.fine.cut(self.fine.of(part.elements)), FINEST_M, self.fine_m, (tile,))

    def level(self, whole: Scene, asked_m: float, towards: Vec3s) -> _Part:
        """The finest level of a scene, from `asked_m` on, that is light enough, in steps of the square root of two."""
        coarsest_m = _COARSEST * Box.around(whole.corners.reshape(-1, 3)).diagonal
        single, stamped = self.copies.split(whole, np.ones(len(whole.elements), np.bool_))
        few = one_each = whole.cut(single)
        simplify, first_m = Simplifier.of(one_each), asked_m
        while self.guessed_bytes(few) > FIRST_VIEW_BYTES and asked_m < coarsest_m:
            asked_m *= 2
            few = simplify(asked_m)
        if asked_m > first_m and self.guessed_bytes(finer := simplify(asked_m / 2**0.5)) <= FIRST_VIEW_BYTES:
            asked_m, few = asked_m / 2**0.5, finer
        level = self.drawn(stamped(few), asked_m, towards)
        while level.data is not None and len(level.data) > FIRST_VIEW_BYTES and asked_m < coarsest_m:
            asked_m *= 2**0.5
            level = self.drawn(stamped(simplify(asked_m)), asked_m, towards)
        return replace(level, error_m=self.off_m(level) if asked_m > FINEST_M else self.fine_m)

    def guessed_bytes(self, few: Sequence[Surface]) -> float:
        """What a level may weigh, by the one that was made last."""
        return sum(len(each.triangles) for each in few) * self.triangle_bytes

    def drawn(self, surfaces: Sequence[Surface], asked_m: float, towards: Vec3s) -> _Part:
        """What is seen of surfaces as the content of a tile, and of what is seen anything of all."""
        scene = Scene(surfaces, len(self.elements))
        found = seen(scene.drawn, towards)
        shown = np.zeros(len(self.elements), np.bool_)
        shown[scene.elements[found]] = True
        found |= (shown & (self.copies.found.shape >= 0))[scene.elements]  # else copies would not stay alike
        data = self.encoded(coarser(scene.cut(found), asked_m), self.copies.found)
        single, _ = self.copies.split(scene, np.ones(len(found), np.bool_))
        self.triangle_bytes = len(data) / np.count_nonzero(single)
        return _Part(scene.cut(shown[scene.elements]), asked_m, 0.0, (), data)

    def off_m(self, level: _Part) -> float:
        """How far a level is from the elements as they are, of each shape one measured."""
        assert self.fine is not None
        shown = np.zeros(len(self.elements), np.bool_)
        for surface in level.surfaces:
            shown[surface.features] = True
        before, after = self.fine, Scene(level.surfaces, len(self.elements))
        one, _ = self.copies.split(before, shown[before.elements])
        other, _ = self.copies.split(after, np.ones(len(after.elements), np.bool_))
        return self.fine_m + difference_m(before.cut(one), after.cut(other), level.asked_m * _TOLD_FROM)
