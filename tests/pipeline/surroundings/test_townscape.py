"""What stands in a square."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from pipeline.surroundings import modelled
from pipeline.surroundings.footprints import Footprint, Footprints
from pipeline.surroundings.townscape import Plan, townscape
from tests.makehouses import SQUARE, Scattered, classified, flat_ground, gable, level, rectangle, scatter, tree
from tests.models.test_cityjson import cube, write

HOUSE, SHED = rectangle(20, 20, 8, 12), rectangle(60, 20, 6, 6)
OUTLINES = Footprints([Footprint("house", HOUSE), Footprint("shed", SHED)])


@pytest.fixture
def cloud():
    parts = (scatter(HOUSE, gable(8)), 6), (scatter(SHED, level(6)), 6), (tree(40, 60), 1)
    return Scattered(classified(*parts))


def ids(cloud, plan):
    return [building.id for building in townscape(SQUARE, cloud, flat_ground, plan).buildings]


def test_houses_stand_on_their_footprints_and_trees_between_them(cloud):
    found = townscape(SQUARE, cloud, flat_ground, Plan(OUTLINES))
    assert [building.id for building in found.buildings] == ["house", "shed"]
    assert len(found.trees) == 1
    assert found.without_points == []


def test_without_footprints_outlines_are_found_in_the_points(cloud):
    found = townscape(SQUARE, cloud, flat_ground, Plan())
    assert all(building.id.startswith("outline-") for building in found.buildings)
    assert len(found.buildings) == 2
    assert len(found.trees) == 1


def test_where_nothing_tells_roofs_from_crowns_there_are_no_trees(cloud):
    points = cloud.points
    unclassified = Scattered(replace(points, classification=np.ones(len(points.xyz), np.uint8)))
    found = townscape(SQUARE, unclassified, flat_ground, Plan())
    assert found.buildings == []
    assert found.trees == []
    assert len(townscape(SQUARE, unclassified, flat_ground, Plan(OUTLINES)).trees) == 1


def test_a_building_that_reaches_out_of_its_square_is_whole():
    hall = rectangle(150, 20, 200, 30)
    cloud = Scattered(classified((scatter(hall, level(9)), 6)))
    (building,) = townscape(SQUARE, cloud, flat_ground, Plan(Footprints([Footprint("hall", hall)]))).buildings
    assert len(building.points) == len(cloud.points.xyz)


class TestMask:
    """What is taken away is gone, and nothing else."""

    def test_a_building_and_a_tree_in_it_are_gone(self, cloud):
        gone = shapely.union(rectangle(18, 18, 12, 16), rectangle(34, 54, 12, 12))
        found = townscape(SQUARE, cloud, flat_ground, Plan(OUTLINES, gone=gone))
        assert [building.id for building in found.buildings] == ["shed"]
        assert found.trees == []

    def test_what_stays_of_a_building_is_built_from_the_points_that_stay(self, cloud):
        gone = rectangle(18, 18, 12, 5)
        found = townscape(SQUARE, cloud, flat_ground, Plan(OUTLINES, gone=gone))
        house = found.buildings[0]
        assert house.shell.positions[:, 1].min() == pytest.approx(gone.bounds[3])
        assert house.points[:, 1].min() > gone.bounds[3]

    def test_a_variant_shares_every_untouched_building(self, cloud):
        whole = townscape(SQUARE, cloud, flat_ground, Plan(OUTLINES)).buildings[1]
        masked = townscape(SQUARE, cloud, flat_ground, Plan(OUTLINES, gone=HOUSE.buffer(1))).buildings[0]
        assert whole.shell.positions.tobytes() == masked.shell.positions.tobytes()


class TestModels:
    """Modelled buildings stand in place of what the points show."""

    @pytest.fixture
    def models(self, tmp_path):
        x, y = HOUSE.bounds[:2]
        path = write(tmp_path / "house.city.json", cube(at=(x, y, 2.5), side_m=8))
        return modelled.read(path, lambda *_: None)

    def test_a_model_stands_for_the_footprint_of_its_id(self, cloud, models):
        outlines = Footprints([Footprint("cube", HOUSE), *OUTLINES.all[1:]])
        found = townscape(SQUARE, cloud, flat_ground, Plan(outlines, models)).buildings
        assert [(building.id, building.source) for building in found] == [("cube", "model"), ("shed", "points")]
        assert found[0].points[:, 1].max() <= HOUSE.bounds[1] + 8

    def test_a_model_in_a_mask_is_gone_and_one_partly_in_it_is_built_from_points(self, cloud, models):
        assert ids(cloud, Plan(models=models, gone=HOUSE)) == []
        x, y = HOUSE.bounds[:2]
        found = townscape(SQUARE, cloud, flat_ground, Plan(models=models, gone=shapely.box(x, y, x + 8, y + 2)))
        assert [(building.id, building.source) for building in found.buildings] == [("cube", "points")]
