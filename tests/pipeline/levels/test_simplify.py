"""Fewer triangles, each still somebody's, and nothing farther off than was asked."""

import sys

import numpy as np
import pytest

from pipeline.levels.measure import difference_m
from pipeline.levels.simplify import simplified
from tests.pipeline.levels.made import GLASS, ball, box
from tiles.geometry import Image, Material, Surface


def count(surfaces):
    return sum(len(each.triangles) for each in surfaces)


@pytest.mark.parametrize("error_m", [0.005, 0.02, 0.1])
def test_a_ball_is_simplified_within_the_error(error_m):
    whole = [ball((5, 5, 5), 2.0, rings=48)]
    level = simplified(whole, error_m)
    assert count(level) < count(whole) * 0.6
    assert difference_m(whole, level) < 2 * error_m  # meshoptimizer's error is a mean over the planes around a corner


def test_bodies_that_touch_are_simplified_as_if_they_did_not():
    apart = simplified([ball((0, 0, 0), 1, 0)], 0.02)
    both = simplified([ball((0, 0, 0), 1, 0), ball((0, 0, 0), 1, 1)], 0.02)
    assert count(both) == pytest.approx(2 * count(apart), rel=0.05)


def test_every_triangle_belongs_to_one_element_and_keeps_its_material():
    level = simplified([ball((0, 0, 0), 1, 0), ball((1, 0, 0), 1, 1, material=GLASS), ball((2, 0, 0), 1, 2)], 0.02)
    owners = {}
    for surface in level:
        features = surface.features[surface.triangles]
        assert (features == features[:, :1]).all()
        for feature in np.unique(features):
            owners[int(feature)] = surface.material.name
    assert owners == {0: "wall", 1: "glass", 2: "wall"}


def test_a_box_stays_a_box_with_sharp_edges():
    (level,) = simplified([box((0, 0, 0), (4, 3, 2))], 0.05)
    assert len(level.triangles) == 12
    assert set(np.abs(level.normals).max(axis=1).round(6)) == {1.0}
    assert np.cross(*np.diff(level.positions[level.triangles], axis=1).swapaxes(0, 1)) == pytest.approx(
        level.normals[level.triangles[:, 0]]
        * np.linalg.norm(np.cross(*np.diff(level.positions[level.triangles], axis=1).swapaxes(0, 1)), axis=1)[:, None]
    )


def test_what_is_smaller_than_the_error_goes():
    level = simplified([box((0, 0, 0), (4, 3, 2), 0), box((9, 9, 0), (9.01, 9.01, 0.01), 1)], 0.1)
    assert {int(f) for each in level for f in each.features} == {0}


def test_a_picture_keeps_its_place():
    side = np.linspace(0, 8, 33)
    x, y = np.meshgrid(side, side)
    positions = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    rows = np.arange(33 * 33).reshape(33, 33)
    a, b, c, d = rows[:-1, :-1].ravel(), rows[:-1, 1:].ravel(), rows[1:, 1:].ravel(), rows[1:, :-1].ravel()
    plate = Surface(
        Material(texture=Image(b"x", "image/png")),
        positions,
        np.tile([0.0, 0.0, 1.0], (x.size, 1)),
        np.zeros(x.size, np.uint32),
        np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])]).astype(np.uint32),
        positions[:, :2] / 8,
    )
    (level,) = simplified([plate], 0.05)
    assert len(level.triangles) < 200
    assert level.uv == pytest.approx(level.positions[:, :2] / 8, abs=1e-9)
    assert level.material.texture == plate.material.texture


def test_the_same_is_made_twice():
    whole = [ball((5, 5, 5), 2.0, rings=24)]
    first, second = (simplified(whole, 0.02)[0] for _ in range(2))
    assert (first.positions == second.positions).all()
    assert (first.triangles == second.triangles).all()


def test_without_meshoptimizer_places_are_clustered_within_the_error(monkeypatch):
    whole = [ball((5, 5, 5), 2.0, 0, rings=48), ball((5, 5, 5), 2.0, 1, rings=48)]
    monkeypatch.setitem(sys.modules, "almeshopt", None)  # as where there is no wheel of it
    level = simplified(whole, 0.6)
    assert count(level) < count(whole) / 4
    assert difference_m(whole, level) <= 0.6
    assert {int(feature) for each in level for feature in each.features} == {0, 1}
