"""Point clouds to a tileset: the whole route on one screen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tiles.errors import BadInput
from tiles.frame import MapFrame
from tiles.tree import TILESET, VARIANTS, About, Tileset

from . import las, ledger, records, segment
from .las import LasFile
from .ledger import Ledger, Made
from .pointtiles import Drawing
from .pool import Workers, workers
from .reference import agree, listed
from .remarks import remarks, sift
from .report import Report, silent, size
from .segment import Segment, Sorted, whole
from .square import Square
from .treatment import Treatment
from .treatment import brightest as brightest_of
from .warm import warm
from .work import Job, cells_of, make_cell, make_upper, squares_above, tree
from .workplace import workplace

if TYPE_CHECKING:
    from .mask import Masks

_WORTH_PROCESSES = 300_000  # points; more processes cost a tenth of a second


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
    scheduler: str | None = None
    """The address of a Dask scheduler, whose workers are used instead."""
    scratch: Path | None = None
    """Where points wait while they are sorted; beside the tiles when not given."""
    treatment: Treatment = field(default_factory=Treatment)
    variant: str = ""
    """The name of a tileset beside the main one, which shares with it what is the same."""


@dataclass(frozen=True)
class PointSummary:
    """What was read, what was left out and what was written."""

    files: tuple[LasFile, ...]
    read: int
    written: int
    noise: int
    doubled: int
    """Points that several files held, and that were written once."""
    left_out: int
    """Points in a mask or outside the area."""
    tiles: int
    bytes: int
    reused: int
    """Cells that were there already, of `cells`."""
    cells: int
    frame: MapFrame
    notes: tuple[str, ...]
    """What was assumed, in sentences for the user."""


def build_points(
    files: Sequence[Path], out: Path | str, options: PointOptions, report: Report = silent
) -> PointSummary:
    """Tile LAS and LAZ files into the folder or bucket `out`, which is new or was made by this function.

    What is there already and still holds is kept; a run that was stopped is gone on with. Raises a `Problem` for files
    that cannot be read or placed, and leaves nothing new behind then.
    """
    treatment = options.treatment
    # Absolute, since workers may stand elsewhere.
    found, sifted = sift([las.read_header(path) for path in sorted({path.absolute() for path in files})])
    headers = _wanted(found, treatment)
    reference = agree(headers, options.default_crs, options.crs)
    drawing = Drawing(reference.frame, options.step_m)
    total = sum(header.points for header in headers)
    jobs = options.jobs if total > _WORTH_PROCESSES or options.scheduler else 1
    if jobs != 1:
        warm()
    with workers(jobs, options.scheduler) as pool, workplace(out, options.scratch, total) as (store, scratch):
        job = Job(drawing, store, scratch)
        run = _Run(job, pool, ledger.read(store), ledger.there(store), report, treatment)
        segments = run.sort([each for header in headers for each in segment.segments(header)])
        cells, reused = run.tile(segments)
        above = run.above(cells)
        title = options.title or listed(sorted(header.path.stem for header in headers))
        title += f" ({options.variant})" if options.variant else ""
        parts = [*cells.values(), *above.values()]
        written = sum(made.points for made in cells.values())
        about = About(title, "points", reference.frame.crs, options.attribution, {"points": str(written)})
        top, root = tree(job, cells, above)
        name = f"{VARIANTS}/{options.variant}/{TILESET}" if options.variant else TILESET
        document = Tileset(root, top.frame(reference.frame).placement, "ADD", about).to_json("../" * name.count("/"))
        run.publish(name, document, parts, segments)
    noise, doubled = sum(each.noise for each in segments), sum(made.doubled for made in cells.values())
    return PointSummary(
        headers,
        total,
        written,
        noise,
        doubled,
        total - written - doubled - noise,
        sum(made.tiles for made in parts),
        sum(made.bytes for made in parts) + len(document),
        reused,
        len(cells),
        reference.frame,
        (*sifted, *reference.notes, *remarks(headers, segments), *treatment.notes, *_unused(treatment.masks, headers)),
    )


def _unused(masks: "Masks | None", headers: Sequence[LasFile]) -> Iterator[str]:
    west, south = (min(header.low[axis] for header in headers) for axis in (0, 1))
    east, north = (max(header.high[axis] for header in headers) for axis in (0, 1))
    for name in masks.unused((west, south, east, north)) if masks else ():
        yield f"The mask {name} lies outside the points; it takes nothing away."


def _wanted(headers: Sequence[LasFile], treatment: Treatment) -> tuple[LasFile, ...]:
    """The files that reach into the area that is asked for; raises `BadInput` where none does."""
    found = tuple(header for header in headers if treatment.touches((*header.low[:2], *header.high[:2])))
    if not found:
        raise BadInput(
            f"The area lies outside {listed([header.path.name for header in headers])}; check --bbox or --polygon."
        )
    return found


@dataclass(frozen=True)
class _Run:
    """One run: what it works with, and what it knows already."""

    job: Job
    pool: Workers
    known: Ledger
    there: frozenset[str]
    """What the store held when the run began: what it has lost is made again, whatever is known."""
    report: Report
    treatment: Treatment

    def sort(self, segments: Sequence[Segment]) -> list[Sorted]:
        """The cells of every segment: known from an earlier run, or read now."""
        found = [Sorted(each, *self.known.segments[each.key]) for each in segments if each.key in self.known.segments]
        new = [each for each in segments if each.key not in self.known.segments]
        return found + self._read(new)

    def _read(self, segments: Sequence[Segment]) -> list[Sorted]:
        stage = f"Reading points ({size(sum(s.count for s in segments) * records.BYTES)} of scratch disk)"
        read, total = 0, sum(each.count for each in segments)
        frame, folder = self.job.drawing.frame, self.job.segments
        done: list[Sorted] = []
        for each in self.pool.run(segment.sort, [(each, frame, folder) for each in segments]):
            done.append(each)
            read += each.segment.count
            self.report(stage, read, total)
        assert len(done) == len(segments)
        return done

    def tile(self, segments: Sequence[Sorted]) -> tuple[dict[Square, Made], int]:
        """What is made of every cell, and how many were there already."""
        works = list(cells_of(segments, self.job.drawing, self._settled(segments)))
        if not any(len(each.cells) for each in segments):
            names = listed(sorted({each.segment.file.path.name for each in segments}))
            total = sum(each.segment.count for each in segments)
            raise BadInput(f"{names}: all {total:,} points are noise (classes 7 and 18); there is nothing to tile.")
        known = self._made
        done = {work.square: known[work.key] for work in works if work.key in known}
        todo = sorted((work for work in works if work.square not in done), key=lambda work: (-work.count, work.square))
        needed = {key for work in todo for slices in work.files for key, _, _ in slices}
        self._read_missing(each for each in segments if each.segment.key in needed)
        squares = {work.key: work.square for work in works}
        reused = len(done)
        for made in self.pool.run(make_cell, [(self.job, work) for work in todo]):
            done[squares[made.key]] = made
            self.report("Tiling cells", len(done), len(works))
        assert len(done) == len(works)
        if not any(made.points for made in done.values()):
            raise BadInput("Nothing is left to tile: the area or the masks leave out every point; check both.")
        return done, reused

    def _settled(self, segments: Sequence[Sorted]) -> Treatment:
        """The treatment, with the intensity that is white where that is asked for and not said."""
        options = self.treatment.colour
        if options.mode != "intensity" or options.brightest:
            return self.treatment
        self._read_missing(segments)
        paths = (self.job.segments / f"{each.segment.key}.points" for each in segments)
        brightest = brightest_of(whole(path) for path in paths)
        return replace(self.treatment, colour=replace(options, brightest=brightest))

    @property
    def _made(self) -> dict[str, Made]:
        known = dict(self.known.made) | ledger.remembered(self.job.made)
        return {key: made for key, made in known.items() if self.there.issuperset(made.needed)}

    def _read_missing(self, segments: Iterable[Sorted]) -> None:
        """Read again the segments of which the cells are known but the records are gone."""
        missing = [each.segment for each in segments if not (self.job.segments / f"{each.segment.key}.points").exists()]
        if missing:
            self._read(missing)

    def above(self, cells: dict[Square, Made]) -> dict[Square, Made]:
        """What is made of the squares above the cells."""
        works = squares_above(cells, self.job.drawing)
        made = self._made
        done = {work.square: made[work.key] for work in works if work.key in made}
        squares = {work.key: work.square for work in works}
        todo = [work for work in works if work.square not in done]
        for each in self.pool.run(make_upper, [(self.job, work) for work in todo]):
            done[squares[each.key]] = each
            self.report("Tiling the whole", len(done), len(works))
        assert len(done) == len(works)
        return done

    def publish(self, name: str, document: bytes, parts: Sequence[Made], segments: Sequence[Sorted]) -> None:
        """Let readers see the tileset, and only then forget what neither it nor the one before refers to."""
        store = self.job.store
        # Stopped between these, the next run knows of both tilesets and keeps whichever readers see.
        ledger.write(self.known.announced(name, parts), store)
        store.put(name, document)
        read = {each.segment.key: (each.cells, each.noise, each.unclassified) for each in segments}
        older = self.known.segments if name != TILESET else {}
        entry = replace(self.known.published(name, parts), segments=dict(older) | read)
        ledger.write(entry, store)
        ledger.sweep(store, entry)
