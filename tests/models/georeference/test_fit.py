"""Points of a model brought to the map."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.georeference import Pair, fit

millimetre = 1e-3


def pairs(model, angle, shift, scale=1.0):
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, scale]])
    return [Pair(tuple(point), tuple(turn @ point + shift)) for point in np.array(model, float)]


@settings(max_examples=50, deadline=None)
@given(st.floats(-3.1, 3.1), st.floats(0, 280_000), st.floats(300_000, 620_000), st.floats(-5, 300))
def test_what_was_turned_and_shifted_is_found_again(angle, x, y, nap):
    found = fit(pairs([(0, 0, 0), (40, 0, 3), (40, 25, 0)], angle, (x, y, nap)))
    assert found.worst_m < 1e-6
    assert found.scale == pytest.approx(1.0)
    assert found.local_to_map[:3, 3] == pytest.approx((x, y, nap), abs=1e-6)
    assert np.arctan2(found.local_to_map[1, 0], found.local_to_map[0, 0]) == pytest.approx(angle, abs=1e-9)


def test_the_scale_is_told_and_not_taken():
    given_pairs = pairs([(0, 0, 0), (100, 0, 0)], 0.3, (1e5, 4e5, 2), scale=1.02)
    found = fit(given_pairs)
    assert found.scale == pytest.approx(1.02)
    assert np.linalg.norm(found.local_to_map[:3, 0]) == pytest.approx(1.0)
    assert found.worst_m == pytest.approx(1.0, abs=1e-6)  # two metres too long, shared by the ends
    assert fit(given_pairs, None).worst_m < 1e-6


def test_the_fit_is_the_least_squares_one():
    rng = np.random.default_rng(1)
    exact = pairs(rng.uniform(-30, 30, (8, 3)), 1.0, (1e5, 4e5, 2))
    noisy = [Pair(pair.model, tuple(np.array(pair.on_map) + rng.normal(0, 0.1, 3))) for pair in exact]
    found = fit(noisy)
    best = float((found.residuals**2).sum())
    model = np.array([pair.model for pair in noisy])
    on_map = np.array([pair.on_map for pair in noisy])
    for turn in (-1e-3, 1e-3):
        cos, sin = np.cos(turn), np.sin(turn)
        matrix = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ found.local_to_map[:3, :3]
        worse = on_map - model @ matrix.T
        worse -= worse.mean(axis=0)
        assert float((worse**2).sum()) > best


@pytest.mark.parametrize("model", [[(0, 0, 0)], [(0, 0, 0), (0, 0, 9)]])
def test_points_on_one_spot_say_no_direction(model):
    with pytest.raises(ValueError, match="one spot"):
        fit(pairs(model, 0.0, (1e5, 4e5, 0)))
