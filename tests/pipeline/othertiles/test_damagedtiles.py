"""Whatever a stranger's tileset holds: it is passed on, or one sentence says why not."""

from tests.damagedcities import outcomes


def test_a_tileset_damaged_at_random_is_passed_on_or_one_sentence(tmp_path):
    found = outcomes("tileset", range(80), tmp_path)
    assert [said for _, said in found if "Traceback" in said or "\n" in said or len(said) > 600] == []
    assert sum(said != "read" for _, said in found) > len(found) / 4
