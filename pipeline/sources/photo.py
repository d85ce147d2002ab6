"""An orthophoto from a Web Map Service, as one tiled GeoTIFF in RD (WMS 1.3.0, OGC 06-042)."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import rasterio  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image
from rasterio.windows import Window  # type: ignore[import-untyped]

from pipeline.area import Area
from pipeline.polygons import Bounds, written
from tiles.errors import BadInput, OutputProblem
from tiles.store import said_as_output_problem

from .config import PhotoSource
from .job import Got, Job
from .pieces import Pieces
from .record import CRS, Entry, settle
from .web import Passing, SourceAway, ahead, host, with_parameters

FILE = "photo.tif"
_NAME = "photo"
_STAGE = "Fetching the photo"
_BLOCK = 256
"""Pixels per side of the file's own tiles. Requests are whole blocks, so that each is compressed once."""
_QUALITY = 90
_MOST_PIXELS_A_SIDE = 1_000_000


@dataclass(frozen=True)
class Grid:
    """The pixels of an area: aligned to whole multiples of the resolution, so that neighbouring photos fit."""

    west: int
    north: int
    width: int
    height: int
    resolution_m: float

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north, RD metres."""
        size = self.resolution_m
        return (
            self.west * size,
            (self.north - self.height) * size,
            (self.west + self.width) * size,
            self.north * size,
        )

    def bounds_of(self, window: Window) -> Bounds:
        """Of some of the pixels."""
        west, north = self.west + window.col_off, self.north - window.row_off
        size = self.resolution_m
        return west * size, (north - window.height) * size, (west + window.width) * size, north * size

    def windows(self, step: int) -> Iterator[Window]:
        """The pixels in squares of `step`, row by row from the north."""
        for row in range(0, self.height, step):
            for column in range(0, self.width, step):
                yield Window(column, row, min(step, self.width - column), min(step, self.height - row))


def grid(area: Area, resolution_m: float) -> Grid:
    """The pixels that cover `area`."""
    if not 0.01 <= resolution_m <= 100:  # noqa: PLR2004 - finer than any photo; coarser than any use
        raise BadInput(f"A photo of {resolution_m:g} metres a pixel is of no use; take 0.05 to 10.")
    west, south, east, north = (value / resolution_m for value in area.bounds)
    left, top = int(np.floor(west + 1e-6)), int(np.ceil(north - 1e-6))
    pixels = Grid(left, top, int(np.ceil(east - 1e-6)) - left, top - int(np.floor(south + 1e-6)), resolution_m)
    if max(pixels.width, pixels.height) > _MOST_PIXELS_A_SIDE:
        raise BadInput(f"The photo would be {pixels.width:,} × {pixels.height:,} pixels; choose a larger --resolution.")
    return pixels


def fetch_photo(source: PhotoSource, job: Job) -> Got:
    """The photo of the area; of a polygon, the squares that touch it, and the rest is masked."""
    pixels = grid(job.area, source.resolution_m)
    asked = [source.wms, source.layer, source.format, source.resolution_m, source.most_pixels, job.area.identity]
    request = json.dumps(asked)
    if entry := job.record.whole(FILE, request):
        return Got(_NAME, (entry,), entry.counted, notes=entry.notes, already=True)
    step = max(_BLOCK, source.most_pixels // _BLOCK * _BLOCK)
    windows = [window for window in pixels.windows(step) if job.area.overlaps(pixels.bounds_of(window))]
    addresses = [address(source, pixels, window) for window in windows]
    with job.pieces(_NAME, request) as kept:
        _bring(source, job, kept, list(zip(addresses, windows, strict=True)))
        blank = _write(job, kept, pixels, list(zip(addresses, windows, strict=True)))
        counted = f"{pixels.width:,} × {pixels.height:,} pixels of {source.resolution_m:g} m"
        notes = (f"{blank} of {len(windows)} squares of the photo came in one colour and are masked",) if blank else ()
        first = addresses[0]
        entry = Entry(
            FILE, _NAME, source.credit, first, kept.last_received(), pixels.bounds, CRS, request, counted, notes=notes
        )
        entry = job.record.add(entry)
    return Got(_NAME, (entry,), entry.counted, notes=entry.notes)


def address(source: PhotoSource, pixels: Grid, window: Window) -> str:
    """The GetMap request for some of the pixels; EPSG:28992 has its axes east, north, so the box is as everywhere."""
    return with_parameters(
        source.wms,
        {
            "SERVICE": "WMS",
            "VERSION": "1.3.0",
            "REQUEST": "GetMap",
            "LAYERS": source.layer,
            "STYLES": "",
            "CRS": CRS,
            "BBOX": written(pixels.bounds_of(window)),
            "WIDTH": window.width,
            "HEIGHT": window.height,
            "FORMAT": source.format,
        },
    )


def _bring(source: PhotoSource, job: Job, kept: Pieces, wanted: list[tuple[str, Window]]) -> None:
    """Ask for all squares that are not here yet, some at a time."""
    lacking = [(asked, window) for asked, window in wanted if kept.get(asked) is None]
    done = len(wanted) - len(lacking)
    job.report(_STAGE, done, len(wanted))

    def picture(one: tuple[str, Window]) -> bytes:
        asked, window = one
        return job.web.get(asked, lambda response, body: _accepted(response, body, asked, window), source.format)

    for (asked, _), body in ahead(lacking, picture, source.connections):
        kept.put(asked, body)
        done += 1
        job.report(_STAGE, done, len(wanted))


def _accepted(response: Any, body: bytes, asked: str, window: Window) -> bytes:
    """The body, if it is a picture of the right size; a WMS sends its exceptions as XML with status 200."""
    kind = response.headers.get("content-type", "")
    if not kind.startswith("image/") or body.lstrip()[:1] == b"<":
        text = " ".join(re.sub(r"<[^>]*>", " ", body[:4000].decode("utf-8", "replace")).split())
        raise SourceAway(f"{host(asked)} sent no picture but {kind or 'something'}: {text[:300]}")
    try:
        colours = _colours(body)
    except (OSError, SyntaxError, ValueError) as error:
        raise Passing(f"{host(asked)} sent a picture that cannot be read ({error}).") from error
    if colours.shape[:2] != (window.height, window.width):
        height, width = colours.shape[:2]
        raise SourceAway(
            f"{host(asked)} sent {width} × {height} pixels where {window.width} × {window.height} were asked."
        )
    return body


def _colours(body: bytes) -> NDArray[np.uint8]:
    """A picture as (rows, columns, 4): red, green, blue, opacity."""
    with Image.open(BytesIO(body)) as picture:
        return np.asarray(picture.convert("RGBA"), dtype=np.uint8)


def _write(job: Job, kept: Pieces, pixels: Grid, wanted: list[tuple[str, Window]]) -> int:
    """Put the squares together, one in memory at a time; how many are of one colour and so no picture."""
    path, blank = job.folder / FILE, 0
    part = path.with_name(f"{path.name}.part")
    try:
        with said_as_output_problem(path), _new_tiff(part, pixels) as file:
            for asked, window in wanted:
                piece = kept.get(asked)
                if piece is None:
                    raise OutputProblem(
                        f"A piece of the photo in {job.folder} was damaged; run the same command again."
                    )
                colours = _colours(piece.body)
                seen = colours[..., 3] > 0
                if (colours == colours[0, 0]).all():
                    blank += 1
                    seen[:] = False
                file.write(np.moveaxis(colours[..., :3], 2, 0), window=window)
                file.write_mask(seen, window=window)
    except rasterio.errors.RasterioError as error:
        raise OutputProblem(f"{path} cannot be written ({error}): free some space or choose another folder.") from error
    settle(part, path)
    return blank


@contextmanager
def _new_tiff(path: Path, pixels: Grid) -> Iterator[Any]:
    """A GeoTIFF that is open for writing: JPEG in tiles, with a mask of where there is a picture."""
    west, _, _, north = pixels.bounds
    profile = {
        "driver": "GTiff",
        "width": pixels.width,
        "height": pixels.height,
        "count": 3,
        "dtype": "uint8",
        "crs": CRS,
        "transform": rasterio.Affine(pixels.resolution_m, 0.0, west, 0.0, -pixels.resolution_m, north),
        "tiled": True,
        "blockxsize": _BLOCK,
        "blockysize": _BLOCK,
        "compress": "jpeg",
        "photometric": "ycbcr",
        "jpeg_quality": _QUALITY,
        "BIGTIFF": "IF_SAFER",
        "SPARSE_OK": True,
    }
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True, GDAL_CACHEMAX=64), rasterio.open(path, "w", **profile) as file:
        yield file
