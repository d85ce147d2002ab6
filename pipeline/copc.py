"""AHN from where it is published: the points of an area out of COPC files, by HTTP range (COPC 1.0).

A kilometre tile is half a gigabyte; only the nodes of its octree that touch the area are read.
"""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import laspy
import lazrs
import numpy as np

from tiles.errors import BadInput
from tiles.store import said_as_output_problem

from .fetch import NotAtSource, RangeFile, SourceAway, remote
from .report import Report, silent

Bounds = tuple[float, float, float, float]
"""West, south, east, north in metres of the map."""

TILE_M = 1000
_FIRST_ANSWER_S = 5.0


def fetch_ahn(template: str, bounds: Bounds, folder: Path, report: Report = silent) -> list[Path]:
    """The points within `bounds` as LAZ files in `folder`, one per kilometre tile that has any.

    `template` is the address of a tile with ``{x}`` and ``{y}`` for its south-west corner. Raises `SourceAway` when the
    source does not answer within five seconds, or has none of the tiles.
    """
    tiles = list(kilometre_tiles(bounds))
    found: list[Path] = []
    begun = monotonic()
    for done, (x, y) in enumerate(tiles):
        report("Fetching AHN", done, len(tiles))
        seconds = max(0.1, _FIRST_ANSWER_S - (monotonic() - begun)) if not found else 30.0
        path = folder / f"ahn-{x:06d}-{y:06d}.laz"
        try:
            with remote(template.format(x=x, y=y), seconds) as file:
                if _write_within(file, bounds, path):
                    found.append(path)
        except NotAtSource:
            continue
    report("Fetching AHN", len(tiles), len(tiles))
    if not found:
        raise SourceAway("the source has no points there")
    return found


def kilometre_tiles(bounds: Bounds) -> Iterator[tuple[int, int]]:
    """The south-west corners of the kilometre tiles that `bounds` touches, in metres."""
    west, south, east, north = bounds
    for y in range(int(south // TILE_M), int(np.ceil(north / TILE_M))):
        for x in range(int(west // TILE_M), int(np.ceil(east / TILE_M))):
            yield x * TILE_M, y * TILE_M


def _write_within(file: RangeFile, bounds: Bounds, path: Path) -> bool:
    """Write the points within `bounds`; False when there are none."""
    west, south, east, north = bounds
    try:
        crs = _stated_crs(file)
        with laspy.CopcReader(file) as reader:
            points = reader.query(laspy.copc.Bounds(mins=np.array([west, south]), maxs=np.array([east, north])))
            header = reader.header
    except (laspy.errors.LaspyException, lazrs.LazrsError, ValueError) as error:
        raise BadInput(f"{path.stem}: the source sent no COPC file that can be read: {error}.") from error
    x, y = np.asarray(points.x), np.asarray(points.y)
    # Half open, so that a point on the edge of two areas belongs to one.
    points = points[(x >= west) & (x < east) & (y >= south) & (y < north)]
    if len(points) == 0:
        return False
    with said_as_output_problem(path.parent):
        plain = _plain(header)
        if crs is not None:
            plain.add_crs(crs)
        las = laspy.LasData(plain)
        las.points = points
        las.write(path)
    return True


def _stated_crs(file: RangeFile) -> Any:
    """The reference system a file states; it may stand in the extended records at its end, which COPC readers skip."""
    with laspy.open(file, closefd=False, read_evlrs=True) as whole:
        crs = whole.header.parse_crs()
    file.seek(0)
    return crs


def _plain(header: laspy.LasHeader) -> laspy.LasHeader:
    """The header without what makes the file COPC."""
    plain = laspy.LasHeader(version=header.version, point_format=header.point_format)
    plain.scales, plain.offsets = header.scales, header.offsets
    return plain
