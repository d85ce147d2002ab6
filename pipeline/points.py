"""Point clouds to a tileset: the whole route on one screen."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tiles.errors import BadInput
from tiles.frame import MapFrame, Placement, east_north_up, points
from tiles.store import new_directory
from tiles.tree import TILESET, About, Tile, Tileset

from . import las
from .las import LasFile
from .partition import CELL_M, Cell, Partition
from .place import Ground
from .pointtiles import Branch, Job, finish, join, tile_cell
from .pool import Workers, workers
from .reference import agree, listed, require_records_inside
from .report import Report, silent

_WORTH_PROCESSES = 1_000_000  # points; starting them costs about a second of CPU


@dataclass(frozen=True)
class PointOptions:
    """How point clouds are to be tiled."""

    default_crs: str
    """The reference system of files that state none."""
    crs: str | None = None
    """The reference system of all files, whatever they state."""
    title: str = ""
    attribution: str = ""
    step_m: float = 0.001
    """Positions are kept in whole steps of this; 0.01 makes a fifth fewer bytes."""
    jobs: int | None = None
    """Processes; one for each processor when not given."""


@dataclass(frozen=True)
class PointSummary:
    """What was read, what was left out and what was written."""

    files: tuple[LasFile, ...]
    read: int
    written: int
    tiles: int
    bytes: int
    frame: MapFrame
    notes: tuple[str, ...]
    """What was assumed, in sentences for the user."""


def build_points(files: Sequence[Path], out: Path, options: PointOptions, report: Report = silent) -> PointSummary:
    """Tile LAS and LAZ files into the new folder `out`.

    Raises a `Problem` for files that cannot be read or placed, and leaves nothing behind then.
    """
    headers = tuple(las.read_header(path) for path in files)
    reference = agree(headers, options.default_crs, options.crs)
    title = options.title or listed([header.path.stem for header in headers])
    with new_directory(out) as store, _scratch(store.path / ".scratch", headers) as partition:
        read, written = _fill(partition, headers, reference.frame, report)
        cells = list(partition.cells())
        ground = Ground(reference.frame, _placement(reference.frame, cells))
        with workers(options.jobs if written > _WORTH_PROCESSES else 1) as pool:
            root = _grow(Job(partition, ground, store, options.step_m), cells, pool, report)
        about = About(title, "points", reference.frame.crs, options.attribution, {"points": str(written)})
        store.put(TILESET, Tileset(root, ground.placement, "ADD", about).to_json())
        contents = [tile.content for tile in root.walk() if tile.content]
        size = sum((store.path / name).stat().st_size for name in (*contents, TILESET))
    return PointSummary(headers, read, written, len(contents), size, reference.frame, reference.notes)


@contextmanager
def _scratch(folder: Path, files: Sequence[LasFile]) -> Iterator[Partition]:
    folder.mkdir()
    yield Partition(folder, coloured=any(file.coloured for file in files))
    shutil.rmtree(folder)


def _fill(partition: Partition, files: Sequence[LasFile], frame: MapFrame, report: Report) -> tuple[int, int]:
    """Sort every point into its cell; how many were read, and how many kept."""
    stage, total = "Reading points", sum(file.points for file in files)
    read = written = 0
    report(stage, 0, total)
    for file in files:
        for batch in las.batches(file, coloured=partition.coloured):
            require_records_inside(batch.records, file, frame)
            partition.add(batch.records)
            read, written = read + batch.read, written + len(batch.records)
            report(stage, read, total)
    if not written:
        names = listed([file.path.name for file in files])
        raise BadInput(f"{names}: all {read:,} points are noise (classes 7 and 18); there is nothing to tile.")
    return read, written


def _placement(frame: MapFrame, cells: Sequence[Cell]) -> Placement:
    """East, north, up at the middle of the cells, so that points that come and go within them move nothing."""
    columns, rows = [cell.column for cell in cells], [cell.row for cell in cells]
    middle = ((min(columns) + max(columns) + 1) / 2 * CELL_M, (min(rows) + max(rows) + 1) / 2 * CELL_M, 0.0)
    latitude, longitude, height = frame.to_geographic(points(middle))[0]
    return east_north_up(latitude, longitude, height)


def _grow(job: Job, cells: Sequence[Cell], pool: Workers, report: Report) -> Tile:
    """Tile every cell, then join four by four to the root."""
    west, south = min(cell.column for cell in cells), min(cell.row for cell in cells)
    stage = "Tiling cells"
    report(stage, 0, len(cells))
    branches: list[Branch] = []
    for branch in pool.run(tile_cell, [(job, cell, west, south) for cell in cells]):
        branches.append(branch)
        report(stage, len(branches), len(cells))
    while len(branches) > 1:
        branches = list(pool.run(join, [(job, four) for four in _fours(branches)]))
    return finish(job, branches[0])


def _fours(branches: Sequence[Branch]) -> list[tuple[Branch, ...]]:
    """The branches by the parent they share."""

    def parent(branch: Branch) -> tuple[int, int]:
        return branch.row >> 1, branch.column >> 1

    return [tuple(group) for _, group in groupby(sorted(branches, key=parent), parent)]
