"""Elements in groups."""

import numpy as np
import pytest

from pipeline.group import Extents, Group, group


def scattered(count=500, seed=1):
    random = np.random.default_rng(seed)
    low = random.uniform(0, 100, (count, 3))
    return Extents(low, low + random.uniform(0.1, 2, (count, 3)), random.integers(1, 400, count))


def leaves(top: Group):
    return [leaf for child in top.children for leaf in leaves(child)] or [top]


def test_every_element_with_triangles_is_in_exactly_one_leaf():
    extents = scattered()
    extents.triangles[[3, 99]] = 0
    rows = np.concatenate([leaf.elements for leaf in leaves(group(extents, 5_000))])
    assert sorted(rows) == [row for row in range(500) if row not in {3, 99}]


def test_no_leaf_is_heavier_than_is_asked():
    extents = scattered()
    found = leaves(group(extents, 5_000))
    assert max(extents.triangles[leaf.elements].sum() for leaf in found) <= 5_000
    assert len(found) < 3 * extents.triangles.sum() / 5_000


def test_an_element_that_is_too_heavy_stands_alone():
    extents = scattered(5)
    extents.triangles[2] = 9_000
    assert [2] in [leaf.elements.tolist() for leaf in leaves(group(extents, 5_000))]


def test_the_largest_elements_come_first_and_leave_the_others_small_boxes():
    extents = scattered()
    extents.low[7], extents.high[7] = 0, 100
    top = group(extents, 5_000)
    assert top.children[0].elements.tolist() == [7]
    for leaf in leaves(top)[1:]:
        assert (extents.high[leaf.elements].max(axis=0) - extents.low[leaf.elements].min(axis=0)).min() < 60


def test_children_have_all_that_their_parent_has():
    def look(part: Group):
        if part.children:
            assert sorted(np.concatenate([child.elements for child in part.children])) == sorted(part.elements)
        for child in part.children:
            look(child)

    look(group(scattered(), 5_000))


@pytest.mark.parametrize("count", [1, 2])
def test_a_few_elements_are_one_group(count):
    assert group(scattered(count)).children == ()
