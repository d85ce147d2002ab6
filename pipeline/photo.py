"""Aerial photos on the map: the colour of any point, and pictures to drape over ground.

A photo lies where its own reference system says, through the exact frame: RD by its affine alone, others over ETRS89
degrees (`pipeline/warp.py`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput

from . import raster
from .polygons import Bounds, Rows, Xy
from .raster import Bytes, Column, Photo, Piece
from .report import Report, silent
from .warp import Way, lattice, way_to

Found = NDArray[np.bool_]

SUFFIXES = (".tif", ".tiff", ".jp2", ".jpg", ".jpeg", ".png")
_POINT_M = 0.1
"""Points are coloured from pixels no finer than this: AHN's lie 0.2 m apart, and a finer pixel is noise to them."""
_MOST_PIXELS = 1 << 24
_AT_ONCE = 1 << 15  # points: what a processor keeps near


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
        over = [photo for photo in self.photos if _lies_over(photo, bounds)]
        digest = sha256()
        for photo in over:
            described = (photo.crs, photo.affine, photo.width, photo.height, photo.bands, photo.bits, photo.masked)
            digest.update(photo.fingerprint + repr(described).encode())
        return digest.digest() if over else b""

    def _sampled(self, xy: Xy, step_m: float) -> tuple[Bytes, Found]:
        rgb, found = np.zeros((len(xy), 3), np.uint8), np.zeros(len(xy), bool)
        if not self or len(xy) == 0:
            return rgb, found
        bounds = west, south, east, north = _bounds(xy)
        if (east - west) * (north - south) > _MOST_PIXELS * step_m**2:
            values, middle = (
                (xy[:, 0], west / 2 + east / 2) if east - west >= north - south else (xy[:, 1], south / 2 + north / 2)
            )
            first = values < middle
            for half in (first, ~first):
                rgb[half], found[half] = self._sampled(xy[half], step_m)
            return rgb, found
        left = np.arange(len(xy))
        for photo in self.photos:
            if _lies_over(photo, bounds):
                for rows, colours in _coloured(photo, xy, left, step_m):
                    rgb[rows], found[rows] = colours, True
                left = np.flatnonzero(~found)
            if len(left) == 0:
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
        photo = raster.inspect(path.absolute(), crs)
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
    x, y = xy[:, 0], xy[:, 1]
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _box(photo: Photo, bounds: Bounds) -> tuple[float, float, float, float]:
    """Bounds in a photo's pixels: left, top, right, bottom."""
    west, south, east, north = bounds
    nodes = lattice(np.linspace(-1, 1, 5)) * ((east - west) / 2, (north - south) / 2)
    nodes += (west / 2 + east / 2, south / 2 + north / 2)
    return _bounds(np.stack(photo.to_pixels(*way_to(photo, bounds).to_crs(*nodes.T)), axis=-1))


def _lies_over(photo: Photo, bounds: Bounds) -> bool:
    left, top, right, bottom = _box(photo, bounds)
    return left < photo.width and top < photo.height and right >= 0 and bottom >= 0


def _coloured(photo: Photo, xy: Xy, left: Rows, step_m: float) -> Iterator[tuple[Rows, Bytes]]:
    """Those of the points `left` that lie on this photo, and their colours."""
    bounds = _bounds(xy if len(left) == len(xy) else xy[left])
    way = way_to(photo, bounds)
    factor = max(1, int(step_m / _pixel_m(photo, way, bounds) + 1e-6))
    piece = raster.read(photo, _box(photo, bounds), factor)
    for start in range(0, len(left), _AT_ONCE):
        rows = left[start : start + _AT_ONCE]
        columns, lines = photo.to_pixels(*way.to_crs(xy[rows, 0], xy[rows, 1]))
        known = (columns >= 0) & (columns < photo.width) & (lines >= 0) & (lines < photo.height)
        colours = _interpolated(piece, columns, lines, known)
        yield rows[known], colours[known]


def _pixel_m(photo: Photo, way: Way, bounds: Bounds) -> float:
    """The side of a pixel on the ground at the middle of bounds."""
    steps = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    steps += ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
    origin, east, north = np.stack(photo.to_pixels(*way.to_crs(*steps.T)), axis=-1)
    return float(abs(np.linalg.det([east - origin, north - origin])) ** -0.5)


def _interpolated(piece: Piece, columns: Column, lines: Column, known: Found) -> Bytes:
    """Colours, (n, 3), between the four nearest blocks of a piece; empty ones do not count.

    What is `known` becomes false where the nearest block is empty.
    """
    height, width = piece.rgb.shape[1:]
    # All in whole 1/256 of a block from the photo's corner: the same for a point in whatever piece it is asked.
    across, down = (np.rint(axis * (256 / piece.factor)).astype(np.int64) for axis in (columns, lines))
    planes = piece.rgb.reshape(3, -1)
    valid = None if piece.valid is None else piece.valid.ravel()
    nearest = _held(down >> 8, piece.row, height) * width + _held(across >> 8, piece.column, width)
    total = np.full((3, len(columns)), 1 << 15, np.uint32)  # rounds
    for row, row_weight in _neighbours(down, piece.row, height):
        for column, column_weight in _neighbours(across, piece.column, width):
            index = row * width + column
            if valid is not None:
                index = np.where(valid[index], index, nearest)
            weight = row_weight * column_weight
            for channel in range(3):
                total[channel] += weight * planes[channel].take(index)
    if valid is not None:
        known &= valid[nearest]
    return (total >> 16).astype(np.uint8).T


def _neighbours(at: NDArray[np.int64], start: int, count: int) -> list[tuple[NDArray[np.int64], NDArray[np.uint32]]]:
    """The two blocks on either side along one axis, and their weights of 256."""
    before, part = at - 128 >> 8, (at - 128 & 255).astype(np.uint32)
    return [(_held(before, start, count), 256 - part), (_held(before + 1, start, count), part)]


def _held(block: NDArray[np.int64], start: int, count: int) -> NDArray[np.int64]:
    """Blocks of a photo counted in a piece, held to its edge."""
    return np.asarray(np.minimum(np.maximum(block - start, 0), count - 1))
