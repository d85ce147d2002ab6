"""Products of several colours for an engine that gives each one colour: the same file, once for each colour.

In the first edition of the file every body has only its items of its first colour, in the second those of its second.
What the engine makes of a product in all editions, put together, is the product. That costs 10 ms for each megabyte and
edition; IfcOpenShell takes 10 to 50 times that for the same windows and doors.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .products import ITEMS, Product
from .shape import Shape
from .step import Entity, Step
from .styles import Rgba, Styles

_FACES_AT = {"IFCTRIANGULATEDFACESET": 3, "IFCPOLYGONALFACESET": 2}
_MOST_EDITIONS = 12

Made = Callable[[bytes, frozenset[int]], Iterator[Shape]]


_Parts = Mapping[Rgba | None, Mapping[int, list[int] | None]]
"""By colour, items with the rows of those of their faces that have it; None for all."""


@dataclass(frozen=True)
class Edition:
    """The file with some of its bodies cut down to one colour each."""

    patches: tuple[tuple[int, int, bytes], ...]
    """From where to where in the file what is to stand instead, in order."""
    numbers: frozenset[int]
    """The products that have something in it."""

    def of(self, data: bytes) -> bytes:
        """The edition of a file."""
        parts, at = [], 0
        for start, end, instead in self.patches:
            parts += [data[at:start], instead]
            at = end
        return b"".join([*parts, data[at:]])


@dataclass(frozen=True)
class Layers:
    """Editions of a file, and of each product the colours it has in them."""

    editions: tuple[Edition, ...]
    colours: Mapping[int, tuple[Rgba, ...]]

    def joined(self, number: int, shapes: Mapping[int, Shape]) -> Shape | None:
        """A product from its shapes by edition; None unless there is one for each of its colours."""
        colours = self.colours[number]
        if len(shapes) != len(colours):
            return None
        found = [shapes[each] for each in range(len(colours))]
        starts = np.cumsum([0, *(len(each.positions) for each in found[:-1])])
        return Shape(
            number,
            found[0].kind,
            np.concatenate([each.positions for each in found]),
            np.concatenate([each.triangles + start for each, start in zip(found, starts, strict=True)]).astype(
                np.uint32
            ),
            colours,
            np.repeat(np.arange(len(found), dtype=np.uint16), [len(each.triangles) for each in found]),
        )


def made(engine: Made, data: bytes, editions: Sequence[Edition]) -> Iterator[tuple[int, Shape]]:
    """What an engine makes of each edition, with the edition's number."""
    for number, edition in enumerate(editions):
        yield from ((number, shape) for shape in engine(edition.of(data), edition.numbers))


def split(step: Step, products: Iterable[Product], styles: Styles, types: Mapping[int, int]) -> Layers:
    """Editions for products of several colours, as far as all that has colours stands in one representation."""
    chosen = [product for product in products if len(product.leaves) == 1]
    parts = {leaf: _parts(step, leaf, styles) for leaf in dict.fromkeys(product.leaves[0] for product in chosen)}
    parts = {leaf: colours for leaf, colours in parts.items() if 1 < len(colours) <= _MOST_EDITIONS}
    chosen = [product for product in chosen if product.leaves[0] in parts]
    count = max(map(len, parts.values()), default=0)
    colours = {product.number: _colours(product, parts[product.leaves[0]], styles, types) for product in chosen}
    return Layers(tuple(_edition(step, chosen, parts, layer) for layer in range(count)), colours)


def _edition(step: Step, products: Iterable[Product], parts: Mapping[int, _Parts], layer: int) -> Edition:
    patches = {
        start: (start, end, text) for leaf in parts for start, end, text in _patches(step, leaf, parts[leaf], layer)
    }
    numbers = (product.number for product in products if layer < len(parts[product.leaves[0]]))
    return Edition(tuple(patches[start] for start in sorted(patches)), frozenset(numbers))


def _colours(product: Product, parts: _Parts, styles: Styles, types: Mapping[int, int]) -> tuple[Rgba, ...]:
    without = styles.without_own(product, types.get(product.number))
    return tuple(without if colour is None else colour for colour in parts)


def _parts(step: Step, representation: int, styles: Styles) -> _Parts:
    found: dict[Rgba | None, dict[int, list[int] | None]] = {}
    for item in step.entity(representation).references(ITEMS):
        faces, entity = styles.faces(item), step.entity(item)
        if faces is None or entity.kind not in _FACES_AT:
            found.setdefault(styles.own(item), {})[item] = None
            continue
        count = len(entity.members(_FACES_AT[entity.kind]))
        for colour in faces.used:
            found.setdefault(colour, {})[item] = faces.with_colour(count, colour)
    return found


def _patches(step: Step, representation: int, parts: _Parts, layer: int) -> Iterator[tuple[int, int, bytes]]:
    """What is to be written instead of a representation, and of items that have several colours themselves."""
    items = list(parts.values())[layer] if layer < len(parts) else {}
    written = b",".join(b"#%d" % item for item in items)
    yield (*step.span(representation), _with(step.entity(representation), ITEMS, b"(%b)" % written))
    for item, rows in items.items():
        if rows is not None:
            entity = step.entity(item)
            faces = entity.members(_FACES_AT[entity.kind])
            chosen = b",".join(faces[row] for row in rows)
            yield (*step.span(item), _with(entity, _FACES_AT[entity.kind], b"(%b)" % chosen))


def _with(entity: Entity, position: int, instead: bytes) -> bytes:
    arguments = [*entity.arguments]
    arguments[position] = instead
    return b"#%d=%b(%b);" % (entity.number, entity.kind.encode(), b",".join(arguments))
