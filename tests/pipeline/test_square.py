"""Squares of the map and their frames."""

import numpy as np
import pytest

from pipeline.square import Square, cell, cell_of
from tiles.frame import RD_NAP, points

millimetre = 1e-3
HERE = cell(104_900_000 >> 18, 425_250_000 >> 18)


def test_a_cell_is_262_144_metres_a_side():
    west, south, east, north = HERE.bounds
    assert (east - west, north - south) == pytest.approx((262.144, 262.144), abs=1e-9)
    assert west <= 104_900 < east
    assert south <= 425_250 < north


def test_the_quarters_fill_a_square_and_lie_in_it():
    quarters = HERE.quarters
    assert len(set(quarters)) == 4
    assert {quarter.above(HERE.level) for quarter in quarters} == {HERE}
    corners = np.array([quarter.bounds for quarter in quarters])
    assert tuple(corners[:, :2].min(axis=0)) + tuple(corners[:, 2:].max(axis=0)) == HERE.bounds
    assert cell_of(quarters[3].quarters[1]) == HERE


def test_the_frame_lies_along_the_map():
    found = HERE.frame(RD_NAP)
    west, south, east, north = HERE.bounds
    middle = ((west + east) / 2, (south + north) / 2, 0.0)
    around = points(middle, (middle[0] + 100, *middle[1:]), (middle[0], middle[1] + 100, 0.0), (*middle[:2], 50.0))
    local = found.placement.from_ecef(RD_NAP.to_ecef(around))
    scaled = 100 * found.scale
    assert np.abs(local - [[0, 0, 0], [scaled, 0, 0], [0, scaled, 0], [0, 0, 50]]).max() < 3 * millimetre
    # The scale of RD at Dordrecht is 0.999932 (DESIGN, geodesy): a metre of the map is 1.000068 true metres.
    assert found.scale == pytest.approx(1 / 0.999932, abs=1e-6)
    assert np.linalg.det(found.placement.axes) == pytest.approx(1, abs=1e-12)


def test_a_square_whose_middle_lies_off_the_map_has_a_frame_all_the_same():
    assert Square(30, 0, 0).frame(RD_NAP).scale == pytest.approx(1, abs=1e-3)
