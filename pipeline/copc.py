"""AHN from where it is published: the points of an area out of COPC files, by HTTP range (COPC 1.0).

A kilometre tile is half a gigabyte; only the nodes of its octree that touch the area are read.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import laspy
import lazrs
import numpy as np
from laspy.copc import load_octree_for_query

from tiles.errors import BadInput
from tiles.store import new_directory

from .fetch import CONNECTIONS, NotAtSource, RangeFile, SourceAway, remote
from .laz import new_laz
from .report import Report, silent

Bounds = tuple[float, float, float, float]
"""West, south, east, north in metres of the map."""

TILE_M = 1000
_FIRST_ANSWER_S = 5.0
_LATER_ANSWER_S = 10.0
_LONGEST_S = 150.0
_PART_BYTES = 4_000_000
_VLR_BYTES = 65_535
_CRS = "LASF_Projection"
_EVERYTHING = lazrs.DecompressionSelection(lazrs.SELECTIVE_DECOMPRESS_ALL)


@dataclass(frozen=True)
class Fetched:
    """What came from the source."""

    files: tuple[Path, ...]
    """LAZ, one per kilometre tile that has points in the area."""
    missing: tuple[str, ...]
    """Addresses of tiles that the source does not have."""
    points: int
    bytes: int
    """Of compressed points, as they came over the line."""


def fetch_ahn(template: str, bounds: Bounds, folder: Path, report: Report = silent) -> Fetched:
    """The points within `bounds` as LAZ files in the new folder `folder`, with all that the source says of them.

    `template` is the address of a tile with ``{x}`` and ``{y}`` for its south-west corner. Raises `SourceAway` when the
    source does not answer within five seconds, has none of the tiles, or takes minutes; there is no folder then.
    """
    with ExitStack() as opened, new_directory(folder) as store:
        tiles, missing = _ask(template, bounds, opened, report)
        meter = _Meter(report, sum(tile.points for tile in tiles), monotonic())
        taken = {store.path / f"{tile.name}.laz": _take(tile, bounds, store.path, meter) for tile in tiles}
        if not any(taken.values()):
            raise SourceAway("The source has no points there.")
    files = tuple(folder / path.name for path, points in taken.items() if points)
    return Fetched(files, missing, sum(taken.values()), sum(part.size for tile in tiles for part in tile.parts))


@dataclass
class _Meter:
    """Tells how far the fetching is, and ends it when it takes too long."""

    report: Report
    total: int
    begun_s: float
    done: int = 0

    def advance(self, points: int) -> None:
        """So many points more are here; raises `SourceAway` when the rest is not worth waiting for."""
        self.done += points
        self.report("Fetching AHN", self.done, self.total)
        if self.done < self.total and monotonic() - self.begun_s > _LONGEST_S:
            raise SourceAway(f"Only {self.done:,} of {self.total:,} points came in {_LONGEST_S:.0f} seconds.")


def _take(tile: "_RemoteTile", bounds: Bounds, folder: Path, meter: _Meter) -> int:
    """Write the points of a tile within `bounds` into `folder`; how many. No file where there are none."""
    path, points = folder / f"{tile.name}.laz", 0
    with new_laz(path, _plain(tile.reader.header)) as writer:
        for part, record in _records(tile):
            points += _append(writer, record, bounds)
            meter.advance(part.points)
    if not points:
        path.unlink()
    return points


def kilometre_tiles(bounds: Bounds) -> Iterator[tuple[int, int]]:
    """The south-west corners of the kilometre tiles that `bounds` touches, in metres."""
    west, south, east, north = bounds
    for y in range(int(south // TILE_M), int(np.ceil(north / TILE_M))):
        for x in range(int(west // TILE_M), int(np.ceil(east / TILE_M))):
            yield x * TILE_M, y * TILE_M


@dataclass(frozen=True)
class _Part:
    """Nodes that lie one after another in the file."""

    start: int
    size: int
    chunks: tuple[tuple[int, int], ...]
    """Of each node: how many points, and bytes."""

    @property
    def points(self) -> int:
        return sum(count for count, _ in self.chunks)


@dataclass(frozen=True, eq=False)
class _RemoteTile:
    name: str
    file: RangeFile
    reader: laspy.CopcReader
    parts: tuple[_Part, ...]
    """The nodes that touch the area."""

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)


def _ask(
    template: str, bounds: Bounds, opened: ExitStack, report: Report
) -> tuple[tuple[_RemoteTile, ...], tuple[str, ...]]:
    """The tiles that have nodes in the area, and the addresses of those the source has not."""
    stage, corners = "Asking for AHN", list(kilometre_tiles(bounds))
    tiles, missing, seconds = [], [], _FIRST_ANSWER_S
    for done, (x, y) in enumerate(corners):
        report(stage, done, len(corners))
        address = _address(template, x, y)
        try:
            file = opened.enter_context(remote(address, seconds))
            tiles.append(_remote_tile(f"ahn-{x:06d}-{y:06d}", file, bounds))
        except NotAtSource:
            missing.append(address)
        seconds = _LATER_ANSWER_S
    report(stage, len(corners), len(corners))
    if not tiles:
        raise SourceAway("The source has no points there.")
    return tuple(tile for tile in tiles if tile.parts), tuple(missing)


def _address(template: str, x: int, y: int) -> str:
    try:
        address = template.format(x=x, y=y)
    except (KeyError, IndexError, ValueError) as error:
        raise BadInput(f"{template!r} is no address of AHN tiles ({error!r}); it may hold {{x}} and {{y}}.") from error
    if not address.startswith(("http://", "https://")):
        raise BadInput(f"{template!r} is no address of AHN tiles; it must begin with https:// or http://.")
    return address


def _remote_tile(name: str, file: RangeFile, bounds: Bounds) -> _RemoteTile:
    west, south, east, north = bounds
    with _read_as_copc(name):
        reader = laspy.CopcReader(file, close_fd=False)
        if reader.copc_info.hierarchy_root_offset + reader.copc_info.hierarchy_root_size > file.size:
            raise ValueError("it ends before its hierarchy")
        area = laspy.copc.Bounds(mins=np.array([west, south]), maxs=np.array([east, north]))
        area = area.ensure_3d(reader.header.mins, reader.header.maxs)
        nodes = load_octree_for_query(file, reader.copc_info, reader.root_page, query_bounds=area)
        _add_records_at_the_end(reader.header, file)
    return _RemoteTile(name, file, reader, tuple(_parts(nodes)))


def _add_records_at_the_end(header: laspy.LasHeader, file: RangeFile) -> None:
    """Take over the reference system where it stands in the extended records, which COPC readers skip."""
    file.seek(0)
    with laspy.open(file, closefd=False, read_evlrs=True) as whole:
        header.vlrs.extend(
            record
            for record in whole.header.evlrs or []
            if record.user_id == _CRS and len(record.record_data_bytes()) <= _VLR_BYTES
        )


def _parts(nodes: Iterable[Any]) -> Iterator[_Part]:
    """Nodes as they lie in the file, neighbours together, so that few requests are needed."""
    chunks: list[tuple[int, int]] = []
    start = end = 0
    # A node may have no points of its own (COPC 1.0, "Entry": pointCount 0): there is no chunk for it then.
    for node in sorted((node for node in nodes if node.point_count > 0), key=lambda node: node.offset):
        if chunks and (node.offset != end or end - start + node.byte_size > _PART_BYTES):
            yield _Part(start, end - start, tuple(chunks))
            chunks = []
        if not chunks:
            start = node.offset
        chunks.append((node.point_count, node.byte_size))
        end = node.offset + node.byte_size
    if chunks:
        yield _Part(start, end - start, tuple(chunks))


def _records(tile: _RemoteTile) -> Iterator[tuple[_Part, laspy.ScaleAwarePointRecord]]:
    """The points of each part in turn, while the next parts are on their way."""
    for part, data in _ahead(tile.file, tile.parts):
        yield part, _decoded(tile, part, data)


def _ahead(file: RangeFile, parts: Sequence[_Part]) -> Iterator[tuple[_Part, bytes]]:
    pool = ThreadPoolExecutor(CONNECTIONS)
    try:
        coming: deque[tuple[_Part, Future[bytes]]] = deque()
        for part in parts:
            coming.append((part, pool.submit(file.part, part.start, part.size)))
            if len(coming) == CONNECTIONS:
                first, data = coming.popleft()
                yield first, data.result()
        for part, data in coming:
            yield part, data.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _decoded(tile: _RemoteTile, part: _Part, data: bytes) -> laspy.ScaleAwarePointRecord:
    header = tile.reader.header
    raw = np.zeros(part.points * header.point_format.size, np.uint8)
    with _read_as_copc(tile.name):
        lazrs.decompress_points_with_chunk_table(
            data, tile.reader.laszip_vlr.record_data, raw, list(part.chunks), _EVERYTHING
        )
    packed = laspy.PackedPointRecord.from_buffer(raw, header.point_format)
    return laspy.ScaleAwarePointRecord(packed.array, header.point_format, header.scales, header.offsets)


def _append(writer: laspy.LasWriter, record: laspy.ScaleAwarePointRecord, bounds: Bounds) -> int:
    """Write the points within `bounds`: half open, so that a point on the edge of two areas belongs to one."""
    west, south, east, north = bounds
    x, y = np.asarray(record.x), np.asarray(record.y)
    inside = record[(x >= west) & (x < east) & (y >= south) & (y < north)]
    if len(inside):
        writer.write_points(inside)
    return len(inside)


def _plain(header: laspy.LasHeader) -> laspy.LasHeader:
    """The header of a COPC file without what makes it COPC."""
    plain = laspy.LasHeader(version=header.version, point_format=header.point_format)
    plain.scales, plain.offsets = header.scales, header.offsets
    plain.global_encoding = header.global_encoding
    plain.creation_date, plain.system_identifier = header.creation_date, header.system_identifier
    plain.vlrs.extend(record for record in header.vlrs if record.user_id == _CRS)
    return plain


@contextmanager
def _read_as_copc(name: str) -> Iterator[None]:
    """What reading bytes that are no COPC raises, as `SourceAway`."""
    try:
        yield
    except (laspy.errors.LaspyException, lazrs.LazrsError, ValueError, IndexError, KeyError) as error:
        raise SourceAway(f"{name}: the source sent no COPC file that can be read ({error}).") from error
