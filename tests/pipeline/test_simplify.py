"""Fewer triangles, with meshoptimizer and without."""

import sys

import numpy as np
import pytest

from pipeline.simplify import Care, collapsed


@pytest.fixture(params=["almeshopt", "nothing"])
def simplifier(request, monkeypatch):
    """meshoptimizer, and the way of machines without it."""
    if request.param == "nothing":
        monkeypatch.setitem(sys.modules, "almeshopt", None)
    else:
        pytest.importorskip("almeshopt")
    return request.param


def plate(side=33, size_m=8.0):
    """A flat plate of 2,048 triangles."""
    x, y = np.meshgrid(np.linspace(0, size_m, side), np.linspace(0, size_m, side))
    rows = np.arange(side * side).reshape(side, side)
    a, b, c, d = rows[:-1, :-1].ravel(), rows[:-1, 1:].ravel(), rows[1:, 1:].ravel(), rows[1:, :-1].ravel()
    triangles = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    return np.column_stack([x.ravel(), y.ravel(), np.zeros(side * side)]), triangles


def test_a_plate_needs_fewer_triangles(simplifier):
    positions, triangles = plate()
    few = collapsed(positions, triangles, 1.0)
    assert 2 <= len(few) < len(triangles) / 4
    assert np.ptp(positions[few], axis=(0, 1)) == pytest.approx([8, 8, 0], abs=1.0)


def test_no_more_is_let_go_than_need_be(simplifier):
    positions, triangles = plate()
    few = collapsed(positions, triangles, 4.0, most=500)
    assert 100 < len(few) <= 500


def test_locked_vertices_stay(simplifier):
    positions, triangles = plate()
    locked = np.zeros(len(positions), np.bool_)
    locked[[40, 500, 700]] = True
    few = collapsed(positions, triangles, 2.0, Care(np.zeros((len(positions), 1)), (1.0,), locked=locked))
    assert np.isin([40, 500, 700], few).all()


def test_bodies_in_one_place_stay_two(simplifier):
    positions, triangles = plate()
    both = np.concatenate([positions, positions + 1e-5])
    bodies = np.repeat([0, 1], len(positions))
    few = collapsed(both, np.concatenate([triangles, triangles + len(positions)]), 1.0, Care(bodies=bodies))
    assert set(bodies[few[:, 0]]) == {0, 1}
    assert (bodies[few] == bodies[few][:, :1]).all()


def test_nothing_stays_nothing(simplifier):
    assert collapsed(np.empty((0, 3)), np.empty((0, 3), np.intp), 1.0).shape == (0, 3)
