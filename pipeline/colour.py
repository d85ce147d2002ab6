"""The colour of points: their own, a photo's, or one that shows their class, height or intensity.

Every point is coloured by itself, by tables that are the same for a whole run, so that it has one colour in whatever
cell or level it is drawn. Files and photos hold sRGB; what comes out is linear, as glTF wants it.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tiles.colour import linear, linear_of_oklab
from tiles.errors import BadInput

from . import ahn

ColourMode = Literal["best", "file", "photo", "class", "height", "intensity"]
MODES: tuple[ColourMode, ...] = get_args(ColourMode)

Bytes = NDArray[np.uint8]
MIDDLE_GREY = 0.5  # of what a screen shows, where intensities are all zero

_RAMP_STEPS = 1 << 12
_RAMP_LIGHTNESS = (0.32, 0.93)
_RAMP_HUE_DEG = (265.0, 100.0)  # blue, green, yellow
_RAMP_CHROMA = 0.115
_WHITE_SHARE = 0.98
_INTENSITIES = 1 << 16
_VEGETATION = np.isin(np.arange(256), (3, 4, 5))


@dataclass(frozen=True)
class ColourOptions:
    """How points are to be coloured."""

    mode: ColourMode = "best"
    """`best`: a point's own colour, else the photo's (trees half their class's: photos are often taken in winter), else
    its class's. `file` and `photo` are as they are, and its class's where there is none."""
    height_nap_m: tuple[float, float] = (-5.0, 45.0)
    """The heights between which the ramp runs; what lies beyond has its end colours."""
    brightest: int = 0
    """The intensity that is white, the same for a whole run (see `brightest_of`)."""

    def __post_init__(self) -> None:
        low, high = self.height_nap_m
        if not low < high:
            raise BadInput(f"Heights from {low:g} to {high:g} m make no ramp; the first must be the lower.")


@dataclass(frozen=True, eq=False)
class Columns:
    """What points can be coloured by, one row each; colours are sRGB."""

    classification: Bytes  # (n,)
    z_mm: NDArray[np.int32]  # (n,), NAP
    intensity: NDArray[np.uint16]  # (n,)
    own: Bytes | None = None  # (n, 3), None where no file has colours
    has_own: NDArray[np.bool_] | None = None  # (n,), false where the file's colour is black: not given
    photo: Bytes | None = None  # (n, 3), None where there are no photos
    on_photo: NDArray[np.bool_] | None = None  # (n,)
    returns: Bytes | None = None  # (n,), number of returns in the high four bits, as in `pipeline.records`


def colour(points: Columns, options: ColourOptions) -> Bytes:
    """The linear colour of points, (n, 3)."""
    match options.mode:
        case "height":
            return of_height(points.z_mm, options.height_nap_m)
        case "intensity":
            return of_intensity(points.intensity, options.brightest)
    result = of_class(points.classification)
    # The better one last: it covers the other.
    if options.mode in {"best", "photo"}:
        _cover(result, points.photo, points.on_photo)
    if options.mode == "best" and points.on_photo is not None:
        _tint(result, np.flatnonzero(points.on_photo & _leafy(points)), points.classification)
    if options.mode in {"best", "file"}:
        _cover(result, points.own, points.has_own)
    return result


def _cover(result: Bytes, srgb: Bytes | None, known: NDArray[np.bool_] | None) -> None:
    if srgb is None or known is None:
        return
    if known.all():
        np.take(ahn.linear_of_srgb(), srgb, out=result, mode="clip")
    else:
        result[known] = ahn.linear_of_srgb()[srgb[known]]


def _leafy(points: Columns) -> NDArray[np.bool_]:
    """Vegetation: its classes, and what AHN leaves unclassified but light went through; cars and walls echo once."""
    leafy = _VEGETATION[points.classification]
    if points.returns is not None:
        leafy |= (points.classification == ahn.UNCLASSIFIED) & (points.returns >> 4 > 1)
    return leafy


def _tint(result: Bytes, rows: NDArray[np.intp], classification: Bytes) -> None:
    """Mix colours half and half with their class's."""
    result[rows] = (result[rows].astype(np.uint16) + of_class(classification[rows]) >> 1).astype(np.uint8)


def of_class(classification: Bytes) -> Bytes:
    """The linear colour of classes, (n, 3)."""
    return ahn.palette().take(classification, axis=0)


def of_height(z_mm: NDArray[np.int32], height_nap_m: tuple[float, float]) -> Bytes:
    """The linear colour of heights, (n, 3): from blue below to yellow above, in even steps for the eye."""
    low, high = height_nap_m
    step = (z_mm - np.float32(low * 1000)) * np.float32(_RAMP_STEPS / ((high - low) * 1000))
    return height_ramp().take(np.clip(step, 0, _RAMP_STEPS - 1).astype(np.intp), axis=0)


def of_intensity(intensity: NDArray[np.uint16], brightest: int) -> Bytes:
    """The linear grey of intensities, (n, 3): on a screen their square root, white from `brightest` up."""
    return np.repeat(intensity_ramp(brightest).take(intensity)[:, None], 3, axis=1)


def brightest_of(counts: NDArray[np.int64]) -> int:
    """The intensity that is white, from how many points have each, (65536,): 2 % shine more, such as road paint.

    Counts can be added over files in any order, so the answer is one for a whole run.
    """
    total = int(counts.sum())
    if total == counts[0]:
        return 0
    shining = counts.copy()
    shining[0] = 0  # not measured
    return int(np.searchsorted(shining.cumsum(), _WHITE_SHARE * (total - counts[0])))


@cache
def height_ramp() -> Bytes:
    """Linear colours of the height ramp, (4096, 3): lightness rises evenly, so it also reads in grey (OKLab)."""
    along = np.linspace(0, 1, _RAMP_STEPS)
    hue = np.radians(np.interp(along, (0, 1), _RAMP_HUE_DEG))
    lightness = np.interp(along, (0, 1), _RAMP_LIGHTNESS)
    lab = np.stack([lightness, _RAMP_CHROMA * np.cos(hue), _RAMP_CHROMA * np.sin(hue)], axis=-1)
    return np.rint(linear_of_oklab(lab) * 255).astype(np.uint8)


@lru_cache(maxsize=8)
def intensity_ramp(brightest: int) -> Bytes:
    """The linear grey of each intensity, (65536,)."""
    if brightest == 0:
        return np.full(_INTENSITIES, np.rint(linear(MIDDLE_GREY) * 255), np.uint8)
    shown = np.minimum(np.sqrt(np.arange(_INTENSITIES) / brightest), 1.0)
    return np.rint(linear(shown) * 255).astype(np.uint8)
