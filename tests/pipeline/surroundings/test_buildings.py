"""Buildings from points and footprints."""

import numpy as np
import pytest
import shapely

from pipeline.surroundings import buildings
from pipeline.surroundings.cloud import Classified
from pipeline.surroundings.footprints import Footprint
from pipeline.surroundings.shells import ROOFS, Face
from tests.makehouses import GROUND_M, classified, flat_ground, gable, level, rectangle, scatter

decimetre = 0.1
HOUSE = Footprint("house", rectangle(20, 20, 8, 12))


@pytest.fixture
def points() -> Classified:
    street = scatter(rectangle(0, 0, 60, 60), level(GROUND_M))
    return classified((scatter(HOUSE.outline, gable(8)), 6), (street, 2))


def made(points, *footprints, terrain=flat_ground):
    return buildings.extract(points, terrain, footprints or [HOUSE])


def test_a_house_stands_a_little_in_the_ground_and_has_its_height(points):
    (house,) = made(points).buildings
    assert house.id == "house"
    assert house.ground_m == GROUND_M
    assert house.shell.positions[:, 2].min() == pytest.approx(GROUND_M - 0.3)
    assert house.height_m == pytest.approx(6 + 3.2, abs=2 * decimetre)


def test_it_reaches_down_to_the_lowest_ground_along_its_walls(points):
    (house,) = made(points, terrain=lambda xy: GROUND_M - 0.1 * (xy[:, 0] - HOUSE.outline.bounds[0])).buildings
    assert house.ground_m == pytest.approx(GROUND_M - 0.8)


def test_the_plain_shape_is_level_and_says_how_wrong_it_is(points):
    (house,) = made(points).buildings
    roofs = house.coarse.only(*ROOFS)
    assert np.ptp(roofs.positions[roofs.triangles][:, :, 2]) == 0
    assert house.coarse_error_m == pytest.approx(1.6, abs=2 * decimetre)
    assert len(house.coarse.triangles) == 12


def test_a_tower_stays_a_tower_in_the_plain_shape():
    hall, tower = rectangle(20, 20, 30, 12), rectangle(50, 20, 8, 12)
    points = scatter(hall, level(8)), scatter(tower, level(30))
    church = Footprint("church", shapely.union(hall, tower))
    (building,) = made(classified((np.concatenate(points), 6)), church).buildings
    assert building.coarse_error_m < 1
    tops = building.coarse.positions[building.coarse.only(*ROOFS).triangles][:, :, 2]
    assert set(tops.round().ravel()) == {8, 30}


def test_a_footprint_without_points_is_named_and_nothing_is_made_up(points):
    found = made(points, HOUSE, Footprint("new", rectangle(40, 40, 8, 8)))
    assert [building.id for building in found.buildings] == ["house"]
    assert found.without_points == ["new"]


def test_without_class_6_the_points_above_the_ground_are_the_building(points):
    unclassified = Classified(points.xyz, np.where(points.classification == 6, 1, 2).astype(np.uint8))
    (house,) = made(unclassified).buildings
    assert house.height_m == pytest.approx(6 + 3.2, abs=2 * decimetre)


def test_a_bird_makes_no_spike(points):
    bird = np.array([[*np.array(HOUSE.outline.centroid.coords)[0], 60.0]])
    (house,) = made(classified((points.xyz[points.classification == 6], 6), (bird, 6))).buildings
    assert house.height_m < 10


def test_the_order_of_points_does_not_matter(points):
    order = np.random.default_rng(2).permutation(len(points.xyz))
    (one,) = made(points).buildings
    (other,) = made(Classified(points.xyz[order], points.classification[order])).buildings
    assert one.shell.positions.tobytes() == other.shell.positions.tobytes()
    assert one.shell.triangles.tobytes() == other.shell.triangles.tobytes()


class TestMask:
    """What a mask leaves of buildings."""

    def test_a_building_mostly_in_it_goes(self):
        assert buildings.spared([HOUSE], rectangle(18, 18, 12, 10)) == []

    def test_a_building_beside_it_stays_as_it_is(self):
        assert buildings.spared([HOUSE], rectangle(40, 18, 12, 10)) == [HOUSE]

    def test_of_a_building_partly_in_it_the_rest_stays(self, points):
        (rest,) = buildings.spared([HOUSE], rectangle(18, 18, 12, 6))
        assert rest.outline.area == pytest.approx(8 * 8)
        (house,) = made(points, rest).buildings
        low, high = house.shell.positions.min(axis=0), house.shell.positions.max(axis=0)
        assert high[1] - low[1] == pytest.approx(8)

    def test_walls_are_closed_where_it_cuts(self, points):
        (rest,) = buildings.spared([HOUSE], rectangle(18, 18, 12, 6))
        (house,) = made(points, rest).buildings
        walls = house.shell.only(Face.WALL)
        south = walls.positions[walls.triangles][:, :, 1].max(axis=1) <= rest.outline.bounds[1] + 0.001
        assert south.sum() >= 2
