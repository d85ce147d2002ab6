"""The quadtree over the points of a square."""

import numpy as np
import pytest

from pipeline import quadtree
from pipeline.kernels import order
from pipeline.kernels.curve import run_of
from pipeline.pointtiles import Cloud
from pipeline.records import CELL_BITS, HEIGHT_BITS


def cloud(x, y, z) -> Cloud:
    """A cloud of points in a cell, millimetres."""
    where = [run_of(int(a), int(b)) << HEIGHT_BITS | int(c) for a, b, c in zip(x, y, z, strict=True)]
    return Cloud.of(order.sort(np.column_stack([where, np.zeros(len(where))]).astype(np.uint64)))


@pytest.fixture(scope="module")
def uneven() -> Cloud:
    """Dense in one corner, thin elsewhere, with a wall and a tower."""
    rng = np.random.default_rng(5)
    ground = rng.integers(0, 1 << CELL_BITS, (2, 30_000))
    corner = rng.integers(0, 20_000, (2, 60_000))
    tower = rng.integers(100_000, 101_000, (2, 4_000))
    x, y = np.concatenate([ground, corner, tower], axis=1)
    z = np.concatenate([rng.integers(526_000, 527_000, 90_000), rng.integers(526_000, 600_000, 4_000)])
    return cloud(x, y, z)


@pytest.fixture(scope="module")
def grown(uneven):
    root = quadtree.split(uneven.records, CELL_BITS)
    return root, quadtree.levels_of(root, uneven.records, uneven.positions)


def walk(node):
    yield node
    for child in node.children:
        yield from walk(child)


def test_every_point_is_drawn_by_exactly_one_node(uneven, grown):
    root, levels = grown
    drawn = np.concatenate([node.own(levels) for node in walk(root)])
    assert np.array_equal(np.sort(drawn), np.arange(len(uneven.records)))


def test_no_leaf_holds_more_than_a_node_may(grown):
    assert max(node.count for node in walk(grown[0]) if not node.children) <= quadtree.NODE_POINTS


def test_small_leaves_of_one_node_are_put_together(grown):
    for node in walk(grown[0]):
        small = [child for child in node.children if not child.children and child.count < quadtree.SMALL_POINTS]
        assert len(small) <= 1


def test_the_points_of_a_node_lie_in_its_square(uneven, grown):
    for node in walk(grown[0]):
        for child in node.children:
            rows = np.concatenate([np.arange(*span) for span in child.spans])
            squares = np.unique(uneven.positions[rows, :2] >> child.level, axis=0)
            assert len(squares) <= len(child.spans)


def test_one_point_of_each_block_stands_for_a_level_and_it_is_the_nearest_to_the_middle(uneven, grown):
    root, levels = grown
    for node in (node for node in walk(root) if node.children):
        rows = np.concatenate([np.arange(*span) for span in node.spans])
        flat, tall = quadtree.block_bits(node.level)
        # The candidates are the points one level down; none of a cube is nearer its middle than the one raised.
        candidates = rows[levels[rows] >= node.level - 1]
        positions = uneven.positions[candidates].astype(np.int64)
        bits = np.array([flat, flat, tall])
        middle = ((positions >> bits) << bits) + (1 << bits >> 1)
        distance = ((positions - middle) ** 2).sum(axis=1)
        cubes, cube = np.unique(positions >> bits, axis=0, return_inverse=True)
        nearest = np.full(len(cubes), np.iinfo(np.int64).max)
        np.minimum.at(nearest, cube.ravel(), distance)
        raised = levels[candidates] >= node.level
        assert raised.sum() == len(cubes)
        assert (distance[raised] == nearest[cube.ravel()[raised]]).all()


def test_spacing_of_a_leaf_is_that_of_its_points():
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(0, 262_000, 1_500), np.arange(0, 262_000, 1_500)))
    every_one_and_a_half_metres = cloud(x, y, np.full(len(x), 526_000))
    root = quadtree.split(every_one_and_a_half_metres.records, CELL_BITS)
    assert root.spacing_m(every_one_and_a_half_metres.records) == pytest.approx(1.5, rel=0.02)


def test_points_all_in_one_place_end_in_one_leaf():
    one = cloud(np.full(60_000, 5), np.full(60_000, 7), np.full(60_000, 526_000))
    root = quadtree.split(one.records, CELL_BITS)
    leaves = [node for node in walk(root) if not node.children]
    assert [leaf.level for leaf in leaves] == [quadtree.FINEST_LEVEL]


def test_a_forest_of_masts_is_thinned_until_no_node_draws_more_than_it_may():
    rng = np.random.default_rng(8)
    # Sixteen points over each two metres of a cell, each in a cube of its own: 262,144 cubes on a level.
    x, y, layer = (axis.ravel() << 11 for axis in np.mgrid[0:128, 0:128, 0:16])
    points = cloud(x + rng.integers(0, 2048, len(x)), y, 500_000 + layer)
    root = quadtree.split(points.records, CELL_BITS)
    levels = quadtree.levels_of(root, points.records, points.positions)
    drawn = [len(node.own(levels)) for node in walk(root)]
    assert max(drawn) <= quadtree.NODE_POINTS
    assert sum(drawn) == len(x)
