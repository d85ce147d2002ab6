"""Textures as phones read them: PNG or JPEG of a size they can hold."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from tiles.errors import BadInput
from tiles.geometry import Image, Material

JPEG, PNG = "image/jpeg", "image/png"
_PLAIN = {"JPEG": JPEG, "PNG": PNG}
_QUALITY = 88
_OPAQUE = 255


def portable(image: Image, most_px: int) -> Image:
    """A picture as PNG or JPEG of at most `most_px` a side; the same one where it is that already.

    Raises `BadInput` where it cannot be read.
    """
    picture = _opened(image)
    small = max(picture.size) <= most_px
    if small and picture.mode in {"RGB", "RGBA"} and picture.format in _PLAIN:
        return Image(image.data, _PLAIN[picture.format], image.repeats)
    whole = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    if not small:
        whole.thumbnail((most_px, most_px), Pillow.Resampling.LANCZOS)
    if whole.mode == "RGBA" and whole.getchannel("A").getextrema()[0] == _OPAQUE:
        whole = whole.convert("RGB")
    return _written(whole, image.repeats)


def png(pixels: NDArray[np.uint8]) -> Image:
    """A picture of pixels, (height, width, 3 or 4), as PNG."""
    return _written(Pillow.fromarray(pixels), repeats=False, lossless=True)


def average(image: Image) -> tuple[float, float, float]:
    """The middle colour of a picture, sRGB 0 to 1."""
    pixel = np.asarray(_opened(image).convert("RGB").resize((1, 1), Pillow.Resampling.BOX), np.float64)
    red, green, blue = (pixel[0, 0] / 255).tolist()
    return red, green, blue


def see_through(material: Material) -> bool:
    """Whether a material or its picture lets light through."""
    if material.base_colour[3] < 1.0:
        return True
    return material.texture is not None and _opened(material.texture).mode == "RGBA"


def _opened(image: Image) -> Pillow.Image:
    try:
        picture = Pillow.open(BytesIO(image.data))
        picture.load()
    except (UnidentifiedImageError, OSError, Pillow.DecompressionBombError) as error:
        raise BadInput(f"A texture of the model cannot be read: {str(error).rstrip('.')}.") from error
    return picture


def _written(picture: Pillow.Image, repeats: bool, *, lossless: bool = False) -> Image:
    lossless = lossless or picture.mode == "RGBA"
    with BytesIO() as file:
        if lossless:
            picture.save(file, "PNG", optimize=True)
        else:
            picture.save(file, "JPEG", quality=_QUALITY, optimize=True)
        return Image(file.getvalue(), PNG if lossless else JPEG, repeats)
