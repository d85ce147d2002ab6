"""How far surfaces lie from one another."""

import numpy as np
import pytest

from pipeline.deviation import Skin, deviation_m, parts, vertices_m
from tests.pipeline.levels.made import ball, box

millimetre = 1e-3


def skin(*surfaces):
    starts = np.cumsum([0, *(len(each.positions) for each in surfaces)])
    return Skin(
        np.concatenate([each.positions for each in surfaces]),
        np.concatenate([each.triangles.astype(np.int64) + at for each, at in zip(surfaces, starts, strict=False)]),
        np.concatenate([each.features for each in surfaces]).astype(np.int64),
    )


HOUSE = box((0, 0, 0), (10, 8, 6))


def test_a_strip_that_is_gone_is_missed_as_wide_as_it_is():
    strip = box((20, 0, 0), (28, 0.02, 0.001), 1)
    assert deviation_m(skin(HOUSE, strip), skin(HOUSE)) == pytest.approx(0.08, abs=0.01)  # both sides of it count


def test_a_part_of_an_element_that_is_gone_is_told_from_one_that_moved():
    knob = box((10.2, 4, 3), (10.3, 4.1, 3.1), 0)
    assert deviation_m(skin(HOUSE, knob), skin(HOUSE)) < 0.2
    moved = box((0, 0, 0), (10, 8, 5.5))
    assert deviation_m(skin(HOUSE, knob), skin(moved, knob)) == pytest.approx(0.5, abs=millimetre)


def test_what_is_smaller_than_need_be_known_is_said_to_be_that():
    assert deviation_m(skin(HOUSE), skin(HOUSE), 0.01) == 0.01
    assert deviation_m(skin(HOUSE), skin(HOUSE)) < 0.01 * millimetre


def test_vertices_that_are_gone_know_how_far_the_rest_is():
    before, after = skin(ball((0, 0, 0), 1.0, 0, 8)), skin(ball((0, 0, 0), 1.0, 0, 4))
    off = vertices_m(before, after)
    assert off[np.abs(before.positions[:, 2]) > 0.999] == pytest.approx(0, abs=millimetre)
    assert 0.05 < off.max() < 0.2
    assert deviation_m(before, after) == pytest.approx(off.max(), abs=0.03)


def test_places_that_triangles_connect_are_one_part():
    triangles = np.array([[5, 4, 3], [3, 2, 9], [7, 8, 6]])
    assert parts(triangles, 10).tolist() == [0, 1, 2, 2, 2, 2, 6, 6, 6, 2]
