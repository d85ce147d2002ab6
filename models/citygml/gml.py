"""Surfaces in GML (ISO 19136, OGC 07-036): polygons by their rings, whatever gathers them, and links to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from tiles.errors import BadInput
from tiles.frame import Vec3s

from .document import Node, attribute, local, text_of

_POLYGONS = {"Polygon", "PolygonPatch", "Triangle", "Rectangle"}
_RINGS = {"LinearRing", "Ring"}
_NUMBERS = {"pos", "posList", "coordinates"}
_FARTHEST_M = 1e9
_AREA = 3  # corners that a ring with an area has at least
_FLAT, _IN_SPACE = 2, 3  # numbers of a position


@dataclass(frozen=True, eq=False)
class Ring:
    """Corners of an outline, the first not repeated at the end."""

    id: str
    xyz: Vec3s  # (n, 3), in the file's reference system


@dataclass(frozen=True, eq=False)
class Polygon:
    """One flat surface, its outer ring first."""

    id: str
    rings: Sequence[Ring]
    at: Vec3s | None = None
    """Of a copy of a template: the place, (3,) in the file's reference system, that its corners are metres from."""

    def turned(self) -> "Polygon":
        """The same surface seen from behind."""
        return replace(self, rings=[replace(ring, xyz=ring.xyz[::-1]) for ring in self.rings])

    @property
    def key(self) -> bytes:
        """Equal for polygons that were written twice."""
        place = b"" if self.at is None else self.at.tobytes()
        return place + b"".join(ring.xyz.tobytes() for ring in self.rings)


class Member(NamedTuple):
    """A polygon, or the id of what stands elsewhere in the file."""

    said: Polygon | str
    turned: bool = False


@dataclass
class Library:
    """All surfaces of a file by their ids, for what refers to them."""

    name: str
    members: dict[str, list[Member]] = field(default_factory=dict)
    flat: int = 0
    """How many polygons have no heights."""
    lost: dict[str, None] = field(default_factory=dict)
    """Ids that something refers to and that are not there."""

    def read(self, node: Node) -> list[Member]:
        """The surfaces in an element, at any depth, in the order of the file; raises `BadInput` for a broken one."""
        found = self._read(node)
        if (key := attribute(node, "id")) and local(node) not in _RINGS:
            self.members.setdefault(key, found)
        return found

    def _read(self, node: Node) -> list[Member]:
        link = attribute(node, "href")
        if link:
            return [Member(link.partition("#")[2])] if "#" in link else []
        name = local(node)
        if name in _POLYGONS:
            polygon = self._polygon(node)
            return [Member(polygon)] if polygon else []
        found = [member for child in node for member in self.read(child)]
        if name == "OrientableSurface" and attribute(node, "orientation") == "-":
            return [member._replace(turned=not member.turned) for member in found]
        return found

    def _polygon(self, node: Node) -> Polygon | None:
        rings = [ring for side in node for child in side if local(child) in _RINGS and (ring := self._ring(child))]
        outer = [side for side in node if local(side) in {"exterior", "outerBoundaryIs"}]
        if not rings or len(outer) != 1 or len(rings[0].xyz) < _AREA:
            return None
        return Polygon(attribute(node, "id"), [ring for ring in rings if len(ring.xyz) >= _AREA])

    def _ring(self, node: Node) -> Ring | None:
        rows = [row for each in node.iter() if local(each) in _NUMBERS for row in self._positions(each)]
        if not rows:
            return None
        if any(len(row) == _FLAT for row in rows):
            self.flat += 1
            return None
        # Curves that make up a ring share their ends, and a ring ends where it began.
        corners = [row for row, before in zip(rows, [None, *rows], strict=False) if row != before]
        if len(corners) > 1 and corners[0] == corners[-1]:
            corners.pop()
        xyz = np.array(corners, np.float64)
        if not (np.abs(xyz) <= _FARTHEST_M).all():
            raise BadInput(f"{self.name} has positions that are no numbers, or beyond all reach; export it again.")
        return Ring(attribute(node, "id"), xyz)

    def _positions(self, node: Node) -> list[list[float]]:
        try:
            numbers = [float(number) for number in text_of(node).replace(",", " ").split()]
        except ValueError as error:
            raise BadInput(f"{self.name} has a position that is no number ({str(error)[:60]}).") from error
        width = _width(node, len(numbers))
        if len(numbers) % width:
            raise BadInput(
                f"{self.name} has a {local(node)} of {len(numbers)} numbers, which are not {width} for each position; "
                "export it again."
            )
        return [numbers[start : start + width] for start in range(0, len(numbers), width)]

    def resolve(self, members: Iterable[Member]) -> list[Polygon]:
        """The polygons, those elsewhere in the file looked up; what is met twice is given once."""
        found: list[Polygon] = []
        seen: set[str] = set()
        waiting = [*members][::-1]
        while waiting:
            said, turned = waiting.pop()
            if isinstance(said, Polygon):
                found.append(said.turned() if turned else said)
            elif said not in seen:
                seen.add(said)
                known = self.members.get(said)
                if known is None:
                    self.lost[said] = None
                waiting += [member._replace(turned=member.turned != turned) for member in reversed(known or [])]
        return found


def _width(node: Node, count: int) -> int:
    """How many numbers a position has: by `srsDimension` here or above; three where nothing is said."""
    if local(node) == "pos":
        return _FLAT if count == _FLAT else _IN_SPACE
    at = node
    for _ in range(8):  # from a posList up to the MultiSurface or Solid
        if at is None:
            break
        if (said := attribute(at, "srsDimension")) in {"2", "3"}:
            return int(said)
        at = at.getparent()
    return _IN_SPACE
