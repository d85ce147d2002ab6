"""Few materials for many colours."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image as Pillow

from pipeline.export.palette import painted
from pipeline.export.pictures import png
from tests.makemesh import area_m2, box, coloured
from tiles.colour import srgb
from tiles.geometry import Material


def colours_at(surface):
    """The pixel under each vertex, as someone else reads it, 0 to 1."""
    picture = np.asarray(Pillow.open(BytesIO(surface.material.texture.data)), np.float64) / 255
    height, width = picture.shape[:2]
    column, row = (surface.uv * [width, height]).astype(int).T
    return picture[row, column]


def test_few_colours_are_left_alone():
    surfaces = [box(material=coloured(row / 10, 0, 0)) for row in range(10)]
    assert painted(surfaces, 10).surfaces is surfaces


def test_many_colours_are_all_kept_in_one_picture():
    shades = np.random.default_rng(1).uniform(0, 1, (37, 3))
    surfaces = [box(at=(20 * row, 0, 0), material=coloured(*shade)) for row, shade in enumerate(shades.tolist())]
    few = painted(surfaces, 10)
    (one,) = few.surfaces
    assert (few.shared, few.averaged) == (37, 0)
    assert area_m2(one) == pytest.approx(sum(map(area_m2, surfaces)))
    pixel = 1.4 / np.asarray(Pillow.open(BytesIO(one.material.texture.data))).shape[0]
    for beside in ([pixel, pixel], [-pixel, -pixel]):  # smoothing reads the pixels around as well
        assert (colours_at(replace(one, uv=one.uv + beside)) == colours_at(one)).all()
    meant = srgb(shades[np.floor(one.positions[:, 0] / 20).astype(int)])
    assert np.abs(colours_at(one) - meant).max() <= 0.5 / 255 + 1e-9


def test_glass_has_a_picture_of_its_own_with_its_opacity():
    walls = [coloured(row / 12, 0, 0) for row in range(12)]
    glass = [coloured(0.5, 0.5, 1, 0.2), coloured(0.5, 0.5, 1, 0.6)]
    solid, clear = painted([box(material=each) for each in (*walls, *glass)], 10).surfaces
    assert colours_at(solid).shape[1] == 3
    assert np.unique(colours_at(clear)[:, 3].round(2)).tolist() == [0.2, 0.6]


def test_the_largest_pictures_stay_and_the_others_become_their_middle_colour():
    def pictured(shade):
        return Material("", (1.0, 1.0, 1.0, 1.0), texture=png(np.full((4, 4, 3), shade, np.uint8)))

    surfaces = []
    for row in range(12):
        wall = box((1 + row, 1, 1), (20 * row, 0, 0), pictured(10 * row))
        surfaces.append(replace(wall, uv=wall.positions[:, :2]))
    few = painted(surfaces, 10)
    assert (len(few.surfaces), few.averaged) == (9, 4)
    assert {round(value * 255) for value in np.unique(colours_at(few.surfaces[0]))} == {0, 10, 20, 30}
