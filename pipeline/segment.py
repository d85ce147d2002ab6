"""A stretch of a point file: read once, sorted into cells, kept on scratch disk.

A segment is about half a million points. Any process can read any segment, in any order; when it is there whole it need
not be read again. So segments are the unit for processes and for resuming while files are read.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput
from tiles.frame import MapFrame
from tiles.store import part_of, said_as_output_problem

from . import las, records
from .ahn import NOISE
from .kernels import pack
from .las import Columns, LasFile
from .records import MM, Records
from .reference import require_inside

SEGMENT_POINTS = 500_000
_VERSION = b"segment 2"

CELLS = np.dtype(
    [("row", "<i4"), ("column", "<i4"), ("start", "<u4"), ("count", "<u4"), ("digest", "<u8", (2,))],
)
"""One row per cell of a segment: which of its records lie there, and a sum that is the same for any order of them."""


@dataclass(frozen=True)
class Segment:
    """Some points of one file, one after another."""

    file: LasFile
    start: int
    count: int
    eight_bit: bool | None
    """Whether colours are 8-bit values in 16 bits; None to go by the segment's own."""

    @property
    def key(self) -> str:
        """A name that changes when anything that decides the segment's records does."""
        said = repr((self.file.fingerprint, self.start, self.count, self.eight_bit)).encode()
        return hashlib.sha256(_VERSION + said).hexdigest()[:32]


@dataclass(frozen=True, eq=False)
class Sorted:
    """What became of a segment."""

    segment: Segment
    cells: NDArray[np.void]  # CELLS
    noise: int
    """Points of noise that were left out."""
    unclassified: int
    """Points of class 0: created, never classified."""


def segments(file: LasFile) -> Iterator[Segment]:
    """The file cut at its chunks, so that no chunk is decompressed twice."""
    eight_bit = _eight_bit(file)
    for start, count in las.stretches(file, SEGMENT_POINTS):
        yield Segment(file, start, count, eight_bit)


def _eight_bit(file: LasFile) -> bool | None:
    """Whether 16-bit colours hold 8-bit values, as in many AHN editions, by a look at three places of the file."""
    if not file.coloured:
        return None
    highest = 0
    for start in sorted({0, file.points // 2, max(file.points - 10_000, 0)}):
        for part in las.columns(file, start, min(10_000, file.points - start)):
            highest = max(highest, _brightest(part))
    return None if highest == 0 else highest <= np.iinfo(np.uint8).max


def _brightest(columns: Columns) -> int:
    return max((int(values.max(initial=0)) for values in columns.rgb or ()), default=0)


def sort(segment: Segment, frame: MapFrame, folder: Path) -> Sorted:
    """Read a segment and keep its records in `folder`, sorted by cell; or find that this was done before.

    Raises `BadInput` for a damaged or changing file, `OutsideArea` for points where the map does not hold, and
    `OutputProblem` when the disk is full.
    """
    done = folder / f"{segment.key}.npz"
    if done.exists():
        with np.load(done) as found:
            return Sorted(segment, found["cells"], int(found["noise"]), int(found["unclassified"]))
    kept, cells, unclassified = _records(segment, frame)
    if las.fingerprint(segment.file.path) != segment.file.fingerprint:
        name = segment.file.path.name
        raise BadInput(f"{name} changed while it was being read; wait until it is complete and run this again.")
    index, ordered = by_cell(kept, cells)
    noise = segment.count - len(kept)
    with said_as_output_problem(folder):
        # Written beside and renamed: a process that outlived its run may be at the same segment.
        _written(folder / f"{segment.key}.points", ordered)
        with Path(part_of(done)).open("wb") as part:
            np.savez(part, cells=index, noise=noise, unclassified=unclassified)
        Path(part.name).replace(done)  # last: who sees the index finds the records whole
    return Sorted(segment, index, noise, unclassified)


def _written(path: Path, data: Records) -> None:
    # Not tofile: it forgets why a write failed.
    part = Path(part_of(path))
    with part.open("wb", buffering=0) as file:
        view = data.reshape(-1).view(np.uint8).data
        while view:
            view = view[file.write(view) :]
    part.replace(path)


_IS_NOISE = np.isin(np.arange(256), NOISE)


def _records(segment: Segment, frame: MapFrame) -> tuple[Records, NDArray[np.int64], int]:
    """The records of a segment that are not noise, the cell of each, and how many have class 0."""
    out, cells = records.empty(segment.count), np.empty(segment.count, np.int64)
    parts = list(_painted(segment)) if segment.file.coloured and segment.eight_bit is not False else None
    eight_bit = all(_brightest(part) <= np.iinfo(np.uint8).max for part in parts) if parts else False
    n = unclassified = 0
    for part in parts or las.columns(segment.file, segment.start, segment.count):
        n += packed(part, segment.file, frame, (out[n:], cells[n:]), 0 if eight_bit else 8)
        unclassified += len(part.classification) - int(np.count_nonzero(part.classification))
    return out[:n], cells[:n], unclassified


def _painted(segment: Segment) -> Iterator[Columns]:
    """The batches of a segment whose colours must all be seen before any can be read."""
    return las.columns(segment.file, segment.start, segment.count)


def packed(part: Columns, file: LasFile, frame: MapFrame, into: tuple[Records, NDArray[np.int64]], shift: int) -> int:
    """Fill records and their cells from columns, noise left out; how many. Colours are shifted to eight bits.

    Raises `OutsideArea` for points where the map does not hold.
    """
    out, cells = into
    scaling = np.asarray(file.scales) * MM, np.asarray(file.offsets) * MM
    kinds = part.intensity, part.classification, part.returns
    extremes = np.array([[np.inf] * 3, [-np.inf] * 3])
    xyz = part.x, part.y, part.z
    n = int(pack.pack(xyz, scaling, kinds, _IS_NOISE, not file.extended, out, cells, extremes))
    if not np.isfinite(extremes).all():
        return 0  # all of it is noise
    require_inside(extremes / MM, file, frame)
    if part.rgb is not None:
        pack.paint(*part.rgb, part.classification, _IS_NOISE, shift, out)
    return n


def by_cell(kept: Records, cells: NDArray[np.int64]) -> tuple[NDArray[np.void], Records]:
    """Records sorted by cell, and an index (`CELLS`) of them."""
    if len(kept) == 0:
        return np.empty(0, CELLS), kept
    west, south, east, north = pack.extent(cells)
    counts = np.zeros((north - south + 1, east - west + 1), np.int64)
    pack.count_cells(cells, west, south, counts)
    starts = np.concatenate([[0], counts.ravel().cumsum()[:-1]]).reshape(counts.shape)
    digests, ordered = np.zeros((*counts.shape, 2), np.uint64), np.empty_like(kept)
    pack.scatter(kept, cells, (west, south), starts.copy(), digests, ordered)
    rows, columns = np.nonzero(counts)
    index = np.empty(len(rows), CELLS)
    index["row"], index["column"] = rows + south, columns + west
    index["start"], index["count"] = starts[rows, columns], counts[rows, columns]
    index["digest"] = digests[rows, columns]
    return index, ordered


@dataclass(frozen=True)
class Slice:
    """Records of one cell that lie one after another in a segment's file."""

    path: str
    start: int
    count: int

    def read(self) -> Records:
        """The records, (count, 2)."""
        where = self.start * records.BYTES
        found = np.fromfile(self.path, np.uint64, count=2 * self.count, offset=where)
        return found.reshape(-1, 2)


def whole(path: Path) -> Records:
    """All records of a segment, (n, 2)."""
    return np.fromfile(path, np.uint64).reshape(-1, 2)


def read_slices(slices: Sequence[Slice]) -> Records:
    """Slices one after another, (n, 2)."""
    out = records.empty(sum(piece.count for piece in slices))
    at = 0
    for piece in slices:
        out[at : at + piece.count] = piece.read()
        at += piece.count
    return out
