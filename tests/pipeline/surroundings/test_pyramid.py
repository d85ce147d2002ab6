"""Holes filled from around, the same in every window."""

import numpy as np
import pytest

from pipeline.surroundings.pyramid import Sums, filled, filled_whole


def sparse(rows, columns, part=0.1, seed=5):
    rng = np.random.default_rng(seed)
    count = (rng.random((rows, columns)) < part).astype(np.int64)
    return Sums(count * rng.integers(-2000, 5000, (rows, columns)), count)


def test_what_is_known_stays_as_it_is():
    sums = sparse(64, 48)
    values = filled_whole(sums)
    known = sums.count > 0
    assert (values[known] == sums.total[known]).all()


def test_what_is_unknown_lies_between_the_lowest_and_the_highest_around():
    sums = sparse(61, 45)
    values = filled_whole(sums)
    known = sums.total[sums.count > 0]
    assert known.min() <= values.min()
    assert values.max() <= known.max()


def test_one_known_cell_fills_all():
    count = np.zeros((32, 32), np.int64)
    count[3, 30] = 1
    assert (filled_whole(Sums(count * 77, count)) == 77).all()


def test_without_any_known_cell_the_value_given_is_taken():
    nothing = np.zeros((16, 16), np.int64)
    assert (filled_whole(Sums(nothing, nothing), -3.5) == -3.5).all()


def test_a_window_gives_what_the_whole_gives_but_near_its_rim():
    sums = sparse(256, 256, part=0.004)
    coarse = sums
    for _ in range(4):
        coarse = coarse.halved()
    coarsest = filled_whole(coarse)
    whole = filled(sums, 4, coarsest)
    cut = np.s_[64:192, 48:208]
    part = filled(Sums(sums.total[cut], sums.count[cut]), 4, coarsest[4:12, 3:13])
    assert (part[16:-16, 16:-16] == whole[cut][16:-16, 16:-16]).all()


def test_a_hole_in_a_slope_is_filled_near_the_slope():
    slope = np.add.outer(np.arange(64) * 10, np.arange(64) * 20)
    count = np.ones((64, 64), np.int64)
    count[24:40, 24:40] = 0
    values = filled_whole(Sums(slope * count, count))
    assert values == pytest.approx(slope, abs=120)  # of 480 across the hole
