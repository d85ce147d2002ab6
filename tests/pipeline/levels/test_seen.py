"""What is seen from outside, on boxes within boxes."""

import numpy as np
import pytest

from pipeline.levels.scene import Scene
from pipeline.levels.seen import FROM_ALL_SIDES, FROM_THE_STREET, directions, seen
from tests.pipeline.levels.made import GLASS, box, flat


def found(surfaces, lowest=FROM_ALL_SIDES, known=None):
    """How many triangles of each element are seen."""
    scene = Scene(surfaces, 3)
    whole = np.ones(len(scene.elements), np.bool_)
    mask = seen(scene, whole, lowest, ~whole if known is None else known)
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
    assert inside >= 2
    assert glass == 2  # its front; its sides stand in the wall


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


def test_what_is_known_to_be_seen_is_not_asked_again():
    assert found([box((0, 0, 0), (9, 9, 9)), box((3, 3, 3), (4, 4, 4), 1)], known=np.arange(24) >= 12) == [12, 12, 0]


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
