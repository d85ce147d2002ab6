"""Point clouds to the city that stands: the whole route on one screen."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tiles.errors import BadInput
from tiles.frame import MapFrame, Placement, east_north_up, points
from tiles.store import Directory, new_directory
from tiles.tree import TILESET, About, Tileset

from .. import las
from ..las import LasFile
from ..partition import Partition
from ..place import Ground
from ..pool import Workers, workers
from ..reference import agree, listed
from ..report import Report, silent
from . import scratch
from .accuracy import Residuals
from .cloud import SQUARE_M, Bounds, Cloud, Square
from .draped import Photos
from .groundtiles import Branch, Job, Kept, join, tile_square
from .measure import Blocks, Measured, measure_square
from .overview import Bodies, overview
from .terrain import work_window

ACCURACY = "accuracy.json"
GROUND_FOLDER = "ground"

_WORTH_PROCESSES = 1_000_000  # points


@dataclass(frozen=True)
class SurroundingsOptions:
    """How the city that stands is to be made."""

    default_crs: str
    """The reference system of files that state none."""
    crs: str | None = None
    """The reference system of all files, whatever they state."""
    title: str = ""
    attribution: str = ""
    photos: Photos | None = None
    jobs: int | None = None
    """Processes; one for each processor when not given."""


@dataclass(frozen=True)
class GroundSummary:
    """What was made of the ground, and how near it is to its points."""

    tiles: int
    triangles: int
    bytes: int
    water: Bodies
    residuals: Residuals


@dataclass(frozen=True)
class SurroundingsSummary:
    """What was read and what was written."""

    files: tuple[LasFile, ...]
    ground: GroundSummary
    notes: tuple[str, ...]


def build_surroundings(
    files: Sequence[Path], out: Path, options: SurroundingsOptions, report: Report = silent
) -> SurroundingsSummary:
    """Make ground from LAS and LAZ files into the new folder `out`.

    Raises a `Problem` for files that cannot be read or placed, and leaves nothing behind then.
    """
    headers = tuple(las.read_header(path) for path in files)
    reference = agree(headers, options.default_crs, options.crs)
    title = options.title or listed([header.path.stem for header in headers])
    with new_directory(out) as store, _scratch(store.path / ".scratch") as folder:
        cloud = scratch.fill(Partition(folder / "points", coloured=False), headers, reference.frame, report)
        jobs = options.jobs if sum(header.points for header in headers) > _WORTH_PROCESSES else 1
        with workers(jobs) as pool:
            made = _ground(Site(cloud, _extents(headers), reference.frame, folder), store, options, pool, title, report)
        store.put(ACCURACY, _accuracy(made))
    return SurroundingsSummary(headers, made, reference.notes)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    for name in ("points", "measured", "kept"):
        (folder / name).mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


def _extents(headers: Sequence[LasFile]) -> tuple[Bounds, ...]:
    return tuple(sorted(Bounds(*header.low[:2], *header.high[:2]) for header in headers))


@dataclass(frozen=True)
class Site:
    """What there is to work on: points, where there may be any, their map, and room on disk."""

    cloud: Cloud
    extents: tuple[Bounds, ...]
    frame: MapFrame
    scratch: Path


def _ground(
    site: Site, store: Directory, options: SurroundingsOptions, pool: Workers, title: str, report: Report
) -> GroundSummary:
    measured = Measured(site.scratch / "measured")
    looked, bodies = overview(_measured(site, measured, pool, report))
    squares = looked.squares()
    ground = Ground(site.frame, _placement(site.frame, squares))
    out = Directory(store.path / GROUND_FOLDER)
    corner = Square(min(s.column for s in squares), min(s.row for s in squares))
    job = Job(site.cloud, measured, Kept(site.scratch / "kept"), site.extents, ground, out, corner, options.photos)
    stage = "Making ground"
    report(stage, 0, len(squares))
    branches: list[Branch] = []
    work = [(job, square, looked.cut(work_window(square))) for square in squares]
    for done, branch in enumerate(pool.run(tile_square, work), start=1):
        branches += [branch] if branch is not None else []
        report(stage, done, len(squares))
    if not branches:
        raise BadInput("The points hold no ground (class 2), so there is nothing to make the ground of.")
    while len(branches) > 1:
        joined = pool.run(join, [(job, four) for four in _fours(branches)])
        branches = [branch for branch in joined if branch is not None]
    root = branches[0]
    about = About(title, "ground", site.frame.crs, options.attribution)
    out.put(TILESET, Tileset(root.tile, ground.placement, "REPLACE", about).to_json())
    contents = [tile.content for tile in root.tile.walk() if tile.content]
    size = sum((out.path / name).stat().st_size for name in (*contents, TILESET))
    return GroundSummary(len(contents), root.triangles, size, bodies, root.residuals)


def _measured(site: Site, measured: Measured, pool: Workers, report: Report) -> Mapping[Square, Blocks]:
    squares = site.cloud.squares()
    stage = "Measuring ground"
    report(stage, 0, len(squares))
    found = {}
    work = [(site.cloud, measured, site.extents, square) for square in squares]
    for square, blocks in zip(squares, pool.run(measure_square, work), strict=True):
        found[square] = blocks
        report(stage, len(found), len(squares))
    return found


def _placement(frame: MapFrame, squares: Sequence[Square]) -> Placement:
    """East, north, up at the middle of the squares."""
    columns, rows = [square.column for square in squares], [square.row for square in squares]
    middle = ((min(columns) + max(columns) + 1) / 2 * SQUARE_M, (min(rows) + max(rows) + 1) / 2 * SQUARE_M, 0.0)
    latitude, longitude, height = frame.to_geographic(points(middle))[0]
    return east_north_up(latitude, longitude, height)


def _fours(branches: Sequence[Branch]) -> list[tuple[Branch, ...]]:
    """The branches by the parent they share."""

    def parent(branch: Branch) -> tuple[int, int]:
        return branch.row >> 1, branch.column >> 1

    return [tuple(group) for _, group in groupby(sorted(branches, key=parent), parent)]


def _accuracy(made: GroundSummary) -> bytes:
    found = made.residuals
    ground = {
        "points": found.count,
        "rmsM": round(found.rms_m, 4),
        "biasM": round(found.bias_m, 4),
        "within95M": found.within_m(0.95),
        "largestM": found.largest_mm / 1000,
    }
    return json.dumps({"ground": ground}, indent=2).encode()
