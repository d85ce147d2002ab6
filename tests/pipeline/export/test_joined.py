"""Surfaces as one mesh and back."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.export.joined import join, mended, only, split
from tests.makemesh import area_m2, box, coloured

RED, BLUE = coloured(1, 0, 0), coloured(0, 0, 1)


def test_every_material_keeps_its_area():
    wall, roof = box(material=RED, steps=3), box((10, 8, 2), (0, 0, 6), BLUE, steps=2)
    surfaces = split(join([wall, roof]))
    assert [surface.material for surface in surfaces] == [RED, BLUE]
    assert [area_m2(surface) for surface in surfaces] == pytest.approx([area_m2(wall), area_m2(roof)])


def test_what_looks_the_same_is_one_material_whatever_its_name():
    surfaces = [box(material=RED), box(at=(20, 0, 0), material=BLUE), box(at=(40, 0, 0), material=RED)]
    surfaces.append(box(at=(60, 0, 0), material=replace(BLUE, name="other")))
    one, other = split(join(surfaces))
    assert (one.material, other.material) == (RED, BLUE)
    assert area_m2(one) == area_m2(other) == 2 * area_m2(surfaces[0])


def test_vertices_that_agree_are_one_and_triangles_without_area_fall_away():
    wall = box()
    doubled = replace(
        wall,
        positions=np.repeat(wall.positions, 2, axis=0),
        normals=np.repeat(wall.normals, 2, axis=0),
        features=np.repeat(wall.features, 2),
        triangles=np.concatenate([wall.triangles * 2 + 1, [[0, 1, 2]]]).astype(np.uint32),
    )
    mesh = join([doubled])
    assert (len(mesh.positions), len(mesh.triangles)) == (24, 12)


def test_triangles_stay_in_their_order():
    wall, roof = box(material=RED, steps=3), box((10, 8, 2), (0, 0, 6), BLUE)
    mesh = join([wall, roof])
    given = np.concatenate([surface.positions[surface.triangles] for surface in (wall, roof)])
    assert np.allclose(mesh.corners, given)
    assert np.allclose(only(mesh, np.arange(len(given)) % 2 == 0).corners, given[::2])


def test_a_normal_of_another_face_is_put_right():
    mesh = join([box()])
    wrong = mesh.normals.copy()
    wrong[mesh.triangles[0, 0]] = np.roll(wrong[mesh.triangles[0, 0]], 1)
    put_right = mended(replace(mesh, normals=wrong))
    flat = np.cross(*np.diff(put_right.corners, axis=1).swapaxes(0, 1))
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    assert np.allclose(np.abs((put_right.normals[put_right.triangles] * flat[:, None]).sum(axis=2)), 1)


def test_a_corner_of_another_material_goes_with_the_other_two():
    mesh = join([box(material=RED), box(at=(20, 0, 0), material=BLUE)])
    mixed = mesh.material.copy()
    mixed[mesh.triangles[0, 0]] = 1
    assert (mended(replace(mesh, material=mixed)).of_triangles == mesh.of_triangles).all()
