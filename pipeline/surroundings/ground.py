"""The ground of a site as a tileset: measured by squares, looked over as a whole, tiled by squares, joined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, log2
from pathlib import Path

from pipeline.pool import Workers, in_order
from pipeline.report import Report
from tiles.errors import BadInput
from tiles.frame import MapFrame, Placement, east_north_up, points
from tiles.store import Directory
from tiles.tree import TILESET, About, Tileset

from .accuracy import Residuals
from .cloud import SQUARE_M, Bounds, Cloud, Outlines, Square
from .draped import TILE_CELLS, Drape, Photos
from .groundtiles import Branch, Job, Kept, join, tile_square
from .lattice import STEP_M
from .measure import Blocks, Known, Measured, measure_square
from .overview import Bodies, overview
from .standing import Standing
from .terrain import Plot, work_window

_MOST_PIXELS = 2048


@dataclass(frozen=True)
class GroundOptions:
    """What the ground is called, and what lies over it."""

    title: str = ""
    attribution: str = ""
    photos: Photos | None = None
    pixel_m: float = 0.26
    """The photo's pixels on the finest tiles, at most; half as large are four times the bytes."""

    @property
    def drape(self) -> Drape | None:
        """What is laid over the tiles: as many pixels a side as are needed, a power of two as graphics cards like."""
        if not self.photos:
            return None
        needed = TILE_CELLS * STEP_M / self.pixel_m
        return Drape(self.photos, min(_MOST_PIXELS, 1 << ceil(log2(needed))))


@dataclass(frozen=True)
class Site:
    """What there is to work on."""

    cloud: Cloud
    extents: tuple[Bounds, ...]
    """The rectangles in which there is data, such as files' bounds; none for wherever there are points."""
    frame: MapFrame
    scratch: Path
    """A folder with the folders `measured` and `kept`: about 2 MB for a square."""
    built: Outlines | None = None
    """Outlines of what is built, where they are known: under them is no water, however little is seen."""

    def known(self, square: Square) -> Known:
        """What is known of a square; no more of the outlines than it needs, for it may go to another process."""
        return Known(self.extents, () if self.built is None else tuple(self.built.near(square.bounds)))


@dataclass(frozen=True)
class Crew:
    """Who does the work, and who hears of it."""

    pool: Workers
    report: Report


@dataclass(frozen=True)
class GroundSummary:
    """What was made of the ground, and how near it is to its points."""

    tiles: int
    triangles: int
    bytes: int
    water: Bodies
    residuals: Residuals


@dataclass(frozen=True)
class GroundMade:
    """The ground as others can build on it."""

    summary: GroundSummary
    standing: Standing
    """The map and the frame of the tiles, which all kinds of surroundings share."""
    plots: tuple[Plot, ...]
    """Every square that is shown, with what its terrain is worked out from."""


def make_ground(site: Site, out: Directory, options: GroundOptions, crew: Crew) -> GroundMade:
    """Tile the ground into `out`; raises `BadInput` where there is none."""
    measured = Measured(site.scratch / "measured")
    looked, bodies = overview(_measured(site, measured, crew))
    plots = tuple(Plot(square, measured, looked.cut(work_window(square)), site.extents) for square in looked.squares())
    corner = Square(min(p.square.column for p in plots), min(p.square.row for p in plots))
    standing = Standing(site.frame, _placement(site.frame, [plot.square for plot in plots]))
    job = Job(site.cloud, Kept(site.scratch / "kept"), standing, out, corner, options.drape)
    root = _grow(job, plots, crew)
    about = About(options.title, "ground", site.frame.crs, options.attribution)
    out.put(TILESET, Tileset(root.tile, standing.placement, "REPLACE", about).to_json())
    contents = [tile.content for tile in root.tile.walk() if tile.content]
    size = sum((out.path / name).stat().st_size for name in (*contents, TILESET))
    return GroundMade(GroundSummary(len(contents), root.triangles, size, bodies, root.residuals), standing, plots)


def _measured(site: Site, measured: Measured, crew: Crew) -> Mapping[Square, Blocks]:
    squares = site.cloud.squares()
    stage = "Measuring ground"
    crew.report(stage, 0, len(squares))
    found: dict[Square, Blocks] = {}
    work = [(site.cloud, measured, site.known(square), square) for square in squares]
    for square, blocks in zip(squares, in_order(crew.pool, measure_square, work), strict=True):
        found[square] = blocks
        crew.report(stage, len(found), len(squares))
    if not any(blocks.ground.any() for blocks in found.values()):
        raise BadInput("The points hold no ground (class 2); make the surroundings of a classified cloud, such as AHN.")
    return found


def _grow(job: Job, plots: Sequence[Plot], crew: Crew) -> Branch:
    """Tile every square, then join four by four to the root."""
    stage = "Making ground"
    crew.report(stage, 0, len(plots))
    branches: list[Branch] = []
    for done, branch in enumerate(in_order(crew.pool, tile_square, [(job, plot) for plot in plots]), start=1):
        branches += [] if branch is None else [branch]
        crew.report(stage, done, len(plots))
    while len(branches) > 1:
        joined = in_order(crew.pool, join, [(job, four) for four in _fours(branches)])
        branches = [branch for branch in joined if branch is not None]
    return branches[0]


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
