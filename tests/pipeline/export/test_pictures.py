"""Textures as phones read them."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image as Pillow

from pipeline.export.pictures import average, portable, see_through
from tiles.errors import BadInput
from tiles.geometry import Image, Material

NOISE = np.random.default_rng(1).integers(0, 255, (64, 96, 4), np.uint8)


def picture(kind: str, channels: int = 3, opacity: int | None = None) -> Image:
    pixels = NOISE[:, :, :channels].copy()
    if opacity is not None:
        pixels[:, :, 3] = opacity
    with BytesIO() as file:
        Pillow.fromarray(pixels).save(file, kind, lossless=True)
        return Image(file.getvalue(), f"image/{kind.lower()}")


def opened(image: Image):
    return Pillow.open(BytesIO(image.data))


@pytest.mark.parametrize(
    ("given", "kind", "mode"),
    [
        (picture("WEBP"), "JPEG", "RGB"),
        (picture("WEBP", 4), "PNG", "RGBA"),
        (picture("WEBP", 4, opacity=255), "JPEG", "RGB"),
        (picture("BMP"), "JPEG", "RGB"),
    ],
)
def test_other_kinds_become_jpeg_or_png_where_light_goes_through(given, kind, mode):
    made = portable(given, 2048)
    assert (opened(made).format, opened(made).mode, opened(made).size) == (kind, mode, (96, 64))
    assert made.media_type == f"image/{kind.lower()}"
    assert see_through(Material(texture=made)) == (mode == "RGBA")


def test_a_png_stays_the_file_it_is():
    assert portable(given := picture("PNG", 4), 2048).data == given.data


def test_a_large_picture_becomes_smaller_in_its_own_shape():
    assert opened(portable(picture("PNG"), 48)).size == (48, 32)


def test_the_middle_colour_is_the_mean():
    assert average(picture("PNG")) == pytest.approx(NOISE[:, :, :3].mean(axis=(0, 1)) / 255, abs=0.5 / 255)


def test_a_broken_picture_is_said():
    with pytest.raises(BadInput, match="A texture of the model cannot be read"):
        portable(Image(picture("PNG").data[:200], "image/png"), 2048)
