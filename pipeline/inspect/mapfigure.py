"""The plan of a model as SVG: its outline and roofs on what is known around it, with scale, north and coordinates."""

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from io import BytesIO
from math import floor, log10

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray
from PIL import Image

import assets
from pipeline.polygons import Bounds, Outline

from .words import Words, figure

WIDTH, HEIGHT = 720, 540
_MARGIN = 46  # pixels, for coordinates
_AROUND = 0.8  # of the model's size, on each side
_LEAST_M = 25.0
_INSET = 118
_LINES = 5


@dataclass(frozen=True, eq=False)
class Around:
    """What is known of a model's surroundings."""

    photo: NDArray[np.uint8] | None = None  # (h, w, 4), row 0 in the north, over the whole window
    outlines: Sequence[Outline] = field(default_factory=tuple)
    """Buildings that stand, RD metres."""


@dataclass(frozen=True)
class Window:
    """The part of the map, or of the model's own plane, that is drawn."""

    west: float
    north: float
    metres_per_pixel: float

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north."""
        return (
            self.west,
            self.north - HEIGHT * self.metres_per_pixel,
            self.west + WIDTH * self.metres_per_pixel,
            self.north,
        )

    def pixels(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Metres, (n, 2), as pixels from the upper left."""
        return np.stack([xy[:, 0] - self.west, self.north - xy[:, 1]], axis=1) / self.metres_per_pixel


def window(bounds: Bounds) -> Window:
    """A window with room around what lies in `bounds`."""
    west, south, east, north = bounds
    size = max(east - west, north - south, _LEAST_M)
    across, up = (max(length, 0.0) + 2 * _AROUND * size for length in (east - west, north - south))
    metres = max(across / (WIDTH - _MARGIN), up / (HEIGHT - _MARGIN))
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    return Window(
        round(middle_x - (WIDTH + _MARGIN) / 2 * metres, 3),
        round(middle_y + (HEIGHT - _MARGIN) / 2 * metres, 3),
        metres,
    )


@dataclass(frozen=True, eq=False)
class Drawn:
    """What is drawn in a window."""

    outline: Outline
    roofs: bytes
    """A picture from above over `roof_bounds`; empty for none."""
    roof_bounds: Bounds
    around: Around
    on_map: bool
    """Whether coordinates are RD; else they are the model's own."""
    certain: bool
    """Whether the place was chosen; else it is a guess, drawn dashed."""


def svg(drawn: Drawn, view: Window, label: Words) -> str:
    """The figure, with its description for those who do not see it."""
    said = f'role="img" aria-label="{escape(label.nl)} {escape(label.en)}"'
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" {said} xmlns="http://www.w3.org/2000/svg" class="plan">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#eef0ec"/>',
        *_photo(drawn.around, view),
        *_grid(view, dark=drawn.around.photo is not None),
        *(_path(outline, view, "neighbour") for outline in drawn.around.outlines),
        *_roofs(drawn, view),
        _path(drawn.outline, view, "halo"),
        _path(drawn.outline, view, "outline" if drawn.certain else "outline guess"),
        *_coordinates(view, on_map=drawn.on_map),
        *_scale_bar(view),
        *(_north() if drawn.on_map else ()),
        *(_locator(view) if drawn.on_map else ()),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


def _photo(around: Around, view: Window) -> Iterator[str]:
    if around.photo is not None:
        with BytesIO() as file:
            Image.fromarray(around.photo).save(file, "WEBP", quality=75, method=4)
            yield _image(file.getvalue(), view.bounds, view)


def _roofs(drawn: Drawn, view: Window) -> Iterator[str]:
    if drawn.roofs:
        yield _image(drawn.roofs, drawn.roof_bounds, view)


def _image(data: bytes, bounds: Bounds, view: Window) -> str:
    west, south, east, north = bounds
    (left, top), (right, bottom) = view.pixels(np.array([[west, north], [east, south]]))
    return (
        f'<image x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"'
        f' preserveAspectRatio="none" href="data:image/webp;base64,{b64encode(data).decode()}"/>'
    )


def _path(outline: Outline, view: Window, name: str) -> str:
    drawn = []
    for part in shapely.get_parts(outline):
        for ring in (part.exterior, *part.interiors):
            points = view.pixels(shapely.get_coordinates(ring))
            drawn.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    return f'<path class="{name}" fill-rule="evenodd" d="{"".join(drawn)}"/>' if drawn else ""


def _step(length_m: float, pieces: int) -> float:
    """A round length, 1, 2 or 5 times a power of ten, of which about so many make `length_m`."""
    rough = length_m / pieces
    power = 10.0 ** floor(log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)


def _marks(low: float, high: float, step: float) -> list[float]:
    first = int(np.ceil(low / step))
    return [number * step for number in range(first, int(np.floor(high / step)) + 1)]


def _grid(view: Window, *, dark: bool) -> Iterator[str]:
    west, south, east, north = view.bounds
    step = _step(east - west, _LINES)
    kind = "grid over" if dark else "grid"
    for x in _marks(west, east, step):
        left = (x - west) / view.metres_per_pixel
        yield f'<path class="{kind}" d="M{left:.1f} 0V{HEIGHT}"/>'
    for y in _marks(south, north, step):
        top = (north - y) / view.metres_per_pixel
        yield f'<path class="{kind}" d="M0 {top:.1f}H{WIDTH}"/>'


def _coordinates(view: Window, *, on_map: bool) -> Iterator[str]:
    west, south, east, north = view.bounds
    step = _step(east - west, _LINES)
    decimals = max(0, -floor(log10(step)))
    yield f'<rect class="frame" y="{HEIGHT - 20}" width="{WIDTH}" height="20"/>'
    yield f'<rect class="frame" width="{_MARGIN + 12}" height="{HEIGHT - 20}"/>'
    for x in _marks(west, east, step):
        left = (x - west) / view.metres_per_pixel
        if _MARGIN + 40 < left < WIDTH - 30:
            yield _mark(left, HEIGHT - 6, "middle", f"{x + 0.0:.{decimals}f}")
    for y in _marks(south, north, step):
        top = (north - y) / view.metres_per_pixel
        if 20 < top < HEIGHT - 30:  # noqa: PLR2004
            yield _mark(_MARGIN + 8, top + 4, "end", f"{y + 0.0:.{decimals}f}")
    yield _mark(4, HEIGHT - 6, "start", "RD (m)" if on_map else "model (m)")


def _mark(x: float, y: float, anchor: str, said: str) -> str:
    return f'<text class="mark" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{said}</text>'


def _scale_bar(view: Window) -> Iterator[str]:
    metres = _step(view.metres_per_pixel * 64, 1)
    length = metres / view.metres_per_pixel
    left, top = WIDTH - 18 - length, HEIGHT - 38
    said = figure(metres, 0 if metres >= 1 else 1).nl
    yield f'<rect class="plate" x="{left - 8:.1f}" y="{top - 18}" width="{length + 16:.1f}" height="28" rx="3"/>'
    yield f'<path class="bar" d="M{left:.1f} {top - 5}V{top + 2}H{left + length:.1f}V{top - 5}"/>'
    yield _mark(left + length / 2, top - 5, "middle", f"{said} m")


def _north() -> Iterator[str]:
    x, y = _MARGIN + 38, 40
    yield f'<rect class="plate" x="{x - 18}" y="{y - 30}" width="36" height="52" rx="3"/>'
    yield f'<path class="arrow" d="M{x} {y - 26}l8 24-8-6-8 6z"/>'
    yield _mark(x, y + 15, "middle", "N")


def _locator(view: Window) -> Iterator[str]:
    """The Netherlands in a corner, with a dot where the window lies."""
    ring = _netherlands()
    (west, south), (east, north) = ring.min(axis=0), ring.max(axis=0)
    scale = (_INSET - 12) / (north - south)
    left, top = WIDTH - (east - west) * scale - 20, 8
    points = np.stack([(ring[:, 0] - west) * scale + left + 6, (north - ring[:, 1]) * scale + top + 6], axis=1)
    w, s, e, n = view.bounds
    x, y = ((w + e) / 2 - west) * scale + left + 6, (north - (s + n) / 2) * scale + top + 6
    across = (east - west) * scale + 12
    yield f'<rect class="plate" x="{left:.1f}" y="{top}" width="{across:.1f}" height="{_INSET}" rx="3"/>'
    yield f'<path class="land" d="M{"L".join(f"{a:.1f} {b:.1f}" for a, b in points)}Z"/>'
    yield f'<circle class="here" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'


@cache
def _netherlands() -> NDArray[np.float64]:
    """Its outline by the sheets of AHN, RD metres (n, 2)."""
    document = json.loads(assets.path("inspect/netherlands.json").read_text(encoding="utf-8"))
    return np.array(document["outline"], np.float64)
