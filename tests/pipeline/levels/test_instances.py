"""Shapes that stand in many places."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.levels.instances import instanced, repeats
from pipeline.levels.join import by_material, joined
from tests.pipeline.levels.made import GLASS, ball, box

millimetre = 1e-3


def street(count=20, rings=16):
    places = np.array([(7.0 * i + 0.1 * (i % 3), 3.0 * (i % 5), 0.01 * i) for i in range(count)])
    return joined([ball(place, 1.5, row, rings) for row, place in enumerate(places)]), places


def test_translated_copies_are_one_shape_and_turned_or_scaled_ones_are_not():
    surfaces = [
        ball((0, 0, 0), 1, 0),
        ball((123.4567, -8, 3), 1, 1),
        ball((9, 0, 0), 1.01, 2),
        box((0, 0, 0), (1, 2, 3), 3),
        box((0, 0, 0), (2, 1, 3), 4),
    ]
    shape = repeats(by_material(surfaces)).shape
    assert shape[0] == shape[1]
    assert len(set(shape)) == 4


def test_copies_of_another_material_are_another_shape():
    shape = repeats(by_material([ball((0, 0, 0), 1, 0), ball((5, 0, 0), 1, 1, material=GLASS)])).shape
    assert shape[0] != shape[1]


def test_the_order_of_triangles_and_corners_does_not_matter():
    first, second = ball((0, 0, 0), 1, 0), ball((4, 4, 4), 1, 1)
    turned = replace(second, triangles=np.roll(second.triangles[::-1], 1, axis=1))
    assert len(set(repeats(by_material([first, turned])).shape)) == 1


def test_many_copies_are_written_once_and_stand_where_they_stood():
    whole, places = street()
    left, (shape,) = instanced([whole])
    assert left == []
    assert sorted(shape.features) == list(range(20))
    here = np.concatenate([each.positions for each in shape.surfaces])
    for feature, place in zip(shape.features, shape.places, strict=True):
        assert (here + place).min(axis=0) == pytest.approx(places[feature] - 1.5, abs=20 * millimetre)
        own = whole.positions[whole.features == feature]
        assert (here + place).max(axis=0) == pytest.approx(own.max(axis=0), abs=millimetre)


def test_few_triangles_or_few_copies_are_not_worth_it():
    boxes = joined([box((i, 0, 0), (i + 0.5, 1, 1), i) for i in range(20)])
    assert instanced([boxes])[1] == []
    assert instanced([street(2, rings=4)[0]])[1] == []


def test_what_does_not_repeat_stays():
    whole, _ = street()
    left, (shape,) = instanced([joined([whole, box((0, 0, -2), (99, 9, -1), 20)])])
    assert set(left[0].features) == {20}
    assert 20 not in shape.features
