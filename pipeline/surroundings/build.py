"""Point clouds to the city that stands: the whole route on one screen."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import las
from pipeline.las import LasFile
from pipeline.pool import workers
from pipeline.reference import agree, listed
from pipeline.report import Report, silent
from tiles.store import Directory, new_directory

from . import scratch
from .cloud import Bounds, Outlines
from .ground import Crew, GroundOptions, GroundSummary, Site, make_ground

ACCURACY = "accuracy.json"
GROUND_FOLDER = "ground"

_WORTH_PROCESSES = 1_000_000  # points; starting them costs about a second of CPU


@dataclass(frozen=True)
class SurroundingsOptions:
    """How the city that stands is to be made."""

    default_crs: str
    """The reference system of files that state none."""
    crs: str | None = None
    """The reference system of all files, whatever they state."""
    ground: GroundOptions = field(default_factory=GroundOptions)
    built: Outlines | None = None
    """Outlines of what is built, such as BAG's."""
    jobs: int | None = None
    """Processes; one for each processor when not given."""


@dataclass(frozen=True)
class SurroundingsSummary:
    """What was read and what was written."""

    files: tuple[LasFile, ...]
    ground: GroundSummary
    notes: tuple[str, ...]
    """What was assumed, in sentences for the user."""


def build_surroundings(
    files: Sequence[Path], out: Path, options: SurroundingsOptions, report: Report = silent
) -> SurroundingsSummary:
    """Make the surroundings from LAS and LAZ files into the new folder `out`: a tileset in a folder for each kind.

    Raises a `Problem` for files that cannot be read or placed, and leaves nothing behind then.
    """
    headers = tuple(las.read_header(path) for path in sorted(files))
    reference = agree(headers, options.default_crs, options.crs)
    several = sum(header.points for header in headers) > _WORTH_PROCESSES
    with new_directory(out) as store, _scratch(store.path / ".scratch") as folder:
        named = options.ground.named(listed([header.path.stem for header in headers]))
        with workers(options.jobs if several else 1) as pool:
            cloud = scratch.fill(folder / "points", headers, reference.frame, pool, report)
            site = Site(cloud, _extents(headers), reference.frame, folder, options.built)
            made = make_ground(site, Directory(store.path / GROUND_FOLDER), named, Crew(pool, report))
            # The hook for buildings, trees and the occluder: one job for each of `made.plots`, whose `terrain()` has
            # `heights(xy)`, and `site.cloud`; each kind writes a tileset into a folder of its own in `store`, placed
            # by `made.standing`.
        store.put(ACCURACY, json.dumps({"ground": made.summary.residuals.figures()}, indent=2).encode())
    return SurroundingsSummary(headers, made.summary, reference.notes)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    for name in ("points", "measured", "kept"):
        (folder / name).mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


def _extents(headers: Sequence[LasFile]) -> tuple[Bounds, ...]:
    return tuple(sorted(Bounds(*header.low[:2], *header.high[:2]) for header in headers))
