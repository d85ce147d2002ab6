"""The ground under a spot, from a classified point cloud such as AHN's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tiles.frame import Vec3s

from . import las
from .area import of_bounds
from .inputs import point_files
from .polygons import Bounds
from .reference import agree, require_inside
from .report import Report, silent

GROUND, BUILDING, WATER, BRIDGE = 2, 6, 9, 26
_NEAR_M = 25.0
_STRETCH = 500_000
_NONE: Vec3s = np.empty((0, 3))
_WANTED = np.isin(np.arange(256), (GROUND, BUILDING, WATER, BRIDGE))


@dataclass(frozen=True, eq=False)
class Terrain:
    """Points of ground, water and what is built, RD and NAP metres."""

    ground: Vec3s  # (n, 3)
    water: Vec3s  # (m, 3)
    built: Vec3s  # (k, 3), buildings and bridges
    notes: tuple[str, ...] = ()
    """What was assumed of the files, in sentences."""

    def near(self, x: float, y: float, within_m: float = 5.0) -> float | None:
        """The median height of the ground about a place, NAP; None where there is none."""
        close = np.abs(self.ground[:, :2] - (x, y)).max(axis=1) <= within_m
        return float(np.median(self.ground[close, 2])) if close.any() else None


def read_terrain(files: Sequence[Path | str], bounds: Bounds, default_crs: str, report: Report = silent) -> Terrain:
    """What stands within 25 m of `bounds`; raises a `Problem` for files that cannot be read or placed.

    Of a COPC file, which may be at an address, only what can lie there is read; of another all, though memory is
    bounded by what lies there.
    """
    west, south, east, north = bounds
    around = west - _NEAR_M, south - _NEAR_M, east + _NEAR_M, north + _NEAR_M
    reached = [str(each) for each in files if is_address(each) or _reaches(las.read_header(Path(each)), around)]
    if not reached:
        return Terrain(_NONE, _NONE, _NONE)
    headers = [las.read_header(path) for path in point_files(reached, of_bounds(around), report).files]
    reference = agree(headers, default_crs, None)
    total, done = sum(header.points for header in headers), 0
    found: list[tuple[Vec3s, NDArray[np.uint8]]] = [(_NONE, np.empty(0, np.uint8))]
    for header in headers:
        for part, count in _parts(header):
            found += _within(part, header, around)
            done += count
            report("Reading the ground", done, total)
    xyz = np.concatenate([part for part, _ in found])
    classes = np.concatenate([part for _, part in found])
    if len(xyz):
        require_inside(xyz, headers[0], reference.frame)
    built = (classes == BUILDING) | (classes == BRIDGE)
    return Terrain(xyz[classes == GROUND], xyz[classes == WATER], xyz[built], reference.notes)


def is_address(place: Path | str) -> bool:
    """Whether a place is one on a web server."""
    return str(place).lower().startswith(("http://", "https://"))


def _reaches(header: las.LasFile, around: Bounds) -> bool:
    west, south, east, north = around
    overlaps = header.low[0] <= east and header.high[0] >= west and header.low[1] <= north and header.high[1] >= south
    return header.points > 0 and overlaps


def _parts(header: las.LasFile) -> Iterator[tuple[las.Columns, int]]:
    for start, count in las.stretches(header, _STRETCH):
        for part in las.columns(header, start, count):
            yield part, len(part.classification)


def _within(part: las.Columns, header: las.LasFile, around: Bounds) -> list[tuple[Vec3s, NDArray[np.uint8]]]:
    """What of some points counts, and their classes."""
    west, south, east, north = around
    (sx, sy, sz), (ox, oy, oz) = header.scales, header.offsets
    x, y = part.x * sx + ox, part.y * sy + oy
    kept = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    kept &= _WANTED[part.classification]
    if not kept.any():
        return []
    return [(np.stack([x[kept], y[kept], part.z[kept] * sz + oz], axis=-1), part.classification[kept])]
