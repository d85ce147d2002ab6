"""Parts to a model: upright, in metres, one surface per material, and what the user should know of it."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.georeference import Georeference
from models.model import Facts, Model, Reading
from models.units import name_of
from tiles.errors import BadInput
from tiles.frame import Matrix4
from tiles.geometry import Material, Surface

from .clean import cleaned, pieces
from .clean import said as put_right_said
from .parts import Content, Part, Rows, Said
from .rd import rd_up
from .remarks import remarks

_UPRIGHT = {
    # Right, up and towards the viewer, as COLLADA 1.4.1 has them ("up_axis"), to x, z and −y.
    "x": np.array([[0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1]], np.float64),
    "y": np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], np.float64),
    "z": np.eye(4),
}


def assembled(path: Path, content: Content, said: Said, reading: Reading) -> Model:
    """The model of what was found in a file; raises `BadInput` where nothing of it can be drawn."""
    if not content.parts:
        raise BadInput(f"{path.name} holds no triangles; there is nothing to show.")
    unit_m = reading.unit_m or said.unit_m or 1.0
    up, notes = _up(content, said, reading, unit_m)
    upright = _UPRIGHT[up] * np.array([[unit_m], [unit_m], [unit_m], [1.0]])
    put_right: Counter[str] = Counter()
    groups = _groups(content, upright, put_right)
    content.repaired += put_right_said(put_right)
    if not groups:
        why = " ".join(put_right_said(put_right))
        raise BadInput(f"{path.name} holds no triangle that can be drawn ({why.rstrip('.')}); export it again.")
    rows = np.full(len(content.elements), -1, np.int64)
    used = np.unique(np.concatenate([[part.element for part in parts] for parts in groups.values()]))
    rows[used] = np.arange(len(used))
    surfaces = [_surface(groups.pop(key), rows) for key in list(groups)]
    elements = [content.elements[row] for row in used]
    facts = Facts(
        said.format,
        said.program,
        said.unit if reading.unit_m is None else name_of(reading.unit_m),
        reading.unit_m or said.unit_m,
        up,
        tuple(content.missing),
        tuple(content.repaired),
    )
    model = Model(path.stem, elements, surfaces, Georeference(), facts, (*content.notes, *notes))
    return replace(model, notes=(*model.notes, *remarks(model)))


def _up(content: Content, said: Said, reading: Reading, unit_m: float) -> tuple[str, list[str]]:
    """Which axis is up, and what is to be said of it."""
    if reading.up is not None:
        return reading.up, []
    found = rd_up(content.parts, said.up, unit_m)
    if found is not None:
        note = (
            f"Its coordinates are those of RD New with {found} up, although {said.format.split()[0]} has {said.up} up; "
        )
        return found, [note + f"{found} was taken. Pass --up {said.up} if that is wrong."]
    if not said.up_said:
        return said.up, [f"{said.format.split()[0]} says nothing of which way is up; {said.up} was taken."]
    return said.up, []


_Key = tuple[Material, bool, bool]


def _groups(content: Content, upright: Matrix4, put_right: Counter[str]) -> dict[_Key, list[Part]]:
    """The parts that can be drawn, by material; those of `content` are let go one by one, since they may be large."""
    groups: dict[_Key, list[Part]] = {}
    plain = np.array_equal(upright, np.eye(4))
    content.parts.reverse()
    while content.parts:
        part = content.parts.pop()
        for piece in pieces(part):
            clean = cleaned(piece if plain else piece.moved(upright), put_right)
            if clean is not None:
                key = clean.material, clean.uv is not None, clean.colours is not None
                groups.setdefault(key, []).append(clean)
    return groups


def _surface(parts: list[Part], rows: Rows) -> Surface:
    """The parts as one, each let go when it is copied."""
    vertices, triangles = sum(len(part.positions) for part in parts), sum(len(part.triangles) for part in parts)
    first = parts[0]
    made = Surface(
        first.material,
        np.empty((vertices, 3)),
        np.empty((vertices, 3)),
        np.empty(vertices, np.uint32),
        np.empty((triangles, 3), np.uint32),
        None if first.uv is None else np.empty((vertices, 2)),
        None if first.colours is None else np.empty((vertices, 4)),
    )
    parts.reverse()
    vertex = triangle = 0
    while parts:
        part = parts.pop()
        own = slice(vertex, vertex + len(part.positions))
        made.positions[own], made.normals[own], made.features[own] = part.positions, part.normals, rows[part.element]
        for target, given in ((made.uv, part.uv), (made.colours, part.colours)):
            if target is not None and given is not None:
                target[own] = given
        made.triangles[triangle : triangle + len(part.triangles)] = part.triangles + vertex
        vertex, triangle = own.stop, triangle + len(part.triangles)
    return made
