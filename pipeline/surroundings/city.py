"""Buildings, trees and occluder of a whole site: made by blocks of squares, each on its own, and joined."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.pool import Workers, in_order
from pipeline.report import Report
from tiles.tree import Tile

from . import occluder, rooffit
from .built import Block, joined, write_block
from .cloud import Bounds, Cloud, Square
from .looks import Target
from .rooffit import Fit
from .townscape import Plan, townscape

_POOR_FIT = 0.5


class Ground(Protocol):
    """The ground of a square."""

    def heights(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """NAP metres (n,) at RD positions (n, 2)."""


class Plot(Protocol):
    """A square and its ground, which can be sent to another process."""

    @property
    def square(self) -> Square:
        """Which square."""

    def terrain(self) -> Ground:
        """Its ground, and that of some metres around it."""


@dataclass(frozen=True)
class Job:
    """All that a process needs to make what stands, besides where."""

    cloud: Cloud
    built: Target
    """Where buildings and trees go."""
    hiding: Target
    """Where the occluder goes."""


@dataclass(frozen=True)
class Made:
    """What one block of squares came to."""

    block: Block | None
    hiding: tuple[Tile, ...]
    without_points: int


@dataclass(frozen=True)
class City:
    """What was made of a site."""

    root: Tile | None
    """Of buildings and trees; None where nothing stands."""
    hiding: Tile | None
    """Of the occluder; None where there is nothing to hide behind."""
    buildings: int
    trees: int
    triangles: int
    fit: Fit
    notes: tuple[str, ...]


def make_city(plots: Sequence[Plot], plan: Plan, job: Job, pool: Workers, report: Report) -> City:
    """Write what stands on every plot, and give the roots of the two tilesets."""
    stage = "Making buildings and trees"
    blocks = _blocks(plots)
    report(stage, 0, len(plots))
    made: list[Made] = []
    done = 0
    work = [(job, plan.around(_bounds(block)), block) for block in blocks]
    for block, each in zip(blocks, in_order(pool, make_block, work), strict=True):
        made.append(each)
        done += len(block)
        report(stage, done, len(plots))
    found = [each.block for each in made if each.block is not None]
    hiding = [tile for each in made for tile in each.hiding]
    fit = rooffit.summed([block.fit for block in found])
    return City(
        joined([block.tile for block in found]) if found else None,
        joined(hiding) if hiding else None,
        sum(block.buildings for block in found),
        sum(block.trees for block in found),
        sum(block.triangles for block in found),
        fit,
        tuple(_notes(plan, made, fit)),
    )


def make_block(job: Job, plan: Plan, plots: Sequence[Plot]) -> Made:
    """Write what stands on a few plots that lie together."""
    grounds = [plot.terrain() for plot in plots]
    found = [
        townscape(plot.square, job.cloud, ground.heights, plan) for plot, ground in zip(plots, grounds, strict=True)
    ]
    first = plots[0].square
    block = write_block(found, job.built, f"{first.column >> 1}-{first.row >> 1}")
    near = [building for each in found for building in each.buildings]
    hiding = []
    for each, ground in zip(found, grounds, strict=True):
        below = occluder.ground_below(ground.heights, each.square.bounds)
        tile = occluder.write_square(each, near, below, job.hiding)
        hiding += [] if tile is None else [tile]
    return Made(block, tuple(hiding), sum(len(each.without_points) for each in found))


def _blocks(plots: Sequence[Plot]) -> list[tuple[Plot, ...]]:
    """Plots by the two by two squares, counted from RD's origin, in which they lie."""

    def place(plot: Plot) -> tuple[int, int]:
        return plot.square.row >> 1, plot.square.column >> 1

    ordered = sorted(plots, key=lambda plot: (*place(plot), plot.square.row, plot.square.column))
    return [tuple(group) for _, group in groupby(ordered, place)]


def _bounds(plots: Sequence[Plot]) -> Bounds:
    every = [plot.square.bounds for plot in plots]
    west, south = min(bounds.west for bounds in every), min(bounds.south for bounds in every)
    return Bounds(west, south, max(bounds.east for bounds in every), max(bounds.north for bounds in every))


def _notes(plan: Plan, made: Sequence[Made], fit: Fit) -> list[str]:
    notes = []
    if plan.footprints is None and not plan.models:
        notes.append("No footprints were given; the outlines of buildings were found in the points.")
    if missing := sum(each.without_points for each in made):
        notes.append(f"On {missing:,} footprints there are no points of a building, so none was built there.")
    share = fit.near / fit.under_the_sky if fit.under_the_sky else 1.0
    if plan.models and share < _POOR_FIT:
        notes.append(f"Only {share:.0%} of the points on roofs lie within half a metre of the buildings given.")
    return notes
