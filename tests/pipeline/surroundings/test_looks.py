"""Pieces as surfaces of a tile."""

import numpy as np
import pytest

from pipeline.surroundings import looks
from pipeline.surroundings.looks import Label, Piece

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1.0], [1, 0, 1]])
FLOOR = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
WALL = np.array([[0, 1, 5], [0, 5, 4]], np.uint32)
LABELS = [Label("a", "building", 8.04), Label("b", "tree", 12.0)]


def test_there_is_one_surface_for_each_material_and_one_row_for_each_label():
    pieces = [
        Piece(looks.ROOF, SQUARE, FLOOR, 0),
        Piece(looks.WALL, SQUARE, WALL, 0),
        Piece(looks.ROOF, SQUARE, WALL, 1),
    ]
    mesh = looks.mesh(pieces, LABELS, lambda xyz: xyz)
    assert [surface.material for surface in mesh.surfaces] == [looks.ROOF, looks.WALL]
    assert mesh.feature_columns == {"guid": ["a", "b"], "class": ["building", "tree"], "height": ["8.0 m", "12.0 m"]}
    assert set(mesh.surfaces[0].features.tolist()) == {0, 1}


def test_faces_of_one_plane_share_their_corners_and_others_do_not():
    both = np.concatenate([FLOOR, WALL])
    (surface,) = looks.mesh([Piece(looks.ROOF, SQUARE, both, 0)], LABELS, lambda xyz: xyz).surfaces
    assert len(surface.positions) == 8
    used = surface.normals[surface.triangles]
    assert (used == used[:, :1]).all()
    assert used[:, 0] == pytest.approx(np.array([[0, 0, 1], [0, 0, 1], [0, -1, 0], [0, -1, 0]]))


def test_normals_are_those_of_the_faces_where_they_are_put():
    (surface,) = looks.mesh([Piece(looks.ROOF, SQUARE, FLOOR, 0)], LABELS, lambda xyz: xyz[:, [2, 0, 1]]).surfaces
    assert surface.normals == pytest.approx(np.tile([1.0, 0, 0], (4, 1)))
