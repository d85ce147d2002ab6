"""Parts to a model: upright, in metres, one surface per material, and what the user should know of it."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.georeference import Georeference
from models.model import Facts, Model, Reading
from tiles.errors import BadInput
from tiles.frame import Matrix4
from tiles.geometry import Material, Surface

from .clean import cleaned
from .clean import said as put_right_said
from .parts import Content, Part, Said
from .rd import rd_up
from .remarks import remarks, units

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
        said.unit if reading.unit_m is None else units(reading.unit_m),
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
        clean = cleaned(part if plain else part.moved(upright), put_right)
        if clean is not None:
            groups.setdefault((clean.material, clean.uv is not None, clean.colours is not None), []).append(clean)
    return groups


def _surface(parts: list[Part], rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Surface:
    starts = np.cumsum([0, *(len(part.positions) for part in parts)])
    features = np.repeat([rows[part.element] for part in parts], np.diff(starts)).astype(np.uint32)
    triangles = np.empty((sum(len(part.triangles) for part in parts), 3), np.uint32)
    end = 0
    for part, start in zip(parts, starts[:-1].tolist(), strict=True):
        triangles[end : end + len(part.triangles)] = part.triangles + start
        end += len(part.triangles)
    normals = np.concatenate([part.normals for part in parts if part.normals is not None])
    uv = [part.uv for part in parts if part.uv is not None]
    colours = [part.colours for part in parts if part.colours is not None]
    return Surface(
        parts[0].material,
        np.concatenate([part.positions for part in parts]),
        normals,
        features,
        triangles,
        np.concatenate(uv) if uv else None,
        np.concatenate(colours) if colours else None,
    )
