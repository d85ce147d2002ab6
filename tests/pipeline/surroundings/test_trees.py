"""Trees from unclassified points."""

import numpy as np
import pytest

from pipeline.surroundings import trees
from pipeline.surroundings.cloud import SQUARE_M, Classified, Square
from tests.makehouses import CORNER, GROUND_M, SQUARE, classified, flat_ground, level, rectangle, scatter, tree

metre = 1.0


def found(*parts, square=SQUARE, outlines=()):
    return trees.extract(classified(*parts), square.bounds, flat_ground, outlines)


def test_a_tree_is_found_with_its_place_height_and_width():
    (oak,) = found((tree(50, 60, 12, 3.5), 1))
    assert (oak.x - CORNER[0], oak.y - CORNER[1]) == pytest.approx((50, 60), abs=0.5 * metre)
    assert oak.height_m == pytest.approx(12, abs=0.8 * metre)
    assert oak.crown_radius_m == pytest.approx(3.5, abs=0.7 * metre)
    assert oak.base_nap_m == GROUND_M
    assert 0 < oak.crown_base_m < oak.height_m


def test_a_row_of_trees_is_as_many_trees():
    row = [(tree(30 + 8 * number, 40, 11, 3, seed=number), 1) for number in range(8)]
    east = sorted(each.x - CORNER[0] for each in found(*row))
    assert east == pytest.approx([30 + 8 * number for number in range(8)], abs=0.8 * metre)


def car(x, y):
    return scatter(rectangle(x, y, 4.5, 1.8), level(GROUND_M + 1.5)), 1


def lamp_post(x, y):
    rng = np.random.default_rng(0)
    return np.column_stack([rng.normal(0, 0.1, (40, 2)) + CORNER + (x, y), GROUND_M + rng.uniform(2, 8, 40)]), 1


def wire(x, y):
    along = np.arange(0, 40, 0.2)
    return np.column_stack([CORNER[0] + x + along, np.full(len(along), CORNER[1] + y), np.full(len(along), 9.0)]), 1


@pytest.mark.parametrize("thing", [car, lamp_post, wire])
def test_other_things_in_the_street_are_no_trees(thing):
    assert found(thing(40, 40)) == []


def test_what_is_on_a_building_is_no_tree():
    house = rectangle(45, 55, 12, 12)
    assert found((tree(50, 60), 1), outlines=[house]) == []
    assert found((tree(50, 60), 1), (scatter(house, level(8)), 6)) == []


def test_ground_alone_has_no_trees():
    assert found((scatter(rectangle(0, 0, 50, 50), level(GROUND_M)), 2)) == []


@pytest.mark.parametrize("offset", [-3.0, -0.3, 0.2, 2.5])
def test_a_tree_on_the_line_is_in_exactly_one_square(offset):
    points = (tree(SQUARE_M + offset, 60), 1)
    west, east = found(points), found(points, square=Square(SQUARE.column + 1, SQUARE.row))
    assert len(west) + len(east) == 1


def test_a_wood_on_the_line_is_the_same_from_both_sides():
    rng = np.random.default_rng(5)
    wood = [
        (tree(SQUARE_M + dx, 60 + dy, 8 + 6 * rng.random(), 2.5, seed=number), 1)
        for number, (dx, dy) in enumerate(rng.uniform(-15, 15, (40, 2)))
    ]
    west, east = found(*wood), found(*wood, square=Square(SQUARE.column + 1, SQUARE.row))
    places = {(each.x, each.y) for each in (*west, *east)}
    assert len(places) == len(west) + len(east) > 15


def test_the_order_of_points_does_not_matter():
    points = classified((tree(50, 60), 1), (tree(55, 62, 9, 2.5, seed=4), 1))
    order = np.random.default_rng(2).permutation(len(points.xyz))
    shuffled = Classified(points.xyz[order], points.classification[order])
    one, other = (trees.extract(each, SQUARE.bounds, flat_ground, []) for each in (points, shuffled))
    assert one == other


def test_the_canals_are_lined_with_trees(amsterdam):
    every = [tree for each in amsterdam.squares for tree in each.trees]
    assert 100 < len(every) < 300
    assert 6 < np.median([tree.height_m for tree in every]) < 16
    assert max(tree.height_m for tree in every) < 35
