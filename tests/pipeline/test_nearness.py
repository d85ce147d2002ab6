"""Distances from triangles, against Open3D's."""

import numpy as np
import pytest

from pipeline.nearness import Nearness
from pipeline.rays import Surfaces

tenth_of_a_millimetre = 1e-4


@pytest.fixture(scope="module")
def heap():
    """Two thousand triangles of all sizes, and points in and around them."""
    rng = np.random.default_rng(7)
    middles = rng.uniform(-20, 20, (2000, 1, 3))
    triangles = middles + rng.normal(size=(2000, 3, 3)) * rng.uniform(0.01, 4, (2000, 1, 1))
    return triangles, rng.uniform(-30, 30, (3000, 3))


def test_distances_are_those_of_open3d(heap):
    triangles, points = heap
    assert Nearness(triangles).distance_m(points) == pytest.approx(
        Surfaces(triangles).distance_m(points), abs=tenth_of_a_millimetre
    )


def test_the_farthest_is_the_largest_of_all_distances_each_limited(heap):
    triangles, points = heap
    near = Nearness(triangles)
    every = near.distance_m(points)
    limits = np.where(np.arange(len(points)) % 2, np.inf, 0.5)
    assert near.farthest_m(points, limits) == pytest.approx(np.minimum(every, limits).max())
    assert near.farthest_m(points, np.full(len(points), np.inf), 100.0) == 100.0


def test_one_triangle_without_an_area_is_a_line():
    line = np.array([[(0, 0, 0), (1, 0, 0), (2, 0, 0)]], float)
    assert Nearness(line).distance_m(np.array([(1.0, 3, 4), (5, 0, 4)])) == pytest.approx([5, 5])
