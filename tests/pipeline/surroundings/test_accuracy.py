"""Figures of accuracy that can be added up."""

import numpy as np
import pytest

from pipeline.surroundings.accuracy import Residuals, residuals
from pipeline.surroundings.lattice import STEP_M, Window

WINDOW = Window(1000, 2000, 41, 41)


def points_above(heights_m):
    """Points over the middle of the window, so far below a mesh at 1 m."""
    heights_m = np.asarray(heights_m)
    xy = np.tile([(1020.3 * STEP_M, 2011.7 * STEP_M)], (len(heights_m), 1))
    return np.column_stack([xy, 1.0 - heights_m])


def of(distances_m):
    return residuals(WINDOW, np.full(WINDOW.shape, 1000.0), points_above(distances_m))


def test_figures_are_those_of_the_distances():
    found = of([0.03, -0.04, 0.0, 0.0])
    assert found.rms_m == pytest.approx(0.025)
    assert found.bias_m == pytest.approx(-0.0025)
    assert found.largest_mm == 40
    assert found.figures() == {"points": 4, "rmsM": 0.025, "biasM": -0.0025, "within95M": 0.04, "largestM": 0.04}


def test_the_distance_within_which_most_lie_is_the_percentile():
    distances = np.linspace(0.0, 1.0, 1001)
    assert of(distances).within_m(0.95) == pytest.approx(0.95, abs=0.002)


def test_sums_of_parts_are_the_figures_of_all():
    rng = np.random.default_rng(3)
    first, second = rng.normal(0, 0.1, 300), rng.normal(0.02, 0.3, 500)
    assert (of(first) + of(second)).figures() == of(np.concatenate([first, second])).figures()
    assert (Residuals() + of(first)).figures() == of(first).figures()


def test_a_distance_beyond_all_bins_still_counts():
    found = of([0.0, 12.5])
    assert found.largest_mm == 12_500
    assert found.within_m(1.0) == 5.0


def test_without_points_there_is_nothing_to_say():
    assert residuals(WINDOW, np.zeros(WINDOW.shape), np.empty((0, 3))).figures()["points"] == 0
