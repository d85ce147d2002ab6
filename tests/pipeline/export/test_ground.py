"""What lies below the ground is cut away."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.export.ground import above
from tests.makemesh import area_m2, box


def test_a_house_is_cut_at_the_height_given():
    (cut,) = above([box(steps=3)], 2.5)
    assert cut.positions.min(axis=0).tolist() == [0, 0, 2.5]
    assert cut.positions.max(axis=0).tolist() == [10, 8, 6]
    assert area_m2(cut) == pytest.approx(10 * 8 + 2 * (10 + 8) * 3.5)  # open below


def test_triangles_keep_their_side_and_their_picture():
    house = box()
    uv = house.positions[:, [0, 2]] / 10
    (cut,) = above([replace(house, uv=uv)], 2.5)
    a, b, c = (cut.positions[cut.triangles[:, corner]] for corner in range(3))
    assert ((np.cross(b - a, c - a) * cut.normals[cut.triangles[:, 0]]).sum(axis=1) >= 0).all()
    assert np.allclose(cut.uv, cut.positions[:, [0, 2]] / 10)


def test_what_is_wholly_above_or_below_stays_or_goes():
    cellar, house = box((10, 8, 2), (0, 0, -2.5)), box()
    (left,) = above([cellar, house], 0.0)
    assert np.allclose(left.positions[left.triangles], house.positions[house.triangles])
