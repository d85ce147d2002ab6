"""What is seen from outside, on boxes within boxes."""

import numpy as np
import pytest

from pipeline.levels.scene import Scene
from pipeline.seen import around, directions, seen
from tests.pipeline.levels.made import GLASS, ball, box, flat

FROM_ALL_SIDES, FROM_THE_STREET = -1.0, -0.5


def found(surfaces, lowest=FROM_ALL_SIDES):
    """How many triangles of each element are seen."""
    scene = Scene(surfaces, 3)
    mask = seen(scene.drawn, around(lowest))
    return np.bincount(scene.elements[mask], minlength=3).tolist()


def test_what_stands_in_a_closed_box_is_not_seen():
    assert found([box((0, 0, 0), (9, 9, 9)), box((3, 3, 3), (4, 4, 4), 1)]) == [12, 0, 0]


def test_what_stands_in_a_glass_box_is_seen():
    assert found([box((0, 0, 0), (9, 9, 9), material=GLASS), box((3, 3, 3), (4, 4, 4), 1)]) == [12, 12, 0]


def room(window=None):
    """A room whose front is a wall with an opening of 1 m, perhaps with a window in it, and what stands in it."""
    sides = box((0, 0, 0), (9, 9, 9))
    normals = sides.normals[sides.triangles[:, 0]]
    front = [((0, 0, 0), (4, 0.1, 9)), ((5, 0, 0), (9, 0.1, 9)), ((4, 0, 0), (5, 0.1, 4)), ((4, 0, 5), (5, 0.1, 9))]
    walls = [sides.part(normals[:, 1] > -0.5), *(box(low, high) for low, high in front)]
    return [*walls, box((4, 4, 3.5), (5, 5, 5.5), 1), *([] if window is None else [box(*window, 2, GLASS)])]


def test_what_stands_behind_a_window_is_seen_however_small_the_window():
    _, inside, glass = found(room(((4, 0, 4), (5, 0.05, 5))))
    assert inside >= 1
    assert glass >= 2


def test_the_lower_side_of_a_floor_is_seen_from_all_sides_and_not_from_the_street():
    floor = flat([[(0, 0, 0), (0, 9, 0), (9, 9, 0)]], 0)
    steep = box((-5, -5, -20), (14, 14, -19), 1)  # hides it from everywhere but aslant
    assert found([floor], FROM_ALL_SIDES)[0] == 1
    assert found([floor, steep], 0.1)[0] == 0
    assert found([floor], FROM_THE_STREET)[0] == 1


def test_the_back_of_a_wall_is_seen_only_where_it_is_drawn():
    triangle = [[(0, 0, 0), (9, 0, 0), (0, 9, 0)]]
    assert found([flat(triangle, 0)], 0.05)[0] == 1
    assert found([flat(np.array(triangle)[:, ::-1], 0)], 0.05)[0] == 0


def test_triangles_smaller_than_a_pixel_are_seen_and_those_hidden_behind_a_wall_are_not():
    small = ball((5, -1, 5), 0.05, 1, 12)
    ground = box((-60, -60, -1), (60, 60, 0))
    assert found([ground, small])[1] > 0.85 * len(small.triangles)  # the others look at the ground
    hidden = ball((5, 50, 5), 0.05, 1, 12)
    assert found([ground, box((-3, 42, 0), (13, 58, 11)), hidden])[1] == 0


def test_of_two_faces_in_one_place_both_are_seen():
    wall = box((0, 0, 0), (4, 1, 3))
    front = flat([[(0, 0, 0), (4, 0, 0), (4, 0, 3)], [(0, 0, 0), (4, 0, 3), (0, 0, 3)]], 1)
    assert found([wall, front]) == [12, 2, 0]


def test_of_triangles_without_area_none_is_seen():
    assert found(
        [
            flat([[(0, 0, 0), (9, 0, 0), (0, 9, 0)]], 0),
            flat([[(1, 1, 1), (2, 2, 2), (3, 3, 3.0001)]], 1).part(np.array([False])),
        ]
    ) == [1, 0, 0]


@pytest.mark.parametrize("lowest", [FROM_ALL_SIDES, FROM_THE_STREET])
def test_directions_look_from_everywhere_evenly(lowest):
    every = directions(400, lowest)
    assert np.linalg.norm(every, axis=1) == pytest.approx(1)
    assert every[:, 2].min() >= lowest
    assert np.abs(every[:, :2].mean(axis=0)).max() < 0.02
    assert every[:, 2].mean() == pytest.approx((1 + lowest) / 2, abs=0.02)
    early = directions(32, lowest)
    nearest = (early @ early.T - 2 * np.eye(32)).max(axis=1)
    assert np.degrees(np.arccos(nearest)).min() > 8  # no two look almost the same way
