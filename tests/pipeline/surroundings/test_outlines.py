"""Outlines of buildings found in the points."""

import numpy as np
import pytest
import shapely

from pipeline.surroundings import outlines
from pipeline.surroundings.cloud import SQUARE_M, Square
from tests.makehouses import SQUARE, classified, level, rectangle, scatter


def roof(outline):
    return scatter(outline, level(8)), 6


def test_a_house_has_the_outline_of_its_roof():
    house = rectangle(40, 40, 12, 9)
    (found,) = outlines.derived(classified(roof(house)), SQUARE.bounds)
    assert found.derived
    assert found.outline.symmetric_difference(house).area < 0.12 * house.area
    assert len(shapely.get_coordinates(found.outline)) <= 9


def test_two_houses_apart_are_two_and_a_courtyard_stays_open():
    ring = shapely.difference(rectangle(40, 40, 30, 30), rectangle(48, 48, 14, 14))
    found = outlines.derived(classified(roof(ring), roof(rectangle(90, 40, 10, 10))), SQUARE.bounds)
    assert sorted(footprint.outline.area for footprint in found) == pytest.approx([100, 704], rel=0.12)
    assert sum(len(polygon.interiors) for footprint in found for polygon in footprint.polygons) == 1


def test_wires_and_crumbs_have_none():
    wire = np.array([[SQUARE.bounds.west + 10 + 0.2 * step, SQUARE.bounds.south + 50, 9.0] for step in range(200)])
    assert outlines.derived(classified((wire, 6), roof(rectangle(90, 90, 1.5, 1.5))), SQUARE.bounds) == []


def test_a_house_on_the_line_is_cut_there_and_lost_nowhere():
    house = rectangle(SQUARE_M - 6, 40, 12, 10)
    points = classified(roof(house))
    west = outlines.derived(points, SQUARE.bounds)
    east = outlines.derived(points, Square(SQUARE.column + 1, SQUARE.row).bounds)
    both = [footprint.outline for footprint in (*west, *east)]
    assert shapely.union_all(both).symmetric_difference(house).area < 0.12 * house.area
    assert shapely.intersection(*both).area == 0
    assert west[0].outline.bounds[2] == pytest.approx(SQUARE.bounds.east)
