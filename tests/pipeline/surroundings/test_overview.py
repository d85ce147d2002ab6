"""The whole seen in blocks: where there is data, which waters there are and how high they stand."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.surroundings.cloud import Square
from pipeline.surroundings.lattice import BLOCK_NODES, BLOCKS, HOLE, NODES, Window
from pipeline.surroundings.measure import Blocks
from pipeline.surroundings.overview import overview
from tiles.errors import BadInput

ALL = BLOCK_NODES**2
SQUARE = Square(400, 1622)


def land(level_mm=1000) -> Blocks:
    """A square full of ground at one level."""

    def full(value, kind=np.int32):
        return np.full((BLOCKS, BLOCKS), value, kind)

    return Blocks(
        points=full(900),
        ground=full(ALL),
        ground_mm=full(ALL * level_mm, np.int64),
        low_mm=full(level_mm),
        water=full(0),
        building=full(0),
        empty=full(0),
        water_points=full(0),
        water_mm=full(HOLE),
    )


def flood(blocks, rows, columns, level_mm=None):
    """Make water of some blocks: with returns at a level, or with none at all."""
    at = (rows, columns)
    for name in ("ground", "ground_mm", "points", "water"):
        getattr(blocks, name)[at] = 0
    blocks.low_mm[at] = HOLE
    blocks.empty[at] = ALL
    if level_mm is not None:
        blocks.points[at], blocks.water_points[at], blocks.water_mm[at], blocks.water[at] = 9, 9, level_mm, 90
        blocks.empty[at] = ALL - 90
    return blocks


def cut(looked, square=SQUARE):
    return looked.cut(Window(square.column * NODES, square.row * NODES, NODES, NODES))


def test_water_stands_at_the_median_of_its_blocks():
    blocks = flood(land(), slice(10, 14), slice(None), -600)
    blocks.water_mm[10, 3] = -450
    looked, bodies = overview({SQUARE: blocks})
    assert (bodies.count, bodies.guessed) == (1, 0)
    assert (cut(looked).water_mm[10:14] == -600).all()


def test_the_level_holds_two_blocks_ashore_and_no_farther():
    looked, _ = overview({SQUARE: flood(land(), slice(10, 14), slice(None), -600)})
    found = cut(looked)
    assert (found.water_mm[8:16] == -600).all()
    assert (found.water_mm[:8] == HOLE).all()
    assert not found.open_water[:10].any()


def test_waters_that_meet_at_a_weir_keep_their_levels():
    blocks = flood(land(2000), slice(10, 14), slice(0, 16), -600)
    flood(blocks, slice(10, 14), slice(16, None), 400)
    looked, bodies = overview({SQUARE: blocks})
    assert bodies.count == 2
    assert (cut(looked).water_mm[10:14, :16] == -600).all()
    assert (cut(looked).water_mm[10:14, 16:] == 400).all()


def test_water_is_one_across_squares():
    west = flood(land(), slice(10, 14), slice(None), -600)
    east = flood(land(), slice(10, 14), slice(None), -610)
    looked, bodies = overview({SQUARE: west, Square(401, 1622): east})
    assert bodies.count == 1
    levels = {
        int(level) for square in (SQUARE, Square(401, 1622)) for level in np.unique(cut(looked, square).water_mm[10:14])
    }
    assert len(levels) == 1


def test_emptiness_by_a_body_is_part_of_it():
    blocks = flood(land(), slice(10, 14), slice(0, 8), -600)
    looked, bodies = overview({SQUARE: flood(blocks, slice(10, 14), slice(8, 20))})
    assert (bodies.count, bodies.guessed) == (1, 0)
    assert (cut(looked).water_mm[10:14, 8:20] == -600).all()


def test_water_without_returns_takes_the_level_of_measured_water_near_by():
    blocks = flood(land(), slice(4, 6), slice(4, 9), -600)
    looked, bodies = overview({SQUARE: flood(blocks, slice(20, 24), slice(4, 20))})
    assert (bodies.count, bodies.guessed) == (2, 1)
    assert (cut(looked).water_mm[20:24, 4:20] == -600).all()


def test_water_without_returns_takes_its_shores_lowest_where_no_water_fits():
    blocks = flood(land(), slice(4, 6), slice(4, 9), -6000)  # a polder's, far below
    looked, bodies = overview({SQUARE: flood(blocks, slice(20, 24), slice(4, 20))})
    assert bodies.guessed == 1
    assert (cut(looked).water_mm[20:24, 4:20] == 1000).all()


def test_emptiness_among_houses_is_no_water():
    blocks = flood(land(), slice(20, 24), slice(4, 20))
    blocks.building[18:26, 2:22], blocks.ground[18:26, 2:22] = 200, 20
    looked, bodies = overview({SQUARE: blocks})
    assert bodies.count == 0
    assert (cut(looked).water_mm == HOLE).all()


def test_a_few_returns_from_water_make_none():
    blocks = land()
    blocks.water_points[5, 5], blocks.water_mm[5, 5] = 2, 300
    assert overview({SQUARE: blocks})[1].count == 0


def test_a_seam_of_half_empty_blocks_where_data_ends_askew_is_no_water():
    blocks = land()
    for number in range(BLOCKS):
        blocks.empty[number, number] = ALL // 2
        blocks.points[number, number + 1 :] = 0
        blocks.ground[number, number + 1 :] = 0
    assert overview({SQUARE: blocks})[1].count == 0


def test_data_reaches_over_wide_water_but_not_into_the_open():
    blocks = land()
    blocks.points[:, 8:16] = 0  # 65 m wide, open at both ends
    blocks.points[:, 24:] = 0  # the data ends here
    looked, _ = overview({SQUARE: blocks})
    found = cut(looked).covered
    assert found[:, :24].all()
    assert not found[:, 24:].any()
    assert looked.squares() == [SQUARE]


def test_a_lake_wider_than_that_is_covered_where_land_closes_it_off():
    squares = {Square(400 + column, 1622 + row): land() for column in range(3) for row in range(3)}
    squares[Square(401, 1623)] = replace(land(), points=np.zeros((BLOCKS, BLOCKS), np.int32))
    looked, _ = overview(squares)
    assert cut(looked, Square(401, 1623)).covered.all()
    del squares[Square(401, 1623)]
    assert Square(401, 1623) in overview(squares)[0].squares()


def test_the_ground_is_known_everywhere():
    looked, _ = overview({SQUARE: flood(land(1500), slice(3, 9), slice(5, 20))})
    assert cut(looked).ground_mm == pytest.approx(1500)


def test_points_too_far_apart_for_one_tileset_are_refused():
    with pytest.raises(BadInput, match="lie up to 262 km apart; make the surroundings of at most 40 km"):
        overview({SQUARE: land(), Square(1400, 1622): land()})
