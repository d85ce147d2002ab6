"""Nodes from points: exact on a plane, quieter than the points, steep where the ground is, and of no order."""

import numpy as np
import shapely

from pipeline.surroundings.cloud import BUILDING, GROUND, WATER, Bounds, Classified, Square
from pipeline.surroundings.lattice import HOLE, NODES, STEP_M, Window
from pipeline.surroundings.measure import SEEN_BUILDING, SEEN_GROUND, SEEN_WATER, Known, Measured, measure_square
from tests.pipeline.surroundings.made import MemoryCloud

SQUARE = Square(400, 1622)
SIDE_M = 60.0
millimetre = 1.0


def measured(points, tmp_path, known=None):
    """The nodes of the square's south-west 60 m, and its blocks."""
    kept = Measured(tmp_path)
    blocks = measure_square(MemoryCloud(points), kept, known or Known(), SQUARE)
    side = int(SIDE_M / STEP_M)
    return kept.read(Window(SQUARE.column * NODES, SQUARE.row * NODES, side, side)), blocks


def scattered(height, density=10.0, seed=2, kind=GROUND):
    """Points over the 60 m and a little beyond, with heights by a function of metres from the corner."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-2, SIDE_M + 2, (2, int(density * (SIDE_M + 4) ** 2)))
    xyz = np.stack([x + SQUARE.bounds.west, y + SQUARE.bounds.south, height(x, y)], axis=-1).round(3)
    return Classified(xyz, np.full(len(xyz), kind, np.uint8))


def places():
    return np.meshgrid(*[np.arange(int(SIDE_M / STEP_M)) * STEP_M] * 2)


def test_a_slope_is_measured_to_the_millimetre_however_the_points_lie(tmp_path):
    nodes, _ = measured(scattered(lambda x, y: 1 + 0.2 * x - 0.1 * y), tmp_path)
    x, y = places()
    error = np.abs(nodes.heights - (1000 + 200 * x - 100 * y))
    assert (error <= 2 * millimetre).mean() > 0.995
    assert error.max() < 100 * millimetre  # where all points lie to one side


def test_nodes_are_quieter_than_points(tmp_path):
    noise = np.random.default_rng(8)
    nodes, _ = measured(scattered(lambda x, _: 1 + noise.normal(0, 0.05, len(x))), tmp_path)
    assert (nodes.heights - 1000).std() < 0.6 * 50


def test_a_quay_of_two_metres_is_as_steep_as_the_lattice_allows(tmp_path):
    nodes, _ = measured(scattered(lambda x, _: np.where(x < 30.0, 0.0, 2.0), density=20), tmp_path)
    x, _ = places()
    between = (nodes.heights > 100) & (nodes.heights < 1900) & (nodes.heights != HOLE)
    assert between.mean() < 0.002
    assert (nodes.heights[(x < 29.7) & (nodes.heights != HOLE)] < 100).mean() > 0.99


def test_the_order_of_points_does_not_show(tmp_path):
    points = scattered(lambda x, y: np.sin(x) + np.where(y > 20, 1.0, 0.0))
    order = np.random.default_rng(1).permutation(len(points.xyz))
    shuffled = Classified(points.xyz[order], points.classification[order])
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = (measured(each, tmp_path / name)[0] for each, name in ((points, "a"), (shuffled, "b")))
    assert (first.heights == second.heights).all()


def test_ground_is_not_carried_into_a_hole(tmp_path):
    points = scattered(lambda x, _: np.ones(len(x)))
    x, y = points.xyz[:, 0] - SQUARE.bounds.west, points.xyz[:, 1] - SQUARE.bounds.south
    outside = ~((x > 20) & (x < 40) & (y > 20) & (y < 40))
    nodes, _ = measured(Classified(points.xyz[outside], points.classification[outside]), tmp_path)
    x, y = places()
    assert (nodes.heights[(x > 20.6) & (x < 39.4) & (y > 20.6) & (y < 39.4)] == HOLE).mean() > 0.99
    assert (nodes.heights[(x > 21.3) & (x < 38.7) & (y > 21.3) & (y < 38.7)] == HOLE).all()
    assert (nodes.heights[(x < 19.4) | (x > 40.6)] != HOLE).all()


def test_nodes_know_what_was_seen_near_them(tmp_path):
    points = scattered(lambda x, _: np.ones(len(x)))
    x = points.xyz[:, 0] - SQUARE.bounds.west
    points.classification[(x > 20) & (x < 40)] = WATER
    points.classification[x > 40] = BUILDING
    nodes, _ = measured(points, tmp_path)
    x, _ = places()
    for near, kind in (((x > 2) & (x < 19), SEEN_GROUND), ((x > 21) & (x < 39), SEEN_WATER), (x > 41, SEEN_BUILDING)):
        assert (nodes.seen[near] == kind).mean() > 0.99


def test_blocks_count_what_their_nodes_show(tmp_path):
    points = scattered(lambda x, _: np.full(len(x), 1.5))
    nodes, blocks = measured(points, tmp_path)
    assert blocks.ground[:7, :7].sum() == (nodes.heights[:112, :112] != HOLE).sum()
    assert blocks.ground_mm[0, 0] == 1500 * blocks.ground[0, 0]
    assert blocks.low_mm[3, 3] == 1500
    assert blocks.low_mm[-1, -1] == HOLE
    assert blocks.empty[-1, -1] == 256
    assert (
        blocks.points.sum()
        == ((points.xyz[:, 0] >= SQUARE.bounds.west) & (points.xyz[:, 1] >= SQUARE.bounds.south)).sum()
    )


def test_outside_the_data_nothing_is_called_empty(tmp_path):
    points = scattered(lambda x, _: np.ones(len(x)))
    west, south = SQUARE.bounds[:2]
    _, blocks = measured(points, tmp_path, Known((Bounds(west, south, west + SIDE_M, south + SIDE_M),)))
    assert blocks.empty[-1, -1] == 0
    assert blocks.empty.sum() < 300


def test_nodes_in_an_outline_are_a_buildings_whatever_is_seen(tmp_path):
    west, south = SQUARE.bounds[:2]
    ring = shapely.box(west + 10, south + 20, west + 30, south + 50).difference(
        shapely.box(west + 15, south + 25, west + 25, south + 45)
    )
    nodes, blocks = measured(scattered(lambda x, _: np.ones(len(x))), tmp_path, Known(built=(ring,)))
    x, y = places()
    inside = (x > 10) & (x < 30) & (y > 20) & (y < 50)
    court = (x > 15) & (x < 25) & (y > 25) & (y < 45)
    assert (((nodes.seen & SEEN_BUILDING) != 0) == (inside & ~court)).all()
    assert blocks.building.sum() == 0  # there is ground at all of them


def test_where_there_is_no_square_there_are_holes(tmp_path):
    nodes = Measured(tmp_path).read(Window(0, 0, 5, 7))
    assert nodes.heights.shape == (7, 5)
    assert (nodes.heights == HOLE).all()
