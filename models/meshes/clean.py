"""Parts put right: no vertex that is no number, no triangle without area, a normal at every vertex."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .distinct import distinct, split
from .parts import Floats, Part, Rows, counted

_FARTHEST = 1e12
"""In any unit: beyond, a number is damage, and its square overflows."""
_FARTHEST_UV = 1e6
_NO_AREA = 1e-12
"""Of the square of the longest edge: what rounding leaves of nothing."""
_OPPOSED = -0.25
"""The cosine between a face and the file's normals from which they contradict each other, and not only curve away."""
_STEPS = 127
"""Normals are written as so many steps."""


PIECE = 1_000_000
"""Triangles that are worked on at a time: a large mesh takes no more room than a few copies of itself."""


def pieces(part: Part) -> Iterator[Part]:
    """A part in pieces of no more triangles than `PIECE`, each with its own vertices."""
    if len(part.triangles) <= PIECE:
        yield part
        return
    for start in range(0, len(part.triangles), PIECE):
        triangles = part.triangles[start : start + PIECE]
        used = np.zeros(len(part.positions), bool)
        used[triangles] = True
        rows = np.flatnonzero(used)
        number = np.empty(len(used), np.int64)
        number[rows] = np.arange(len(rows))
        yield _taken(part, rows, number[triangles], None if part.normals is None else part.normals[rows])


def cleaned(part: Part, put_right: Counter[str]) -> Part | None:
    """The part as it can be drawn; None where nothing is left. Counts what was put right."""
    with np.errstate(invalid="ignore", over="ignore"):
        numbers = np.asarray((np.abs(part.positions) < _FARTHEST).all(axis=1))
        triangles = part.triangles
        if not numbers.all():
            kept = numbers[triangles].all(axis=1)
            put_right["nan"] += int((~kept).sum())
            triangles = triangles[kept]
        faces, kept = _faces(part.positions, triangles)
    put_right["flat"] += int((~kept).sum())
    triangles, faces = triangles[kept], faces[kept]
    if not len(triangles):
        return None
    part = replace(part, triangles=triangles, normals=_usable(part, faces, triangles), uv=_sound(part.uv))
    return _smooth(part, faces, put_right) if part.normals is not None else _flat(part, faces)


def _sound(uv: Floats | None) -> Floats | None:
    """Texture coordinates that a tile's float32 can hold; the picture's corner for the others."""
    if uv is None:
        return None
    sound = np.abs(uv) < _FARTHEST_UV
    return uv if sound.all() else np.where(sound, uv, 0.0)


def _faces(positions: Floats, triangles: Rows) -> tuple[Floats, NDArray[np.bool_]]:
    """The unit normal of each triangle, (t, 3), and which have area."""
    a, b, c = (positions[triangles[:, corner]] for corner in range(3))
    ab, ac = b - a, c - a
    normals = np.cross(ab, ac).astype(np.float64)
    doubled = np.linalg.norm(normals, axis=1)
    longest = np.maximum((ab**2).sum(axis=1), (ac**2).sum(axis=1))
    kept = np.asarray(doubled > _NO_AREA * longest)
    np.divide(normals, doubled[:, None], out=normals, where=kept[:, None])
    return normals, kept


def _usable(part: Part, faces: Floats, triangles: Rows) -> Floats | None:
    """The file's own normals at unit length; where one is none, the mean of the faces around."""
    if part.normals is None:
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        lengths = np.linalg.norm(part.normals, axis=1, keepdims=True)
        sound = np.isfinite(lengths) & (lengths > 0)
        normals = np.zeros(part.normals.shape)
        np.divide(part.normals, lengths, out=normals, where=sound)
    used = np.zeros(len(normals), bool)
    used[triangles] = True
    broken = used & ~sound[:, 0]
    if not broken.any():
        return normals
    if broken.sum() > used.sum() / 2:
        return None
    around = np.zeros_like(normals)
    for corner in range(3):
        np.add.at(around, triangles[:, corner], faces)
    lengths = np.linalg.norm(around, axis=1, keepdims=True)
    np.divide(around, lengths, out=around, where=lengths > 0)
    around[lengths[:, 0] == 0] = (0.0, 0.0, 1.0)
    normals[broken] = around[broken]
    return normals


def _smooth(part: Part, faces: Floats, put_right: Counter[str]) -> Part:
    """With the file's normals; a face that runs against them is turned over, or light would fall on its back."""
    assert part.normals is not None
    towards = np.zeros(len(faces))
    for corner in range(3):
        towards += (part.normals[part.triangles[:, corner]] * faces).sum(axis=1)
    opposed = towards / 3 < _OPPOSED
    put_right["inverted"] += int(opposed.sum())
    triangles = np.where(opposed[:, None], part.triangles[:, ::-1], part.triangles)
    if len(part.positions) == triangles.size:  # a soup of triangles, each with corners of its own
        corners = replace(part, triangles=triangles)
        return _welded(corners, triangles.ravel(), part.normals[triangles.ravel()])
    used, inverse = np.unique(triangles, return_inverse=True)
    return _taken(part, used, inverse, part.normals[used])


def _flat(part: Part, faces: Floats) -> Part:
    return _welded(part, part.triangles.ravel(), np.repeat(faces, 3, axis=0))


def _welded(part: Part, corners: Rows, normals: Floats) -> Part:
    """The part with a vertex for each corner that differs in place, direction, texture or colour."""
    directions = np.rint(normals * _STEPS).astype(np.int64) + _STEPS
    packed = (directions[:, 0] << 16) + (directions[:, 1] << 8) + directions[:, 2]
    own = len(part.positions) == len(corners)
    columns = [packed, *(split(part.positions[corners]) if own else [corners])]
    if own:
        columns += [column[corners] for column in (*split(part.uv), *split(part.colours))]
    first, inverse = distinct(columns)
    return _taken(part, corners[first], inverse, normals[first])


def _taken(part: Part, rows: Rows, inverse: NDArray[np.intp], normals: Floats | None) -> Part:
    return replace(
        part,
        positions=part.positions[rows],
        normals=normals,
        uv=None if part.uv is None else part.uv[rows],
        colours=None if part.colours is None else part.colours[rows],
        triangles=inverse.reshape(-1, 3),
    )


def said(put_right: Counter[str]) -> list[str]:
    """What was put right, in sentences."""
    sentences = []
    if count := put_right["nan"]:
        sentences.append(f"{counted(count, 'triangle')} with corners that are no numbers left out.")
    if count := put_right["flat"]:
        sentences.append(f"{counted(count, 'triangle')} without area left out.")
    if count := put_right["inverted"]:
        sentences.append(f"{counted(count, 'triangle')} turned over to face as their normals do.")
    return sentences
