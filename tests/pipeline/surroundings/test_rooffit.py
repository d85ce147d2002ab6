"""How near roofs are to the points they were made from."""

import numpy as np
import pytest

from pipeline.surroundings import rooffit
from pipeline.surroundings.buildings import Building
from pipeline.surroundings.footprints import Footprint, Footprints
from pipeline.surroundings.modelled import read
from pipeline.surroundings.roofs import Part
from pipeline.surroundings.shells import closed
from pipeline.surroundings.townscape import Plan, townscape
from tests.makehouses import Scattered, rectangle
from tests.pipeline.surroundings.conftest import lowest_ground
from tests.pipeline.surroundings.conftest import read as read_points

BOX = rectangle(0, 0, 10, 10)
CORNER = np.array(BOX.bounds[:2])


@pytest.fixture
def shell():
    return closed([Part(BOX, np.array([0.0, 0.0, 8.0]), np.zeros(2), 8, 8)], 0.0)


def at(*offsets):
    return np.array(offsets, float) + np.append(CORNER, 0)


def test_distances_are_to_roofs_walls_edges_and_corners(shell):
    points = at((5, 5, 8.3), (5, 5, 7.6), (-0.2, 5, 4), (-0.3, 5, 8.4), (-0.2, -0.2, 8.1), (5, 5, 4), (12, 5, 4))
    expected = [0.3, 0.4, 0.2, 0.5, 0.3, np.inf, np.inf]
    assert rooffit.distances(shell, points) == pytest.approx(expected, abs=1e-6)


def test_roof_heights_are_those_of_the_highest_roof(shell):
    found = rooffit.roof_heights(shell, at((5, 5, 0), (0.1, 9.9, 0), (11, 5, 0))[:, :2])
    assert found[:2] == pytest.approx([8, 8])
    assert np.isnan(found[2])


def test_points_are_counted_once_each_and_fits_add_up(shell):
    roof = at(*((x, y, 8.1) for x in range(1, 9) for y in range(1, 9)))
    edge = at(*((0.3, y, 8.2) for y in range(1, 9)))
    wall, lost = at(*((0.1, y, 3.0) for y in range(1, 9))), at((5.5, 5.5, 9.0))
    building = Building("a", BOX, 0.0, shell, shell, 0.0, points=np.concatenate([roof, edge, wall, lost]))
    fit = rooffit.of([building])
    assert fit.points == 64 + 8 + 8 + 1
    assert fit.under_the_sky == 64 + 8 + 1
    assert fit.within == fit.near == 64 + 8
    assert fit.any_near == 64 + 8 + 8
    assert (fit + fit).points == 2 * fit.points
    assert fit.to_json()["rmsOfThoseWithinM"] == pytest.approx(0.115, abs=0.001)


def test_nothing_is_no_fit():
    assert rooffit.summed([]).to_json()["shareWithinHalfMetre"] == 0


def test_amsterdam_lies_within_half_a_metre(amsterdam):
    fit = rooffit.of(amsterdam.buildings)
    said = fit.to_json()
    assert fit.points > 100_000
    assert said["shareWithinHalfMetre"] >= 0.95
    assert said["shareWithinHalfMetreVertically"] >= 0.88
    assert said["rmsOfThoseWithinM"] < 0.13
    assert len(said["worstBuildings"]) == 20


def test_delft_lies_within_half_a_metre(shared_data):
    cloud = Scattered(read_points(shared_data("ahn/3dfier/ahn3_cropped_2.laz")))
    models = read(shared_data("cityjson/delft.json"), lambda *_: None)
    outlines = Footprints([Footprint(key, models[key].outline) for key in sorted(models)])
    terrain = lowest_ground(cloud.points)
    found = [townscape(square, cloud, terrain, Plan(outlines)) for square in cloud.squares()]
    said = rooffit.of(building for each in found for building in each.buildings).to_json()
    assert said["pointsOnRoofs"] > 14_000
    assert said["shareWithinHalfMetre"] >= 0.98
    assert said["shareWithinHalfMetreVertically"] >= 0.96
