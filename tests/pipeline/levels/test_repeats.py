"""Elements of one shape, moved and turned."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.levels.join import by_material
from pipeline.levels.repeats import repeats, turned
from tests.pipeline.levels.made import GLASS, ball, box, chair
from tiles.geometry import Image, Material

millimetre = 1e-3
TURNS = np.radians([0.0, 90.0, 17.3, -120.0, 180.0, 359.9])


def test_moved_copies_are_one_shape_and_scaled_ones_are_not():
    surfaces = [
        ball((0, 0, 0), 1, 0),
        ball((123.4567, -8, 3), 1, 1),
        ball((9, 0, 0), 1.01, 2),
        box((0, 0, 0), (1, 2, 3), 3),
        box((0, 0, 0), (2, 1, 4), 4),
    ]
    found = repeats(by_material(surfaces))
    assert found.shape[0] == found.shape[1]
    assert len(set(found.shape)) == 4
    assert found.turns.tolist() == [0.0] * 5


def test_copies_turned_about_the_vertical_are_one_shape_and_their_turns_are_known():
    chairs = [chair((4.0 * i, -3.0, 0.7 * i), turn, i) for i, turn in enumerate(TURNS)]
    found = repeats(by_material(chairs))
    assert len(found.first) == 1
    assert np.cos(found.turns - found.turns[0] - TURNS) == pytest.approx(1.0)
    (one,) = found.first
    first = chairs[one].positions - found.places[one]
    for number, own in enumerate(chairs):
        laid = turned(first, np.full(len(first), found.turns[number])) + found.places[number]
        assert laid == pytest.approx(own.positions, abs=0.01 * millimetre)


def test_copies_are_found_whatever_a_reader_rounds_them_to():
    rng = np.random.default_rng(4)
    chairs = [chair((30.0 * i, 7.0 * i, 0), turn, i) for i, turn in enumerate(TURNS)]
    rounded = [replace(c, positions=c.positions + rng.normal(0, 0.05 * millimetre, c.positions.shape)) for c in chairs]
    assert len(repeats(by_material(rounded)).first) == 1


def test_what_is_off_by_two_millimetres_in_one_place_is_another_shape():
    first, second = chair((0, 0, 0), 0.0, 0), chair((5, 0, 0), 0.3, 1)
    second.positions[7, 2] += 2 * millimetre
    assert len(repeats(by_material([first, second])).first) == 2


def test_mirrored_and_tilted_ones_are_other_shapes():
    first = chair((0, 0, 0), 0.0, 0)
    mirrored = replace(first, positions=first.positions * (-1, 1, 1), features=first.features + np.uint32(1))
    tilted = replace(first, positions=first.positions[:, [2, 0, 1]], features=first.features + np.uint32(2))
    assert len(repeats(by_material([first, mirrored, tilted])).first) == 3


def test_copies_of_another_material_or_with_other_normals_are_other_shapes():
    glass = repeats(by_material([ball((0, 0, 0), 1, 0), ball((5, 0, 0), 1, 1, material=GLASS)]))
    assert glass.shape[0] != glass.shape[1]
    first, second = ball((0, 0, 0), 1, 0), ball((5, 0, 0), 1, 1)
    smooth = replace(second, normals=(second.positions - (5, 0, 0)) / np.linalg.norm(second.positions - (5, 0, 0)))
    assert len(repeats(by_material([first, smooth])).first) == 2


def test_copies_whose_picture_lies_otherwise_are_other_shapes():
    picture = Material(texture=Image(b"x", "image/png"))
    first, second = ball((0, 0, 0), 1, 0, material=picture), ball((5, 0, 0), 1, 1, material=picture)
    uv = np.random.default_rng(1).random((len(first.positions), 2))
    alike = [replace(first, uv=uv), replace(second, uv=uv)]
    assert len(repeats(by_material(alike)).first) == 1
    assert len(repeats(by_material([alike[0], replace(second, uv=uv + 0.1)])).first) == 2


def test_features_may_lie_in_any_order_and_have_gaps():
    surfaces = [ball((5, 0, 0), 1, 9), ball((0, 0, 0), 1, 2), box((0, 0, 0), (1, 1, 1), 4)]
    found = repeats(by_material(surfaces))
    assert found.shape[[0, 1, 3, 5, 6, 7, 8]].tolist() == [-1] * 7
    assert found.shape[9] == found.shape[2] != found.shape[4]
    assert found.different == len(surfaces[0].triangles) + 12
