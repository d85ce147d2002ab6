"""Point clouds to the city that stands: the whole route on one screen."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from pipeline import las
from pipeline.las import LasFile
from pipeline.pool import workers
from pipeline.reference import agree, listed
from pipeline.report import Report, silent
from tiles.store import Directory, new_directory
from tiles.tree import TILESET, About, Tile, Tileset

from . import scratch
from .city import City, Job, make_city
from .cloud import Bounds, Cloud
from .ground import Crew, GroundMade, GroundOptions, GroundSummary, Site, make_ground
from .looks import Target
from .standing import Standing
from .townscape import Plan

if TYPE_CHECKING:
    from pipeline.mask import Masks

ACCURACY = "accuracy.json"
GROUND_FOLDER: Final = "ground"
BUILDINGS_FOLDER: Final = "buildings"
OCCLUDER_FOLDER: Final = "occluder"
_NAMES = {
    GROUND_FOLDER: "maaiveld / ground",
    BUILDINGS_FOLDER: "gebouwen en bomen / buildings and trees",
    OCCLUDER_FOLDER: "afdekking voor AR / occluder for AR",
}

_WORTH_PROCESSES = 1_000_000  # points; starting them costs about a second of CPU


@dataclass(frozen=True)
class SurroundingsOptions:
    """How the city that stands is to be made."""

    default_crs: str
    """The reference system of files that state none."""
    crs: str | None = None
    """The reference system of all files, whatever they state."""
    ground: GroundOptions = field(default_factory=GroundOptions)
    plan: Plan = field(default_factory=Plan)
    """What is known of buildings besides their points, and what is taken away."""
    masks: "Masks | None" = None
    """What is taken away, with its heights."""
    jobs: int | None = None
    """Processes; one for each processor when not given."""


@dataclass(frozen=True)
class SurroundingsSummary:
    """What was read and what was written."""

    files: tuple[LasFile, ...]
    ground: GroundSummary
    city: City
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
        title = options.ground.title or listed([header.path.stem for header in headers])
        named = replace(options.ground, title=f"{title}: {_NAMES[GROUND_FOLDER]}")
        with workers(options.jobs if several else 1) as pool:
            sorted_ = scratch.fill(folder / "points", headers, reference.frame, pool, report)
            cloud = replace(sorted_, masks=options.masks)
            site = Site(cloud, _extents(headers), reference.frame, folder, options.plan.footprints)
            ground = make_ground(site, Directory(store.path / GROUND_FOLDER), named, Crew(pool, report))
            city = _city(cloud, ground, store, options, Crew(pool, report))
        _publish(city, ground.standing, store, About(title, "buildings", reference.frame.crs, named.attribution))
        accuracy = {"ground": ground.summary.residuals.figures(), "buildings": city.fit.to_json()}
        store.put(ACCURACY, json.dumps(accuracy, indent=2).encode())
    masked = options.masks.notes if options.masks else ()
    return SurroundingsSummary(headers, ground.summary, city, (*reference.notes, *masked, *city.notes))


def _city(cloud: Cloud, ground: GroundMade, store: Directory, options: SurroundingsOptions, crew: Crew) -> City:
    """Buildings and trees, and the shapes that hide what is behind them."""
    place = ground.standing.place
    targets = [Target(Directory(store.path / name), place) for name in (BUILDINGS_FOLDER, OCCLUDER_FOLDER)]
    return make_city(ground.plots, options.plan, Job(cloud, *targets), crew.pool, crew.report)


def _publish(city: City, standing: Standing, store: Directory, about: About) -> None:
    kinds: tuple[tuple[Tile | None, Literal["buildings", "occluder"]], ...]
    kinds = ((city.root, BUILDINGS_FOLDER), (city.hiding, OCCLUDER_FOLDER))
    for root, kind in kinds:
        if root is not None:
            said = replace(about, kind=kind, title=f"{about.title}: {_NAMES[kind]}")
            document = Tileset(root, standing.placement, "REPLACE", said).to_json()
            store.put(f"{kind}/{TILESET}", document)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    for name in ("points", "measured", "kept"):
        (folder / name).mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


def _extents(headers: Sequence[LasFile]) -> tuple[Bounds, ...]:
    return tuple(sorted(Bounds(*header.low[:2], *header.high[:2]) for header in headers))
