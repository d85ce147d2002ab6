"""Whatever a city's file holds: it is read, or one sentence says why not."""

import pytest

from tests.damagedcities import outcomes


@pytest.mark.parametrize("kind", ["citygml", "cityjson"])
def test_a_city_damaged_at_random_is_read_or_one_sentence(tmp_path, kind):
    found = outcomes(kind, range(200), tmp_path)
    assert [said for _, said in found if "Traceback" in said or "\n" in said or len(said) > 500] == []
    assert sum(said != "read" for _, said in found) > len(found) / 4
