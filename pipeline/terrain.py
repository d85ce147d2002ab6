"""The ground under a spot, from a classified point cloud such as AHN's."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tiles.frame import Vec3s

from . import las
from .polygons import Bounds
from .reference import agree, require_inside

GROUND, WATER = 2, 9
_NEAR_M = 25.0


@dataclass(frozen=True, eq=False)
class Terrain:
    """Points of ground and water, RD and NAP metres."""

    ground: Vec3s  # (n, 3)
    water: Vec3s  # (m, 3)
    notes: tuple[str, ...] = ()
    """What was assumed of the files, in sentences."""

    def near(self, x: float, y: float, within_m: float = 5.0) -> float | None:
        """The median height of the ground about a place, NAP; None where there is none."""
        close = np.abs(self.ground[:, :2] - (x, y)).max(axis=1) <= within_m
        return float(np.median(self.ground[close, 2])) if close.any() else None


@dataclass(frozen=True)
class Files:
    """Point files, of which only what lies near a place is read."""

    headers: tuple[las.LasFile, ...]
    default_crs: str

    @classmethod
    def of(cls, paths: Sequence[Path], default_crs: str) -> "Files":
        """Files by their headers; raises `BadInput` for one that cannot be read."""
        return cls(tuple(las.read_header(path) for path in sorted(paths)), default_crs)

    def terrain(self, bounds: Bounds) -> Terrain:
        """The ground and the water within 25 m of `bounds`; raises a `Problem` for files that cannot be placed.

        Memory is bounded by what lies there, not by the size of the files.
        """
        west, south, east, north = bounds
        around = west - _NEAR_M, south - _NEAR_M, east + _NEAR_M, north + _NEAR_M
        reached = [header for header in self.headers if header.points and _reaches(header, around)]
        if not reached:
            return Terrain(np.empty((0, 3)), np.empty((0, 3)))
        reference = agree(reached, self.default_crs, None)
        parts = [part for header in reached for part in _within(header, around)]
        xyz = np.concatenate([part[0] for part in parts]) if parts else np.empty((0, 3))
        classes = np.concatenate([part[1] for part in parts]) if parts else np.empty(0, np.uint8)
        if len(xyz):
            require_inside(xyz, reached[0], reference.frame)
        return Terrain(xyz[classes == GROUND], xyz[classes == WATER], reference.notes)


def _reaches(header: las.LasFile, around: Bounds) -> bool:
    west, south, east, north = around
    return header.low[0] <= east and header.high[0] >= west and header.low[1] <= north and header.high[1] >= south


def _within(header: las.LasFile, around: Bounds) -> list[tuple[Vec3s, NDArray[np.uint8]]]:
    west, south, east, north = around
    (sx, sy, sz), (ox, oy, oz) = header.scales, header.offsets
    found = []
    for start, count in las.stretches(header, 500_000):
        for part in las.columns(header, start, count):
            x, y = part.x * sx + ox, part.y * sy + oy
            kept = (x >= west) & (x <= east) & (y >= south) & (y <= north)
            kept &= (part.classification == GROUND) | (part.classification == WATER)
            if kept.any():
                xyz = np.stack([x[kept], y[kept], part.z[kept] * sz + oz], axis=-1)
                found.append((xyz, part.classification[kept]))
    return found
