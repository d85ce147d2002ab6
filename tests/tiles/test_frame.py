"""Frames, against the figures measured at Dordrecht."""

import numpy as np
import pytest

from tiles.errors import OutsideArea
from tiles.frame import RD_NAP, Placement, east_north_up, east_north_up_at, map_frame, points, tangent

millimetre = 1e-3
DORDRECHT = (105_000.0, 425_000.0, 0.0)


@pytest.fixture(scope="module")
def local():
    """True east, north and up at Dordrecht."""
    return east_north_up_at(RD_NAP.to_ecef(points(DORDRECHT))[0])


def seen_from(local: Placement, *rd_nap):
    return local.from_ecef(RD_NAP.to_ecef(points(*rd_nap)))


def test_grid_north_is_571_thousandths_of_a_degree_west_of_true_north(local):
    east, north, _ = seen_from(local, (105_000.0, 425_100.0, 0.0))[0]
    assert np.degrees(np.arctan2(east, north)) == pytest.approx(-0.571, abs=0.001)


def test_a_map_metre_is_longer_than_a_metre(local):
    # The RD scale is 0.999932 here: 100 m on the map are 100.0068 m on the ground.
    distance = np.linalg.norm(seen_from(local, (105_100.0, 425_000.0, 0.0)))
    assert 100 / distance == pytest.approx(0.999932, abs=1e-6)


def test_a_plane_of_equal_nap_falls_away_from_the_tangent_plane(local):
    up = seen_from(local, (106_000.0, 425_000.0, 0.0))[0, 2]
    assert up == pytest.approx(-0.082, abs=1 * millimetre)


def test_east_north_up_is_rigid_and_right_handed(local):
    assert local.axes.T @ local.axes == pytest.approx(np.eye(3), abs=1e-15)
    assert np.linalg.det(local.axes) == pytest.approx(1.0)


def test_up_points_away_from_the_ellipsoid():
    high, low = east_north_up(51.8, 4.67, 100.0), east_north_up(51.8, 4.67, 0.0)
    assert low.from_ecef(high.origin.reshape(1, 3))[0] == pytest.approx([0, 0, 100], abs=1e-6)


def test_a_placement_takes_points_there_and_back(local):
    xyz = np.random.default_rng(1).uniform(-5_000, 5_000, (100, 3))
    assert np.abs(local.from_ecef(local.to_ecef(xyz)) - xyz).max() < 1e-8


@pytest.mark.parametrize("at", [DORDRECHT, (149_626.316, 413_717.684, 10.0), (233_883.0, 582_065.0, 0.0)])
def test_the_tangent_is_within_a_millimetre_of_the_exact_frame_over_a_building(at):
    # What is left is the Earth's bend: d²/2R + dh/R, 0.8 mm for a building 100 m long and 50 m high.
    offsets = np.random.default_rng(2).uniform((-50, -50, -10), (50, 50, 50), (200, 3))
    exact = RD_NAP.to_ecef(points(at) + offsets)
    assert np.linalg.norm(tangent(RD_NAP, at).to_ecef(offsets) - exact, axis=1).max() < 1 * millimetre


def test_the_rigid_tangent_keeps_place_and_direction_and_leaves_out_the_scale():
    bent = tangent(RD_NAP, DORDRECHT)
    straight = bent.rigid()
    assert straight.axes.T @ straight.axes == pytest.approx(np.eye(3), abs=1e-14)
    assert (straight.origin == bent.origin).all()
    far = points((100.0, 0.0, 0.0))
    difference = bent.to_ecef(far) - straight.to_ecef(far)
    assert np.linalg.norm(difference) == pytest.approx(6.8 * millimetre, abs=0.5 * millimetre)


def test_a_transform_is_written_column_by_column(local):
    numbers = local.column_major()
    assert numbers[12:15] == pytest.approx(local.origin)
    assert numbers[3::4] == [0.0, 0.0, 0.0, 1.0]
    assert numbers[:3] == pytest.approx(local.axes[:, 0])


def test_rd_without_heights_is_taken_with_nap_and_says_so():
    assert map_frame("epsg:28992").heights_assumed
    assert not map_frame("EPSG:7415").heights_assumed


def test_a_reference_system_that_cannot_be_placed_exactly_is_refused():
    with pytest.raises(OutsideArea, match="EPSG:32760 cannot be placed exactly"):
        map_frame("EPSG:32760")
