"""LAS and LAZ files: what their headers say, and their points as columns (ASPRS LAS 1.4 R15).

AHN as delivered is LAS 1.4 with point format 1: its class is the old five-bit field, its file names no reference system
and it carries extra bytes nobody needs here. AHN5 is format 6 to 10 with the WKT flag unset. Both are read as they are.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import laspy
import lazrs
import numpy as np
from numpy.typing import NDArray

from tiles.crs import UnreadableSystem, recognise
from tiles.errors import BadInput

from .chunks import Packed, even_stretches, read_packed
from .chunks import stretches as uneven_stretches

FIRST_EXTENDED_FORMAT = 6
_LEGACY_CLASS_BITS = 0x1F
_VARIABLE_CHUNKS = 0xFFFFFFFF
_BATCH = 250_000
_WANTED = (
    laspy.DecompressionSelection.XY_RETURNS_CHANNEL
    | laspy.DecompressionSelection.Z
    | laspy.DecompressionSelection.CLASSIFICATION
    | laspy.DecompressionSelection.INTENSITY
)


@dataclass(frozen=True)
class LasFile:
    """What the header of a LAS or LAZ file says."""

    path: Path
    points: int
    point_format: int
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    scales: tuple[float, float, float]
    offsets: tuple[float, float, float]
    crs: str | None
    """EPSG code of the reference system the file states, or None."""
    year: int | None
    """The year the file was made, as far as it says."""
    chunk: int
    """How many points are compressed together: 1 where each can be read by itself, 0 where it varies, as in COPC."""

    @property
    def coloured(self) -> bool:
        """Whether the point format has room for colour; the colours may all be zero."""
        return self.point_format in {2, 3, 5, 7, 8, 10}

    @property
    def extended(self) -> bool:
        """Whether the class has a byte of its own, and returns count to fifteen."""
        return self.point_format >= FIRST_EXTENDED_FORMAT


@dataclass(frozen=True, eq=False)
class Columns:
    """Some points of a file, as it holds them; each (n,)."""

    x: NDArray[np.int32]
    y: NDArray[np.int32]
    z: NDArray[np.int32]
    intensity: NDArray[np.uint16]
    classification: NDArray[np.uint8]
    returns: NDArray[np.uint8]
    """The byte of return number and number of returns, as the point format packs it."""
    rgb: tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint16]] | None


def read_header(path: Path) -> LasFile:
    """The header of a LAS or LAZ file; raises `BadInput` for a file that is none or whose index is damaged."""
    with _readable(path) as file:
        header = laspy.LasHeader.read_from(file, read_evlrs=True)
        return LasFile(
            path,
            int(header.point_count),
            int(header.point_format.id),
            _three(header.mins),
            _three(header.maxs),
            _three(header.scales),
            _three(header.offsets),
            _reference_system(header, path),
            header.creation_date.year if header.creation_date else None,
            _chunk(header, file) if header.are_points_compressed else 1,
        )


def _three(values: Any) -> tuple[float, float, float]:
    x, y, z = map(float, values)
    return x, y, z


@contextmanager
def _readable(path: Path) -> Iterator[BinaryIO]:
    if path.is_dir():
        raise BadInput(f"{path} is a folder without LAS or LAZ files.")
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except PermissionError:
        raise BadInput(f"{path} may not be read; change its permissions.") from None
    except (laspy.errors.LaspyException, lazrs.LazrsError, ValueError, EOFError, struct.error, IndexError) as error:
        raise BadInput(f"{path.name} is not a LAS or LAZ file that can be read: {error}.") from error


def _reference_system(header: Any, path: Path) -> str | None:
    try:
        crs = header.parse_crs()
        return recognise(crs.to_wkt()) if crs is not None else None
    except (UnreadableSystem, BadInput) as error:
        raise BadInput(
            f"{path.name} states a reference system that cannot be read; pass --crs, e.g. EPSG:7415."
        ) from error


def _chunk(header: Any, file: BinaryIO) -> int:
    """The points in a chunk of a LAZ file, once its chunk table is seen to be sound.

    The decompressor trusts the table's count and ends the whole process on one that asks for too much memory.
    """
    vlr = header.vlrs.get("LasZipVlr")
    if not vlr:
        raise ValueError("it is compressed, but does not say how")
    size = int(struct.unpack_from("<I", vlr[0].record_data, 12)[0])
    chunks = _chunk_count(file, int(header.offset_to_point_data))
    points = int(header.point_count)
    # A file whose chunks vary may end with one of no points.
    whole = chunks <= points + 1 if size == _VARIABLE_CHUNKS else chunks == -(-points // max(size, 1))
    if points and not whole:
        raise ValueError(f"its chunk table counts {chunks:,} chunks for {points:,} points, so it is damaged or cut off")
    return size if size != _VARIABLE_CHUNKS else 0


def _chunk_count(file: BinaryIO, points_at: int) -> int:
    end = file.seek(0, 2)
    file.seek(points_at)
    (table,) = struct.unpack("<q", file.read(8))
    if table == -1:  # written by a program that could not seek: the offset stands at the end
        file.seek(end - 8)
        (table,) = struct.unpack("<q", file.read(8))
    if not points_at < table <= end - 8:
        raise ValueError("its chunk table is not where it says, so it is cut off or damaged")
    file.seek(table + 4)
    return int(struct.unpack("<I", file.read(4))[0])


def stretches(file: LasFile, most: int) -> Iterator[tuple[int, int]]:
    """The file cut at its chunks, so that none is decompressed twice: the first point and the number of each stretch.

    A stretch has `most` points at most; raises `BadInput` for a damaged file.
    """
    if file.chunk:
        return even_stretches(file.points, file.chunk, most)
    return uneven_stretches(_packed(file).chunks, most)


def columns(file: LasFile, start: int, count: int) -> Iterator[Columns]:
    """The points from `start` on, `count` of them, in batches; raises `BadInput` where the file is damaged."""
    found = 0
    try:
        with _opened(file, start, count) as reader:
            while found < count:
                batch = reader.read_points(min(_BATCH, count - found))
                if len(batch) == 0:
                    break
                found += len(batch)
                yield _columns(batch.array, file)
    except (laspy.errors.LaspyException, lazrs.LazrsError, ValueError, EOFError, OSError) as error:
        raise BadInput(_cut_off(file, start + found)) from error
    if found != count:
        raise BadInput(_cut_off(file, start + found))


@contextmanager
def _opened(file: LasFile, start: int, count: int) -> Iterator[Any]:
    """A reader that stands at point `start`, and comes as far as `count` points from there at least."""
    wanted = _WANTED | laspy.DecompressionSelection.RGB if file.coloured else _WANTED
    source, skipped = (file.path, 0) if file.chunk else _packed(file).with_points(start, count)
    with laspy.open(
        source, laz_backend=laspy.LazBackend.Lazrs, decompression_selection=wanted, read_evlrs=False
    ) as reader:
        if start and file.chunk:
            reader.seek(start)
        while skipped:
            skipped -= len(reader.read_points(min(_BATCH, skipped)))
        yield reader


def _packed(file: LasFile) -> Packed:
    with _readable(file.path) as opened:
        return read_packed(file.path, opened, laspy.LasHeader.read_from(opened))


def _cut_off(file: LasFile, found: int) -> str:
    return (
        f"{file.path.name} is cut off or damaged: its header promises {file.points:,} points and reading stopped "
        f"after {found:,}; download it again."
    )


def _columns(array: NDArray[Any], file: LasFile) -> Columns:
    # In the formats before 6 the class shares its byte with three flags.
    classes = array["classification"] if file.extended else array["raw_classification"] & _LEGACY_CLASS_BITS
    return Columns(
        array["X"],
        array["Y"],
        array["Z"],
        array["intensity"],
        np.ascontiguousarray(classes),
        array["bit_fields"],
        (array["red"], array["green"], array["blue"]) if file.coloured else None,
    )
