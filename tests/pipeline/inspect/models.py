"""Small models made by hand."""

from collections.abc import Sequence

import numpy as np

from models.georeference import Georeference
from models.model import Element, Facts, Model
from tiles.geometry import Material, Surface

_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
_FACES = np.array(
    [
        [0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
        [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3],
    ],
    np.uint32,
)  # fmt: skip
Block = tuple[tuple[float, float, float], tuple[float, float, float]]
"""The lowest corner and the size."""


def blocks(
    *given: Block, kinds: Sequence[str] = (), material: Material | None = None, facts: Facts | None = None
) -> Model:
    """One element per block."""
    positions, triangles, features = [], [], []
    for number, (low, size) in enumerate(given):
        triangles.append(_FACES + 8 * number)
        positions.append(_CORNERS * size + low)
        features.append(np.full(8, number, np.uint32))
    shape = np.concatenate(positions)
    surface = Surface(
        material or Material(base_colour=(0.5, 0.1, 0.1, 1.0)),
        shape,
        np.tile([0.0, 0.0, 1.0], (len(shape), 1)),
        np.concatenate(features),
        np.concatenate(triangles).astype(np.uint32),
    )
    named = [*kinds, *["IfcWall"] * (len(given) - len(kinds))]
    elements = [Element(f"guid-{number}", kind, f"block {number}") for number, kind in enumerate(named)]
    return Model("blocks", elements, [surface], Georeference(), facts or Facts("TEST"))
