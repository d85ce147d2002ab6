"""A made piece of town for the surroundings: sloping streets, a dike, a canal with a bridge, a house, a tree."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.surroundings.cloud import SQUARE_M, Bounds, Classified, Square
from tests import make

CORNER = (400 * SQUARE_M, 1622 * SQUARE_M)
"""Where four squares meet, RD metres; the town lies around it."""

WATER_LEVEL = -0.62
STREET_LEVEL = 2.0
CANAL = (-40.0, -28.0)  # south and north bank, metres from the corner
HOUSE = (-30.0, -10.0, 20.0, 10.0)  # west, south, east, north: across the line between two squares
BRIDGE = (60.0, 68.0)  # west and east side


@dataclass(frozen=True)
class MemoryCloud:
    """Points in memory as a `Cloud`."""

    points: Classified

    def squares(self) -> Sequence[Square]:
        found = np.unique(np.floor(self.points.xyz[:, [1, 0]] / SQUARE_M).astype(int), axis=0)
        return [Square(column, row) for row, column in found.tolist()]

    def within(self, bounds: Bounds) -> Classified:
        x, y = self.points.xyz[:, 0], self.points.xyz[:, 1]
        inside = (x >= bounds.west) & (x < bounds.east) & (y >= bounds.south) & (y < bounds.north)
        return Classified(self.points.xyz[inside], self.points.classification[inside])


def street(x, y):
    """The true height of the ground at places counted from the corner."""
    dike = 3.0 * np.clip(1 - np.abs(y - 60) / 9, 0, 1)  # sides of 1 : 3
    return STREET_LEVEL + 0.004 * x + 0.002 * y + dike


def town(
    density: float = 12.0, half: tuple[float, float] = (110.0, 90.0), seed: int = 3, noise_m: float = 0.02
) -> Classified:
    """The town, RD and NAP metres to the millimetre."""
    rng = np.random.default_rng(seed)
    count = int(density * 4 * half[0] * half[1])
    x, y = rng.uniform(-half[0], half[0], count), rng.uniform(-half[1], half[1], count)
    z = street(x, y) + rng.normal(0, noise_m, count)
    kind = np.full(count, 2)
    in_canal = (y > CANAL[0]) & (y < CANAL[1])
    # Water sends a tenth of its pulses back, west of the bridge; none at all east of it.
    z[in_canal], kind[in_canal] = WATER_LEVEL + rng.normal(0, noise_m, in_canal.sum()), 9
    gone = in_canal & ((rng.random(count) > 0.1) | (x > BRIDGE[1]))
    bridge = in_canal & (x > BRIDGE[0]) & (x < BRIDGE[1])
    z[bridge], kind[bridge], gone[bridge] = STREET_LEVEL + 0.8, 26, False
    house = (x > HOUSE[0]) & (x < HOUSE[2]) & (y > HOUSE[1]) & (y < HOUSE[3])
    z[house], kind[house] = STREET_LEVEL + 9, 6
    tree = (x + 70) ** 2 + (y - 20) ** 2 < 16
    z[tree], kind[tree] = STREET_LEVEL + rng.uniform(3, 9, tree.sum()), 1
    xyz = np.stack([x + CORNER[0], y + CORNER[1], z], axis=-1).round(3)[~gone]
    return Classified(xyz, kind[~gone].astype(np.uint8))


def extent(points: Classified) -> Bounds:
    """The rectangle around points, as a file's header has it."""
    return Bounds(*points.xyz[:, :2].min(axis=0).tolist(), *points.xyz[:, :2].max(axis=0).tolist())


def write(path, points: Classified):
    """The points as a LAS or LAZ file."""
    return make.write_las(path, make.Cloud(points.xyz, {"classification": points.classification}))
