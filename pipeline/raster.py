"""Aerial photos as files: what each one is, and pieces of it as red, green and blue.

A file is opened for each piece that is read and closed again: nothing is shared between processes or threads, and a
piece is the same whoever reads it.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import rasterio  # type: ignore[import-untyped]
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError  # type: ignore[import-untyped]
from rasterio.enums import ColorInterp, MaskFlags  # type: ignore[import-untyped]
from rasterio.errors import CRSError, NotGeoreferencedWarning, RasterioError  # type: ignore[import-untyped]
from rasterio.windows import Window  # type: ignore[import-untyped]

from tiles.crs import on_etrs89, recognise
from tiles.errors import BadInput, MissingGeoreference, OutsideArea

# By what a file begins with, and no other: GDAL would follow what is written in a virtual raster anywhere.
_DRIVERS = {
    b"II*\0": "GTiff",
    b"MM\0*": "GTiff",
    b"II+\0": "GTiff",
    b"MM\0+": "GTiff",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"\0\0\0\x0cjP  ": "JP2OpenJPEG",
}
# GDAL's own errors come through as they are from some calls, and broken tags as texts that are none.
_DAMAGED = (RasterioError, CPLE_BaseError, CRSError, UnicodeDecodeError)
RD = ("EPSG:28992", "EPSG:7415")
_CACHE_MIB = 64  # of decoded blocks, per process; GDAL's own choice is a twentieth of all memory
_PROBE = 64  # pixels
_MOST_PIXELS = 1 << 22  # at once
_DEPTHS = (8, 10, 12, 14, 16)

Bytes = NDArray[np.uint8]
Column = NDArray[np.float64]
"""(n,), one coordinate of many points."""


@dataclass(frozen=True)
class Photo:
    """A photo whose place is known, and what it takes to read it."""

    path: Path
    crs: str
    """EPSG code: RD New, or a system on ETRS89."""
    affine: tuple[float, float, float, float, float, float]
    """x = a·column + b·row + c, y = d·column + e·row + f; columns and rows count from a pixel's upper left corner."""
    width: int
    height: int
    bands: tuple[int, ...]
    """Red, green and blue, or the one that counts into a palette."""
    bits: int
    """How many bits of a 16-bit number are used; 8 otherwise."""
    masked: bool
    """Whether some pixels are said to be empty."""
    fingerprint: bytes
    """SHA-256 of the file and of those beside it that belong to it."""

    def to_pixels(self, x: Column, y: Column) -> tuple[Column, Column]:
        """Coordinates in `crs` as columns and rows."""
        a, b, c, d, e, f = self.affine
        area = a * e - b * d
        x, y = x - c, y - f
        if b == d == 0:
            return x / a, y / e
        return (e * x - b * y) / area, (a * y - d * x) / area

    @property
    def pixel(self) -> float:
        """The side of a pixel in units of `crs`; of a square as large where it is none."""
        a, b, _, d, e, _ = self.affine
        return float(abs(a * e - b * d) ** 0.5)


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of a photo, in blocks of `factor` × `factor` pixels averaged to one."""

    rgb: Bytes  # (3, h, w)
    valid: NDArray[np.bool_] | None  # (h, w); None where all are
    column: int
    """Where the piece begins, in blocks from the photo's left."""
    row: int
    factor: int


def inspect(path: Path, crs: str | None = None) -> Photo:
    """What a photo is; raises a `Problem` for a file that is none, or whose place is not known.

    `crs` is what the caller knows of the file's reference system; it holds whatever the file states.
    """
    with _opened(path, _driver(path)) as dataset:
        bands = _bands(dataset, path.name)
        affine = _affine(dataset, path.name)
        highest = _probe(dataset, bands, path.name)
        return Photo(
            path,
            _crs(dataset, crs, path.name),
            affine,
            dataset.width,
            dataset.height,
            bands,
            _bits(dataset, bands[0], highest),
            any(MaskFlags.all_valid not in dataset.mask_flag_enums[band - 1] for band in bands)
            or _has_clear_palette(dataset, bands),
            _fingerprint(dataset.files, path),
        )


def read(photo: Photo, box: tuple[float, float, float, float], factor: int) -> Piece:
    """The part of a photo around `box` (left, top, right, bottom; pixels), a block wider on each side.

    Raises `BadInput` for a file that cannot be read there.
    """
    # Whole blocks from the photo's corner, so that a pixel is the same in every piece.
    factor = min(factor, photo.width, photo.height)
    blocks = np.array([photo.width, photo.height]) // factor
    start = np.clip(np.floor(np.array(box[:2]) / factor).astype(int) - 1, 0, blocks - 1)
    stop = np.clip(np.ceil(np.array(box[2:]) / factor).astype(int) + 1, start + 1, blocks)
    (column, row), (width, height) = start.tolist(), (stop - start).tolist()
    driver = _driver(photo.path)
    with _opened(photo.path, driver) as dataset:
        shrunk = _overview(dataset, photo.bands[0], factor)
    rest = factor // (shrunk.factor if shrunk else 1)
    rgb = np.empty((3, height, width), np.uint8)
    valid = np.empty((height, width), bool) if photo.masked else None
    rows = max(1, _MOST_PIXELS // (width * rest**2))
    with _opened(photo.path, driver, **({"OVERVIEW_LEVEL": shrunk.level} if shrunk else {})) as dataset:
        for top in range(0, height, rows):
            strip = slice(top, min(top + rows, height))
            window = Window(column * rest, (row + top) * rest, width * rest, (strip.stop - top) * rest)
            rgb[:, strip], known = _averaged(*_colours(dataset, photo, window), rest)
            if valid is not None and known is not None:
                valid[strip] = known
    return Piece(rgb, valid, column, row, factor)


@dataclass(frozen=True)
class _Overview:
    """A smaller copy that the file holds."""

    level: int
    factor: int


def _overview(dataset: Any, band: int, factor: int) -> _Overview | None:
    """The smallest copy in the file from which blocks of `factor` can be made."""
    usable = [_Overview(level, size) for level, size in enumerate(dataset.overviews(band)) if factor % size == 0]
    return max(usable, key=lambda overview: overview.factor, default=None)


def _colours(dataset: Any, photo: Photo, window: Window) -> tuple[Bytes, NDArray[np.bool_] | None]:
    data = dataset.read(list(photo.bands), window=window)
    valid = dataset.dataset_mask(window=window) != 0 if photo.masked else None
    if len(photo.bands) > 1:
        return _eight_bits(data, photo.bits), valid
    colours = _palette(dataset, photo.bands[0])[:, data[0]]
    return colours[:3], None if valid is None else valid & (colours[3] != 0)


def _averaged(rgb: Bytes, valid: NDArray[np.bool_] | None, factor: int) -> tuple[Bytes, NDArray[np.bool_] | None]:
    """Means of blocks of pixels, empty ones left out; a block is empty when more than half of it is."""
    if factor == 1:
        return rgb, valid
    corners = [
        (slice(None), slice(row, None, factor), slice(column, None, factor))
        for row, column in product(range(factor), range(factor))
    ]
    if valid is not None:
        rgb = rgb * valid
    total = np.zeros(rgb[corners[0]].shape, np.uint32)
    for corner in corners:
        total += rgb[corner]
    if valid is None:
        return ((total + factor**2 // 2) // factor**2).astype(np.uint8), None
    count = np.zeros(total.shape[1:], np.uint32)
    for corner in corners:
        count += valid[corner[1:]]
    known = np.maximum(count, 1)
    return ((total + known // 2) // known).astype(np.uint8), 2 * count >= factor**2


@contextmanager
def _opened(path: Path, driver: str, **options: int) -> Iterator[Any]:
    try:
        with rasterio.Env(GDAL_CACHEMAX=_CACHE_MIB), warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # said in a sentence of our own
            with rasterio.open(path, driver=driver, **options) as dataset:
                yield dataset
    except _DAMAGED as error:
        raise BadInput(f"{path.name} cannot be read as a photo ({_first(error)}); download it again.") from error


def _first(error: Exception) -> str:
    """GDAL's own words, which stand in the cause when there is one."""
    return str(error.__cause__ or error).strip().split("\n")[0].rstrip(".")


def _driver(path: Path) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except FileNotFoundError:
        raise BadInput(f"There is no photo {path}.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    for magic, driver in _DRIVERS.items():
        if start.startswith(magic):
            return driver
    raise BadInput(f"{path.name} is not a photo that can be used; save it as GeoTIFF.")


def _bands(dataset: Any, name: str) -> tuple[int, ...]:
    if dataset.dtypes[0] not in {"uint8", "uint16"}:
        raise BadInput(f"{name} holds {dataset.dtypes[0]} numbers, not colours; save it with 8 or 16 bits a band.")
    meanings = list(dataset.colorinterp)
    if ColorInterp.palette in meanings and dataset.dtypes[0] == "uint8":
        return (meanings.index(ColorInterp.palette) + 1,)
    colours = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
    if all(colour in meanings for colour in colours):
        return tuple(meanings.index(colour) + 1 for colour in colours)
    if dataset.count < len(colours):
        bands = "one band" if dataset.count == 1 else f"{dataset.count} bands"
        raise BadInput(f"{name} has {bands}; a photo in colour has red, green and blue.")
    return (1, 2, 3)


def _affine(dataset: Any, name: str) -> tuple[float, float, float, float, float, float]:
    affine = dataset.transform
    if affine.is_identity:
        tie_points = " but ground control points; rectify it first" if dataset.gcps[0] else "; save it as GeoTIFF"
        raise MissingGeoreference(f"{name} does not say where its pixels lie{tie_points}.")
    if affine.determinant == 0:
        raise BadInput(f"{name} says that its pixels have no size; save it again as GeoTIFF.")
    a, b, c, d, e, f = map(float, tuple(affine)[:6])
    return a, b, c, d, e, f


def _crs(dataset: Any, stated: str | None, name: str) -> str:
    if stated is None and dataset.crs is None:
        raise MissingGeoreference(f"{name} names no reference system; say which with --photo-crs, such as EPSG:28992.")
    code = recognise(stated or dataset.crs.to_wkt())
    if code in RD:
        return code
    if not code.startswith("EPSG:"):
        raise MissingGeoreference(
            f"{name} is in {code!r}, which has no EPSG code; say which it is with --photo-crs, such as EPSG:28992."
        )
    if not on_etrs89(code):
        raise OutsideArea(f"{name} is in {code}, which is not on ETRS89; convert it to RD New (EPSG:28992).")
    return code


def _probe(dataset: Any, bands: tuple[int, ...], name: str) -> int:
    """The highest number in 25 little windows over the whole photo; raises `BadInput` where one cannot be read."""
    highest = 0
    for across, down in product(range(5), range(5)):
        column = max(dataset.width - _PROBE, 0) * across // 4
        row = max(dataset.height - _PROBE, 0) * down // 4
        size = min(_PROBE, dataset.width), min(_PROBE, dataset.height)
        try:
            found = dataset.read(list(bands), window=Window(column, row, *size))
        except _DAMAGED as error:
            raise BadInput(
                f"{name} is cut off or damaged at column {column}, row {row} ({_first(error)}); download it again."
            ) from error
        highest = max(highest, int(found.max()))
    return highest


def _bits(dataset: Any, band: int, highest: int) -> int:
    """How many bits count: what the file states, or the fewest that hold what is in it."""
    if dataset.dtypes[band - 1] == "uint8":
        return 8
    stated = int(dataset.tags(band, ns="IMAGE_STRUCTURE").get("NBITS", 0))
    return max(stated, 8) if stated else next(bits for bits in _DEPTHS if highest < 1 << bits)


def _eight_bits(data: NDArray[Any], bits: int) -> Bytes:
    return np.minimum(data >> (bits - 8), 255).astype(np.uint8) if data.dtype == np.uint16 else data


def _palette(dataset: Any, band: int) -> Bytes:
    """Red, green, blue and opacity of each entry, (4, 256)."""
    colours = np.zeros((256, 4), np.uint8)
    for entry, colour in dataset.colormap(band).items():
        colours[entry] = colour
    return colours.T


def _has_clear_palette(dataset: Any, bands: tuple[int, ...]) -> bool:
    return len(bands) == 1 and bool((_palette(dataset, bands[0])[3] == 0).any())


def _fingerprint(files: list[str], path: Path) -> bytes:
    """The same on every machine, wherever the files are: no names, no dates."""
    digest = sha256()
    for name in sorted(files, key=lambda name: (name != str(path), name)):
        with Path(name).open("rb") as file:
            digest.update(file_digest(file, "sha256").digest())
    return digest.digest()
