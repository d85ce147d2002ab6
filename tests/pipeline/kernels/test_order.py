"""Sorting and merging records."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels import order

WHERE_BITS = 58


def sorted_by_numpy(records):
    return records[np.lexsort((records[:, 1], records[:, 0]))]


def crowd(name: str, count: int = 30_000):
    """Records as they come in the field, and as they should not."""
    rng = np.random.default_rng(3)
    where = {
        "spread over the cell": rng.integers(0, 1 << WHERE_BITS, count, dtype=np.uint64),
        "in one square of 8 m": rng.integers(0, 1 << 48, count, dtype=np.uint64),
        "in one square of 16 mm": rng.integers(0, 1 << 30, count, dtype=np.uint64),
        "all in one place": np.full(count, 12_345, np.uint64),
        "hardly any": rng.integers(0, 1 << WHERE_BITS, 3, dtype=np.uint64),
    }[name]
    return np.column_stack([where, rng.integers(0, 50, len(where), dtype=np.uint64)])


@pytest.mark.parametrize(
    "name",
    ["spread over the cell", "in one square of 8 m", "in one square of 16 mm", "all in one place", "hardly any"],
)
def test_records_come_in_the_order_of_both_their_words(name):
    records = crowd(name)
    assert (order.sort(records) == sorted_by_numpy(records)).all()
    assert (order.sort(records[::-1].copy()) == sorted_by_numpy(records)).all()


def test_no_records_stay_no_records():
    assert order.sort(np.empty((0, 2), np.uint64)).shape == (0, 2)


pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12)


def as_records(found):
    return order.sort(np.array(found, np.uint64).reshape(-1, 2))


@settings(max_examples=200, deadline=None)
@given(first=pairs, second=pairs, third=pairs)
def test_a_record_of_several_files_is_there_as_often_as_in_the_one_that_has_it_most(first, second, third):
    merged = order.merge(order.merge(as_records(first), as_records(second)), as_records(third))
    counts = [Counter(each) for each in (first, second, third)]
    wanted = sorted((counts[0] | counts[1] | counts[2]).elements())
    assert [tuple(row) for row in merged.tolist()] == wanted
