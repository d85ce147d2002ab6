"""Shapes of elements as surfaces, one for each colour."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiles.colour import linear
from tiles.frame import Vec3s
from tiles.geometry import Material, Surface

from .shape import Shape, crossed
from .styles import Rgba, usual

_DIRECTION_STEPS = 127
_DIRECTION_BITS = 8
_LEAST = 1e-12


@dataclass(frozen=True, eq=False)
class _All:
    """The triangles of all shapes together."""

    positions: Vec3s  # (v, 3)
    features: NDArray[np.uint32]  # (v,), row of the shape
    triangles: NDArray[np.int64]  # (t, 3)
    looks: NDArray[np.int64]  # (t,), row of the colour


def of(shapes: Sequence[Shape]) -> list[Surface]:
    """The shapes' triangles by colour, feature i being shape i; opaque ones first.

    Each face has normals of its own, so that edges stay sharp; corners that agree in place and direction are one
    vertex. Triangles without area are left out.
    """
    colours: dict[Rgba, int] = {}
    together = _together(shapes, colours)
    normals = crossed(together.positions, together.triangles.astype(np.uint32))
    lengths = np.linalg.norm(normals, axis=1)
    kept = lengths > _LEAST
    normals = normals[kept] / lengths[kept, None]
    triangles, looks = together.triangles[kept], together.looks[kept]
    keys = triangles << 3 * _DIRECTION_BITS | _directions(normals)[:, None]
    order = sorted(colours.items(), key=lambda each: (-each[0][3], each[0]))
    found = []
    for colour, number in order:
        chosen = looks == number
        if chosen.any():
            found.append(_surface(colour, together, keys[chosen], normals[chosen]))
    return found


def _together(shapes: Sequence[Shape], colours: dict[Rgba, int]) -> _All:
    counts = [len(shape.positions) for shape in shapes]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    looks = []
    for shape in shapes:
        rows = np.array(
            [colours.setdefault(each, len(colours)) for each in shape.colours or (usual(shape.kind),)], np.int64
        )
        looks.append(np.full(len(shape.triangles), rows[0]) if shape.looks is None else rows[shape.looks])
    return _All(
        np.concatenate([shape.positions for shape in shapes]),
        np.repeat(np.arange(len(shapes), dtype=np.uint32), counts),
        np.concatenate([shape.triangles + start for shape, start in zip(shapes, starts, strict=True)]),
        np.concatenate(looks),
    )


def _directions(normals: NDArray[np.float64]) -> NDArray[np.int64]:
    """Unit normals in steps, as one number each, (t,)."""
    steps = np.rint(normals * _DIRECTION_STEPS).astype(np.int64) + _DIRECTION_STEPS
    return steps[:, 0] << 2 * _DIRECTION_BITS | steps[:, 1] << _DIRECTION_BITS | steps[:, 2]


def _surface(colour: Rgba, together: _All, keys: NDArray[np.int64], normals: NDArray[np.float64]) -> Surface:
    """The triangles of one colour; `keys` (t, 3) say which corners are the same."""
    vertices, first, corners = np.unique(keys, return_index=True, return_inverse=True)
    places = vertices >> 3 * _DIRECTION_BITS
    return Surface(
        _material(colour),
        together.positions[places],
        normals[first // 3],
        together.features[places],
        corners.reshape(-1, 3).astype(np.uint32),
    )


def _material(colour: Rgba) -> Material:
    """Both sides are drawn: exporters turn faces as they like, and surfaces have no inside."""
    red, green, blue = linear(np.array(colour[:3])).round(5).tolist()
    opacity = round(float(colour[3]), 3)
    return Material(base_colour=(red, green, blue, opacity), roughness=0.1 if opacity < 1 else 0.9, double_sided=True)
