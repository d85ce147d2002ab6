"""The points of an area out of a COPC file, on a web server by HTTP range or on disk (COPC 1.0).

A kilometre tile of AHN is half a gigabyte; only the nodes of its octree that touch the area are read.
"""

import os
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from time import monotonic
from typing import Any

import laspy
import lazrs
import numpy as np

from pipeline.area import Area
from pipeline.chunks import Chunk, write_chunks
from pipeline.laz import new_laz
from pipeline.polygons import Bounds
from pipeline.report import Report
from tiles.errors import Problem
from tiles.store import said_as_output_problem

from .parts import Parts
from .web import SourceAway, ahead

_PART_BYTES = 4_000_000
_VLR_BYTES = 65_535
_CRS = "LASF_Projection"
_EVERYTHING = lazrs.DecompressionSelection(lazrs.SELECTIVE_DECOMPRESS_ALL)
_ENTRY = np.dtype([("key", "<i4", 4), ("offset", "<u8"), ("size", "<i4"), ("points", "<i4")])
"""COPC 1.0, "Entry"; `points` is −1 where the entry leads to another page of the hierarchy."""
_PAGE = -1
_EXTENDED = struct.Struct("<2x16sHQ32x")
"""LAS 1.4 R15, "Extended variable length records": whose it is, which, and how many bytes follow."""
_MOST_RECORDS = 100
_FIRST_RECORD = 375
"""Bytes from the start: after the header of LAS 1.4."""

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
    """A COPC file and its nodes that touch an area."""

    name: str
    file: Parts
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


def is_copc(file: Parts) -> bool:
    """Whether a file says that it is COPC: its first record does (COPC 1.0, "COPC info VLR")."""
    file.seek(0)
    beginning = file.read(_FIRST_RECORD + 20)
    return beginning[:4] == b"LASF" and beginning[_FIRST_RECORD + 2 :].startswith(b"copc\0")


def open_copc(file: Parts, name: str, area: Area) -> CopcFile:
    """The file's header and the nodes that can hold points of `area`; raises `file.damaged` when it is no COPC."""
    with _read_as_copc(file):
        file.seek(0)
        reader = laspy.CopcReader(file, close_fd=False)
        if reader.copc_info.hierarchy_root_offset + reader.copc_info.hierarchy_root_size > file.size:
            raise ValueError("it ends before its hierarchy")
        step_x, step_y = map(float, reader.header.scales[:2])

        def touches(node: Bounds) -> bool:
            # A point may have been rounded across the side of its node.
            return area.touched((node[0] - step_x, node[1] - step_y, node[2] + step_x, node[3] + step_y))

        nodes = _nodes(file, reader.copc_info, touches)
        if sum(points for _, _, points in nodes) > reader.header.point_count:
            raise ValueError("its hierarchy counts more points than it has")
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


def extract(tile: CopcFile, path: Path, meter: Meter) -> None:
    """Write the nodes of `tile` to `path` as a LAZ file, whole or not at all; raises `OutputProblem`.

    They are not decompressed, so points of theirs beside the area come along; nor is said which points come first.
    """
    part_path = path.with_name(f"{path.name}.part")
    try:
        with said_as_output_problem(path), part_path.open("wb") as file:
            write_chunks(file, _head(tile), tile.laszip, _coming(tile, meter))
            file.flush()
            os.fsync(file.fileno())
    except Problem:
        part_path.unlink(missing_ok=True)
        raise
    part_path.replace(path)


def _coming(tile: CopcFile, meter: Meter) -> Iterator[tuple[bytes, tuple[Chunk, ...]]]:
    for part, data in ahead(tile.parts, lambda part: tile.file.part(part.start, part.size)):
        yield data, part.chunks
        meter.advance(part.points)


def _head(tile: CopcFile) -> bytes:
    """All that stands before the points in a file of only these nodes."""
    header = _plain(tile.header)
    header.are_points_compressed = True
    header.point_count = tile.points
    header.mins, header.maxs = tile.header.mins, tile.header.maxs
    header.vlrs.append(laspy.vlrs.known.LasZipVlr(tile.laszip))
    head = BytesIO()
    header.write_to(head)
    return head.getvalue()


def _nodes(file: Parts, info: Any, touches: Callable[[Bounds], bool]) -> list[tuple[int, int, int]]:
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
        if points > 0 and not 0 < offset < offset + size <= file.size:
            raise ValueError(f"the node {key} lies outside it")
        # A node may have no points of its own (COPC 1.0, "Entry": pointCount 0): there is no chunk for it then.
        if points > 0:
            found.append((offset, size, points))
        level, x, y, z = key
        waiting += [(level + 1, 2 * x + (c & 1), 2 * y + (c >> 1 & 1), 2 * z + (c >> 2)) for c in range(8)]
    return found


def _page(file: Parts, offset: int, size: int) -> dict[Key, tuple[int, int, int]]:
    file.seek(offset)
    data = file.read(size)
    if len(data) != size or size % _ENTRY.itemsize:
        raise ValueError(f"a page of the hierarchy has {len(data)} of {size} bytes")
    entries = np.frombuffer(data, _ENTRY)
    return {
        (int(key[0]), int(key[1]), int(key[2]), int(key[3])): (int(start), int(length), int(points))
        for key, start, length, points in entries.tolist()
    }


def _add_records_at_the_end(header: laspy.LasHeader, file: Parts) -> None:
    """Take over the reference system where it stands in the extended records, which COPC readers skip."""
    at = int(header.start_of_first_evlr)
    for _ in range(min(int(header.number_of_evlrs), _MOST_RECORDS)):
        file.seek(at)
        head = file.read(_EXTENDED.size)
        if len(head) < _EXTENDED.size:
            raise ValueError("it ends before its last records")
        user, number, size = _EXTENDED.unpack(head)
        if user.rstrip(b"\0") == _CRS.encode() and size <= _VLR_BYTES:
            data = file.read(size)
            if len(data) < size:
                raise ValueError("it ends within its last records")
            header.vlrs.append(laspy.VLR(_CRS, number, "", data))
        at += _EXTENDED.size + size


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
    with _read_as_copc(tile.file):
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
def _read_as_copc(file: Parts) -> Iterator[None]:
    """What reading bytes that are no COPC raises, as the `Problem` that the file has for it."""
    try:
        yield
    except (laspy.errors.LaspyException, lazrs.LazrsError, ValueError, IndexError, KeyError) as error:
        raise file.damaged(str(error)) from error
