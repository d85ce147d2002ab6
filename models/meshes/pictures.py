"""Textures: read by Pillow, no larger than a phone can hold, written as WebP."""

import struct
import warnings
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps

from tiles.geometry import Image

from . import beside
from .parts import Content

LARGEST_PX = 2048
"""Of a side; larger pictures are scaled down."""
_QUALITY = 88
_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "TGA", "DDS", "JPEG2000", "AVIF", "PCX", "SGI")
"""What textures come in: Pillow knows many more, and hands one of them, EPS, to another program."""
_OPAQUE = 255


@dataclass(frozen=True)
class Wrap:
    """What a picture does beyond its edges, along u and v: ``repeat``, ``mirror`` or ``clamp``."""

    u: str = "repeat"
    v: str = "repeat"


REPEAT = Wrap()


@dataclass(frozen=True)
class Texture:
    """A picture ready for a tile."""

    image: Image
    see_through: bool
    """Whether any of it is not opaque."""
    cut_out: bool
    """Whether it is all or nothing: leaves and fences, not glass."""
    scale: tuple[float, float] = (1.0, 1.0)
    """What texture coordinates are multiplied by: a half where the picture holds its own mirror image."""

    @property
    def alpha(self) -> Literal["opaque", "mask", "blend"]:
        """How it is drawn where the file does not say."""
        return "mask" if self.cut_out else "blend" if self.see_through else "opaque"


@dataclass
class Pictures:
    """The textures of one model, each read once; what is missing or changed is noted in `content`."""

    model: Path
    content: Content
    _read: dict[object, Texture | None] = field(default_factory=dict)

    def beside(self, uri: str, wrap: Wrap = REPEAT, cutoff: float = 0.5) -> Texture | None:
        """The picture in a file beside the model, or None, noted as missing."""
        key = (uri, wrap, cutoff)
        if key not in self._read:
            data = beside.read(self.model, uri)
            self._read[key] = self._texture(data, beside.name_of(uri), wrap, cutoff)
        return self._read[key]

    def held(self, data: bytes | None, name: str, wrap: Wrap = REPEAT, cutoff: float = 0.5) -> Texture | None:
        """The picture in bytes that the model's own file holds."""
        key = (data, name, wrap, cutoff)
        if key not in self._read:
            self._read[key] = self._texture(data, name, wrap, cutoff)
        return self._read[key]

    def _texture(self, data: bytes | None, name: str, wrap: Wrap, cutoff: float) -> Texture | None:
        picture = opened(data) if data is not None else None
        if picture is None:
            why = "" if data is None else " (no picture that can be read)"
            if name + why not in self.content.missing:
                self.content.missing.append(name + why)
            return None
        small = _scaled(picture)
        if small.size != picture.size:
            self.content.repaired.append(
                f"{name} scaled down from {picture.width} × {picture.height} to {small.width} × {small.height} pixels; "
                f"{LARGEST_PX} is the limit."
            )
        return _written(small, wrap, cutoff)


def opened(data: bytes) -> Pillow.Image | None:
    """A picture as RGB or RGBA; None where it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            picture = Pillow.open(BytesIO(data), formats=_FORMATS)
            return picture.convert("RGBA" if _has_alpha(picture) else "RGB")
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        IndexError,
        TypeError,
        KeyError,
        OverflowError,
        MemoryError,
        struct.error,
    ):
        return None  # what Pillow's many readers raise on a file that is broken
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning, NotImplementedError, RuntimeError):
        return None


def _has_alpha(picture: Pillow.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in picture.info


def _scaled(picture: Pillow.Image) -> Pillow.Image:
    if max(picture.size) <= LARGEST_PX:
        return picture
    factor = LARGEST_PX / max(picture.size)
    size = (max(round(picture.width * factor), 1), max(round(picture.height * factor), 1))
    return picture.resize(size, Pillow.Resampling.LANCZOS)


def _written(picture: Pillow.Image, wrap: Wrap, cutoff: float) -> Texture:
    see_through = cut_out = False
    if picture.mode == "RGBA":
        alpha = np.asarray(picture.getchannel("A"))
        see_through = bool(alpha.min(initial=_OPAQUE) < _OPAQUE)
        # Edges of cut-outs are smoothed over a pixel or two; glass is neither nothing nor all over most of a picture.
        cut_out = see_through and float(((alpha > 16) & (alpha < 240)).mean()) < 0.05  # noqa: PLR2004
        if not see_through:
            picture = picture.convert("RGB")
        elif cutoff != 0.5:  # noqa: PLR2004 - glTF's own, which is what tiles have
            shifted = np.clip(alpha.astype(np.float64) * (0.5 / max(cutoff, 1e-3)), 0, _OPAQUE).round()
            picture.putalpha(Pillow.fromarray(shifted.astype(np.uint8)))
    picture, scale = _mirrored(picture, wrap)
    repeats = "clamp" not in {wrap.u, wrap.v} or wrap.u != wrap.v
    with BytesIO() as file:
        picture.save(file, "WEBP", quality=_QUALITY, exact=False)
        return Texture(Image(file.getvalue(), "image/webp", repeats), see_through, cut_out, scale)


def _mirrored(picture: Pillow.Image, wrap: Wrap) -> tuple[Pillow.Image, tuple[float, float]]:
    """The picture beside its mirror image along each axis that mirrors, so that plain repetition does the same."""
    u = v = 1.0
    if wrap.u == "mirror":
        wide = Pillow.new(picture.mode, (2 * picture.width, picture.height))
        wide.paste(picture, (0, 0))
        wide.paste(ImageOps.mirror(picture), (picture.width, 0))
        picture, u = wide, 0.5
    if wrap.v == "mirror":
        high = Pillow.new(picture.mode, (picture.width, 2 * picture.height))
        high.paste(picture, (0, 0))
        high.paste(ImageOps.flip(picture), (0, picture.height))
        picture, v = high, 0.5
    return _scaled(picture), (u, v)


def mean_of(data: bytes | None) -> tuple[float, float, float] | None:
    """The mean red, green and blue of a picture, 0 to 1; None where it cannot be read."""
    picture = opened(data) if data is not None else None
    if picture is None:
        return None
    picture.thumbnail((64, 64))
    red, green, blue = (np.asarray(picture.convert("RGB"), np.float64).mean(axis=(0, 1)) / 255).tolist()
    return red, green, blue
