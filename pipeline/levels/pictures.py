"""Pictures no finer than is seen: in a level, a pixel is no smaller than half the level's error."""

import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image as Pillow

from tiles.geometry import Image, Surface

_FEWEST_PIXELS = 8
_WORTH = 0.75  # of the side: a little smaller is not worth encoding anew
_QUALITY = 80


def coarser(surfaces: Sequence[Surface], error_m: float) -> list[Surface]:
    """The surfaces with their pictures in fewer pixels where that is not seen."""
    wanted: dict[Image, float] = {}
    for surface in surfaces:
        if surface.material.texture is not None and surface.uv is not None:
            size = 2 * _picture_m(surface) / error_m
            wanted[surface.material.texture] = max(wanted.get(surface.material.texture, 0.0), size)
    smaller = {image: _resized(image, pixels) for image, pixels in wanted.items()}
    return [_with_picture(surface, smaller) for surface in surfaces]


def _picture_m(surface: Surface) -> float:
    """How large the whole picture is on the surface, metres."""
    assert surface.uv is not None
    corners, uv = surface.positions[surface.triangles], surface.uv[surface.triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()
    (u1, v1), (u2, v2) = (uv[:, 1] - uv[:, 0]).T, (uv[:, 2] - uv[:, 0]).T
    return float(np.sqrt(area / max(np.abs(u1 * v2 - u2 * v1).sum(), 1e-9)))


def _resized(image: Image, pixels: float) -> Image:
    with Pillow.open(io.BytesIO(image.data)) as picture:
        side = max(picture.size)
        most = max(_FEWEST_PIXELS, 2 ** int(np.ceil(np.log2(max(pixels, 1.0)))))
        if most > side * _WORTH:
            return image
        size = [max(1, round(length * most / side)) for length in picture.size]
        shrunk = picture.convert("RGBA" if picture.mode in {"RGBA", "LA", "P"} else "RGB").resize((size[0], size[1]))
        out = io.BytesIO()
        shrunk.save(out, "WEBP", quality=_QUALITY, method=4)
    return replace(image, data=out.getvalue(), media_type="image/webp")


def _with_picture(surface: Surface, smaller: dict[Image, Image]) -> Surface:
    image = surface.material.texture
    if image is None or image not in smaller:
        return surface
    return replace(surface, material=replace(surface.material, texture=smaller[image]))
