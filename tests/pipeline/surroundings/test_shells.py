"""Closed shells over the parts of roofs."""

from collections import Counter

import numpy as np
import pytest
import shapely

from pipeline.surroundings import roofs, shells
from pipeline.surroundings.roofs import Part
from pipeline.surroundings.shells import Face
from tests.makehouses import GROUND_M, gable, rectangle, scatter


def open_edges(shell):
    """Edges that are not used as often one way as the other."""
    corners = np.unique(np.rint(shell.positions * 1000).astype(np.int64), axis=0, return_inverse=True)[1]
    triangles = corners.reshape(-1)[shell.triangles]
    edges = Counter((a, b) for t in triangles.tolist() for a, b in zip(t, [*t[1:], t[0]], strict=True))
    return [edge for edge, count in edges.items() if edges.get(edge[::-1], 0) != count]


def volume(shell):
    """By the divergence theorem: positive where triangles are counter-clockwise from outside."""
    middle = shell.positions.mean(axis=0)
    a, b, c = ((shell.positions - middle)[shell.triangles[:, corner]] for corner in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def level(polygon, height):
    return Part(polygon, np.array([0.0, 0.0, height]), np.zeros(2), height, height)


def test_a_box_has_twelve_triangles_and_its_volume():
    shell = shells.closed([level(rectangle(0, 0, 4, 5), 8.0)], 2.0)
    assert len(shell.triangles) == 12
    assert Counter(shell.faces.tolist()) == {Face.LEVEL_ROOF: 2, Face.WALL: 8, Face.FLOOR: 2}
    assert volume(shell) == pytest.approx(4 * 5 * 6)


def test_a_gable_house_is_closed_and_has_its_volume():
    outline = rectangle(20, 20, 8, 12, 25)
    shell = shells.closed(roofs.parts(outline, scatter(rectangle(20, 20, 8, 12), gable(8))), GROUND_M)
    assert open_edges(shell) == []
    house = rectangle(20, 20, 8, 12)
    shell = shells.closed(roofs.parts(house, scatter(house, gable(8))), GROUND_M)
    assert open_edges(shell) == []
    assert volume(shell) == pytest.approx(8 * 12 * (6 + 1.6), rel=0.01)
    assert len(shell.only(Face.ROOF, Face.WALL).triangles) < 30


def test_parts_of_four_heights_that_meet_in_a_corner_close():
    quarters = [(0, 0), (5, 0), (5, 5), (0, 5)]
    parts = [level(rectangle(x, y, 5, 5), height) for (x, y), height in zip(quarters, (5, 9, 6, 8), strict=True)]
    shell = shells.closed(parts, 0.0)
    assert open_edges(shell) == []
    assert volume(shell) == pytest.approx(25 * (5 + 9 + 6 + 8))


def test_roofs_that_cross_along_their_edge_close():
    one = Part(rectangle(0, 0, 5, 10), np.array([0.0, 0.4, 4.0]), np.array(rectangle(0, 0, 5, 10).bounds[:2]), 4, 8)
    shell = shells.closed([one, level(rectangle(5, 0, 5, 10), 6.0)], 0.0)
    assert open_edges(shell) == []


def test_roofs_that_nearly_meet_are_joined():
    shell = shells.closed([level(rectangle(0, 0, 5, 5), 6.0), level(rectangle(5, 0, 5, 5), 6.1)], 0.0)
    walls = shell.only(Face.WALL)
    assert (np.ptp(walls.positions[walls.triangles][:, :, 2], axis=1) > 1).all()
    assert open_edges(shell) == []


def test_a_courtyard_has_walls_around_it():
    ring = shapely.difference(rectangle(0, 0, 20, 20), rectangle(5, 5, 10, 10))
    shell = shells.closed([level(ring, 9.0)], 0.0)
    assert open_edges(shell) == []
    assert volume(shell) == pytest.approx(300 * 9)


def test_no_roof_is_lower_than_a_child_is_tall():
    shell = shells.closed([level(rectangle(0, 0, 4, 4), 1.0)], 2.0)
    assert volume(shell) == pytest.approx(16 * 0.5)


def test_every_building_of_the_canal_belt_is_closed(amsterdam):
    assert len(amsterdam.buildings) > 150
    assert [building.id for building in amsterdam.buildings if open_edges(building.shell)] == []
    assert [building.id for building in amsterdam.buildings if open_edges(building.coarse)] == []
    assert all(volume(building.shell) > 0 for building in amsterdam.buildings)
