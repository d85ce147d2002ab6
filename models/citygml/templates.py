"""Shapes that are drawn many times (CityGML 2.0, 8.2 "Implicit geometries"; 3.0, "ImplicitGeometry")."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tiles.errors import BadInput
from tiles.frame import Matrix4, Vec3s

from .document import Node, attribute, local, text_of
from .gml import Library, Member, Polygon

MOST_CORNERS = 20_000_000
"""Of all copies together: 480 MB of coordinates."""
_SHAPES = {"relativeGMLGeometry", "relativeGeometry"}
_FARTHEST_M = 1e9


@dataclass(frozen=True, eq=False)
class Copy:
    """Where a copy of a template stands."""

    matrix: Matrix4
    """From the template's metres to metres about `at`."""
    at: Vec3s  # (3,), in the file's reference system


@dataclass
class Templates:
    """Reads the copies in a file, and draws them."""

    library: Library
    corners: int = 0
    """Of all copies that were drawn."""
    files: dict[str, None] = field(default_factory=dict)
    """Names of the other files that templates stand in, which are not read."""

    def read(self, node: Node) -> tuple[list[Member], Copy] | None:
        """The template and the place in an ImplicitGeometry; None where its template is another file.

        Raises `BadInput` where it is broken.
        """
        said = {local(child): child for child in node}
        shape = next((said[name] for name in _SHAPES if name in said), None)
        if shape is None:
            if "libraryObject" in said:
                self.files[text_of(said["libraryObject"])[:80]] = None
            return None
        if "referencePoint" not in said:
            raise BadInput(f"{self.library.name} has a copy of a template without a referencePoint; export it again.")
        at = self._numbers(said["referencePoint"], "referencePoint", 3)
        matrix = np.eye(4)
        if "transformationMatrix" in said:
            matrix = self._numbers(said["transformationMatrix"], "transformationMatrix", 16).reshape(4, 4)
        return self.library.read(shape), Copy(matrix, at)

    def drawn(self, polygons: Sequence[Polygon], copy: Copy) -> list[Polygon]:
        """A template's polygons as a copy shows them; raises `BadInput` where all copies are more than can be held."""
        self.corners += sum(len(ring.xyz) for polygon in polygons for ring in polygon.rings)
        if self.corners > MOST_CORNERS:
            raise BadInput(
                f"{self.library.name} draws more than {MOST_CORNERS:,} corners from its templates; hand over a part."
            )
        turn, shift = copy.matrix[:3, :3], copy.matrix[:3, 3]
        mirrored = np.linalg.det(turn) < 0
        found = []
        for polygon in polygons:
            rings = [replace(ring, xyz=ring.xyz @ turn.T + shift) for ring in polygon.rings]
            placed = replace(polygon, rings=rings, at=copy.at)
            found.append(placed.turned() if mirrored else placed)
        return found

    def _numbers(self, node: Node, name: str, count: int) -> Vec3s:
        text = " ".join(text for each in node.iter() if (text := text_of(each))).replace(",", " ")
        try:
            numbers = np.array([float(number) for number in text.split()], np.float64)
        except ValueError as error:
            raise BadInput(f"{self.library.name} has a {name} with {str(error)[:60]}; export it again.") from error
        if len(numbers) != count or not (np.abs(numbers) <= _FARTHEST_M).all():
            raise BadInput(f"{self.library.name} has a {name} that is not {count} numbers; export it again.")
        return numbers


def held(node: Node) -> Node | None:
    """The ImplicitGeometry in a property of a city object; None where it refers to one elsewhere."""
    return next((child for child in node if local(child) == "ImplicitGeometry" and not attribute(child, "href")), None)
