"""Windows on the lattice."""

import numpy as np

from pipeline.surroundings.cloud import SQUARE_M, Bounds, Square
from pipeline.surroundings.lattice import NODES, STEP_M, Window, inside


def test_a_square_and_its_window_have_the_same_bounds():
    square = Square(400, 1622)
    assert np.allclose(Window.around(square, 0).bounds, square.bounds)
    assert NODES * STEP_M == SQUARE_M


def test_a_window_in_another_picks_the_nodes_with_the_same_place():
    outer = Window(-70, 130, 300, 200)
    x, y = np.meshgrid(outer.x(), outer.y())
    for inner in (Window(-70, 130, 5, 7), Window(10, 140, 33, 20, 4), Window(2, 130, 65, 3, 2)):
        cut = outer.slices(inner)
        assert (x[cut][0] == inner.x()).all()
        assert (y[cut][:, 0] == inner.y()).all()


def test_nodes_within_a_step_of_the_data_are_inside():
    window = Window(0, 0, 20, 10)
    mask = inside([Bounds(3 * STEP_M, 2 * STEP_M, 6 * STEP_M, 5 * STEP_M)], window)
    assert np.argwhere(mask).min(axis=0).tolist() == [1, 2]
    assert np.argwhere(mask).max(axis=0).tolist() == [6, 7]


def test_without_rectangles_all_is_inside():
    assert inside([], Window(0, 0, 3, 3)).all()
