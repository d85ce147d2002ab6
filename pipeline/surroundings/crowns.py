"""The shapes of trees: a crown and a trunk of few triangles."""

import numpy as np
from numpy.typing import NDArray

from tiles.frame import Vec3s

from .trees import Tree

Triangles = NDArray[np.uint32]  # (t, 3)

_TRUNK_SHARE = 0.03  # of the height, its radius


def crown(tree: Tree, sides: int, rings: int) -> tuple[Vec3s, Triangles]:
    """A crown as an egg, RD and NAP metres: 2 × sides × rings triangles."""
    height = tree.height_m - tree.crown_base_m
    levels = np.arange(1, rings + 1) / (rings + 1)
    widths = np.sin(np.pi * levels**0.85)  # widest below the middle
    turn = (tree.x * 7.3 + tree.y * 3.7) % (2 * np.pi)  # no two alike, each always the same
    angles = turn + np.arange(sides) * 2 * np.pi / sides
    circle = np.column_stack([np.cos(angles), np.sin(angles)]) * tree.crown_radius_m
    # The corners of a polygon must stand out for it to cover a circle's area.
    circle *= np.sqrt(2 * np.pi / sides / np.sin(2 * np.pi / sides))
    middle = np.array([tree.x, tree.y])
    bottom = tree.base_nap_m + tree.crown_base_m
    ring = [
        np.column_stack([middle + circle * width, np.full(sides, bottom + height * level)])
        for level, width in zip(levels, widths / widths.max(), strict=True)
    ]
    ends = np.array([[tree.x, tree.y, bottom], [tree.x, tree.y, bottom + height]])
    return np.concatenate([*ring, ends]), _egg(sides, rings)


def _egg(sides: int, rings: int) -> Triangles:
    here = np.arange(sides)
    there = (here + 1) % sides
    bottom, top = sides * rings, sides * rings + 1
    faces = [np.column_stack([there, here, np.full(sides, bottom)])]
    for ring in range(rings - 1):
        low, high = ring * sides, (ring + 1) * sides
        faces.append(np.column_stack([low + here, low + there, high + there]))
        faces.append(np.column_stack([low + here, high + there, high + here]))
    last = (rings - 1) * sides
    faces.append(np.column_stack([last + here, last + there, np.full(sides, top)]))
    return np.asarray(np.concatenate(faces), np.uint32)


def trunk(tree: Tree) -> tuple[Vec3s, Triangles]:
    """A trunk of four sides without ends, from a little below the ground into the crown: 8 triangles."""
    radius = max(0.1, _TRUNK_SHARE * tree.height_m / 2)
    corners = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]]) * radius + (tree.x, tree.y)
    low, high = tree.base_nap_m - 0.3, tree.base_nap_m + tree.crown_base_m + 0.3 * (tree.height_m - tree.crown_base_m)
    positions = np.concatenate([np.column_stack([corners, np.full(4, z)]) for z in (low, high)])
    here, there = np.arange(4), (np.arange(4) + 1) % 4
    faces = [np.column_stack([here, there, there + 4]), np.column_stack([here, there + 4, here + 4])]
    return positions, np.concatenate(faces).astype(np.uint32)
