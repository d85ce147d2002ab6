"""Sheets of a made city that meet at an edge and at a corner of four."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests import make
from tests.make import Cloud

CORNER = (105_000.0, 425_000.0)
"""Where the four sheets meet, as AHN's do in Dordrecht; no edge of ours lies there."""
NAMES = ("north-west", "north-east", "south-west", "south-east")


def city(count: int = 60_000, side_m: float = 700.0) -> Cloud:
    """Points about `CORNER`, some exactly on the edges of sheets; their intensities number them."""
    assert count <= 1 << 16
    cloud = make.town(count, side_m, (CORNER[0] - side_m / 2, CORNER[1] - side_m / 2), seed=4)
    on_edge = np.arange(count) % 100
    for axis in (0, 1):
        cloud.xyz[(on_edge == axis) | (on_edge == 2), axis] = CORNER[axis]
    cloud.columns["intensity"] = np.arange(count, dtype=np.uint16)
    return cloud


def kept(cloud: Cloud) -> NDArray[np.int64]:
    """The numbers of the points that are not noise."""
    return np.flatnonzero(~np.isin(cloud.columns["classification"], (7, 18)))


def part(cloud: Cloud, rows: NDArray[np.bool_]) -> Cloud:
    """Some points of a cloud."""
    return Cloud(cloud.xyz[rows], {name: column[rows] for name, column in cloud.columns.items()})


def sheets(folder: Path, cloud: Cloud, *, shared: bool = False, suffix: str = ".laz") -> list[Path]:
    """The cloud as four sheets; points on an edge in one of them, or in all that share it."""
    x, y = (cloud.xyz[:, axis] - CORNER[axis] for axis in (0, 1))
    west, south = x < 0, y < 0
    east, north = (x >= 0, y >= 0)
    if shared:
        west, south = x <= 0, y <= 0
    rows = {"north-west": north & west, "north-east": north & east, "south-west": south & west}
    rows["south-east"] = south & east
    folder.mkdir(exist_ok=True)
    return [make.write_las(folder / f"{name}{suffix}", part(cloud, rows[name])) for name in NAMES]


def raised(cloud: Cloud, metres: float) -> Cloud:
    """Another edition: the same points, higher."""
    return replace(cloud, xyz=cloud.xyz + np.array([0, 0, metres]))


def digest(folder: Path, *names: str) -> str:
    """A hash of all that a reader sees, or of some of the folders and files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and ".voorland" not in path.parts)
    parts = [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in files]
    chosen = [name.encode() + data for name, data in parts if not names or name.split("/")[0] in names]
    return hashlib.sha256(b"".join(chosen)).hexdigest()


def leftovers(folder: Path) -> list[str]:
    """What lies in a tileset's folder that no finished run leaves there."""
    inside = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return [name for name in inside if name.endswith((".part", "lock")) or name.startswith(".voorland/scratch/")]


def cells(cloud: Cloud) -> set[tuple[int, int]]:
    """The column and row of each cell, a square of 2¹⁸ mm, that the kept points lie in."""
    millimetres = np.rint(cloud.xyz[kept(cloud), :2] * 1000).astype(np.int64)
    return set(map(tuple, (millimetres >> 18).tolist()))
