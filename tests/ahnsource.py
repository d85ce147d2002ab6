"""A source of AHN on loopback: an HTTP server that knows ranges, and COPC files for it."""

import http.server
import re
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import SEEK_END, BytesIO

import laspy
import lazrs
import numpy as np
import pyproj

from tests.make import Cloud

_RD_WKT = pyproj.CRS("EPSG:7415").to_wkt("WKT1_GDAL")


@dataclass
class Source:
    """What the server holds, how it behaves, and what it sent."""

    files: dict[str, bytes]
    ranges: bool = True
    delay_s: float = 0.0
    drip_s: float = 0.0
    """Between one kilobyte and the next."""
    cut: int = 0
    """Bytes that are promised and not sent."""
    shifted: int = 0
    """How far the bytes sent lie from those asked for."""
    failures: int = 0
    """How many of the next requests for anything but a file's beginning are answered 503."""
    sent: int = 0
    asked: list[str] = field(default_factory=list)


@contextmanager
def served(source: Source) -> Iterator[str]:
    """The address template of a server that has what `source` says."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            time.sleep(source.delay_s)
            source.asked.append(self.path)
            data = source.files.get(self.path.lstrip("/"))
            if data is None:
                self.send_error(403)
                return
            wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
            if not source.ranges or not wanted:
                self.answer(200, data)
                return
            first, last = int(wanted[1]) + source.shifted, min(int(wanted[2]) + source.shifted, len(data) - 1)
            if first and source.failures:
                source.failures -= 1
                self.send_error(503)
                return
            self.answer(206, data[first : last + 1], f"bytes {first}-{last}/{len(data)}")

        def answer(self, status, body, content_range=None):
            self.send_response(status)
            if content_range:
                self.send_header("Content-Range", content_range)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            body = body[: len(body) - source.cut]
            step = 1024 if source.drip_s else len(body)
            try:
                for start in range(0, len(body), step):
                    self.wfile.write(body[start : start + step])
                    source.sent += len(body[start : start + step])
                    time.sleep(source.drip_s)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client had enough

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/AHN5_C_{{x:06d}}_{{y:06d}}.COPC.LAZ"
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Node:
    """A node of a COPC octree."""

    key: tuple[int, int, int, int]
    """Level, x, y, z."""
    start: int
    size: int
    low: tuple[float, float]
    high: tuple[float, float]


def copc(cloud: Cloud, levels: int = 4, seed: int = 3, *, paged: bool = False) -> tuple[bytes, tuple[Node, ...]]:
    """A COPC 1.0 file as AHN5 has them (format 6, the WKT flag unset, the reference system at the end), and its nodes.

    Half of the points lie in the deepest level. One node in between has no points of its own, as the format allows.
    When `paged`, everything below level 1 is in pages of the hierarchy of its own.
    """
    centre = (cloud.xyz.min(axis=0) + cloud.xyz.max(axis=0)) / 2
    half = float(np.ptp(cloud.xyz, axis=0).max()) / 2 + 1
    level = np.minimum(np.random.default_rng(seed).geometric(0.5, len(cloud.xyz)), levels)
    level = np.where(level == levels - 1, 0, levels - level)  # level 0 is not the rarest, one level is empty
    records = _records(cloud)
    lazvlr = lazrs.LazVlr.new_for_compression(6, 0, use_variable_size_chunks=True)
    header = _header(records, lazvlr)
    file, nodes, entries = BytesIO(_head(header, bytes(160))), [], []
    file.seek(0, SEEK_END)
    compressor = lazrs.LasZipCompressor(file, lazvlr)
    compressor.reserve_offset_to_chunk_table()
    for depth in range(levels):
        side = 2 * half / 2**depth
        cell = np.floor((cloud.xyz - (centre - half)) / side).astype(int)
        for key in np.unique(cell, axis=0):
            chosen = np.flatnonzero((cell == key).all(axis=1) & (level == depth))
            start = file.seek(0, SEEK_END) if len(chosen) else 0
            if len(chosen):
                compressor.compress_many(records.array[chosen].tobytes())
                compressor.finish_current_chunk()
            size = file.seek(0, SEEK_END) - start if len(chosen) else 0
            low = (centre - half)[:2] + key[:2] * side
            nodes.append(Node((depth, *map(int, key)), start, size, tuple(low), tuple(low + side)))
            entries.append((nodes[-1].key, start, size, len(chosen)))
    compressor.done()
    at = file.seek(0, SEEK_END)
    root, hierarchy = _hierarchy(entries, at + 60, paged)
    file.write(_evlr(b"copc", 1000, hierarchy) + _evlr(b"LASF_Projection", 2112, _RD_WKT.encode() + b"\0"))
    header.start_of_first_evlr, header.number_of_evlrs = at, 2
    file.seek(0)
    file.write(_head(header, struct.pack("<5dQQ16x", *centre, half, side, at + 60, root).ljust(160, b"\0")))
    return file.getvalue(), tuple(nodes)


def _hierarchy(entries, at: int, paged: bool) -> tuple[int, bytes]:
    """The pages of the hierarchy, which stands at byte `at`; and how long the first of them is."""
    top = [entry for entry in entries if not paged or entry[0][0] < 2]
    heads = [entry for entry in entries if paged and entry[0][0] == 2]
    size = 32 * (len(top) + len(heads))
    pages = [[entry for entry in entries if entry[0][0] >= 2 and _above(entry[0]) == head[0]] for head in heads]
    links, end = [], at + size
    for head, page in zip(heads, pages, strict=True):
        links.append((head[0], end, 32 * len(page), -1))
        end += 32 * len(page)
    rows = [*top, *links, *(entry for page in pages for entry in page)]
    return size, b"".join(struct.pack("<iiiiQii", *key, start, length, points) for key, start, length, points in rows)


def _above(key):
    """The node of level 2 that a node lies in."""
    shift = key[0] - 2
    return (2, key[1] >> shift, key[2] >> shift, key[3] >> shift)


def _records(cloud: Cloud) -> laspy.ScaleAwarePointRecord:
    header = laspy.LasHeader(version="1.4", point_format=6)
    header.scales, header.offsets = [0.001] * 3, [0.0] * 3
    record = laspy.ScaleAwarePointRecord.zeros(len(cloud.xyz), header=header)
    record.x, record.y, record.z = cloud.xyz.T
    for name, values in cloud.columns.items():
        record[name] = values
    record["gps_time"] = np.arange(len(cloud.xyz)) / 1000
    return record


def _header(records: laspy.ScaleAwarePointRecord, lazvlr: lazrs.LazVlr) -> laspy.LasHeader:
    header = laspy.LasHeader(version="1.4", point_format=6)
    header.scales, header.offsets = [0.001] * 3, [0.0] * 3
    header.global_encoding.wkt = False
    header.are_points_compressed = True
    header.update(records)
    header.vlrs.append(laspy.VLR("copc", 1, "", b"\0" * 160))
    header.vlrs.append(laspy.vlrs.known.LasZipVlr(lazvlr.record_data()))
    return header


def _head(header: laspy.LasHeader, info: bytes) -> bytes:
    header.vlrs[0] = laspy.VLR("copc", 1, "", info)
    stream = BytesIO()
    header.write_to(stream)
    return stream.getvalue()


def _evlr(user: bytes, record: int, data: bytes) -> bytes:
    return struct.pack("<H16sHQ32s", 0, user, record, len(data), b"") + data
