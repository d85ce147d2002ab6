"""Small models whose levels are known beforehand."""

import numpy as np

from models.model import Element
from tiles.geometry import Material, Surface

WALL, GLASS = Material("wall"), Material("glass", (0.6, 0.7, 0.8, 0.3))
_FACES = np.array([(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)])


def flat(corners, feature, material=WALL) -> Surface:
    """Triangles, (t, 3, 3), as a surface with a normal for each."""
    corners = np.asarray(corners, float)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    count = len(corners) * 3
    return Surface(
        material,
        corners.reshape(-1, 3),
        np.repeat(normals, 3, axis=0),
        np.full(count, feature, np.uint32),
        np.arange(count, dtype=np.uint32).reshape(-1, 3),
    )


def box(low, high, feature=0, material=WALL) -> Surface:
    """A box of twelve triangles that look outward."""
    corners = np.array(
        [[(low, high)[i][0], (low, high)[j][1], (low, high)[k][2]] for k in (0, 1) for j in (0, 1) for i in (0, 1)]
    )
    quads = corners[_FACES]
    return flat(np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]), feature, material)


def ball(centre, radius, feature=0, rings=16, material=WALL) -> Surface:
    """A ball of triangles, those at its poles aside 4 × rings²."""
    up, around = np.linspace(-np.pi / 2, np.pi / 2, rings + 1), np.linspace(0, 2 * np.pi, 2 * rings + 1)
    grid = np.stack(
        [np.cos(up)[:, None] * np.cos(around), np.cos(up)[:, None] * np.sin(around), np.sin(up)[:, None] + 0 * around],
        -1,
    )
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
    lower = np.stack([a, b, c], 2)[1:].reshape(-1, 3, 3)
    upper = np.stack([a, c, d], 2)[:-1].reshape(-1, 3, 3)
    return flat(np.concatenate([lower, upper]) * radius + np.asarray(centre), feature, material)


def chair(place, turn, feature=0, material=WALL) -> Surface:
    """A ball on a seat with a back, so that how it is turned about the vertical shows; as many radians."""
    seat, back = box((-0.5, -0.4, 0), (0.5, 0.4, 0.1)), box((-0.5, 0.3, 0.1), (0.5, 0.4, 1))
    parts = [seat, back, ball((0.2, 0, 0.4), 0.2, 0, 6)]
    corners = np.concatenate([part.positions[part.triangles] for part in parts])
    cos, sin = np.cos(turn), np.sin(turn)
    about = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    return flat(corners @ about + np.asarray(place), feature, material)


def elements(count: int) -> list[Element]:
    return [Element(f"guid-{row:05}", "IfcThing", f"thing {row}", f"floor {row % 2}") for row in range(count)]
