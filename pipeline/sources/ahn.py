"""AHN as COPC files per kilometre tile, of which only what lies in an area is read."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.area import Area, of_bounds
from pipeline.polygons import Bounds
from pipeline.report import Report, silent
from tiles.errors import BadInput
from tiles.store import new_directory

from .copc import CopcFile, Fetched, Meter, copy, open_copc
from .ranges import remote
from .web import NotAtSource, Patience, SourceAway

TILE_M = 1000
_IMPATIENT = Patience(
    connect_s=5.0, silence_s=30.0, whole_s=30.0, pauses_s=(0.5, 2.0), longest_wait_s=5.0, insists=False
)
"""Of the demo, which has a sample to fall back on."""
_LATER = replace(_IMPATIENT, connect_s=10.0)
_LONGEST_S = 150.0


def fetch_ahn(template: str, bounds: Bounds, folder: Path, report: Report = silent) -> Fetched:
    """The points within `bounds` as LAZ files in the new folder `folder`, with all that the source says of them.

    `template` is the address of a tile with ``{x}`` and ``{y}`` for its south-west corner. Raises `SourceAway` when the
    source does not answer within five seconds, has none of the tiles, or takes minutes; there is no folder then.
    """
    area = of_bounds(bounds)
    with ExitStack() as opened, new_directory(folder) as store:
        tiles, missing = _ask(template, area, opened, report)
        meter = Meter(report, sum(tile.points for tile in tiles), _LONGEST_S)
        taken = {path: copy(tile, area, path, meter) for tile in tiles for path in [store.path / f"{tile.name}.laz"]}
        if not any(taken.values()):
            raise SourceAway("The source has no points there.")
    files = tuple(folder / path.name for path, points in taken.items() if points)
    return Fetched(files, missing, sum(taken.values()), sum(tile.bytes for tile in tiles))


def kilometre_tiles(bounds: Bounds) -> Iterator[tuple[int, int]]:
    """The south-west corners of the kilometre tiles that `bounds` touches, in metres."""
    west, south, east, north = bounds
    for y in range(int(south // TILE_M), int(np.ceil(north / TILE_M))):
        for x in range(int(west // TILE_M), int(np.ceil(east / TILE_M))):
            yield x * TILE_M, y * TILE_M


def address(template: str, x: int, y: int) -> str:
    """The address of the tile whose south-west corner is x, y; raises `BadInput` for a template that is none."""
    try:
        filled = template.format(x=x, y=y)
    except (KeyError, IndexError, ValueError) as error:
        raise BadInput(f"{template!r} is no address of AHN tiles ({error!r}); it may hold {{x}} and {{y}}.") from error
    if not filled.startswith(("http://", "https://")):
        raise BadInput(f"{template!r} is no address of AHN tiles; it must begin with https:// or http://.")
    return filled


def tile_name(x: int, y: int) -> str:
    """What a kilometre tile is called here."""
    return f"ahn-{x:06d}-{y:06d}"


def _ask(template: str, area: Area, opened: ExitStack, report: Report) -> tuple[tuple[CopcFile, ...], tuple[str, ...]]:
    """The tiles that have nodes in the area, and the addresses of those the source has not."""
    stage, corners = "Asking for AHN", list(kilometre_tiles(area.bounds))
    tiles, missing, patience = [], [], _IMPATIENT
    for done, (x, y) in enumerate(corners):
        report(stage, done, len(corners))
        try:
            file = opened.enter_context(remote(address(template, x, y), patience))
            tiles.append(open_copc(file, tile_name(x, y), area))
        except NotAtSource:
            missing.append(address(template, x, y))
        patience = _LATER
    report(stage, len(corners), len(corners))
    if not tiles:
        raise SourceAway("The source has no points there.")
    return tuple(tile for tile in tiles if tile.parts), tuple(missing)
