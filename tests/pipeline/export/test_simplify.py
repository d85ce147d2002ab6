"""Fewer triangles for the same shape."""

import numpy as np
import pytest

from pipeline.export.joined import join, split
from pipeline.export.simplify import Kept, simplified
from tests.makemesh import area_m2, box, coloured

millimetre = 1e-3
WALL, ROOF = coloured(0.8, 0.1, 0.1), coloured(0.1, 0.1, 0.8)


@pytest.mark.parametrize("exact", [True, False])
def test_flat_faces_need_few_triangles(exact):
    mesh = join([box(material=WALL, steps=20), box((10, 8, 1), (0, 0, 7), ROOF, steps=20)])
    few = simplified(mesh, 60, 0.02, Kept(exact))
    assert 40 <= len(few.triangles) <= 60
    assert np.ptp(few.positions, axis=0) == pytest.approx([10, 8, 8], abs=1 * millimetre)
    for before, after in zip(split(mesh), split(few), strict=True):
        assert after.material == before.material
        assert area_m2(after) == pytest.approx(area_m2(before), rel=0.02)


def test_where_colours_meet_stays_exactly():
    mesh = join([box(material=WALL, steps=10), box((10, 8, 2), (0, 0, 6), ROOF, steps=10)])
    few = simplified(mesh, 40, 0.1, Kept())
    wall, roof = split(few)
    assert wall.positions[:, 2].max() == roof.positions[:, 2].min() == 6


def test_every_normal_belongs_to_its_face():
    few = simplified(join([box(steps=10)]), 12, 0.1, Kept())
    flat = np.cross(*np.diff(few.corners, axis=1).swapaxes(0, 1))
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    assert ((few.normals[few.triangles] * flat[:, None]).sum(axis=2) > 0.7).all()


def test_parts_smaller_than_the_error_fall_away():
    mesh = join([box(steps=4), box((0.05, 0.05, 0.05), (20, 0, 0))])
    few = simplified(mesh, 12, 0.5, Kept())
    assert few.positions.max(axis=0) == pytest.approx([10, 8, 6])


def test_fewer_triangles_are_had_where_colours_may_shift():
    mesh = join([box(material=WALL, steps=10), box((10, 8, 2), (0, 0, 6), ROOF, steps=10)])
    counts = [len(simplified(mesh, 40, 0.5, Kept(exact)).triangles) for exact in (True, False)]
    assert counts[1] < counts[0]
    assert {*simplified(mesh, 40, 0.5, Kept(False)).of_triangles.tolist()} == {0, 1}


def test_vertices_that_are_kept_stay():
    mesh = join([box(steps=10)])
    middle = np.isclose(mesh.positions, [5, 4, 6]).all(axis=1)
    few = simplified(mesh, 12, 0.1, Kept(vertices=middle))
    assert np.isclose(few.positions, [5, 4, 6]).all(axis=1).any()
