"""The pieces of work that tiling consists of: each is done by any process, once, and remembered under its key."""

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tiles.box import Box
from tiles.names import content_name
from tiles.store import Store
from tiles.tree import Tile, external_json

from . import records
from .ledger import UPWARD, Made, remember
from .pointtiles import Artist, Cell, Cloud, Drawing, Source, tile_cell
from .quadtree import ERROR_PER_SPACING, HIGHEST_LEVEL, spacing_m
from .segment import Slice, Sorted
from .square import Square, cell
from .treatment import Treatment

_VERSION = "points 2"


@dataclass(frozen=True)
class Job:
    """What is the same for all work of a run."""

    drawing: Drawing
    store: Store
    scratch: Path

    @property
    def segments(self) -> Path:
        """Where sorted segments wait."""
        return self.scratch / "segments"

    @property
    def made(self) -> Path:
        """Where it is noted what is done."""
        return self.scratch / "made"


@dataclass(frozen=True)
class CellWork:
    """A cell to be tiled."""

    square: Square
    key: str
    files: tuple[tuple[tuple[str, int, int], ...], ...]
    """For each file, which records of which segments lie in the cell: segment's key, start and count."""
    treatment: Treatment

    @property
    def count(self) -> int:
        """How many records are to be read."""
        return sum(count for slices in self.files for _, _, count in slices)


def cells_of(segments: Iterable[Sorted], drawing: Drawing, treatment: Treatment) -> Iterator[CellWork]:
    """The cells that segments have points in, with a key that follows from the points and what is done to them."""
    pieces: dict[tuple[int, int], dict[str, list[tuple[str, int, int, int, int]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for sorted_ in segments:
        key, file = sorted_.segment.key, sorted_.segment.file.fingerprint
        for row, column, start, count, digest in sorted_.cells.tolist():
            pieces[row, column][file].append((key, start, count, int(digest[0]), int(digest[1])))
    for (row, column), files in sorted(pieces.items()):
        square = cell(column, row)
        if not treatment.touches(square.bounds):
            continue
        groups = sorted((_digest(found), sorted(found)) for found in files.values())
        digests = (treatment.digest(square.bounds), *(digest for digest, _ in groups))
        key = _key("cell", square.name, drawing.said, *digests)
        slices = tuple(tuple(piece[:3] for piece in found) for _, found in groups)
        yield CellWork(square, key, slices, treatment.within(square.bounds))


def _digest(found: Sequence[tuple[str, int, int, int, int]]) -> str:
    """The same for the same points, however a file is cut into segments."""
    mask = (1 << 64) - 1
    count = sum(piece[2] for piece in found)
    return f"{count}-{sum(p[3] for p in found) & mask:x}-{sum(p[4] for p in found) & mask:x}"


def _key(*said: str) -> str:
    return hashlib.sha256("\n".join((_VERSION, *said)).encode()).hexdigest()[:32]


def make_cell(job: Job, work: CellWork) -> Made:
    """Tile a cell: its contents and an external tileset over them are put in the store."""
    files = [[Slice(f"{job.segments}/{key}.points", *run) for key, *run in slices] for slices in work.files]
    source = Source(files, work.treatment)
    counted = _Counting(job.store)
    done = tile_cell(job.drawing, counted, work.square, source)
    made = _nothing(work) if done is None else _kept(job, work, done, counted, source.doubled)
    remember(made, job.made)
    return made


def _nothing(work: CellWork) -> Made:
    return Made(work.key, None, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 0.0)


def _kept(job: Job, work: CellWork, done: Cell, counted: "_Counting", doubled: int) -> Made:
    document = external_json(done.root, "ADD", base="../../")
    name = content_name(document, ".json", "cells")
    counted.put(name, document)
    upward = content_name(done.levels.tobytes() + done.upward.tobytes(), "", UPWARD)
    job.store.put(upward, _packed(done))
    return Made(
        work.key,
        name,
        *_corners(done.root.box),
        done.root.geometric_error_m,
        done.points,
        sum(tile.content is not None for tile in done.root.walk()),
        counted.bytes,
        doubled,
        upward,
        tuple(counted.names),
    )


def _packed(done: Cell) -> bytes:
    """A cell's points that are drawn above it: byte by byte over all points, so that zlib finds what is alike."""
    planes = np.ascontiguousarray(done.upward).view(np.uint8).reshape(-1, records.BYTES).T
    return zlib.compress(done.levels.tobytes() + planes.tobytes(), 1)


def _unpacked(data: bytes) -> tuple[NDArray[np.int8], records.Records]:
    """The level that each point is drawn at, (n,), and the points."""
    plain = np.frombuffer(zlib.decompress(data), np.uint8)
    planes = plain.reshape(1 + records.BYTES, -1)
    return planes[0].view(np.int8), np.ascontiguousarray(planes[1:].T).view(np.uint64)


class _Counting:
    """A store that counts what is put in it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.names: list[str] = []
        self.bytes = 0

    def put(self, key: str, data: bytes) -> None:
        self._store.put(key, data)
        self.names.append(key)
        self.bytes += len(data)


@dataclass(frozen=True)
class UpperWork:
    """A square above the cells, whose own points come from them."""

    square: Square
    key: str
    top: bool
    """Whether this is the topmost square, which draws all that would be drawn above it."""
    cells: tuple[tuple[Square, str], ...]
    """Each cell in it, and the name of its points that are drawn above it."""


def squares_above(made: Mapping[Square, Made], drawing: Drawing) -> list[UpperWork]:
    """The squares above all cells, up to the first that holds them all and at least one."""
    cells = [(square, part.upward) for square, part in sorted(made.items()) if part.upward is not None]
    works: list[UpperWork] = []
    level = cells[0][0].level
    while not works or not works[-1].top:
        level += 1
        groups: dict[Square, list[tuple[Square, str]]] = defaultdict(list)
        for each, name in cells:
            groups[each.above(level)].append((each, name))
        top = len(groups) == 1
        for square, found in sorted(groups.items()):
            key = _key("upper", square.name, drawing.said, str(top), *(f"{each.name} {name}" for each, name in found))
            works.append(UpperWork(square, key, top, tuple(found)))
    return works


def make_upper(job: Job, work: UpperWork) -> Made:
    """Draw the own points of a square above the cells."""
    found, positions = _raised(job, work)
    counted = _Counting(job.store)
    artist = Artist(job.drawing, counted, work.square, len(found))
    spacing = spacing_m(work.square.level)
    tile = artist.tile(Cloud(found, positions), np.arange(len(found)), spacing, ())
    box = tile.box if tile else Box(np.zeros(3), np.zeros(3))
    content = tile.content if tile else None
    made = Made(
        work.key,
        content,
        *_corners(box),
        ERROR_PER_SPACING * spacing,
        len(found),
        int(content is not None),
        counted.bytes,
        contents=tuple(counted.names),
    )
    remember(made, job.made)
    return made


def _raised(job: Job, work: UpperWork) -> tuple[records.Records, np.ndarray[tuple[int, int], np.dtype[np.int32]]]:
    """The records drawn in a square, and where they lie in it."""
    west, south = work.square.corner_mm
    all_records, all_positions = [records.empty()], [np.empty((0, 3), np.int32)]
    for square, name in work.cells if work.square.level <= HIGHEST_LEVEL or work.top else ():
        levels, found = _unpacked(job.store.get(name))
        drawn = levels >= work.square.level if work.top else levels == work.square.level
        found = found[drawn]
        corner = np.array([square.corner_mm[0] - west, square.corner_mm[1] - south, 0], np.int32)
        all_records.append(found)
        all_positions.append(Cloud.of(found).positions + corner)
    return np.concatenate(all_records), np.concatenate(all_positions)


def tree(job: Job, cells: Mapping[Square, Made], above: Mapping[Square, Made]) -> tuple[Square, Tile]:
    """The tiles above the cells, each cell an external tileset; the topmost square and its tile."""
    top = max(above)
    return top, _tile(job, top, cells, above)


def _tile(job: Job, square: Square, cells: Mapping[Square, Made], above: Mapping[Square, Made]) -> Tile:
    local = square.frame(job.drawing.frame).placement
    children = []
    for quarter in square.quarters:
        if quarter in cells and cells[quarter].content is None:
            continue
        if quarter in cells:
            made = cells[quarter]
            # The error of what is drawn here without it: viewers load a tileset referred to when that is too large, and
            # draw its root, which has an error of its own, at once.
            child = Tile(made.box, above[square].error_m, made.content)
        elif quarter in above:
            child = _tile(job, quarter, cells, above)
        else:
            continue
        inner = quarter.frame(job.drawing.frame).placement.within(local)
        children.append(Tile(child.box, child.geometric_error_m, child.content, child.children, inner))
    made = above[square]
    boxes = [child.extent for child in children] + ([made.box] if made.content else [])
    return Tile(Box.union(*boxes), made.error_m, made.content, tuple(children))


def _corners(box: Box) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    low, high = (tuple(corner.tolist()) for corner in (box.low, box.high))
    return low, high
