"""Pictures of a model: what is where in them."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pipeline.inspect import picture
from pipeline.inspect.scene import scene
from tests.pipeline.inspect.models import blocks
from tiles.geometry import Material

RED = Material(base_colour=(0.7, 0.02, 0.02, 1.0))


def pixels(data: bytes):
    return np.asarray(Image.open(BytesIO(data)).convert("RGBA"), int)


def red(image):
    return (image[:, :, 0] > 1.6 * image[:, :, 1]) & (image[:, :, 3] > 128)


def test_a_tower_stands_amid_sky_and_ground():
    image = pixels(picture.view(scene(blocks(((0, 0, 0), (10, 10, 40)), material=RED), np.eye(4)), 240, 150))
    shown = red(image)
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    assert rows[0] in range(2, 20)
    assert rows[-1] in range(130, 148)
    assert abs((columns[0] + columns[-1]) / 2 - 120) < 8
    assert not shown[:, 0].any()


@pytest.mark.parametrize("far_m", [0.0, 150_000.0])
def test_a_model_far_from_its_origin_looks_the_same(far_m):
    here = pixels(picture.view(scene(blocks(((0, 0, 0), (10, 20, 8)), material=RED), np.eye(4)), 160, 100))
    there = pixels(picture.view(scene(blocks(((far_m, 3 * far_m, 0), (10, 20, 8)), material=RED), np.eye(4)), 160, 100))
    assert np.abs(here - there).mean() < 1.0


def test_the_picture_is_the_same_every_time():
    model = blocks(((0, 0, 0), (10, 20, 8)), ((12, 0, 0), (4, 4, 30)))
    assert picture.view(scene(model, np.eye(4)), 160, 100) == picture.view(scene(model, np.eye(4)), 160, 100)


def test_from_above_a_block_lies_where_it_is_and_all_else_is_clear():
    drawn = scene(blocks(((10, 30, 0), (10, 5, 8)), material=RED), np.eye(4))
    image = pixels(picture.plan(drawn, (0.0, 0.0, 40.0, 40.0), 80))
    shown = image[:, :, 3] > 128
    assert image.shape == (80, 80, 4)
    assert np.flatnonzero(shown.any(axis=0)).tolist() == [*range(20, 40)]
    assert np.flatnonzero(shown.any(axis=1)).tolist() == [*range(10, 20)]


def test_glass_lets_through_what_is_behind_it():
    glass, wall = Material(base_colour=(0.0, 0.0, 0.0, 0.2)), RED
    model = blocks(((0, 0, 0), (10, 10, 0.1)), material=wall)
    cover = blocks(((0, 0, 5), (10, 10, 0.1)), material=glass)
    both = type(model)(model.name, model.elements, [*model.surfaces, *cover.surfaces], model.georeference)
    seen = pixels(picture.plan(scene(both, np.eye(4)), (0.0, 0.0, 10.0, 10.0), 20))[10, 10]
    assert seen[0] > 1.5 * seen[1]


def test_spaces_are_not_drawn():
    model = blocks(((0, 0, 0), (10, 10, 4)))
    assert scene(replace(model, elements=[replace(model.elements[0], layer="spaces")]), np.eye(4)) is None
