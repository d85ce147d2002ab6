"""Distances between shapes whose distance is known."""

import pytest

from pipeline.levels.measure import difference_m
from tests.pipeline.levels.made import box

millimetre = 1e-3


def test_a_shape_is_no_distance_from_itself():
    whole = [box((0, 0, 0), (10, 10, 10))]
    assert difference_m(whole, whole) < 0.1 * millimetre


def test_a_wall_that_moved_is_as_far_off_as_it_moved_both_ways():
    larger, smaller = [box((0, 0, 0), (10, 10, 10))], [box((0, 0, 0), (10, 10, 9.7))]
    assert difference_m(larger, smaller) == pytest.approx(0.3, abs=millimetre)
    assert difference_m(smaller, larger) == pytest.approx(0.3, abs=millimetre)


def test_of_what_is_gone_altogether_the_difference_is_its_size_and_not_its_distance():
    house, bollard = box((0, 0, 0), (10, 10, 10)), box((50, 0, 0), (50.3, 0.3, 1.0), 1)
    assert difference_m([house, bollard], [house]) == pytest.approx((0.3**2 + 0.3**2 + 1) ** 0.5, abs=millimetre)


def test_a_level_without_anything_is_as_far_off_as_the_whole_is_large():
    assert difference_m([box((0, 0, 0), (3, 4, 12))], []) == pytest.approx(13.0)
