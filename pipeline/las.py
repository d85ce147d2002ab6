"""LAS and LAZ files: what their headers say, and their points as columns (ASPRS LAS 1.4 R15).

AHN as delivered is LAS 1.4 with point format 1: its class is the old five-bit field, its file names no reference system
and it carries extra bytes nobody needs here. AHN5 is format 6 to 10 with the WKT flag unset. Both are read as they are.
"""

import hashlib
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
from .soundness import chunk_points, require_records

FIRST_EXTENDED_FORMAT = 6
_LEGACY_CLASS_BITS = 0x1F
_BATCH = 250_000
_ENDS = 1 << 16
_LARGEST_SCALE, _LARGEST_OFFSET = 1e3, 1e12  # beyond, sums are no numbers; below, the map's bounds decide
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
    fingerprint: str = ""
    """A name that is another for another edition of the file."""

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


def fingerprint(path: Path) -> str:
    """A file's size, time of change, beginning and end, as a name; cheap, and different for another edition."""
    status = path.stat()
    with path.open("rb") as file:
        ends = file.read(_ENDS)
        file.seek(max(status.st_size - _ENDS, 0))
        ends += file.read(_ENDS)
    said = f"{status.st_size} {status.st_mtime_ns} ".encode()
    return hashlib.sha256(said + ends).hexdigest()[:32]


def read_header(path: Path) -> LasFile:
    """The header of a LAS or LAZ file; raises `BadInput` for a file that is none or whose index is damaged."""
    with _readable(path) as file:
        mark = fingerprint(path)  # first: what changes from here on is noticed
        require_records(file)
        header = laspy.LasHeader.read_from(file, read_evlrs=True)
        _require_numbers(header)
        if not header.are_points_compressed:
            _require_points(header, path)
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
            chunk_points(header, file) if header.are_points_compressed else 1,
            mark,
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


def _require_numbers(header: Any) -> None:
    scales, offsets = np.asarray(header.scales, np.float64), np.asarray(header.offsets, np.float64)
    if not ((scales != 0) & (np.abs(scales) < _LARGEST_SCALE) & (np.abs(offsets) < _LARGEST_OFFSET)).all():
        raise ValueError(f"its scales {_three(scales)} and offsets {_three(offsets)} cannot be meant")


def _require_points(header: Any, path: Path) -> None:
    """Raise `BadInput` where a file that is not compressed is too short for its points."""
    room = path.stat().st_size - int(header.offset_to_point_data)
    there = max(room, 0) // int(header.point_format.size)
    if there < header.point_count:
        raise BadInput(_cut_off(path, int(header.point_count), there))


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
        raise BadInput(_cut_off(file.path, file.points, start + found)) from error
    if found != count:
        raise BadInput(_cut_off(file.path, file.points, start + found))


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
        for at in range(0, skipped, _BATCH):
            reader.read_points(min(_BATCH, skipped - at))
        yield reader


def _packed(file: LasFile) -> Packed:
    with _readable(file.path) as opened:
        return read_packed(file.path, opened, laspy.LasHeader.read_from(opened))


def _cut_off(path: Path, promised: int, found: int) -> str:
    return (
        f"{path.name} is cut off or damaged: its header promises {promised:,} points and reading stopped after "
        f"{found:,}; download it again."
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
