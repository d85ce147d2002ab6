"""The shapes of trees."""

import numpy as np
import pytest

from pipeline.surroundings import crowns
from pipeline.surroundings.shells import Face, Shell
from pipeline.surroundings.trees import Tree
from tests.pipeline.surroundings.test_shells import open_edges, volume

OAK = Tree(104_900.0, 425_250.0, 2.5, 12.0, 4.0, 3.5)


@pytest.mark.parametrize(("sides", "rings"), [(6, 2), (4, 1), (8, 3)])
def test_a_crown_is_closed_and_faces_outward(sides, rings):
    positions, triangles = crowns.crown(OAK, sides, rings)
    shell = Shell(positions, triangles, np.full(len(triangles), Face.ROOF))
    assert len(triangles) == 2 * sides * rings
    assert open_edges(shell) == []
    assert volume(shell) > 0


def test_a_crown_has_the_height_and_width_of_its_tree():
    positions, _ = crowns.crown(OAK, 6, 2)
    assert positions[:, 2].min() == 6.5
    assert positions[:, 2].max() == 14.5
    reach = np.hypot(*(positions[:, :2] - (OAK.x, OAK.y)).T).max()
    assert reach == pytest.approx(3.5, rel=0.15)


def test_a_trunk_goes_from_the_ground_into_the_crown():
    positions, triangles = crowns.trunk(OAK)
    assert len(triangles) == 8
    assert positions[:, 2].min() < OAK.base_nap_m
    assert positions[:, 2].max() > OAK.base_nap_m + OAK.crown_base_m
    a, b, c = (positions[triangles[:, corner]] for corner in range(3))
    outward = np.cross(b - a, c - a)[:, :2]
    assert (np.einsum("ij,ij->i", outward, (a + b + c)[:, :2] / 3 - (OAK.x, OAK.y)) > 0).all()
