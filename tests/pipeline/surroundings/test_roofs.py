"""Footprints cut into the parts of their roofs."""

import numpy as np
import pytest
import shapely

from pipeline.surroundings import roofs
from tests.makehouses import GROUND_M, gable, level, rectangle, scatter

square_centimetre = 1e-4
decimetre = 0.1


def test_a_gable_has_two_parts_that_meet_in_a_level_ridge():
    outline = rectangle(20, 20, 8, 12)
    one, other = roofs.parts(outline, scatter(outline, gable(8)))
    ridge = shapely.get_coordinates(shapely.intersection(one.polygon, other.polygon))
    x, _ = ridge.T - np.array(outline.bounds[:2])[:, None]
    assert x == pytest.approx([4, 4], abs=decimetre)
    assert one.heights(ridge) == pytest.approx(other.heights(ridge), abs=decimetre)
    assert one.heights(ridge) == pytest.approx(GROUND_M + 6 + 3.2, abs=decimetre)


@pytest.mark.parametrize("turned_deg", [0, 17, 45, 80])
def test_a_step_is_found_however_the_building_stands(turned_deg):
    outline = rectangle(60, 60, 20, 10, turned_deg)
    back = rectangle(60, 60, 12, 10, turned_deg)
    low = scatter(shapely.difference(outline, back), level(5))
    parts = roofs.parts(outline, np.concatenate([scatter(back, level(11)), low]))
    assert sorted(part.polygon.area for part in parts) == pytest.approx([80, 120], rel=0.04)
    assert sorted(part.high_m for part in parts) == pytest.approx([5, 11], abs=2 * decimetre)


def test_a_dormer_in_the_middle_of_a_roof_is_a_part_of_its_own():
    outline, dormer = rectangle(20, 20, 16, 16), rectangle(26, 26, 4, 4)
    below = scatter(shapely.difference(outline, dormer), level(8))
    parts = roofs.parts(outline, np.concatenate([below, scatter(dormer, level(10.5))]))
    high = max(parts, key=lambda part: part.high_m)
    assert high.polygon.symmetric_difference(dormer).area < 4
    assert len(parts) == 2


def test_a_level_roof_with_a_chimney_stays_one_part():
    outline = rectangle(20, 20, 10, 10)
    xyz = scatter(outline, level(8))
    xyz[:3, 2] += 1.5
    (part,) = roofs.parts(outline, xyz)
    assert part.plane[:2].tolist() == [0, 0]


def test_parts_do_not_depend_on_the_order_of_points():
    outline = rectangle(20, 20, 8, 12, 30)
    xyz = scatter(outline, gable(12))
    one, other = roofs.parts(outline, xyz), roofs.parts(outline, np.random.default_rng(1).permutation(xyz))
    assert [part.polygon.wkb for part in one] == [part.polygon.wkb for part in other]
    assert [part.plane.tolist() for part in one] == [part.plane.tolist() for part in other]


def test_a_plane_is_not_followed_far_beyond_its_points():
    outline = rectangle(20, 20, 30, 10)
    seen = scatter(rectangle(20, 20, 6, 10), lambda x, _y: 6 + 1.2 * x)
    for part in roofs.parts(outline, seen):
        assert part.heights(shapely.get_coordinates(part.polygon)).max() < 6 + 7.2 + 0.5


def test_the_parts_of_every_real_roof_cover_its_footprint_once(amsterdam):
    for footprint in amsterdam.footprints.all[:1400:70]:
        west, south, east, north = footprint.outline.bounds
        xyz = amsterdam.cloud.points.xyz
        near = (xyz[:, 0] > west) & (xyz[:, 0] < east) & (xyz[:, 1] > south) & (xyz[:, 1] < north)
        for polygon in footprint.polygons:
            inside = xyz[near][shapely.contains_xy(polygon, *xyz[near][:, :2].T)]
            if len(inside):
                polygons = [part.polygon for part in roofs.parts(polygon, inside)]
                assert shapely.coverage_is_valid(polygons)
                assert shapely.union_all(polygons).symmetric_difference(polygon).area < 0.02 * polygon.length
