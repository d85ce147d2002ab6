"""Hilbert's curve through a cell."""

import itertools

import numpy as np

from pipeline.kernels import order, pack
from pipeline.kernels.curve import run_of
from pipeline.records import CELL_BITS, HEIGHT_BITS, HEIGHT_ORIGIN_MM


def squares_along(bits: int) -> list[tuple[int, int]]:
    """The squares of a grid of 2^bits a side, in the order that the curve comes through them."""
    shift = CELL_BITS - bits
    places = [(x, y) for x in range(1 << bits) for y in range(1 << bits)]
    return sorted(places, key=lambda place: run_of(place[0] << shift, place[1] << shift))


def test_the_curve_steps_from_each_square_to_a_neighbour():
    for bits in (1, 2, 3, 4, 5):
        along = squares_along(bits)
        assert all(abs(a[0] - b[0]) + abs(a[1] - b[1]) == 1 for a, b in itertools.pairwise(along))


def test_every_square_of_the_quadtree_is_one_run():
    along = squares_along(5)
    for coarse in (1, 2, 4, 8, 16):
        runs = [(x // coarse, y // coarse) for x, y in along]
        changes = sum(a != b for a, b in itertools.pairwise(runs))
        assert changes + 1 == len(set(runs))


def test_a_place_comes_back_from_its_record():
    rng = np.random.default_rng(7)
    corner = np.array([400 << CELL_BITS, 1_622 << CELL_BITS])
    x, y = (corner[:, None] + rng.integers(0, 1 << CELL_BITS, (2, 5_000))).astype(float)
    z = rng.integers(-10_000, 90_000, 5_000).astype(float)
    found, cells = np.empty((5_000, 2), np.uint64), np.empty(5_000, np.int64)
    kinds = np.zeros(5_000, np.uint16), np.zeros(5_000, np.uint8), np.zeros(5_000, np.uint8)
    extremes = np.array([[np.inf] * 3, [-np.inf] * 3])
    scaling, noise = (np.ones(3), np.zeros(3)), np.zeros(256, bool)
    assert pack.pack((x, y, z), scaling, kinds, noise, False, found, cells, extremes) == 5_000
    assert np.array_equal(extremes, [[v.min() for v in (x, y, z)], [v.max() for v in (x, y, z)]])
    assert set(cells) == {1_622 << 32 | 400}
    positions = np.empty((5_000, 3), np.int32)
    order.positions(found, positions)
    assert (positions[:, :2] + corner == np.column_stack([x, y])).all()
    assert (positions[:, 2] + HEIGHT_ORIGIN_MM == z).all()
    assert (found[:, 0] >> np.uint64(HEIGHT_BITS + 2 * CELL_BITS) == 0).all()
