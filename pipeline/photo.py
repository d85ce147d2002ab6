"""Aerial photos on the map: the colour of any point, and pictures to drape over ground.

A photo lies where its own reference system says, through the exact frame: RD by its affine alone, others over ETRS89
degrees, by a polynomial per square that is checked to a tenth of a pixel.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tiles.crs import from_etrs89
from tiles.errors import BadInput
from tiles.frame import RD_NAP

from . import raster
from .polygons import Bounds, Xy
from .raster import RD, Bytes, Photo, Piece
from .report import Report, silent

Found = NDArray[np.bool_]

SUFFIXES = (".tif", ".tiff", ".jp2", ".jpg", ".jpeg", ".png")
_POINT_M = 0.1
"""Points are coloured from pixels no finer than this: AHN's lie 0.2 m apart, and a finer pixel is noise to them."""
_SQUARE_M = 262.144  # polynomials are fitted to squares of the map, not to the points that happen to be asked for
_MOST_PIXELS = 1 << 24
_TOLERANCE_PIXELS = 0.1


@dataclass(frozen=True)
class Photos:
    """Photos in order: where two lie over one another, the first one counts."""

    photos: tuple[Photo, ...] = ()
    notes: tuple[str, ...] = ()
    """What was assumed, in sentences for the user."""

    def __bool__(self) -> bool:
        return bool(self.photos)

    def colours(self, xy: Xy) -> tuple[Bytes, Found]:
        """The sRGB colour, (n, 3), of points (RD metres), and which of them lie on a photo, (n,).

        Raises `BadInput` that names the file where one cannot be read. Ask for one square at a time.
        """
        return self._sampled(xy[:, :2], _POINT_M)

    def window(self, bounds: Bounds, pixel_m: float) -> tuple[Bytes, Found]:
        """A picture of a square in RD, sRGB (h, w, 3) with row 0 in the north, and which pixels are known, (h, w)."""
        west, south, east, north = bounds
        width, height = max(1, round((east - west) / pixel_m)), max(1, round((north - south) / pixel_m))
        x = west + (np.arange(width) + 0.5) * (east - west) / width
        y = north - (np.arange(height) + 0.5) * (north - south) / height
        rgb, found = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), bool)
        rows = max(1, _MOST_PIXELS // 16 // width)
        for top in range(0, height, rows):
            band = slice(top, top + rows)
            grid = np.stack(np.meshgrid(x, y[band]), axis=-1)
            colours, known = self._sampled(grid.reshape(-1, 2), pixel_m)
            rgb[band], found[band] = colours.reshape((*grid.shape[:2], 3)), known.reshape(grid.shape[:2])
        return rgb, found

    def digest(self, bounds: Bounds) -> bytes:
        """A hash of the photos that lie over a square, the same on every machine; empty where there are none."""
        over = [photo for photo in self.photos if _lies_over(photo, _box(photo, bounds))]
        digest = sha256()
        for photo in over:
            described = (photo.crs, photo.affine, photo.width, photo.height, photo.bands, photo.bits, photo.masked)
            digest.update(photo.fingerprint + repr(described).encode())
        return digest.digest() if over else b""

    def _sampled(self, xy: Xy, step_m: float) -> tuple[Bytes, Found]:
        rgb, found = np.zeros((len(xy), 3), np.uint8), np.zeros(len(xy), bool)
        if not self or len(xy) == 0:
            return rgb, found
        west, south, east, north = _bounds(xy)
        if (east - west) * (north - south) > _MOST_PIXELS * step_m**2:
            axis = int(north - south > east - west)
            first = xy[:, axis] < xy[:, axis].min() / 2 + xy[:, axis].max() / 2
            for half in (first, ~first):
                rgb[half], found[half] = self._sampled(xy[half], step_m)
            return rgb, found
        for photo in self.photos:
            if _lies_over(photo, _box(photo, (west, south, east, north))):
                _fill(photo, xy, step_m, rgb, found)
            if found.all():
                break
        return rgb, found


def find_photos(places: Iterable[str | Path]) -> list[Path]:
    """The photos that files, folders and globs name, each once; raises `BadInput` for one that names none."""
    found: list[Path] = []
    for place in map(Path, places):
        if place.is_dir():
            these = [path for path in place.rglob("*") if path.suffix.lower() in SUFFIXES]
        elif any(sign in str(place) for sign in "*?["):
            these = list(Path(place.anchor).glob(str(place.relative_to(place.anchor))))
        else:
            these = [place]
        if not these:
            raise BadInput(f"There are no photos in {place}; name GeoTIFF files, or a folder with them.")
        found += these
    return sorted(set(found))


def open_photos(paths: Iterable[Path], crs: str | None = None, report: Report = silent) -> Photos:
    """Photos in the order of their names; raises a `Problem` that names the file for one that cannot be used.

    `crs` is the reference system of all of them, whatever they state. Each file is read once, for its fingerprint.
    """
    listed = list(paths)
    photos: dict[bytes, Photo] = {}
    for number, path in enumerate(sorted(listed, key=lambda path: (path.name, path))):
        report("Reading photos", number, len(listed))
        photo = raster.inspect(path, crs)
        photos.setdefault(photo.fingerprint, photo)
    report("Reading photos", len(listed), len(listed))
    ordered = sorted(photos.values(), key=lambda photo: (photo.path.name, photo.fingerprint))
    notes = tuple(
        f"{photo.path.name} has 16 bits a colour, of which {photo.bits} are used; the upper 8 of them are shown."
        for photo in ordered
        if photo.bits > 8  # noqa: PLR2004 - bits a screen shows
    )
    return Photos(tuple(ordered), notes)


def _bounds(xy: Xy) -> Bounds:
    (west, south), (east, north) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
    return west, south, east, north


def _box(photo: Photo, bounds: Bounds) -> tuple[float, float, float, float]:
    """Bounds in a photo's pixels: left, top, right, bottom."""
    west, south, east, north = bounds
    nodes = np.stack(np.meshgrid(np.linspace(west, east, 5), np.linspace(south, north, 5)), axis=-1).reshape(-1, 2)
    return _bounds(photo.to_pixels(_way(photo, bounds).to_crs(nodes)))


def _lies_over(photo: Photo, box: tuple[float, float, float, float]) -> bool:
    left, top, right, bottom = box
    return left < photo.width and top < photo.height and right >= 0 and bottom >= 0


def _fill(photo: Photo, xy: Xy, step_m: float, rgb: Bytes, found: Found) -> None:
    """Colour those points that have no colour yet and lie on this photo."""
    rows = np.flatnonzero(~found)
    bounds = _bounds(xy)
    way = _way(photo, bounds)
    pixels = photo.to_pixels(way.to_crs(xy[rows]))
    on_photo = ((pixels >= 0) & (pixels < (photo.width, photo.height))).all(axis=1)
    rows, pixels = rows[on_photo], pixels[on_photo]
    if len(rows) == 0:
        return
    factor = max(1, int(step_m / _pixel_m(photo, way, bounds) + 1e-6))
    colours, known = _interpolated(raster.read(photo, _bounds(pixels), factor), pixels)
    rgb[rows[known]], found[rows[known]] = colours[known], True


def _pixel_m(photo: Photo, way: "_Way", bounds: Bounds) -> float:
    """The side of a pixel on the ground at the middle of bounds."""
    centre = np.array([(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2])
    origin, east, north = photo.to_pixels(way.to_crs(centre + np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])))
    return float(abs(np.linalg.det([east - origin, north - origin])) ** -0.5)


def _interpolated(piece: Piece, pixels: Xy) -> tuple[Bytes, Found]:
    """Colours between the four nearest blocks of a piece, at columns and rows of the photo; empty ones do not count."""
    height, width = piece.rgb.shape[1:]
    # All in whole 1/256 of a block from the photo's corner: the same for a point in whatever piece it is asked.
    at = np.floor(pixels * (256 / piece.factor)).astype(np.int64)
    columns, rows = _neighbours(at[:, 0], piece.column, width), _neighbours(at[:, 1], piece.row, height)
    nearest = np.clip((at >> 8) - (piece.column, piece.row), 0, (width - 1, height - 1))
    middle = nearest[:, 1] * width + nearest[:, 0]
    planes = piece.rgb.reshape(3, -1)
    valid = None if piece.valid is None else piece.valid.ravel()
    total = np.full((3, len(pixels)), 1 << 15, np.uint32)  # rounds
    for row, row_weight in rows:
        for column, column_weight in columns:
            index = row * width + column
            if valid is not None:
                index = np.where(valid[index], index, middle)
            weight = row_weight * column_weight
            for channel in range(3):
                total[channel] += weight * planes[channel].take(index)
    known = np.ones(len(pixels), bool) if valid is None else valid[middle]
    return np.ascontiguousarray((total >> 16).astype(np.uint8).T), known


def _neighbours(at: NDArray[np.int64], start: int, count: int) -> list[tuple[NDArray[np.int64], NDArray[np.uint32]]]:
    """The two blocks on either side along one axis, and their weights of 256."""
    before, part = at - 128 >> 8, (at - 128 & 255).astype(np.uint32)
    first = np.clip(before - start, 0, count - 1)
    second = np.clip(before + 1 - start, 0, count - 1)
    return [(first, 256 - part), (second, part)]


@dataclass(frozen=True, eq=False)
class _Way:
    """How RD metres of a square become coordinates in a reference system."""

    crs: str
    centre: Xy
    reach: Xy
    coefficients: NDArray[np.floating] | None
    """(6, 2) for 1, u, v, uu, uv, vv; None where PROJ is asked for every point."""
    error: float
    """The largest found, in units of `crs`."""

    def to_crs(self, xy: Xy) -> Xy:
        """RD metres to x east and y north in `crs`, (n, 2)."""
        if self.crs in RD:
            return xy
        if self.coefficients is None:
            return _exact(self.crs, xy)
        return np.asarray(_terms((xy - self.centre) / self.reach) @ self.coefficients, np.float64)


def _way(photo: Photo, bounds: Bounds) -> _Way:
    west, south = (np.floor(metres / _SQUARE_M) * _SQUARE_M for metres in bounds[:2])
    east, north = (np.floor(metres / _SQUARE_M + 1) * _SQUARE_M for metres in bounds[2:])
    way = _fitted(photo.crs, (float(west), float(south), float(east), float(north)))
    if way.error > _TOLERANCE_PIXELS * photo.pixel:
        return _Way(way.crs, way.centre, way.reach, None, 0.0)
    return way


@lru_cache(maxsize=256)
def _fitted(crs: str, bounds: Bounds) -> _Way:
    least = np.array(RD_NAP.bounds[:2])
    most = np.array(RD_NAP.bounds[2:])
    low, high = np.clip(bounds[:2], least, most), np.clip(bounds[2:], least, most)
    centre, reach = (low + high) / 2, np.maximum((high - low) / 2, 1.0)
    if crs in RD:
        return _Way(crs, centre, reach, None, 0.0)
    nodes, checks = _lattice(np.array([-1.0, -0.7, 0.0, 0.7, 1.0])), _lattice(np.linspace(-0.9, 0.9, 7))
    coefficients, *_ = np.linalg.lstsq(_terms(nodes), _exact(crs, centre + nodes * reach), rcond=None)
    error = np.abs(_terms(checks) @ coefficients - _exact(crs, centre + checks * reach)).max()
    return _Way(crs, centre, reach, coefficients, float(error))


def _exact(crs: str, xy: Xy) -> Xy:
    geographic = RD_NAP.to_geographic(np.column_stack([xy, np.zeros(len(xy))]))  # height moves no point on the map
    return from_etrs89(crs, geographic[:, [1, 0]])


def _lattice(nodes: NDArray[np.float64]) -> Xy:
    return np.stack(np.meshgrid(nodes, nodes), axis=-1).reshape(-1, 2)


def _terms(at: Xy) -> NDArray[np.float64]:
    u, v = at.T
    return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=-1)
