"""The points of an area out of a COPC file on a web server, by HTTP range (COPC 1.0).

A kilometre tile of AHN is half a gigabyte; only the nodes of its octree that touch the area are read.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import laspy
import lazrs
import numpy as np

from pipeline.area import Area
from pipeline.laz import new_laz
from pipeline.polygons import Bounds
from pipeline.report import Report, silent
from tiles.errors import BadInput

from .ranges import RangeFile, first_block
from .web import Patience, SourceAway, ahead, web

_PART_BYTES = 4_000_000
_VLR_BYTES = 65_535
_CRS = "LASF_Projection"
_EVERYTHING = lazrs.DecompressionSelection(lazrs.SELECTIVE_DECOMPRESS_ALL)
_ENTRY = np.dtype([("key", "<i4", 4), ("offset", "<u8"), ("size", "<i4"), ("points", "<i4")])
"""COPC 1.0, "Entry"; `points` is −1 where the entry leads to another page of the hierarchy."""
_PAGE = -1

Key = tuple[int, int, int, int]


@dataclass(frozen=True)
class Fetched:
    """What came from the source."""

    files: tuple[Path, ...]
    """LAZ, one per tile that has points in the area."""
    missing: tuple[str, ...]
    """Addresses of tiles that the source does not have."""
    points: int
    bytes: int
    """Of compressed points, as they came over the line."""


def fetch_copc(address: str, area: Area, folder: Path, report: Report = silent) -> Path:
    """The points within `area` of the COPC file at `address`, as a LAZ file in `folder` with all that it says of them.

    Raises `NotAtSource` when the source has no such file, `SourceAway` when it does not answer or sends something else,
    and `BadInput` when the file has no points in the area.
    """
    name = address.partition("?")[0].rsplit("/", 1)[-1].split(".")[0] or "points"
    folder.mkdir(parents=True, exist_ok=True)
    with web(Patience()) as source:
        tile = open_copc(first_block(source, address), name, area)
        path = folder / f"{name}.laz"
        if not copy(tile, area, path, Meter(report, tile.points)):
            raise BadInput(f"{address} has no points within {area.said}.")
    return path


class Meter:
    """Tells how many points are here, and ends the fetching when it takes longer than is worth waiting for."""

    def __init__(
        self, report: Report, total: int, longest_s: float = float("inf"), stage: str = "Fetching AHN"
    ) -> None:
        self._report, self._total, self._longest_s, self._stage = report, total, longest_s, stage
        self._begun_s, self._done = monotonic(), 0

    def advance(self, points: int) -> None:
        """So many points more are here; raises `SourceAway` when the rest is not worth waiting for."""
        self._done += points
        self._report(self._stage, self._done, self._total)
        if self._done < self._total and monotonic() - self._begun_s > self._longest_s:
            raise SourceAway(f"Only {self._done:,} of {self._total:,} points came in {self._longest_s:.0f} seconds.")


@dataclass(frozen=True)
class Part:
    """Nodes that lie one after another in the file."""

    start: int
    size: int
    chunks: tuple[tuple[int, int], ...]
    """Of each node: how many points, and bytes."""

    @property
    def points(self) -> int:
        """Of all its nodes."""
        return sum(count for count, _ in self.chunks)


@dataclass(frozen=True, eq=False)
class CopcFile:
    """A remote COPC file and its nodes that touch an area."""

    name: str
    file: RangeFile
    header: laspy.LasHeader
    laszip: bytes
    """The record of the compressor (LAZ)."""
    parts: tuple[Part, ...]

    @property
    def points(self) -> int:
        """Of all nodes that touch the area, so at least as many as lie in it."""
        return sum(part.points for part in self.parts)

    @property
    def bytes(self) -> int:
        """Of those nodes."""
        return sum(part.size for part in self.parts)


def open_copc(file: RangeFile, name: str, area: Area) -> CopcFile:
    """The file's header and the nodes that touch `area`; raises `SourceAway` when it is no COPC."""
    with _read_as_copc(name):
        reader = laspy.CopcReader(file, close_fd=False)
        if reader.copc_info.hierarchy_root_offset + reader.copc_info.hierarchy_root_size > file.size:
            raise ValueError("it ends before its hierarchy")
        nodes = _nodes(file, reader.copc_info, area.touched)
        _add_records_at_the_end(reader.header, file)
    return CopcFile(name, file, reader.header, reader.laszip_vlr.record_data, tuple(_parts(nodes)))


def copy(tile: CopcFile, area: Area, path: Path, meter: Meter) -> int:
    """Write the points of `tile` within `area` to `path`, whole or not at all; how many. No points make no file."""
    part_path, points = path.with_name(f"{path.name}.part"), 0
    with new_laz(part_path, _plain(tile.header)) as writer:
        for part, data in ahead(tile.parts, lambda part: tile.file.part(part.start, part.size)):
            points += _append(writer, _decoded(tile, part, data), area)
            meter.advance(part.points)
    if not points:
        part_path.unlink()
        return 0
    with part_path.open("rb") as written:
        os.fsync(written.fileno())
    part_path.rename(path)
    return points


def _nodes(file: RangeFile, info: Any, touches: Callable[[Bounds], bool]) -> list[tuple[int, int, int]]:
    """Offset, size and points of each node whose square touches, from as few pages of the hierarchy as that takes."""
    entries = _page(file, info.hierarchy_root_offset, info.hierarchy_root_size)
    west, south = info.center[0] - info.halfsize, info.center[1] - info.halfsize
    found, waiting = [], [(0, 0, 0, 0)]
    while waiting:
        key = waiting.pop()
        side = 2 * info.halfsize / 2 ** key[0]
        low_x, low_y = west + key[1] * side, south + key[2] * side
        if key not in entries or not touches((low_x, low_y, low_x + side, low_y + side)):
            continue
        offset, size, points = entries[key]
        if points == _PAGE:
            entries |= _page(file, offset, size)
            offset, size, points = entries[key]
            if points == _PAGE:
                raise ValueError(f"the hierarchy leads nowhere at {key}")
        # A node may have no points of its own (COPC 1.0, "Entry": pointCount 0): there is no chunk for it then.
        if points > 0:
            found.append((offset, size, points))
        level, x, y, z = key
        waiting += [(level + 1, 2 * x + (c & 1), 2 * y + (c >> 1 & 1), 2 * z + (c >> 2)) for c in range(8)]
    return found


def _page(file: RangeFile, offset: int, size: int) -> dict[Key, tuple[int, int, int]]:
    file.seek(offset)
    data = file.read(size)
    if len(data) != size or size % _ENTRY.itemsize:
        raise ValueError(f"a page of the hierarchy has {len(data)} of {size} bytes")
    entries = np.frombuffer(data, _ENTRY)
    return {
        (int(key[0]), int(key[1]), int(key[2]), int(key[3])): (int(start), int(length), int(points))
        for key, start, length, points in entries.tolist()
    }


def _add_records_at_the_end(header: laspy.LasHeader, file: RangeFile) -> None:
    """Take over the reference system where it stands in the extended records, which COPC readers skip."""
    file.seek(0)
    with laspy.open(file, closefd=False, read_evlrs=True) as whole:
        header.vlrs.extend(
            record
            for record in whole.header.evlrs or []
            if record.user_id == _CRS and len(record.record_data_bytes()) <= _VLR_BYTES
        )


def _parts(nodes: Iterable[tuple[int, int, int]]) -> Iterator[Part]:
    """Nodes as they lie in the file, neighbours together, so that few requests are needed."""
    chunks: list[tuple[int, int]] = []
    start = end = 0
    for offset, size, points in sorted(nodes):
        if chunks and (offset != end or end - start + size > _PART_BYTES):
            yield Part(start, end - start, tuple(chunks))
            chunks = []
        if not chunks:
            start = offset
        chunks.append((points, size))
        end = offset + size
    if chunks:
        yield Part(start, end - start, tuple(chunks))


def _decoded(tile: CopcFile, part: Part, data: bytes) -> laspy.ScaleAwarePointRecord:
    header = tile.header
    raw = np.zeros(part.points * header.point_format.size, np.uint8)
    with _read_as_copc(tile.name):
        lazrs.decompress_points_with_chunk_table(data, tile.laszip, raw, list(part.chunks), _EVERYTHING)
    packed = laspy.PackedPointRecord.from_buffer(raw, header.point_format)
    return laspy.ScaleAwarePointRecord(packed.array, header.point_format, header.scales, header.offsets)


def _append(writer: laspy.LasWriter, record: laspy.ScaleAwarePointRecord, area: Area) -> int:
    """Write the points within `area`."""
    inside = record[area.holds(np.column_stack([record.x, record.y]))]
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
