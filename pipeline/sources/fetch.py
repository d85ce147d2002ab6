"""Everything for an area in one folder, from whom it is published; what is there already is not asked for again."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.area import Area
from pipeline.report import Report, silent
from tiles.errors import BadInput, OutputProblem
from tiles.store import said_as_output_problem

from . import record as records
from .boundary import fetch_boundary
from .buildings import fetch_buildings
from .config import KINDS, Sources
from .footprints import fetch_footprints
from .job import Got, Job
from .photo import fetch_photo
from .pointclouds import fetch_points, way
from .web import NotAtSource, Patience, SourceAway, Web, web

"""What there is to fetch, small things first."""


@dataclass(frozen=True)
class FetchOptions:
    """What to fetch, and where to."""

    folder: Path
    what: tuple[str, ...] = KINDS
    ahn: str = ""
    """"copc" or "sheets"; the first that the municipality's file knows when empty."""
    resolution_m: float | None = None
    """Of the photo; as the municipality's file says when None."""
    fresh: bool = False
    """Forget what earlier runs brought."""
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True)
class Summary:
    """What stands in the folder now, and what does not."""

    folder: Path
    area: Area
    got: tuple[Got, ...]
    away: tuple[tuple[str, str], ...]
    """Sources that did not answer as they should, each with the sentence that says so."""
    received: int
    """Bytes that came in this run."""


def fetch(wanted: Area | str, sources: Sources, options: FetchOptions, report: Report = silent) -> Summary:
    """Bring what `options` asks for, of an area or of the municipality of that name.

    A source that is away does not keep the others from being fetched; the same call later goes on where this stopped.
    Raises `BadInput` for what cannot be asked, `OutputProblem`, and `SourceAway` when not even the area can be had.
    """
    _require_known(sources, options)
    with _alone_in(options.folder, fresh=options.fresh), web(options.patience) as source:
        area, record = _area(wanted, sources, options.folder, source)
        job, got, away = Job(area, record, source, report), [], []
        for kind in (kind for kind in KINDS if kind in options.what):
            try:
                got.append(_fetchers(sources, options)[kind](job))
            except (SourceAway, NotAtSource) as error:
                away.append((kind, str(error)))
        return Summary(options.folder, area, tuple(got), tuple(away), source.received)


def _fetchers(sources: Sources, options: FetchOptions) -> dict[str, Callable[[Job], Got]]:
    """How each kind is fetched, of the kinds that have a source."""
    found: dict[str, Callable[[Job], Got]] = {}
    if bag := sources.bag:
        found["bag"] = lambda job: fetch_footprints(bag, job)
    if buildings := sources.buildings:
        found["3dbag"] = lambda job: fetch_buildings(buildings, job)
    if photo := sources.photo:
        fine = photo if options.resolution_m is None else replace(photo, resolution_m=options.resolution_m)
        found["photo"] = lambda job: fetch_photo(fine, job)
    if ahn := sources.ahn:
        found["ahn"] = lambda job: fetch_points(ahn, job, way(ahn, options.ahn))
    return found


def _require_known(sources: Sources, options: FetchOptions) -> None:
    if not options.what:
        raise BadInput(f"--what names nothing to fetch; choose from {','.join(KINDS)}.")
    if unknown := [kind for kind in options.what if kind not in KINDS]:
        raise BadInput(f"--what {','.join(unknown)} is nothing that can be fetched; choose from {','.join(KINDS)}.")
    if lacking := [kind for kind in options.what if kind not in _fetchers(sources, options)]:
        raise BadInput(
            f"The municipality's file names no source for {', '.join(lacking)}; "
            f"add [sources.{lacking[0]}] to it, or leave it out with --what."
        )
    if "ahn" in options.what and sources.ahn:
        way(sources.ahn, options.ahn)


def _area(wanted: Area | str, sources: Sources, folder: Path, source: Web) -> tuple[Area, records.Record]:
    if isinstance(wanted, Area):
        record = records.for_area(folder, wanted)
        record.save()
        return wanted, record
    if sources.boundary is None:
        raise BadInput("The municipality's file names no source of boundaries; add [sources.boundary], or give --bbox.")
    area, entry = fetch_boundary(sources.boundary, wanted, records.read(folder), source)
    record = records.for_area(folder, area)
    if entry:
        record.add(entry)
    record.save()
    return area, record


@contextmanager
def _alone_in(folder: Path, *, fresh: bool) -> Iterator[None]:
    """Make the folder this run's own; raises `OutputProblem` when it is someone else's or another run's."""
    ours = (folder / records.NAME).exists() or (folder / records.WORK).exists()
    if folder.is_dir() and not ours and any(folder.iterdir()):
        raise OutputProblem(f"{folder} holds other things already; choose a new folder with --out.")
    with said_as_output_problem(folder):
        (folder / records.WORK).mkdir(parents=True, exist_ok=True)
        lock = (folder / records.WORK / "lock").open("w")
    with lock:
        try:
            # The system lets go of it when the process ends, however it ends.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputProblem(
                f"Another run is fetching into {folder}; wait for it, or choose another folder."
            ) from None
        if fresh:
            _forget(folder)
        yield


def _forget(folder: Path) -> None:
    """Remove what earlier runs brought, and nothing else."""
    with said_as_output_problem(folder):
        for path in records.read(folder).entries:
            (folder / path).unlink(missing_ok=True)
        (folder / records.NAME).unlink(missing_ok=True)
        for piece in (folder / records.WORK).iterdir():
            if piece.name != "lock":
                shutil.rmtree(piece) if piece.is_dir() else piece.unlink()
        for part in [*folder.glob("*.part"), *folder.glob("ahn/*.part"), *folder.glob("ahn/*.part.json")]:
            part.unlink()
