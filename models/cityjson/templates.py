"""Shapes that are drawn many times (CityJSON 2.0, "Geometry templates")."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tiles.errors import BadInput
from tiles.frame import Vec3s

from .appearance import Look
from .document import Json, rows
from .geometry import DEPTHS, Polygon, Rows, lod, polygons

MOST_VERTICES = 20_000_000
"""Of all instances together: 480 MB of coordinates."""


@dataclass(frozen=True, eq=False)
class Template:
    """One shape: its own vertices, and surfaces whose rings are rows of these."""

    lod: float
    vertices: Vec3s
    polygons: Sequence[Polygon]

    def shown(self, start: int) -> list[Polygon]:
        """The surfaces once the vertices stand at `start` among others."""
        moved = ([[row + start for row in ring] for ring in each.rings] for each in self.polygons)
        return [each._replace(rings=rings) for each, rings in zip(self.polygons, moved, strict=True)]


@dataclass(frozen=True, eq=False)
class Instance:
    """A template in its place."""

    template: Template
    vertices: Vec3s
    """In the units of the city's reference system."""


def templates(head: Json, look: Look, name: str) -> list[Template | None]:
    """What the head of a city has under ``geometry-templates``; None for a kind without surfaces."""
    said = head.get("geometry-templates")
    if not isinstance(said, dict):
        return []
    try:
        vertices = rows(said.get("vertices-templates") or [])
        listed = list(said.get("templates") or ())
    except (ValueError, TypeError, OverflowError) as error:
        raise BadInput(f"{name} is broken: its templates cannot be read ({error}); export it again.") from error
    return [_template(each, f"template {number}", vertices, (look, name)) for number, each in enumerate(listed)]


def _template(said: Any, key: str, vertices: Vec3s, of: tuple[Look, str]) -> Template | None:
    if not isinstance(said, dict) or str(said.get("type")) not in DEPTHS:
        return None
    look, name = of
    found = polygons(said, key, Rows(len(vertices), 0, name, look))
    used = sorted({row for each in found for ring in each.rings for row in ring})
    own = {row: number for number, row in enumerate(used)}
    counted = [each._replace(rings=[[own[row] for row in ring] for ring in each.rings]) for each in found]
    return Template(lod(said), vertices[np.array(used, np.int64)], counted)


def instance(said: Json, known: Sequence[Template | None], vertices: Vec3s) -> Instance | None:
    """A template as one geometry shows it, about one of the document's `vertices`; None for a kind without surfaces.

    Raises `ValueError`, `TypeError`, `KeyError` or `IndexError` where the geometry is broken.
    """
    template = known[_row(said["template"])]
    if template is None:
        return None
    anchor = vertices[_row(said["boundaries"][0])]
    matrix = rows(said.get("transformationMatrix", np.eye(4).ravel()), 4)
    if matrix.shape != (4, 4):
        raise ValueError("its transformationMatrix is not sixteen numbers")
    return Instance(template, template.vertices @ matrix[:3, :3].T + matrix[:3, 3] + anchor)


def _row(number: Any) -> int:
    if not isinstance(number, int) or number < 0:
        raise IndexError(f"{str(number)[:20]} is no row")
    return number
