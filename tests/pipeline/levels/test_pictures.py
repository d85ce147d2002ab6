"""Pictures in levels, no finer than is seen."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from pipeline.levels.pictures import coarser
from tiles.geometry import Image, Material, Surface


def wall(side_m, pixels, repeats=1.0):
    picture = Pillow.fromarray(np.random.default_rng(1).integers(0, 255, (pixels, pixels, 3), np.uint8))
    out = io.BytesIO()
    picture.save(out, "PNG")
    xyz = np.array([(0, 0, 0), (side_m, 0, 0), (side_m, 0, side_m), (0, 0, side_m)], float)
    uv = np.array([(0, 1), (1, 1), (1, 0), (0, 0)], float) * repeats
    faces = np.array([(0, 1, 2), (0, 2, 3)], np.uint32)
    return Surface(
        Material(texture=Image(out.getvalue(), "image/png")),
        xyz,
        np.tile([0.0, -1.0, 0.0], (4, 1)),
        np.zeros(4, np.uint32),
        faces,
        uv,
    )


def pixels(surface):
    return Pillow.open(io.BytesIO(surface.material.texture.data)).size


@pytest.mark.parametrize(("error_m", "side"), [(0.01, 512), (0.1, 256), (0.2, 128), (3.0, 8)])
def test_a_pixel_is_no_smaller_than_half_the_error_but_no_picture_grows(error_m, side):
    assert pixels(coarser([wall(10.0, 512)], error_m)[0]) == (side, side)


def test_a_picture_that_repeats_counts_once():
    assert pixels(coarser([wall(10.0, 512, repeats=10.0)], 0.02)[0]) == (128, 128)


def test_surfaces_that_share_a_picture_still_do_and_the_nearest_look_decides():
    far, near = coarser([wall(1.0, 512), wall(10.0, 512)], 0.1)
    assert far.material.texture == near.material.texture
    assert pixels(far) == (256, 256)
