"""How far a simplified surface lies off."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.export.deviation import deviation
from pipeline.export.joined import join, only
from tests.makemesh import box

tenth_of_a_millimetre = 1e-4


def test_the_same_surface_with_fewer_triangles_lies_nowhere_off():
    assert deviation(join([box(steps=8)]), join([box(steps=1)])).error_m < tenth_of_a_millimetre


def test_a_dent_is_as_deep_as_it_is():
    mesh = join([box(steps=8)])
    dented = mesh.positions.copy()
    dented[np.linalg.norm(dented - [5, 4, 6], axis=1) < 0.01, 2] -= 0.3
    off = deviation(mesh, replace(mesh, positions=dented))
    assert off.error_m == pytest.approx(0.29, abs=0.02)
    assert mesh.positions[off.vertices_m > 0.1] == pytest.approx(np.array([[5, 4, 6]]))


def test_a_missing_face_is_as_far_off_as_its_middle_from_its_edge():
    mesh = join([box(steps=2)])
    assert deviation(mesh, only(mesh, mesh.corners[:, :, 2].min(axis=1) < 6)).error_m == pytest.approx(4.0)


def test_a_part_that_is_gone_counts_as_shrunk_to_its_middle_however_far_it_stood():
    house, post = box(), box((0.3, 0.4, 0), (500, 0, 0))
    assert deviation(join([house, post]), join([house])).error_m == pytest.approx(0.25, abs=tenth_of_a_millimetre)


def test_a_part_that_is_gone_from_between_its_neighbours_is_as_far_off_as_they_are():
    house, plate = box(), box((4, 0.02, 3), (1, -0.02, 0))
    assert deviation(join([house, plate]), join([house])).error_m == pytest.approx(0.02, abs=tenth_of_a_millimetre)
