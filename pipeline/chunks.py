"""LAZ files whose chunks vary in size, as the nodes of COPC do: cut, read and written by whole chunks.

What is compressed together stays so: a chunk can be taken out of one file and put in another as it is.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import lazrs
import numpy as np

Chunk = tuple[int, int]
"""Points and bytes of what is compressed together."""

_POINTER = struct.Struct("<q")
"""Where the table of chunks stands; it comes between the head of a file and its points."""


@dataclass(frozen=True)
class Packed:
    """How the points of a file are compressed."""

    path: Path
    head: bytes
    """All that stands before the points."""
    laszip: bytes
    """The record of the compressor, which is in the head."""
    chunks: tuple[Chunk, ...]

    def with_points(self, start: int, count: int) -> tuple[BinaryIO, int]:
        """The chunks that hold some points, as a file by themselves; and how many of its points come before those.

        The decompressor's own search for a point is wrong where chunks vary: within a chunk it goes to the remainder of
        the point's number by the size of that chunk (laz-rs 0.8, `LasZipDecompressor::seek`), so to other points.
        """
        points, sizes = np.array(self.chunks, np.int64).cumsum(axis=0).T
        first = int(np.searchsorted(points, start, side="right"))
        last = int(np.searchsorted(points, start + count, side="left"))
        before, begin = (int(points[first - 1]), int(sizes[first - 1])) if first else (0, 0)
        with self.path.open("rb") as source:
            source.seek(len(self.head) + _POINTER.size + begin)
            data = source.read(int(sizes[last]) - begin)
        alone = BytesIO()
        write_chunks(alone, self.head, self.laszip, [(data, self.chunks[first : last + 1])])
        alone.seek(0)
        return alone, start - before


def read_packed(path: Path, file: BinaryIO, header: Any) -> Packed:
    """How the open file `file`, which has the laspy `header`, is compressed; raises `ValueError` for a damaged one."""
    laszip, at = header.vlrs.get("LasZipVlr")[0].record_data, int(header.offset_to_point_data)
    file.seek(at)
    chunks = tuple(lazrs.read_chunk_table(file, lazrs.LazVlr(laszip)))
    points, size = (sum(chunk[of] for chunk in chunks) for of in (0, 1))
    if points != header.point_count or at + _POINTER.size + size > file.seek(0, 2):
        raise ValueError(f"its chunk table counts {points:,} of {header.point_count:,} points, so it is damaged")
    file.seek(0)
    return Packed(path, file.read(at), laszip, chunks)


def even_stretches(points: int, chunk: int, most: int) -> Iterator[tuple[int, int]]:
    """Points in chunks of one size, cut at those: the first of each stretch, and how many, `most` at most."""
    size = most // chunk * chunk or most  # of larger chunks only parts fit in memory
    for start in range(0, points, size):
        yield start, min(size, points - start)


def stretches(chunks: Iterable[Chunk], most: int) -> Iterator[tuple[int, int]]:
    """Points in chunks of any size, cut at those: the first of each stretch, and how many, `most` at most."""
    start = count = 0
    for points, _ in chunks:
        if count and count + points > most:
            yield start, count
            start, count = start + count, 0
        count += points
        while count > most:  # one chunk, of which only parts fit in memory
            yield start, most
            start, count = start + most, count - most
    if count:
        yield start, count


def write_chunks(file: BinaryIO, head: bytes, laszip: bytes, parts: Iterable[tuple[bytes, Sequence[Chunk]]]) -> None:
    """Write a LAZ file of points that are compressed already: the head, the parts, and the table of their chunks.

    `laszip` is the record of the compressor in the head; each part is its bytes and the chunks in them.
    """
    file.write(head)
    file.write(bytes(_POINTER.size))
    chunks: list[Chunk] = []
    for data, within in parts:
        file.write(data)
        chunks += within
    table = file.tell()
    lazrs.write_chunk_table(file, chunks, lazrs.LazVlr(laszip))
    file.seek(len(head))
    file.write(_POINTER.pack(table))
