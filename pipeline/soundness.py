"""Whether the indexes in a LAS or LAZ file are sound, before anything trusts them (ASPRS LAS 1.4 R15; LASzip).

The readers take what a file says for granted: asked for more memory than there is, the decompressor ends the whole
process. So whatever they will allocate or go through is checked beforehand: the records that describe the file, the
table of chunks at the end of the points, and the sizes of the layers in each chunk of point formats 6 to 10.
"""

import struct
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, BinaryIO

import lazrs
import numpy as np

_HEADER_BYTES, _RECORD_BYTES, _EXTENDED_BYTES = 227, 54, 60
_VARIABLE = 0xFFFFFFFF
_LAYERED = 3
"""The compressor of point formats 6 to 10: fields in layers of their own, of which the sizes come first."""
_POINT14, _RGB14, _RGBNIR14, _WAVEPACKET14, _BYTES14 = 10, 11, 12, 13, 14
_LAYERS = {_POINT14: 9, _RGB14: 1, _RGBNIR14: 2, _WAVEPACKET14: 1}


@dataclass(frozen=True)
class _Packing:
    """What the LASzip record of a file says."""

    compressor: int
    chunk: int
    items: tuple[tuple[int, int], ...]
    """Type and size of each part of a point."""

    @classmethod
    def read(cls, data: bytes) -> "_Packing":
        (compressor,), (chunk,), (count,) = (
            struct.unpack_from(kind, data, at) for kind, at in (("<H", 0), ("<I", 12), ("<H", 32))
        )
        items = tuple(struct.unpack_from("<HH", data, 34 + 6 * number) for number in range(count))
        return cls(compressor, chunk, items)

    @property
    def point_bytes(self) -> int:
        return sum(size for _, size in self.items)

    @property
    def layers(self) -> int:
        return sum(size if kind == _BYTES14 else _LAYERS.get(kind, 0) for kind, size in self.items)


def require_records(file: BinaryIO) -> None:
    """Raise `ValueError` unless the records before and after the points fit in the file; it stands at its start then.

    What is no LAS file at all is left to the reader.
    """
    length = file.seek(0, 2)
    file.seek(0)
    header = file.read(_HEADER_BYTES)
    file.seek(0)
    if len(header) < _HEADER_BYTES or header[:4] != b"LASF":
        return
    before, points_at, count = struct.unpack_from("<HII", header, 94)
    if not before + count * _RECORD_BYTES <= points_at <= length:
        raise ValueError(f"it cannot hold the {count:,} records that its header promises")
    minor = header[25]
    if minor >= 4:  # noqa: PLR2004 - LAS 1.4 was the first with records after the points
        _require_extended(file, length)
    file.seek(0)


def _require_extended(file: BinaryIO, length: int) -> None:
    file.seek(235)
    at, count = struct.unpack("<QI", file.read(12))
    for number in range(count):
        if at + _EXTENDED_BYTES > length:
            raise ValueError(f"it ends within record {number + 1:,} of the {count:,} after its points")
        file.seek(at + 20)
        at += _EXTENDED_BYTES + int(struct.unpack("<Q", file.read(8))[0])
    if count and at > length:
        raise ValueError("it ends within the last record after its points")


def chunk_points(header: Any, file: BinaryIO) -> int:
    """How many points of a LAZ file are compressed together, 0 where that varies, once its index is seen to be sound.

    Raises `ValueError`, saying what is wrong, for one that is not.
    """
    record = header.vlrs.get("LasZipVlr")
    if not record:
        raise ValueError("it is compressed, but does not say how")
    packing = _Packing.read(record[0].record_data)
    points, start = int(header.point_count), int(header.offset_to_point_data)
    if packing.chunk == 0 or packing.point_bytes != header.point_format.size:
        raise ValueError("what it says of its compression contradicts its point format")
    end, count = _table(file, start)
    # The first point of a chunk is not compressed, so each takes as many bytes at least.
    most = (end - start) // packing.point_bytes
    wanted = -(-points // packing.chunk)
    varies = packing.chunk == _VARIABLE
    # Where chunks vary, the last may be one of no points.
    if count > min(most, points) + varies or (not varies and count != wanted):
        raise ValueError(f"its chunk table counts {count:,} chunks for {points:,} points, so it is damaged or cut off")
    file.seek(start)
    table = lazrs.read_chunk_table(file, lazrs.LazVlr(record[0].record_data))
    if varies and sum(points_in for points_in, _ in table) != points:
        raise ValueError(f"its chunk table does not add up to {points:,} points, so it is damaged or cut off")
    chunks = [*zip(accumulate((size for _, size in table), initial=start + 8), table, strict=False)]
    filled = [(at, size) for at, (points_in, size) in chunks if points_in or not varies]
    whole = start + 8 + sum(size for _, size in table) == end
    if not whole or min((size for _, size in filled), default=packing.point_bytes) < packing.point_bytes:
        raise ValueError("the chunks in its table are not those in the file, so it is damaged or cut off")
    if packing.compressor == _LAYERED:
        _require_layers(file, packing, filled)
    return 0 if varies else packing.chunk


def _table(file: BinaryIO, start: int) -> tuple[int, int]:
    """Where the chunk table begins, and how many chunks it counts."""
    end = file.seek(0, 2)
    file.seek(start)
    (table,) = struct.unpack("<q", file.read(8))
    if table == -1:  # written by a program that could not seek: the offset stands at the end
        file.seek(end - 8)
        (table,) = struct.unpack("<q", file.read(8))
    if not start < table <= end - 8:
        raise ValueError("its chunk table is not where it says, so it is cut off or damaged")
    file.seek(table + 4)
    return table, int(struct.unpack("<I", file.read(4))[0])


def _require_layers(file: BinaryIO, packing: _Packing, chunks: list[tuple[int, int]]) -> None:
    head = packing.point_bytes + 4  # the first point as it is, and how many there are
    for number, (start, size) in enumerate(chunks):
        file.seek(start + head)
        layers = np.frombuffer(file.read(4 * packing.layers), "<u4")
        if head + 4 * packing.layers + int(layers.sum(dtype=np.int64)) != size:
            raise ValueError(f"chunk {number:,} of {len(chunks):,} is not as long as its layers, so it is damaged")
