"""Planes in the points of roofs."""

import numpy as np
import pytest

from pipeline.surroundings import planes
from tests.makehouses import gable, level, rectangle, scatter

centimetre = 0.01


@pytest.fixture
def house():
    outline = rectangle(20, 20, 8, 12)
    origin = np.array(outline.bounds[:2])
    return scatter(outline, gable(8)) - (*origin, 0), outline


def test_a_gable_is_two_planes(house):
    xyz, outline = house
    found = planes.find(xyz, outline.area)
    assert len(found) == 2
    assert sorted(found[:, 0]) == pytest.approx([-0.8, 0.8], abs=0.02)
    assert found[:, 1] == pytest.approx([0, 0], abs=0.02)
    assert planes.heights(found, np.array([[4.0, 6.0]]))[0] == pytest.approx([11.7, 11.7], abs=5 * centimetre)


def test_a_roof_that_is_nearly_level_is_level():
    outline = rectangle(20, 20, 10, 10)
    xyz = scatter(outline, lambda x, _y: 8 + 0.01 * x) - (*outline.bounds[:2], 0)
    (plane,) = planes.find(xyz, outline.area)
    assert plane[:2].tolist() == [0, 0]
    assert plane[2] == pytest.approx(8.05, abs=2 * centimetre)


def test_thinning_does_not_depend_on_the_order_of_points(house):
    xyz, outline = house
    shuffled = np.random.default_rng(3).permutation(xyz)
    assert (planes.thinned(shuffled) == planes.thinned(xyz)).all()
    assert len(planes.thinned(xyz)) < len(xyz)
    assert (planes.find(planes.thinned(shuffled), outline.area) == planes.find(planes.thinned(xyz), outline.area)).all()


def test_points_on_a_wall_are_not_under_the_sky():
    roof = scatter(rectangle(20, 20, 6, 6), level(10))
    x, y = rectangle(20, 20, 6, 6).bounds[:2]
    wall = np.array([[x + 0.1, y + 0.5 * step, 4.0] for step in range(1, 11)])
    sky = planes.under_the_sky(np.concatenate([roof, wall]))
    assert sky[: len(roof)].all()
    assert not sky[len(roof) :].any()


@pytest.mark.parametrize("xyz", [np.zeros((1, 3)), np.arange(30.0).reshape(-1, 3)])
def test_points_that_show_no_plane_have_one_level_one(xyz):
    (plane,) = planes.find(xyz, 10.0)
    assert plane.tolist() == [0, 0, np.median(xyz[:, 2])]
