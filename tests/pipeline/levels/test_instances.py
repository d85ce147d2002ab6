"""Shapes that stand in many places."""

import numpy as np
import pytest

from pipeline.levels import instances
from pipeline.levels.join import joined
from pipeline.levels.repeats import repeats, turned
from tests.pipeline.levels.made import ball, box, chair

millimetre = 1e-3


def street(count=20, rings=16):
    places = np.array([(7.0 * i + 0.1 * (i % 3), 3.0 * (i % 5), 0.01 * i) for i in range(count)])
    return joined([ball(place, 1.5, row, rings) for row, place in enumerate(places)]), places


def instanced(surfaces):
    return instances.instanced(surfaces, repeats(surfaces))


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


def test_turned_copies_are_written_once_with_their_turns():
    turns = np.radians(np.arange(12) * 37.0)
    whole = joined([chair((3.0 * i, 2.0 * (i % 3), 0.5), turn, i) for i, turn in enumerate(turns)])
    left, (shape,) = instanced([whole])
    assert left == []
    here = np.concatenate([each.positions for each in shape.surfaces])
    for feature, place, turn in zip(shape.features, shape.places, shape.turns, strict=True):
        own = whole.positions[whole.features == feature]
        assert turned(here, np.full(len(here), turn)) + place == pytest.approx(own, abs=millimetre)
        assert (shape.box.low <= own.min(axis=0)).all()
        assert (own.max(axis=0) <= shape.box.high).all()
