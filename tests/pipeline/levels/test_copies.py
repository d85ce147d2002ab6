"""Many elements of one shape, simplified once."""

import numpy as np
import pytest

from pipeline.levels.copies import copies
from pipeline.levels.join import by_material
from pipeline.levels.repeats import repeats
from pipeline.levels.scene import Scene
from pipeline.levels.simplify import simplified
from tests.pipeline.levels.made import GLASS, ball, box

millimetre = 1e-3


@pytest.fixture
def scene():
    """Ten balls with glass hats, of which two kinds, two balls of a third kind, and the ground."""
    balls = [ball((5.0 * i, i % 3, 2.0), 1.0 + 0.5 * (i % 2), i, 12) for i in range(20)]
    hats = [box((5.0 * i, i % 3, 4.0), (5.0 * i + 1, i % 3 + 1, 5), i, GLASS) for i in range(20)]
    rare = [ball((5.0 * i, 9, 2.0), 0.7, i, 12) for i in range(20, 22)]
    return Scene(by_material([*balls, *hats, *rare, box((-9, -9, -1), (110, 20, 0), 22)]), 23)


def extent(surfaces, feature):
    own = np.concatenate([each.positions[each.features == feature] for each in surfaces])
    return np.array([own.min(axis=0), own.max(axis=0)])


def test_of_each_shape_one_is_simplified_and_all_are_there_again(scene):
    whole = np.ones(len(scene.elements), np.bool_)
    single, stamp = copies(repeats(scene.surfaces)).split(scene, whole)
    assert set(scene.elements[single]) == {0, 1, 20, 21, 22}
    level = stamp(simplified(scene.cut(single), 0.02))
    for feature in range(23):
        assert extent(level, feature) == pytest.approx(extent(scene.surfaces, feature), abs=0.05)
    counts = np.bincount(np.concatenate([each.features[each.triangles[:, 0]] for each in level]))
    assert len(set(counts[:20:2])) == len(set(counts[1:20:2])) == 1


def test_a_copy_of_which_nothing_is_left_is_not_there(scene):
    left = ~scene.of(np.array([4, 22]))
    single, stamp = copies(repeats(scene.surfaces)).split(scene, left)
    level = stamp(simplified(scene.cut(single), 0.02))
    assert {int(feature) for each in level for feature in each.features} == set(range(23)) - {4, 22}


def test_without_copies_nothing_changes():
    scene = Scene([box((0, 0, 0), (1, 1, 1))], 1)
    single, stamp = copies(repeats(scene.surfaces)).split(scene, np.ones(12, np.bool_))
    assert single.all()
    (same,) = stamp(scene.cut(single))
    assert (same.positions == scene.surfaces[0].positions).all()
