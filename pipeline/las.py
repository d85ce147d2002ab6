"""LAS and LAZ files as batches of records (ASPRS LAS 1.4 R15).

AHN as delivered is LAS 1.4 with point format 1: its class is the old five-bit field, its file names no reference system
and it carries extra bytes nobody needs here. AHN5 is format 6 to 10 with the WKT flag unset. Both are read as they are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import laspy
import lazrs
import numpy as np
from numpy.typing import NDArray

from tiles.crs import recognise
from tiles.errors import BadInput, OutsideArea

from . import kernels
from .ahn import NOISE
from .records import COLOURED, MM, PLAIN, Records

BATCH = 1_000_000
_FIRST_EXTENDED_FORMAT = 6
_LEGACY_CLASS_BITS = 0x1F


@dataclass(frozen=True)
class LasFile:
    """What the header of a LAS or LAZ file says."""

    path: Path
    points: int
    point_format: int
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    crs: str | None
    """EPSG code of the reference system the file states, or None."""
    coloured: bool
    """Whether the point format has room for colour; the colours may all be zero."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Some points of a file: how many were read, and the records that are not noise."""

    read: int
    records: Records


def read_header(path: Path) -> LasFile:
    """The header of a LAS or LAZ file; raises `BadInput` for a file that is none, or holds no points."""
    with _opened(path) as reader:
        header = reader.header
        if header.point_count == 0:
            raise BadInput(f"{path.name} holds no points; leave it out.")
        crs = header.parse_crs()
        return LasFile(
            path,
            header.point_count,
            header.point_format.id,
            _three(header.mins),
            _three(header.maxs),
            recognise(crs.to_wkt()) if crs is not None else None,
            "red" in header.point_format.dimension_names,
        )


def _three(values: Any) -> tuple[float, float, float]:
    x, y, z = map(float, values)
    return x, y, z


def batches(file: LasFile, *, coloured: bool) -> Iterator[Batch]:
    """The points of a file in batches of at most `BATCH`, noise left out; raises `BadInput` when it is cut off.

    `coloured` asks for `COLOURED` records, also of a file without colours.
    """
    found = 0
    eight_bit: bool | None = None
    with _opened(file.path) as reader:
        for chunk in _chunks(reader, file):
            found += len(chunk)
            columns = chunk.array
            if coloured and file.coloured and eight_bit is None:
                eight_bit = _is_eight_bit(columns)
            yield Batch(len(chunk), _records(columns, reader.header, coloured=coloured, eight_bit=bool(eight_bit)))
    if found != file.points:
        raise BadInput(_cut_off(file, found))


def _chunks(reader: Any, file: LasFile) -> Iterator[Any]:
    found = 0
    try:
        for chunk in reader.chunk_iterator(BATCH):
            found += len(chunk)
            yield chunk
    except (lazrs.LazrsError, laspy.errors.LaspyException, ValueError, EOFError) as error:
        raise BadInput(_cut_off(file, found)) from error


def _cut_off(file: LasFile, found: int) -> str:
    return (
        f"{file.path.name} is cut off or damaged: its header promises {file.points:,} points and reading stopped "
        f"after {found:,}; download it again."
    )


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if path.is_dir():
        raise BadInput(f"{path} is a folder; name the LAS or LAZ files in it, for example {path}/*.laz.")
    try:
        reader = laspy.open(path, laz_backend=laspy.LazBackend.LazrsParallel)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (laspy.errors.LaspyException, lazrs.LazrsError, ValueError, EOFError) as error:
        raise BadInput(f"{path.name} is not a LAS or LAZ file that can be read: {error}.") from error
    with reader:
        yield reader


def _records(columns: NDArray[Any], header: Any, *, coloured: bool, eight_bit: bool) -> Records:
    classification, returns = _class_and_returns(columns, header.point_format.id)
    records = np.zeros(len(columns), COLOURED if coloured else PLAIN)
    scale, offset = np.asarray(header.scales) * MM, np.asarray(header.offsets) * MM
    _require_millimetres(columns, scale, offset)
    kernels.fill(columns["X"], columns["Y"], columns["Z"], scale, offset, records)
    records["intensity"] = columns["intensity"]
    records["classification"] = classification
    records["returns"] = returns
    if coloured and "red" in (columns.dtype.names or ()):
        for name in ("red", "green", "blue"):
            records[name] = columns[name] if eight_bit else columns[name] >> 8
        records["has_colour"] = (columns["red"] | columns["green"] | columns["blue"]) != 0
    return records[~np.isin(classification, NOISE)]


def _require_millimetres(columns: NDArray[Any], scale: NDArray[np.float64], offset: NDArray[np.float64]) -> None:
    """Raise `OutsideArea` for coordinates that no map of ours has: more millimetres than 32 bits hold."""
    for axis, name in enumerate("XYZ"):
        extremes = np.array([columns[name].min(), columns[name].max()]) * scale[axis] + offset[axis]
        if not (np.abs(extremes) <= np.iinfo(np.int32).max).all():
            raise OutsideArea(
                f"{name.lower()} runs from {extremes[0] / MM:.10g} to {extremes[1] / MM:.10g} m, outside every map "
                "that can be used here; check the file's scale, offset and reference system."
            )


def _class_and_returns(columns: NDArray[Any], point_format: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The class, and the return number and number of returns in four bits each."""
    bits = columns["bit_fields"]
    if point_format >= _FIRST_EXTENDED_FORMAT:
        return columns["classification"], bits
    # Formats 0 to 5: three bits each, and the class shares its byte with three flags.
    return columns["raw_classification"] & _LEGACY_CLASS_BITS, (bits & 0x07) | ((bits & 0x38) << 1)


def _is_eight_bit(columns: NDArray[Any]) -> bool | None:
    """Whether 16-bit colours hold 8-bit values, as in many AHN editions; None while all are zero."""
    highest = max(int(columns[name].max(initial=0)) for name in ("red", "green", "blue"))
    return None if highest == 0 else highest <= np.iinfo(np.uint8).max
